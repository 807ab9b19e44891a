"""A few threads for work that may wait for a disk, so that the event loop never does."""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeVar

from anyio import CapacityLimiter, to_thread

from prankfilter.errors import OverloadedError

T = TypeVar("T")


class Lane:
    """Runs blocking calls in threads of its own; refuses work beyond what may wait."""

    def __init__(self, *, threads: int = 4, waiting: int = 256) -> None:
        self._threads = CapacityLimiter(threads)
        self._most = threads + waiting
        self._under_way = 0

    async def run(self, work: Callable[[], T], *, abandon: bool = False) -> T:
        """Run one piece of work to its end, or stop waiting for it when cancelled if ``abandon``."""
        if self._under_way >= self._most:
            raise OverloadedError(f"{self._under_way} requests are waiting already.")
        self._under_way += 1
        try:
            return await to_thread.run_sync(work, limiter=self._threads, abandon_on_cancel=abandon)
        finally:
            self._under_way -= 1
