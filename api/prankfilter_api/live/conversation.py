"""One stream from its first frame to its last: sound comes in, decisions go out, and it always ends well."""

from __future__ import annotations

import asyncio
import logging
import time
import traceback

from starlette.types import Message
from starlette.websockets import WebSocket, WebSocketDisconnect

from prankfilter.vocabulary import Decision, Guard
from prankfilter.wiring.live import LiveCall
from prankfilter_api.answers import decision_bytes
from prankfilter_api.live import frames
from prankfilter_api.live.address import Wishes, retold
from prankfilter_api.live.socket import Pace, receive_within
from prankfilter_api.metrics import Metrics
from prankfilter_api.state import Life

log = logging.getLogger("prankfilter.api")

IDLE_S = 15.0
"""How long a stream may be silent altogether; senders that suppress silence still send something."""

POLL_S = 0.25
"""How often a silent stream looks whether the service is about to stop."""

LONGEST_WAIT_S = 1.0
"""How long a sender that is too fast is not read from at a time."""

DONE, GOING_AWAY, FAULT, TRY_LATER = 1000, 1001, 1011, 1013


class Conversation:
    """Listens to one call and says what it thinks of it."""

    def __init__(
        self, socket: WebSocket, call: LiveCall, wishes: Wishes, *, life: Life, metrics: Metrics
    ) -> None:
        self._socket = socket
        self._call = call
        self._wishes = wishes
        self._life = life
        self._metrics = metrics
        self._pace = Pace()
        self._is_deaf = False
        self._peer_is_there = True
        call.tell(wishes.fields)
        if wishes.rate_is_odd:
            call.unusable["rate"] = 1

    async def run(self) -> str:
        """Listen until the end, whoever brings it about; returns how it came."""
        try:
            why, code = await self._listen()
            await self._say(await self._call.end())
        except Exception as fault:
            # Whatever it was, the call goes its normal way, and whoever waits for an answer gets it.
            where = "".join(traceback.format_tb(fault.__traceback__))
            # Without the exception's message: it may quote what somebody sent.
            named = {"call_id": self._call.call_id}
            log.error("stream failed: %s\n%s", type(fault).__name__, where, extra=named)
            why, code = "fault", FAULT
            await self._say(self._call.refuse(fault))
        await self.close(code)
        return why

    async def refuse(self, guard: Guard, code: int) -> None:
        """Let the call through unheard, say so, and end."""
        await self._say(self._call.refuse(guard))
        await self.close(code)

    async def close(self, code: int) -> None:
        """Close the connection, if the peer has not."""
        if self._peer_is_there:
            self._peer_is_there = False
            await self._socket.close(code)

    async def _listen(self) -> tuple[str, int]:
        """Take in frames, and give a decision at each look; returns what ended it, and the code to say so."""
        heard_at = time.monotonic()
        while not self._life.draining:
            message = await receive_within(self._socket.receive, POLL_S)
            now = time.monotonic()
            if message is None:
                if now - heard_at >= IDLE_S:
                    return "idle", DONE
                continue
            heard_at = now
            if message["type"] == "websocket.disconnect":
                self._peer_is_there = False
                return "closed", DONE
            has_ended = self._take(_read(message))
            async for decision in self._call.looks():
                await self._say(decision)
                self._metrics.streams.answered(time.monotonic() - now)
            if has_ended:
                return "stop", DONE
            await self._hold_back(message)
        return "draining", GOING_AWAY

    def _take(self, event: frames.Event) -> bool:
        """Do what a frame says; returns whether it was the last."""
        match event:
            case frames.Opened():
                self._call.open(event.coding, event.rate_hz)
                self._wishes = retold(self._wishes, event.fields)
                self._call.tell(self._wishes.fields)
            case frames.Packet():
                self._hear(event)
            case frames.Key():
                self._call.press_key()
            case frames.Unusable():
                self._call.unusable[event.fault] += 1
                # Sound in a format that is not read would be heard as noise.
                self._is_deaf |= event.fault == "format"
        return isinstance(event, frames.Ended)

    def _hear(self, packet: frames.Packet) -> None:
        if self._is_deaf:
            return
        if not self._call.is_open:
            # Nobody said what it is like: the address did, or it is what its dialect usually is.
            if packet.coding is None:
                self._call.open(self._wishes.coding, self._wishes.rate_hz)
            else:
                self._call.open(packet.coding, frames.RATES_HZ[0])
        self._call.hear(packet.payload, packet.at_ms)

    async def _say(self, decision: Decision) -> None:
        """Count a decision and send it, if there is anybody to read it."""
        self._metrics.decision(decision)
        if not (self._peer_is_there and self._wishes.decisions):
            return
        try:
            await self._socket.send_text(decision_bytes(decision, reasons=self._wishes.reasons).decode())
        except (WebSocketDisconnect, RuntimeError):
            # It hung up meanwhile: the decision is kept all the same.
            self._peer_is_there = False

    async def _hold_back(self, message: Message) -> None:
        """Let a sender wait that sends much faster than anybody speaks."""
        wait_s = self._pace.wait_s(len(message.get("bytes") or message.get("text") or ""))
        if wait_s > 0:
            self._metrics.streams.held_back()
            await asyncio.sleep(min(wait_s, LONGEST_WAIT_S))


def _read(message: Message) -> frames.Event:
    data: bytes | None = message.get("bytes")
    return frames.read_text(message.get("text") or "") if data is None else frames.read_bytes(data)
