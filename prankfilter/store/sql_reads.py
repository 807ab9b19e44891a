"""What `Store` reads, from SQLite or PostgreSQL, through a small pool of connections."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from contextlib import contextmanager, nullcontext

import sqlalchemy as sa
from sqlalchemy.engine.interfaces import DBAPICursor, Dialect
from sqlalchemy.exc import SQLAlchemyError

from prankfilter.errors import StoreUnavailable
from prankfilter.privacy.api_keys import ApiKey
from prankfilter.routing.suspension import Watched
from prankfilter.store.breaker import Breaker
from prankfilter.store.first_call import FirstCall
from prankfilter.store.instants import instant_or_none, microseconds
from prankfilter.store.pending import Pending
from prankfilter.store.port import CallFile, Clearing, Owed, Situation
from prankfilter.store.queries import Queries
from prankfilter.store.query import Query
from prankfilter.store.reads import Reads
from prankfilter.store.situations import Windows
from prankfilter.vocabulary import Caller, CallRecord, Decision, Stratum


class SqlReads:
    """Every method may be called from any thread."""

    def __init__(self, readers: sa.Engine, queries: Queries, pending: Pending) -> None:
        self._readers = readers
        self._queries = queries
        self._pending = pending
        self._first_call = FirstCall()
        self._breaker = Breaker() if readers.dialect.name != "sqlite" else None
        self._closed = False
        driver = readers.dialect.dbapi
        assert driver is not None  # noqa: S101 - an engine has one
        self._failures: tuple[type[Exception], ...] = (driver.Error, SQLAlchemyError)

    @property
    def dialect(self) -> Dialect:
        """Of the database, to compile statements for."""
        return self._readers.dialect

    def query(self, statement: sa.Executable) -> Query:
        """Compile a statement for the database."""
        return Query(statement, self.dialect)

    @contextmanager
    def cursor(self) -> Iterator[DBAPICursor]:
        """Lend a reader's cursor; what is queued and not yet written is not seen."""
        with self._reading() as reads:
            yield reads.cursor

    def caller(self, caller: str, *, before: dt.datetime, except_call: str) -> Caller:
        """See `Store.caller`."""
        with self._reading() as reads:
            first = self._first_received(reads)
            return reads.ask(reads.situations.caller(caller, microseconds(before), except_call, first))

    def arrivals(self, area: str, windows: Windows, *, except_call: str) -> list[int]:
        """See `Store.arrivals`."""
        with self._reading() as reads:
            return reads.ask(reads.situations.arrivals(area, windows, except_call))

    def observed_since(self) -> dt.datetime | None:
        """See `Store.observed_since`."""
        with self._reading() as reads:
            return instant_or_none(self._first_received(reads))

    def strata_of(self, call_id: str) -> frozenset[Stratum]:
        """See `Store.strata_of`."""
        with self._reading() as reads:
            return reads.ask(reads.situations.strata_of(call_id))

    def recent_priority_count(self, centre_id: str | None, *, before: dt.datetime, except_call: str) -> int:
        """See `Store.recent_priority_count`."""
        with self._reading() as reads:
            asking = reads.situations.recent_priority_count(centre_id, microseconds(before), except_call)
            return reads.ask(asking)

    def switched_off(self, centre_id: str | None) -> bool:
        """See `Store.switched_off`."""
        with self._reading() as reads:
            return reads.ask(reads.situations.switched_off(centre_id))

    def suspended(self) -> frozenset[str]:
        """See `Store.suspended`."""
        with self._reading() as reads:
            return reads.ask(reads.situations.suspended())

    def genuine_under(self, certificate_id: str) -> list[Watched]:
        """See `Store.genuine_under`."""
        with self._reading() as reads:
            return reads.genuine_under(certificate_id)

    def situation(self, record: CallRecord, windows: Windows) -> Situation:
        """See `Store.situation`."""
        with self._reading() as reads:
            first = self._first_received(reads)
            return reads.ask(reads.situations.situation(record, windows, first))

    def answer(self, result_id: str) -> Decision | None:
        """See `Store.answer`."""
        with self._reading() as reads:
            return reads.answer(result_id)

    def call(self, call_id: str) -> CallFile | None:
        """See `Store.call`."""
        with self._reading() as reads:
            return reads.call(call_id)

    def calls(self, *, since: dt.datetime, until: dt.datetime, limit: int = 1000) -> list[CallFile]:
        """See `Store.calls`."""
        with self._reading() as reads:
            return reads.calls(microseconds(since), microseconds(until), limit)

    def calls_of_incident(
        self, incident_id: str, *, since: dt.datetime, until: dt.datetime
    ) -> list[CallFile]:
        """See `Store.calls_of_incident`."""
        with self._reading() as reads:
            return reads.calls_of_incident(incident_id, microseconds(since), microseconds(until))

    def clearings(self, *, until: dt.datetime) -> list[Clearing]:
        """See `Store.clearings`."""
        with self._reading() as reads:
            return reads.clearings(microseconds(until))

    def owed(self, *, until: dt.datetime | None = None, limit: int = 1000) -> list[Owed]:
        """See `Store.owed`."""
        with self._reading() as reads:
            return reads.owed(None if until is None else microseconds(until), limit)

    def debt(self, call_id: str) -> Owed | None:
        """See `Store.debt`."""
        with self._reading() as reads:
            return reads.debt(call_id)

    def key(self, digest: str) -> ApiKey | None:
        """See `Store.key`."""
        with self._reading() as reads:
            return reads.key(digest)

    def api_keys(self) -> list[ApiKey]:
        """See `Store.api_keys`."""
        with self._reading() as reads:
            return reads.keys()

    def _first_received(self, reads: Reads) -> int | None:
        def ask() -> int | None:
            queued_calls = [one.call.received_at for one in self._pending.all()]
            durable = reads.first_received()
            return min([*queued_calls, *([] if durable is None else [durable])], default=None)

        return self._first_call.get(ask)

    @contextmanager
    def _reading(self) -> Iterator[Reads]:
        if self._closed:
            raise StoreUnavailable("the store is closed")
        try:
            with self._breaker or nullcontext(), self._connected() as connection:
                yield Reads(connection.cursor(), self._queries, self._pending)
        except (ValueError, KeyError) as problem:
            raise StoreUnavailable(f"it holds a row of another version: {problem}") from problem

    @contextmanager
    def _connected(self) -> Iterator[sa.PoolProxiedConnection]:
        try:
            connection = self._readers.raw_connection()
        except self._failures as problem:
            raise StoreUnavailable(f"no connection: {type(problem).__name__}") from problem
        try:
            yield connection
        except self._failures as problem:
            # Where one connection died (the server was restarted), the idle ones died too.
            connection.invalidate()
            self._readers.dispose()
            raise StoreUnavailable(f"it does not answer: {type(problem).__name__}") from problem
        finally:
            connection.close()
