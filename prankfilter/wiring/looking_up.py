"""What the store knows of a call, asked in threads of its own and awaited for as long as there is time."""

from __future__ import annotations

import dataclasses
import time

from prankfilter.errors import StoreUnavailable
from prankfilter.privacy.intake import WITHOUT_SERVICE
from prankfilter.routing.predicates import is_never_screened
from prankfilter.store.port import Store
from prankfilter.store.recall import recall
from prankfilter.vocabulary import CallerHistory, CallRecord
from prankfilter.wiring.inquiry import Inquiry, Recall, late
from prankfilter.wiring.pool import Pool

HISTORY_THREADS = 4
CHECK_S = 1.0
"""How long the store may take to say that it is there."""

_OF_THE_NUMBER = frozenset({"caller", "number_tail", "number_kind"})
"""Fields that make sense together only."""


class LookUp:
    """Reads of the store for screening."""

    def __init__(self, store: Store, *, waiting: int) -> None:
        self._store = store
        self._pool = Pool("history", threads=HISTORY_THREADS, waiting=waiting)

    def close(self) -> None:
        """Let the threads end."""
        self._pool.close()

    async def is_available(self) -> bool:
        """Whether the store answers within `CHECK_S`."""
        try:
            await self._pool.run(self._store.check, until=time.perf_counter() + CHECK_S)
        except (StoreUnavailable, TimeoutError):
            return False
        return True

    async def recall(self, inquiry: Inquiry) -> Recall:
        """Look up the stored answer, else the history; unknown where the store fails or is late."""
        if is_never_screened(inquiry.record):
            return Recall(CallerHistory())

        def look_up() -> Recall:
            answer = self._store.answer(inquiry.result_id)
            if answer is not None:
                return Recall(CallerHistory(), answer)
            record = self._whole_record(inquiry)
            return Recall(recall(self._store, record, audit_drawn=inquiry.audit_drawn), record=record)

        try:
            return await self._pool.run(look_up, until=inquiry.history_until)
        except StoreUnavailable:
            return Recall(CallerHistory(store_available=False))
        except TimeoutError:
            return Recall(late(CallerHistory(store_available=False)))

    def _whole_record(self, inquiry: Inquiry) -> CallRecord:
        """What was said now, completed by what the call's first look was asked with."""
        known = self._store.call(inquiry.record.call_id) if inquiry.is_live else None
        if known is None or known.record is None:
            return inquiry.record
        return completed(inquiry.record, known.record, received_at_is_told=inquiry.received_at_is_told)


def completed(said: CallRecord, before: CallRecord, *, received_at_is_told: bool = False) -> CallRecord:
    """Fill in what a record leaves open from an earlier record of the same call."""
    of_the_number = said.caller is None and said.number_kind is None
    fields = {
        field.name: getattr(before, field.name)
        for field in dataclasses.fields(CallRecord)
        if getattr(said, field.name) is None and (of_the_number or field.name not in _OF_THE_NUMBER)
    }
    if not received_at_is_told:
        fields["received_at"] = min(before.received_at, said.received_at)
    whole = dataclasses.replace(said, **fields)
    if whole.access_state in WITHOUT_SERVICE:
        # Now that it is known: the number is shared or made up, so it names no caller.
        whole = dataclasses.replace(whole, caller=None, number_tail=None)
    return whole
