"""A call that is heard while it goes on: sound comes in, a Decision comes out at each look and at the end."""

from __future__ import annotations

import json
import threading
import time
from collections import Counter
from collections.abc import AsyncIterator, Mapping
from contextlib import suppress
from typing import Any

from prankfilter.audio.live import Coding, LiveLine, LiveSound
from prankfilter.errors import Cancelled
from prankfilter.vocabulary import LOOKS_S, Decision, Guard, Stratum
from prankfilter.wiring.inquiry import Inquiry, Listen
from prankfilter.wiring.screener import Screener

LATEST_S = 1.0
"""How long a look may take, unless calls without sound may take longer: then the next second is there."""

FAULTS: Mapping[str, str] = {
    "unreadable": "stream: {} frames that cannot be read were left out",
    "too_long": "stream: {} packets of more than a second were left out",
    "late": "stream: {} packets came too late and were left out",
    "jumped": "stream: the clock of the packets jumped {} times; time was not kept across it",
    "format": "stream: its format is not read; send 16-bit PCM at 8 or 16 kHz, A-law or µ-law, mono",
    "rate": "stream: rate_hz must be 8000 or 16000; read as 8000",
}
"""What a decision says of what was wrong with its stream. What came twice is no fault."""


class LiveCall:
    """One call, from the first word of it to the end. Used from the event loop alone.

    Sound costs its work once, a second at a time, in the threads for sound; sound after the last look is not
    kept. The identity of an answer is the call id, what was told of the call, the seconds of sound worked on
    (as the line at 8 kHz, what was lost filled in), and whether it is a look or the end.
    """

    def __init__(self, screener: Screener, call_id: str) -> None:
        self.unusable = Counter[str]()
        """Frames that could not be used, by the names of `FAULTS`."""
        self._screener = screener
        self.call_id = call_id
        self._budget_s = max(LATEST_S, screener.settings.deadline_ms / 1000)
        self._artefacts = screener.artefacts
        self._opened_at = screener.now()
        self._told: dict[str, Any] = {}
        self._line: LiveLine | None = None
        self._sound: LiveSound | None = None
        self._tried_s = 0
        self._strata: frozenset[Stratum] = frozenset()
        self._keys_pressed = False

    # --- what comes in ---------------------------------------------------------------------------

    def tell(self, fields: Mapping[str, Any]) -> None:
        """Take in fields of the call record; a later one replaces an earlier one of the same name."""
        self._told.update(fields)

    def open(self, coding: Coding, rate_hz: int) -> None:
        """Say what the sound is like; only the first time counts."""
        if self._line is None:
            self._line = LiveLine(coding, rate_hz)
            if self._artefacts is not None:
                self._sound = LiveSound(self._line, self._screener.ears(self._artefacts))

    @property
    def is_open(self) -> bool:
        """Whether it is known what the sound is like."""
        return self._line is not None

    def hear(self, payload: bytes, at_ms: float | None = None) -> None:
        """Take in a packet of sound, with its time in the stream if it has one."""
        if self._line is not None:
            self._line.add(payload, at_ms)

    def press_key(self) -> None:
        """The caller pressed a key: somebody who cannot speak may be answering."""
        self._keys_pressed = True

    # --- what became of it ------------------------------------------------------------------------

    @property
    def left_out(self) -> Counter[str]:
        """Frames and packets that were not used, by why; and how often the packets' clock jumped."""
        return self.unusable + (Counter() if self._line is None else self._line.timeline.counts)

    @property
    def heard_s(self) -> float:
        """Seconds of sound that came and that looks may go by, lost ones included."""
        return 0.0 if self._line is None else self._line.timeline.seconds

    @property
    def lost_s(self) -> float:
        """Seconds of them that were lost and filled in."""
        return 0.0 if self._line is None else self._line.timeline.lost_s

    # --- what comes out --------------------------------------------------------------------------

    async def looks(self) -> AsyncIterator[Decision]:
        """Work on the seconds that have come; gives a decision for each look that is complete by them."""
        while self._line is not None and self._tried_s + 1 <= self._line.seconds:
            self._tried_s += 1
            until = time.perf_counter() + self._budget_s
            await self._advance(self._tried_s, until)
            if self._tried_s in LOOKS_S:
                yield await self._decide(f"look {self._tried_s}", until)

    async def end(self) -> Decision:
        """Decide a last time, on everything that came."""
        until = time.perf_counter() + self._budget_s
        if self._line is not None:
            self._line.end()
            self._tried_s = int(self._line.seconds)
            await self._advance(self._tried_s, until)
        return await self._decide("end", until)

    def refuse(self, cause: Exception | Guard) -> Decision:
        """Let the call through without a look at it."""
        return self._screener.refuse(self._inquiry("refused", time.perf_counter() + self._budget_s), cause)

    async def _advance(self, seconds: int, until: float) -> None:
        """Work up to a second; what there is no time for is left to the next."""
        sound, stop = self._sound, threading.Event()
        if sound is None:
            return
        try:
            with suppress(TimeoutError, Cancelled):
                await self._screener.listen(
                    lambda: sound.advance(seconds, cancelled=stop.is_set), until=until
                )
        finally:
            stop.set()

    async def _decide(self, occasion: str, until: float) -> Decision:
        decision = await self._screener.look(self._inquiry(occasion, until))
        self._strata |= decision.strata
        return decision

    def _inquiry(self, occasion: str, until: float) -> Inquiry:
        record, faults = self._screener.read(self.call_id, self._told, self._opened_at)
        told = json.dumps(self._told, sort_keys=True, default=str).encode()
        heard = None if self._sound is None else self._sound.digest()
        return Inquiry(
            record=record,
            listen=self._listening(),
            artefacts=self._artefacts,
            result_id=self._screener.name(self.call_id, told, heard, occasion.encode()),
            audit_drawn=self._screener.is_drawn(self.call_id),
            faults=faults + self._faults(),
            now=self._screener.now(),
            started=until - self._budget_s,
            until=until,
            is_live=True,
            received_at_is_told="received_at" in self._told,
            strata=self._strata,
            keys_pressed=self._keys_pressed,
        )

    def _listening(self) -> Listen | None:
        """The sound worked on so far; None as long as there is none at all."""
        sound, seconds = self._sound, self._tried_s
        if sound is None or self.heard_s == 0:
            return None
        return lambda _, cancelled: sound.advance(seconds, cancelled=cancelled)

    def _faults(self) -> tuple[str, ...]:
        """Say what was wrong with the stream so far."""
        counts = self.left_out
        said = [text.format(counts[name]) for name, text in FAULTS.items() if counts[name]]
        if self.lost_s:
            said.append(f"stream: {self.lost_s:.2f} s of {self.heard_s:.2f} s were lost and filled in")
        return tuple(said)
