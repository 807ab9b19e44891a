"""Calls that were sent on unscreened, put aside as they came and kept in the store once there is time.

A report counts them, their number's next call knows of them, and a call-back can be owed to them. Only what
tells of the call is put aside, never its sound. What finds no room, and what is still here when the service
stops, is counted and said.
"""

from __future__ import annotations

import asyncio
import datetime as dt
import logging
import math
import time
from collections import deque
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from starlette.types import Message

from prankfilter.errors import PrankfilterError
from prankfilter.vocabulary import Guard
from prankfilter.wiring.inquiry import Inquiry
from prankfilter.wiring.screener import Screener
from prankfilter_api.bodies import read_object
from prankfilter_api.refusals import DoorRefusal
from prankfilter_api.upload import read_upload

HEAD_BYTES = 16_384
"""How much of a body is put aside: a call's record is a tenth of it, and stands before any sound."""

MOST_BYTES = 32_000_000

PAUSE_S, AT_A_TIME = 0.05, 10
"""Two hundred calls a second, and none while others are under way: nobody waits for these."""

log = logging.getLogger("prankfilter.api")


@dataclass(frozen=True, slots=True)
class Passed:
    """One call that was sent on."""

    call_id: str
    content_type: str
    body: bytes
    at: dt.datetime


class Aside:
    """What waits to be kept. Used from the event loop alone."""

    def __init__(
        self, screener: Screener, lost: Callable[[int], object], *, most_bytes: int = MOST_BYTES
    ) -> None:
        self._screener = screener
        self._lost = lost
        self._most_bytes = most_bytes
        self._bytes = 0
        self._waiting: deque[Passed] = deque()

    def __len__(self) -> int:
        return len(self._waiting)

    def put(self, call_id: str, content_type: str, body: bytes) -> None:
        """Put a call aside, if there is room."""
        if self._bytes + len(body) > self._most_bytes:
            self._lost(1)
            return
        self._bytes += len(body)
        self._waiting.append(Passed(call_id, content_type, body, self._screener.now()))

    async def keep_all(self) -> None:
        """Keep what waits whenever nothing is under way, until cancelled."""
        while True:
            await asyncio.sleep(PAUSE_S)
            await self.keep_some()

    async def keep_some(self) -> None:
        """Keep a few of them, as long as nothing else is to be done."""
        for _ in range(AT_A_TIME):
            if not self._waiting or self._screener.admission.is_busy:
                return
            one = self._waiting.popleft()
            self._bytes -= len(one.body)
            await self._keep(one)
            # Whoever came meanwhile is heard first.
            await asyncio.sleep(0)

    def give_up(self) -> None:
        """Say what is lost, at the end."""
        if self._waiting:
            log.error("%d calls that were sent on unscreened were not kept", len(self._waiting))
            self._lost(len(self._waiting))

    async def _keep(self, one: Passed) -> None:
        async def receive() -> Message:
            return {"type": "http.request", "body": one.body, "more_body": False}

        try:
            upload = await read_upload(one.content_type, receive, audio_bytes=HEAD_BYTES, until=math.inf)
            self._keep_record(one, read_object(upload.call))
        except (PrankfilterError, DoorRefusal):
            # It is no call record, or not all of it was put aside.
            self._lost(1)

    def _keep_record(self, one: Passed, call: Mapping[str, Any]) -> None:
        screener, began = self._screener, time.perf_counter()
        record, faults = screener.read(one.call_id, call, one.at)
        inquiry = Inquiry(
            record=record,
            listen=None,
            artefacts=screener.artefacts,
            result_id=screener.name_shed(one.call_id),
            audit_drawn=screener.is_drawn(one.call_id),
            faults=faults,
            now=one.at,
            started=began,
            until=began,
        )
        screener.refuse(inquiry, Guard.OVERLOAD)
