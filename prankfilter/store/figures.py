"""What reports read: rows of a stretch of time, each by one range of an index.

A report counts what is on the disk; what waits in a write queue is there milliseconds later. Rows are read
six hours at a time, so that no reader holds the database for long.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa
from sqlalchemy.engine.interfaces import Dialect

from prankfilter.store.query import Query, Rows, statements_for
from prankfilter.store.schema import (
    calls,
    decisions,
    flags,
    incidents,
    outreach,
    owed,
    runs,
    said,
    suspensions,
    switches,
)
from prankfilter.store.sql import SqlStore

SLICE_US = 6 * 3_600_000_000
"""So much is asked for at once: PostgreSQL gives no reader more than a second."""

_GUARDS = '"guards":['
GUARDS_LENGTH = 512
"""More than all names of guards together take."""


@dataclass(frozen=True, slots=True)
class Slice:
    """The calls of some stretch, with what was answered and said."""

    calls: Rows
    """``call_id, received_at, caller, area, record``, oldest first."""
    looks: Rows
    """``call_id, at, known_from, advice, flagged, policy, audit_probability, guards``; the last is a piece of
    the decision that begins with its guards."""
    said: Rows
    """``call_id, at, by, what, details`` in the order in which they were kept."""
    strays: Rows
    """The same of calls that no router told of, by the moment of what was said."""
    owed: Rows
    """``call_id, reason, opened_at, due_at, closed_at, result``."""


class _Statements:
    def __init__(self, dialect: Dialect) -> None:
        self._dialect = dialect
        self.first_received = self._query(sa.select(sa.func.min(calls.c.received_at)))
        self._read_calls()
        self._read_lists()
        self._read_days()

    def _query(self, statement: sa.Executable) -> Query:
        return Query(statement, self._dialect)

    def _read_calls(self) -> None:
        within = _within(calls.c.received_at)
        trail = (said.c.call_id, said.c.at, said.c.by, said.c.what, said.c.details)
        find = sa.func.instr if self._dialect.name == "sqlite" else sa.func.strpos
        guards = sa.func.substr(decisions.c.decision, find(decisions.c.decision, _GUARDS), GUARDS_LENGTH)
        look = (
            decisions.c.call_id,
            decisions.c.at,
            decisions.c.known_from,
            decisions.c.advice,
            decisions.c.flagged,
            decisions.c.policy,
            decisions.c.audit_probability,
        )
        joined = sa.select(*look, guards).join_from(calls, decisions, decisions.c.call_id == calls.c.call_id)
        debt = (
            owed.c.call_id,
            owed.c.reason,
            owed.c.opened_at,
            owed.c.due_at,
            owed.c.closed_at,
            owed.c.result,
        )
        self.calls = self._query(
            sa.select(calls.c.call_id, calls.c.received_at, calls.c.caller, calls.c.area, calls.c.record)
            .where(within)
            .order_by(calls.c.received_at, calls.c.call_id)
        )
        self.looks = self._query(joined.where(within).order_by(decisions.c.id))
        self.said = self._query(
            sa.select(*trail)
            .join_from(calls, said, said.c.call_id == calls.c.call_id)
            .where(within)
            .order_by(said.c.id)
        )
        unknown = ~sa.exists().where(calls.c.call_id == said.c.call_id)
        self.strays = self._query(sa.select(*trail).where(_within(said.c.at), unknown).order_by(said.c.id))
        self.owed = self._query(
            sa.select(*debt).join_from(calls, owed, owed.c.call_id == calls.c.call_id).where(within)
        )
        self.flagged = self._query(
            sa.select(decisions.c.call_id, decisions.c.decision)
            .join_from(calls, decisions, decisions.c.call_id == calls.c.call_id)
            .where(within, decisions.c.flagged)
            .order_by(decisions.c.id)
        )
        self.reviews = self._query(
            sa.select(flags.c.verdict, flags.c.second_verdict).where(
                _within(flags.c.received_at), flags.c.second_drawn
            )
        )

    def _read_lists(self) -> None:
        before: sa.BindParameter[int] = sa.bindparam("before")
        open_then = sa.or_(owed.c.closed_at.is_(None), owed.c.closed_at >= sa.bindparam("since"))
        self.carried = self._query(
            sa.select(
                owed.c.call_id, owed.c.reason, owed.c.opened_at, owed.c.due_at, owed.c.closed_at, calls.c.area
            )
            .join_from(owed, calls, owed.c.call_id == calls.c.call_id, isouter=True)
            .where(open_then, owed.c.opened_at < sa.bindparam("since"))
            .order_by(owed.c.opened_at, owed.c.call_id)
        )
        self.incidents = self._query(
            sa.select(
                incidents.c.call_id,
                incidents.c.opened_at,
                incidents.c.opened_by,
                incidents.c.reason,
                incidents.c.closed_at,
            )
            .where(_within(incidents.c.opened_at))
            .order_by(incidents.c.opened_at)
        )
        self.open_incidents = self._query(
            sa.select(sa.func.count())
            .select_from(incidents)
            .where(
                incidents.c.opened_at < before,
                sa.or_(incidents.c.closed_at.is_(None), incidents.c.closed_at >= before),
            )
        )
        self.outreach = self._query(
            sa.select(outreach.c.on_date, outreach.c.place)
            .where(outreach.c.on_date >= sa.bindparam("since"), outreach.c.on_date < before)
            .order_by(outreach.c.on_date, outreach.c.id)
        )

    def _read_days(self) -> None:
        before: sa.BindParameter[int] = sa.bindparam("before")
        self.switches = self._query(
            sa.select(switches.c.at, switches.c.off, switches.c.by, switches.c.reason, switches.c.centre_id)
            .where(switches.c.at < before)
            .order_by(switches.c.id)
        )
        self.suspensions = self._query(
            sa.select(suspensions.c.at, suspensions.c.certificate_id, suspensions.c.reason)
            .where(_within(suspensions.c.at))
            .order_by(suspensions.c.at)
        )
        self.runs = self._query(
            sa.select(runs.c.began_at, runs.c.seen_at).where(
                runs.c.seen_at >= sa.bindparam("since"), runs.c.began_at < before
            )
        )
        self.first_run = self._query(sa.select(sa.func.min(runs.c.began_at)))


def _within(column: sa.ColumnElement[int]) -> sa.ColumnElement[bool]:
    return sa.and_(column >= sa.bindparam("since"), column < sa.bindparam("before"))


class Figures:
    """The reads of reports on one store. Moments are microseconds (`instants`)."""

    def __init__(self, store: SqlStore) -> None:
        self._store = store
        self._statements = statements_for(_Statements, store.dialect)

    def first_received(self) -> int | None:
        """When the first call on record was received."""
        first: int | None = self._rows(self._statements.first_received)[0][0]
        return first

    def slices(self, since: int, before: int) -> Iterator[Slice]:
        """The calls received in [since, before), piece by piece."""
        statements = self._statements
        for start in range(since, before, SLICE_US):
            window = {"since": start, "before": min(start + SLICE_US, before)}
            yield Slice(
                self._rows(statements.calls, **window),
                self._rows(statements.looks, **window),
                self._rows(statements.said, **window),
                self._rows(statements.strays, **window),
                self._rows(statements.owed, **window),
            )

    def flagged(self, since: int, before: int) -> Rows:
        """``call_id, decision`` of every flagged look at calls received in [since, before)."""
        return self._rows(self._statements.flagged, since=since, before=before)

    def reviews(self, since: int, before: int) -> Rows:
        """``verdict, second_verdict`` of the flags that were drawn for a blind second review."""
        return self._rows(self._statements.reviews, since=since, before=before)

    def carried(self, since: int) -> Rows:
        """``call_id, reason, opened_at, due_at, closed_at, area`` of what was open at a moment."""
        return self._rows(self._statements.carried, since=since)

    def incidents(self, since: int, before: int) -> Rows:
        """``call_id, opened_at, opened_by, reason, closed_at`` of incidents opened in [since, before)."""
        return self._rows(self._statements.incidents, since=since, before=before)

    def open_incidents(self, before: int) -> int:
        """How many incidents were open at a moment."""
        count: int = self._rows(self._statements.open_incidents, before=before)[0][0]
        return count

    def outreach(self, since: str, before: str) -> Rows:
        """``on_date, place`` of visits on days in [since, before)."""
        return self._rows(self._statements.outreach, since=since, before=before)

    def switches(self, before: int) -> Rows:
        """``at, off, by, reason, centre_id`` of every turn of the off switch before a moment."""
        return self._rows(self._statements.switches, before=before)

    def suspensions(self, since: int, before: int) -> Rows:
        """``at, certificate_id, reason`` of certificates suspended in [since, before)."""
        return self._rows(self._statements.suspensions, since=since, before=before)

    def runs(self, since: int, before: int) -> Rows:
        """``began_at, seen_at`` of every process that lived in [since, before)."""
        return self._rows(self._statements.runs, since=since, before=before)

    def first_run(self) -> int | None:
        """When the first process began; None where none ever noted itself."""
        first: int | None = self._rows(self._statements.first_run)[0][0]
        return first

    def _rows(self, query: Query, **values: Any) -> Rows:
        with self._store.cursor() as cursor:
            return query.rows(cursor, **values)
