"""Threads for work that may wait."""

from __future__ import annotations

import asyncio
import threading

import pytest
from prankfilter_api.lane import Lane

from prankfilter.errors import OverloadedError, StoreUnavailable


def test_work_is_done_and_its_refusals_come_through() -> None:
    def refuse() -> None:
        raise StoreUnavailable("silent")

    assert asyncio.run(Lane().run(lambda: 7)) == 7
    with pytest.raises(StoreUnavailable):
        asyncio.run(Lane().run(refuse))


def test_more_than_may_wait_is_refused_and_later_accepted_again() -> None:
    go_on = threading.Event()

    async def crowd() -> int:
        lane = Lane(threads=1, waiting=1)
        busy = [asyncio.create_task(lane.run(lambda: go_on.wait(10))) for _ in range(2)]
        await asyncio.sleep(0)
        with pytest.raises(OverloadedError):
            await lane.run(lambda: None)
        go_on.set()
        await asyncio.gather(*busy)
        return await lane.run(lambda: 7)

    assert asyncio.run(crowd()) == 7


def test_work_that_is_not_abandoned_is_carried_to_its_end() -> None:
    begun, go_on, done = threading.Event(), threading.Event(), threading.Event()

    def work() -> None:
        begun.set()
        go_on.wait(10)
        done.set()

    async def leave() -> None:
        task = asyncio.create_task(Lane().run(work))
        while not begun.is_set():
            await asyncio.sleep(0)
        task.cancel()
        go_on.set()
        with pytest.raises(asyncio.CancelledError):
            await task

    asyncio.run(leave())
    assert done.wait(10)
