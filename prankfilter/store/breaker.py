"""A database that did not answer is left alone for a moment, so that no call waits for it in vain."""

from __future__ import annotations

import threading
import time
from types import TracebackType

from prankfilter.errors import StoreUnavailable

REST_S = 0.25
"""How long; then one read tries it, and the others wait no longer than for what that one finds."""


class Breaker:
    """Around every read: ``with breaker: ...`` raises `StoreUnavailable` while the database is left alone."""

    def __init__(self, rest_s: float = REST_S) -> None:
        self._rest_s = rest_s
        self._lock = threading.Lock()
        self._failed_at: float | None = None
        self._trying = False

    def __enter__(self) -> None:
        with self._lock:
            if self._failed_at is None:
                return
            if self._trying or time.monotonic() < self._failed_at + self._rest_s:
                raise StoreUnavailable("it did not answer a moment ago")
            self._trying = True

    def __exit__(
        self, kind: type[BaseException] | None, problem: BaseException | None, trace: TracebackType | None
    ) -> None:
        with self._lock:
            self._trying = False
            self._failed_at = (
                time.monotonic() if kind is not None and issubclass(kind, StoreUnavailable) else None
            )
