"""The store on SQLite or PostgreSQL: all writes, through one thread; `sql_reads` holds what it reads."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Iterator, Mapping, Sequence
from functools import partial
from typing import Any

import sqlalchemy as sa

from prankfilter.errors import BadInput, PrankfilterError, StoreUnavailable
from prankfilter.privacy.api_keys import ApiKey
from prankfilter.store.database import SqlDisk, connect_readers, connect_writer, parse
from prankfilter.store.instants import microseconds
from prankfilter.store.owing import write_attempt, write_claim, write_owed
from prankfilter.store.pending import Pending, queued
from prankfilter.store.port import (
    CallBackAct,
    ImportedCall,
    Owed,
    Ruling,
    Screening,
)
from prankfilter.store.queries import Queries, queries_for
from prankfilter.store.said import Said, said_doubt, said_facts, said_outcome, said_ruling
from prankfilter.store.sql_reads import SqlReads
from prankfilter.store.tables import bring_up_to_date
from prankfilter.store.writer import Write, Writer
from prankfilter.store.writes import write_key, write_record, write_said, write_screening
from prankfilter.vocabulary import CallRecord, Outcome

PUT_S = 5.0
"""Within this time a put is durable, or the store is unavailable."""

IMPORTED_AT_ONCE = 200
"""Calls of an import that are queued together; between them others get their turn."""

IMPORT_S = 60.0
"""The same for each such piece: a thousand steps, which a distant database does not do in five seconds."""

CLOSE_S = 10.0
"""How long closing waits for a disk that does not answer."""


class SqlStore(SqlReads):
    """One per process; every method may be called from any thread."""

    def __init__(
        self, writer: Writer, readers: sa.Engine, queries: Queries, pending: Pending, *, put_s: float = PUT_S
    ) -> None:
        super().__init__(readers, queries, pending)
        self._writer = writer
        self._put_s = put_s
        writer.start()

    @classmethod
    def open(cls, address: str, *, write_queue: int = 10_000) -> SqlStore:
        """Open the store at an address, and make or mend its tables first.

        Raises `BadSetting` for an address that is none, `StoreUnavailable` where nothing answers there.
        """
        url = parse(address)
        bring_up_to_date(url)
        engine = connect_writer(url)
        pending = Pending(write_queue)
        return cls(
            Writer(SqlDisk(engine), pending.discard),
            connect_readers(url),
            queries_for(engine.dialect),
            pending,
        )

    # --- writes ----------------------------------------------------------------------------

    def remember(self, screening: Screening) -> bool:
        """See `Store.remember`."""
        if self._closed:
            return False
        one = queued(screening)
        added = self._pending.add(one)
        if added:
            self._writer.remember(one, lambda cursor: write_screening(cursor, self._queries, one))
            self._first_call.lower(one.call.received_at)
        return added is not False

    def put_record(self, record: CallRecord) -> None:
        """See `Store.put_record`."""
        self.put(self._record(record), about=[record.call_id])
        self._first_call.lower(microseconds(record.received_at))

    def put_facts(self, call_id: str, facts: Mapping[str, Any], *, by: str, at: dt.datetime) -> None:
        """See `Store.put_facts`."""
        self.put(self._said(call_id, said_facts(facts, by=by, at=at)), about=[call_id])

    def put_outcome(self, call_id: str, outcome: Outcome) -> None:
        """See `Store.put_outcome`."""
        self.put(self._said(call_id, said_outcome(outcome)), about=[call_id])

    def put_ruling(self, call_id: str, ruling: Ruling) -> None:
        """See `Store.put_ruling`."""
        self.put(self._said(call_id, said_ruling(ruling)), about=[call_id])

    def put_doubt(self, call_id: str, since: dt.datetime | None, *, by: str, at: dt.datetime) -> None:
        """See `Store.put_doubt`."""
        self.put(self._said(call_id, said_doubt(since, by=by, at=at)), about=[call_id])

    def put_calls(self, calls: Sequence[ImportedCall]) -> None:
        """See `Store.put_calls`."""
        for start in range(0, len(calls), IMPORTED_AT_ONCE):
            some = calls[start : start + IMPORTED_AT_ONCE]
            ids = (call.record.call_id for call in some)
            writes = (write for call in some for write in self._imported(call))
            self.put(*writes, about=ids, within_s=IMPORT_S)
            self._first_call.lower(min(microseconds(call.record.received_at) for call in some))

    def put_switch(self, centre_id: str | None, *, off: bool, by: str, reason: str, at: dt.datetime) -> None:
        """See `Store.put_switch`."""
        write = partial(self._queries.keep_switch.run, centre_id=centre_id or "", off=off)
        centre = f"switch of {centre_id or ''}"
        self.put(partial(write, by=by, reason=reason, at=microseconds(at)), about=[centre])

    def put_suspended(self, certificate_id: str, *, reason: str, at: dt.datetime) -> None:
        """See `Store.put_suspended`."""
        write = partial(self._queries.keep_suspension.run, certificate_id=certificate_id, reason=reason)
        self.put(partial(write, at=microseconds(at)))

    def put_cleared(self, caller: str, *, by: str, reason: str, at: dt.datetime) -> None:
        """See `Store.put_cleared`."""
        write = partial(self._queries.keep_clearing.run, caller=caller, by=by, reason=reason)
        self.put(partial(write, at=microseconds(at)))

    def put_called_back(self, caller: str, *, by: str, at: dt.datetime) -> None:
        """See `Store.put_called_back`."""
        self.put(partial(self._queries.keep_call_back.run, caller=caller, by=by, at=microseconds(at)))

    def put_owed(self, owed: Owed) -> None:
        """See `Store.put_owed`."""
        self.put(lambda cursor: write_owed(cursor, self._queries, owed), about=[owed.call_id])

    def put_claim(self, call_id: str, act: CallBackAct, *, stale_before: dt.datetime) -> None:
        """See `Store.put_claim`."""
        self.put(
            lambda cursor: write_claim(cursor, self._queries, call_id, act, stale_before), about=[call_id]
        )

    def put_attempt(self, call_id: str, act: CallBackAct, *, closes: bool) -> None:
        """See `Store.put_attempt`."""
        self.put(
            lambda cursor: write_attempt(cursor, self._queries, call_id, act, closes=closes), about=[call_id]
        )

    def forget_numbers(self, *, opened_before: dt.datetime) -> None:
        """See `Store.forget_numbers`."""
        self.put(partial(self._queries.forget_numbers.run, before=microseconds(opened_before)))

    def put_key(self, key: ApiKey) -> None:
        """See `Store.put_key`."""
        self.put(lambda cursor: write_key(cursor, self._queries, key), about=[f"key {key.key_id}"])

    def _record(self, record: CallRecord) -> Write:
        return lambda cursor: write_record(cursor, self._queries, record)

    def _said(self, call_id: str, row: Said) -> Write:
        return lambda cursor: write_said(cursor, self._queries, call_id, row)

    def _imported(self, call: ImportedCall) -> Iterator[Write]:
        call_id = call.record.call_id
        yield self._record(call.record)
        yield from (self._said(call_id, said_outcome(one)) for one in call.outcomes)
        yield from (self._said(call_id, said_ruling(one)) for one in call.rulings)

    # --- for what is kept beside the calls (`flags`, `accounts` and their like) ---------------

    def put(self, *writes: Write, about: Iterable[str] = (), within_s: float | None = None) -> None:
        """Write all of it or nothing, durable on return.

        ``about`` names what is added to, which is kept from other processes meanwhile. Raises
        `StoreUnavailable`, after which repeating it is safe, or what a write itself refuses with.
        """
        try:
            self._writer.put(writes, within_s=within_s or self._put_s, subjects=tuple(about))
        except PrankfilterError:
            raise
        except Exception as refusal:
            # The message of a driver may quote the row.
            raise BadInput(f"the database takes no such row: {type(refusal).__name__}") from refusal

    # --- life ------------------------------------------------------------------------------

    def check(self) -> None:
        """See `Store.check`."""
        with self._reading() as reads:
            reads.first_received()
        if not self._writer.is_alive():
            raise StoreUnavailable("its writer has ended")

    def counters(self) -> Mapping[str, float]:
        """See `Store.counters`."""
        tally = self._writer.tally
        return {
            "queued": float(len(self._pending)),
            "dropped_total": float(self._pending.dropped),
            "written_total": float(tally.written),
            "failed_total": float(tally.failed),
            "refused_total": float(tally.refused),
            "oldest_queued_s": self._pending.oldest_s(),
        }

    def close(self) -> None:
        """See `Store.close`."""
        if not self._closed:
            self._closed = True
            self._writer.close(within_s=CLOSE_S)
            self._readers.dispose()
