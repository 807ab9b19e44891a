"""A few threads for what may be slow, and a bound on what may wait for them.

`concurrent.futures` would do but for three things. Its queue has no bound and keeps what nobody waits for any
more until a thread gets to it: while a disk hangs, every call's sound. It is joined when the process ends, so
that one read that never returns keeps a stopped service alive. And it costs every call twice as much.
"""

from __future__ import annotations

import asyncio
import threading
import time
from collections.abc import Callable
from enum import Enum, auto
from functools import partial
from queue import SimpleQueue
from typing import Any, Generic, TypeVar

Result = TypeVar("Result")


class _Late(Enum):
    LATE = auto()


class _Job(Generic[Result]):
    """One piece of work and whoever waits for it; ``work`` is None once nobody does."""

    __slots__ = ("future", "loop", "work")

    def __init__(self, work: Callable[[], Result]) -> None:
        self.loop = asyncio.get_running_loop()
        self.future: asyncio.Future[Result | _Late] = self.loop.create_future()
        self.work: Callable[[], Result] | None = work

    def give_up(self) -> None:
        if not self.future.done():
            self.future.set_result(_Late.LATE)


class Pool:
    """Runs work off the event loop, from which alone it is used.

    Parameters
    ----------
    name : str
        Of its threads.
    threads : int
        How much runs at a time.
    waiting : int
        How much more may wait. What comes on top is late before it begins.
    """

    def __init__(self, name: str, *, threads: int, waiting: int) -> None:
        self._most = threads + waiting
        self._under_way = 0
        self._jobs: SimpleQueue[_Job[Any] | None] = SimpleQueue()
        self._threads = [
            threading.Thread(target=self._serve, name=f"{name}-{number}", daemon=True)
            for number in range(threads)
        ]
        for thread in self._threads:
            thread.start()

    async def run(self, work: Callable[[], Result], *, until: float) -> Result:
        """Run work and wait for it until a moment of `time.perf_counter`, else raise TimeoutError.

        What has not begun by then never does; what has begun ends by itself, and nobody hears of it.
        """
        remaining_s = until - time.perf_counter()
        if remaining_s <= 0 or self._is_full:
            raise TimeoutError
        job = self._begin(work)
        timer = job.loop.call_later(remaining_s, job.give_up)
        try:
            result = await job.future
            if result is _Late.LATE:
                raise TimeoutError
            return result
        finally:
            timer.cancel()
            job.work = None
            # An exception that went through here would keep this frame, and the frame the exception.
            del job, timer, work

    def start(self, work: Callable[[], object]) -> bool:
        """Let work be done whenever it is; False where too much waits already."""
        if self._is_full:
            return False
        self._begin(work)
        return True

    def close(self) -> None:
        """Let threads end once nothing waits; what comes from now on is late at once."""
        self._most = 0
        for _ in self._threads:
            self._jobs.put(None)

    @property
    def _is_full(self) -> bool:
        return self._under_way >= self._most

    def _begin(self, work: Callable[[], Result]) -> _Job[Result]:
        job = _Job(work)
        self._under_way += 1
        self._jobs.put(job)
        return job

    def _serve(self) -> None:
        while (job := self._jobs.get()) is not None:
            settle = self._try(job)
            try:
                job.loop.call_soon_threadsafe(settle)
            except RuntimeError:
                # The loop has ended before the work did.
                return
            # Until the next job comes, nothing of this one is held on to.
            del job, settle

    def _try(self, job: _Job[Any]) -> Callable[[], None]:
        """Do the work, if anybody still waits for it; returns what is left to the loop to do."""
        work = job.work
        if work is None:
            return partial(self._settle, job.future, None, None)
        try:
            return partial(self._settle, job.future, work(), None)
        except BaseException as failure:  # whatever it is, it belongs to whoever waits
            return partial(self._settle, job.future, None, failure)

    def _settle(self, future: asyncio.Future[Any], result: object, failure: BaseException | None) -> None:
        self._under_way -= 1
        if future.done():
            return
        if failure is None:
            future.set_result(result)
        else:
            future.set_exception(failure)
