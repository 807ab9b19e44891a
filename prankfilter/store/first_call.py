"""Since when calls are on record: asked of the database once a minute, and lowered by what is kept here."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable

KNOWN_S = 60.0
"""How long an answer of the database stands: another process may import older calls."""


class FirstCall:
    """When the first call on record was received, in microseconds."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._received_at: int | None = None
        self._lowered_to: int | None = None
        self._known_until = 0.0

    def get(self, ask: Callable[[], int | None]) -> int | None:
        """Return the moment, None while there is no call; ``ask`` finds it out where it is not known."""
        with self._lock:
            if self._received_at is not None and time.monotonic() < self._known_until:
                return self._received_at
            self._lowered_to = None
        asked = ask()
        with self._lock:
            # What was kept while the database was asked may be missing in its answer.
            self._received_at = _earlier(asked, self._lowered_to)
            self._known_until = time.monotonic() + KNOWN_S
            return self._received_at

    def lower(self, received_at: int) -> None:
        """Take note of a call that is kept."""
        with self._lock:
            self._received_at = _earlier(self._received_at, received_at)
            self._lowered_to = _earlier(self._lowered_to, received_at)


def _earlier(one: int | None, other: int | None) -> int | None:
    return min((us for us in (one, other) if us is not None), default=None)
