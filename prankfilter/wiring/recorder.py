"""What an answer leaves behind: a row for the store, and a number that the centre has just rung."""

from __future__ import annotations

import dataclasses
import datetime as dt
import logging
import time
from contextlib import suppress

from prankfilter.errors import PrankfilterError
from prankfilter.store.port import Screening, Store
from prankfilter.vocabulary import Decision
from prankfilter.wiring.inquiry import Inquiry
from prankfilter.wiring.pool import Pool

log = logging.getLogger("prankfilter")
decisions = logging.getLogger("prankfilter.decisions")

NOTES_WAITING = 64
NOTES_S = 2.0
"""How long closing waits for the notes."""


class Recorder:
    """Completes answers and queues them; nothing here waits for a disk."""

    def __init__(self, store: Store, *, audit_share: float) -> None:
        self._store = store
        self._audit_share = audit_share
        # Apart from the threads that read history, which no slow disk may hold up.
        self._notes = Pool("notes", threads=1, waiting=NOTES_WAITING)

    async def close(self) -> None:
        """Let what was noted be written, as far as the store takes it."""
        with suppress(TimeoutError):
            await self._notes.run(lambda: None, until=time.perf_counter() + NOTES_S)
        self._notes.close()

    def keep(self, inquiry: Inquiry, decision: Decision, faults: tuple[str, ...] = ()) -> Decision:
        """Complete an answer and queue it for the store."""
        record = inquiry.record
        decision = dataclasses.replace(
            decision,
            result_id=inquiry.result_id,
            faults=inquiry.faults + faults + decision.faults,
            elapsed_ms=round((time.perf_counter() - inquiry.started) * 1000, 3),
        )
        kept = self._store.remember(
            Screening(
                record=record,
                decision=decision,
                at=inquiry.now,
                strata=decision.strata,
                capture=record.audio_capture,
                audit_probability=self._audit_share if inquiry.audit_drawn else None,
            )
        )
        decisions.info(
            "decided",
            extra={
                "call_id": record.call_id,
                "result_id": decision.result_id,
                "moment": decision.moment.value,
                "audio_s": decision.audio_s,
                "assessed": decision.assessed.value,
                "advice": decision.advice.value,
                "guards": " ".join(guard.value for guard in decision.guards),
                "model_id": decision.model_id,
                "elapsed_ms": decision.elapsed_ms,
            },
        )
        if not kept:
            log.warning("write queue full, screening not kept, call_id=%s", record.call_id)
        if record.is_call_back and record.called_number is not None:
            self._note_call_back(record.called_number, record.received_at)
        return decision

    def _note_call_back(self, called: str, at: dt.datetime) -> None:
        """The centre rings somebody: whoever calls from that number next is expected."""

        def note() -> None:
            try:
                self._store.put_called_back(called, by="centre", at=at)
            except PrankfilterError as refusal:
                log.error("a call-back of the centre was not kept: %s", refusal)

        if not self._notes.start(note):
            log.error("a call-back of the centre was not kept: too many wait for the store")
