"""Pools: bounded, on time, and without memory of what nobody waits for any more."""

from __future__ import annotations

import asyncio
import math
import threading
import time
import weakref
from collections.abc import Callable, Coroutine, Iterator
from typing import Any

import pytest

from prankfilter.wiring.pool import Pool

SOON_S = 0.02


@pytest.fixture
def gate() -> Iterator[threading.Event]:
    """Holds up whatever waits for it, at most to the end of the test."""
    event = threading.Event()
    yield event
    event.set()


def run(work: Callable[[Pool], Coroutine[Any, Any, None]], *, threads: int = 1, waiting: int = 1) -> None:
    """Run a test beside a pool."""

    async def main() -> None:
        pool = Pool("test", threads=threads, waiting=waiting)
        try:
            await asyncio.wait_for(work(pool), timeout=60)
        finally:
            pool.close()

    asyncio.run(main())


def soon() -> float:
    return time.perf_counter() + SOON_S


def test_gives_what_the_work_gives_off_the_loop() -> None:
    async def main(pool: Pool) -> None:
        assert await pool.run(threading.current_thread, until=math.inf) is not threading.current_thread()

    run(main)


def test_raises_what_the_work_raises() -> None:
    async def main(pool: Pool) -> None:
        with pytest.raises(ZeroDivisionError):
            await pool.run(lambda: 1 // 0, until=math.inf)
        assert await pool.run(lambda: "still there", until=math.inf) == "still there"

    run(main)


def test_work_that_takes_too_long_is_left_to_itself(gate: threading.Event) -> None:
    ended = threading.Event()

    def slow() -> None:
        gate.wait()
        ended.set()

    async def main(pool: Pool) -> None:
        with pytest.raises(TimeoutError):
            await pool.run(slow, until=soon())
        assert not ended.is_set()
        gate.set()
        assert await pool.run(lambda: "next", until=math.inf) == "next"
        assert ended.is_set()

    run(main)


def test_what_is_late_already_never_begins() -> None:
    begun = threading.Event()

    async def main(pool: Pool) -> None:
        with pytest.raises(TimeoutError):
            await pool.run(begun.set, until=time.perf_counter())
        await pool.run(lambda: None, until=math.inf)
        assert not begun.is_set()

    run(main)


class _Recording:
    """Stands for a megabyte of sound."""


def test_what_nobody_waits_for_is_forgotten_before_a_thread_gets_to_it(gate: threading.Event) -> None:
    begun = threading.Event()

    async def main(pool: Pool) -> None:
        blocked = asyncio.create_task(pool.run(gate.wait, until=math.inf))
        await asyncio.sleep(0)
        sound = _Recording()
        held = weakref.ref(sound)
        with pytest.raises(TimeoutError):
            await pool.run(lambda sound=sound: begun.set(), until=soon())  # type: ignore[misc]
        del sound
        assert held() is None
        gate.set()
        await blocked
        await pool.run(lambda: None, until=math.inf)
        assert not begun.is_set()

    run(main, waiting=3)


def test_so_is_what_was_cancelled(gate: threading.Event) -> None:
    begun = threading.Event()

    async def main(pool: Pool) -> None:
        blocked = asyncio.create_task(pool.run(gate.wait, until=math.inf))
        given_up = asyncio.create_task(pool.run(begun.set, until=math.inf))
        await asyncio.sleep(0)
        given_up.cancel()
        with pytest.raises(asyncio.CancelledError):
            await given_up
        gate.set()
        await blocked
        await pool.run(lambda: None, until=math.inf)
        assert not begun.is_set()

    run(main)


def test_more_than_may_wait_is_late_at_once(gate: threading.Event) -> None:
    async def main(pool: Pool) -> None:
        running = [asyncio.create_task(pool.run(gate.wait, until=math.inf)) for _ in range(3)]
        await asyncio.sleep(0)
        with pytest.raises(TimeoutError):
            await pool.run(lambda: None, until=math.inf)
        assert not pool.start(lambda: None)
        gate.set()
        assert await asyncio.gather(*running) == [True] * 3
        assert await pool.run(lambda: "again", until=math.inf) == "again"

    run(main, threads=1, waiting=2)


def test_a_disk_that_hung_for_a_while_leaves_the_bound_as_it_was(gate: threading.Event) -> None:
    async def asked(pool: Pool, count: int) -> list[object]:
        return await asyncio.gather(
            *(pool.run(lambda: "answer", until=math.inf) for _ in range(count)), return_exceptions=True
        )

    async def main(pool: Pool) -> None:
        late = await asyncio.gather(
            *(pool.run(gate.wait, until=soon()) for _ in range(50)), return_exceptions=True
        )
        assert all(isinstance(one, TimeoutError) for one in late)
        gate.set()
        while await asked(pool, 4) != ["answer"] * 4:
            await asyncio.sleep(0.001)
        assert sum(isinstance(one, TimeoutError) for one in await asked(pool, 5)) == 1

    run(main, threads=2, waiting=2)


def test_what_was_only_started_is_done_too() -> None:
    done = threading.Event()

    async def main(pool: Pool) -> None:
        assert pool.start(done.set)
        await asyncio.to_thread(done.wait)

    run(main)


def test_what_waits_when_it_is_closed_is_done_and_what_comes_later_is_late(gate: threading.Event) -> None:
    async def main(pool: Pool) -> None:
        waiting = [asyncio.create_task(pool.run(gate.wait, until=math.inf)) for _ in range(2)]
        await asyncio.sleep(0)
        pool.close()
        with pytest.raises(TimeoutError):
            await pool.run(lambda: None, until=math.inf)
        gate.set()
        assert await asyncio.gather(*waiting) == [True, True]

    run(main)


def test_threads_end_with_the_pool_and_outlive_the_loop() -> None:
    gate = threading.Event()

    async def main() -> Pool:
        pool = Pool("ending", threads=2, waiting=0)
        assert pool.start(gate.wait)
        pool.close()
        return pool

    before = set(threading.enumerate())
    asyncio.run(main())
    gate.set()
    for thread in set(threading.enumerate()) - before:
        thread.join(60)
        assert not thread.is_alive()
