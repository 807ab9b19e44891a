"""One thread that writes: what waits when it looks up goes into one commit (group commit).

A commit that fails is tried again, later and later, and nothing that was remembered is given up before the
store is closed. Who waits for durability waits for a limited time and is then told that the store is
unavailable.
"""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from queue import Empty, SimpleQueue
from typing import Protocol

from sqlalchemy.engine.interfaces import DBAPICursor

from prankfilter.errors import StoreUnavailable
from prankfilter.store.pending import Queued

log = logging.getLogger("prankfilter")

BATCH = 256
FIRST_PAUSE_S = 0.02
LONGEST_PAUSE_S = 0.5

Write = Callable[[DBAPICursor], None]


@dataclass(slots=True, eq=False)
class Job:
    """One thing to write, and who waits for it."""

    write: Write
    remembered: Queued | None = None
    done: threading.Event | None = None
    """Set when it is durable or refused; None where nobody waits."""
    refusal: Exception | None = None
    """Why it can never be written."""
    subjects: tuple[str, ...] = ()
    """Calls and whatever else it adds to; where several processes write, it has them to itself."""
    given_up: bool = False
    """Nobody waits for it any more; it is not begun anew."""


class Disk(Protocol):
    """Where jobs go."""

    def commit(self, jobs: Sequence[Job]) -> None:
        """Make jobs durable, all at once; those that can never be written get a ``refusal``.

        Raises `StoreUnavailable` where nothing was written and all may be tried again.
        """
        ...

    def close(self) -> None:
        """Let go."""
        ...


@dataclass(slots=True)
class Tally:
    """What the writer has done so far."""

    written: int = 0
    failed: int = 0
    """Commits that failed and were tried again."""
    refused: int = 0
    """Jobs that can never be written."""


@dataclass(slots=True)
class Writer:
    """Takes jobs from any thread and writes them in their order.

    Attributes
    ----------
    settled : callable
        Called with remembered screenings once the database answers for them, or never will.
    """

    disk: Disk
    settled: Callable[[Sequence[Queued]], None]
    tally: Tally = field(default_factory=Tally)
    _queue: SimpleQueue[Job | None] = field(default_factory=SimpleQueue)
    _closing: threading.Event = field(default_factory=threading.Event)
    _give_up_at: float = float("inf")
    _thread: threading.Thread | None = None

    def start(self) -> None:
        """Begin to write."""
        self._thread = threading.Thread(target=self._run, name="store-writer", daemon=True)
        self._thread.start()

    def is_alive(self) -> bool:
        """Whether anything is written at all."""
        return self._thread is not None and self._thread.is_alive()

    def remember(self, one: Queued, write: Write) -> None:
        """Queue a screening; nobody waits for it."""
        self._queue.put(Job(write, remembered=one, subjects=(one.call.call_id,)))

    def put(self, writes: Sequence[Write], *, within_s: float, subjects: tuple[str, ...] = ()) -> None:
        """Queue several things and wait until all are durable.

        Raises `StoreUnavailable` when they are not within the time given (whether they were kept is then
        unknown), or the refusal of the first that can never be written.
        """
        jobs = [Job(write, done=threading.Event(), subjects=subjects) for write in writes]
        if self._closing.is_set():
            raise StoreUnavailable("the store is closed")
        for job in jobs:
            self._queue.put(job)
        until = time.monotonic() + within_s
        for job in jobs:
            if not _wait(job, until):
                for one in jobs:
                    one.given_up = True
                raise StoreUnavailable(f"not durable within {within_s:g} s; repeat it later")
        for job in jobs:
            if job.refusal is not None:
                raise job.refusal

    def close(self, *, within_s: float) -> None:
        """Write what is queued, as far as the disk allows within the time given, and end the thread."""
        self._give_up_at = time.monotonic() + within_s
        self._closing.set()
        self._queue.put(None)
        if self._thread is not None:
            self._thread.join()
        self.disk.close()

    def _run(self) -> None:
        ends = False
        while not ends:
            jobs, ends = self._next_jobs()
            self._write(jobs)

    def _next_jobs(self) -> tuple[list[Job], bool]:
        """Wait for work; return all that waits, up to a batch, and whether it is the last."""
        job = self._queue.get()
        jobs: list[Job] = []
        while job is not None:
            jobs.append(job)
            if len(jobs) == BATCH:
                return jobs, False
            try:
                job = self._queue.get_nowait()
            except Empty:
                return jobs, False
        return jobs, True

    def _write(self, jobs: Sequence[Job]) -> None:
        pause_s = FIRST_PAUSE_S
        while jobs := [job for job in jobs if not job.given_up]:
            try:
                self.disk.commit(jobs)
            except StoreUnavailable as failure:
                self.tally.failed += 1
                if pause_s == FIRST_PAUSE_S:
                    log.warning("the store could not write and tries again: %s", failure)
                if self._rest(pause_s):
                    self._abandon(jobs, failure)
                    return
                pause_s = min(2 * pause_s, LONGEST_PAUSE_S)
            else:
                self._settle(jobs)
                return

    def _rest(self, pause_s: float) -> bool:
        """Wait before the next attempt; True where there is to be none, because the time to close is over."""
        if self._closing.wait(pause_s):
            time.sleep(FIRST_PAUSE_S)
        return time.monotonic() >= self._give_up_at

    def _settle(self, jobs: Sequence[Job]) -> None:
        for job in jobs:
            if job.refusal is None:
                self.tally.written += 1
            elif job.remembered is not None:
                self.tally.refused += 1
                log.error("a screening can never be kept: %s", type(job.refusal).__name__)
        self.settled([job.remembered for job in jobs if job.remembered is not None])
        for job in jobs:
            if job.done is not None:
                job.done.set()

    def _abandon(self, jobs: Sequence[Job], failure: Exception) -> None:
        """Say to whoever waits that the disk did not answer until the end, and count what is lost."""
        for job in jobs:
            job.refusal = failure
        self._settle(jobs)


def _wait(job: Job, until: float) -> bool:
    return job.done is None or job.done.wait(max(until - time.monotonic(), 0.0))
