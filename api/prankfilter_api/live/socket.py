"""The WebSocket under a stream: how fast it may be read, and what it never logs."""

from __future__ import annotations

import asyncio
import logging
import time
from typing import Any

from starlette.types import Message, Receive
from uvicorn.protocols.websockets.websockets_sansio_impl import WebSocketsSansIOProtocol

FRAME_BYTES = 1 << 20
"""Largest frame; the server closes a stream that sends a larger one with 1009."""

PING_S = 20.0
"""How often a peer is asked whether it is still there, and how long it may take to say so."""

_SILENT = logging.Logger("silent")
"""Known to nobody, so that no configuration of logging can give it a voice."""
_SILENT.addHandler(logging.NullHandler())


class QuietWebSocket(WebSocketsSansIOProtocol):
    """The server's WebSocket without its log: it writes whole addresses, and these hold keys and numbers.

    Faults are logged by `prankfilter_api.edge`, as they are for every other request.
    """

    def __init__(self, *arguments: Any, **named: Any) -> None:
        super().__init__(*arguments, **named)
        self.logger = self.conn.logger = _SILENT


class Pace:
    """How fast a sender may be read. Who sends faster waits: the network holds it back, nothing is dropped.

    Real time is 16 to 32 kB and 50 to 100 frames a second. A whole look may come at once, and then some.
    """

    BYTES, BYTES_PER_S = 1_500_000.0, 128_000.0
    FRAMES, FRAMES_PER_S = 3_000.0, 400.0

    def __init__(self) -> None:
        self._bytes, self._frames = self.BYTES, self.FRAMES
        self._at = time.monotonic()

    def wait_s(self, size: int) -> float:
        """Charge a frame; returns for how long not to read on."""
        now = time.monotonic()
        passed_s, self._at = now - self._at, now
        self._bytes = min(self._bytes + passed_s * self.BYTES_PER_S, self.BYTES) - size
        self._frames = min(self._frames + passed_s * self.FRAMES_PER_S, self.FRAMES) - 1
        return max(-self._bytes / self.BYTES_PER_S, -self._frames / self.FRAMES_PER_S, 0.0)


async def receive_within(receive: Receive, seconds: float) -> Message | None:
    """Receive the next message; None where none comes in time."""
    try:
        async with asyncio.timeout(seconds):
            return await receive()
    except TimeoutError:
        return None
