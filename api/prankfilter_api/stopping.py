"""How a service leaves: it says so first, and serves on until nobody sends it calls any more."""

from __future__ import annotations

import asyncio
import signal
import threading
from types import FrameType

from prankfilter_api.state import Life

DRAIN_S = 2.0
"""How long `/readyz` says 503 before the first connection is closed."""


class Drain:
    """At SIGTERM turns readiness off, then lets the server stop; a second SIGTERM stops it at once."""

    def __init__(self, seconds: float = DRAIN_S) -> None:
        self._seconds = seconds

    def __call__(self, life: Life) -> None:
        """Put itself before the server's own handler; only a process's main thread has one."""
        if threading.current_thread() is not threading.main_thread():
            return
        stop_server = signal.getsignal(signal.SIGTERM)
        loop = asyncio.get_running_loop()

        def drain(number: int, frame: FrameType | None) -> None:
            if not callable(stop_server):
                return
            if life.draining:
                stop_server(number, frame)
                return
            life.draining = True
            loop.call_soon_threadsafe(loop.call_later, self._seconds, stop_server, number, frame)

        signal.signal(signal.SIGTERM, drain)
