"""One subject's rows: found, and erased for good.

A subject is a number, under every pseudonym that it ever had here, or one call. What is erased is not copied
anywhere; the one row that stays says that there was an erasure, by whom and why, and not of whom.
"""

from __future__ import annotations

import datetime as dt
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

import sqlalchemy as sa
from sqlalchemy.engine.interfaces import DBAPICursor, Dialect

from prankfilter.errors import BadInput
from prankfilter.store.codec import to_text
from prankfilter.store.deeds import Act
from prankfilter.store.dropping import AT_ONCE, OF_CALL, OF_CALLER, Dropping, needed
from prankfilter.store.instants import microseconds
from prankfilter.store.query import Query, insert_into
from prankfilter.store.schema import calls, deeds, incidents, owed
from prankfilter.store.sql import SqlStore

WITHIN_S = 60.0
"""So long a batch may wait for other writers."""

EVER = 2**62
"""Microseconds; later than every moment of the store."""

READ_AT_ONCE = 10_000
"""Names."""

SHOWN = 5
"""Calls that a refusal names."""


@dataclass(frozen=True, slots=True)
class Subject:
    """Whose rows: those of a number's pseudonyms, or those of calls."""

    callers: tuple[str, ...] = ()
    call_ids: tuple[str, ...] = ()
    before: int = EVER
    """The number's calls from here on stay: they came after it was erased. Microseconds."""


@dataclass(frozen=True, slots=True)
class Order:
    """Who wants a subject erased, and why."""

    by: str
    reason: str
    at: dt.datetime


@dataclass(frozen=True, slots=True)
class Found:
    """What the store holds of a subject."""

    rows: Mapping[str, int]
    """By table; tables without any are left out."""
    incidents: Sequence[str]
    """Calls with an open incident."""
    owed: Sequence[str]
    """Calls with an open call-back."""

    def refuse_what_is_needed(self) -> None:
        """Raise `BadInput` where something is open that must not be lost (SAFETY rules 14 and 15)."""
        if self.incidents:
            raise BadInput(
                f"an incident is open for {_named(self.incidents)}, and its evidence must stay: close it, "
                "then repeat this"
            )
        if self.owed:
            raise BadInput(
                f"a call-back is owed for {_named(self.owed)}, perhaps to somebody in danger: call back and "
                "close it, then repeat this"
            )


class Eraser:
    """Erases subjects in one store."""

    def __init__(self, store: SqlStore) -> None:
        dialect = store.dialect
        named = sa.bindparam("named", type_=sa.Text)
        before: sa.BindParameter[int] = sa.bindparam("before")
        of_caller = sa.select(calls.c.call_id).where(calls.c.caller == named, calls.c.received_at < before)
        self._store = store
        self._dropping = Dropping(dialect)
        self._by_caller = _Selection(of_caller, dialect)
        self._by_call = _Selection(sa.select(named.label("call_id")), dialect)
        marks = {table: sa.and_(table.c.caller == named, table.c.at < before) for table in OF_CALLER}
        self._counts = {
            table.name: Query(sa.select(sa.func.count()).select_from(table).where(marks[table]), dialect)
            for table in OF_CALLER
        }
        self._drops = {table.name: Query(table.delete().where(marks[table]), dialect) for table in OF_CALLER}
        self._keep_deed = Query(insert_into(deeds), dialect)
        self._next_callers = Query(_following([table.c.caller for table in (calls, *OF_CALLER)]), dialect)
        self._next_calls = Query(_following([table.c.call_id for table in OF_CALL]), dialect)

    def found(self, subject: Subject) -> Found:
        """Return what is kept of a subject, and what of it is still needed."""
        rows: Counter[str] = Counter()
        open_incidents: list[str] = []
        open_owed: list[str] = []
        with self._store.cursor() as cursor:
            for selection, values in self._parts(subject):
                rows.update(selection.counted(cursor, values))
                open_incidents += _first(selection.incidents, cursor, values)
                open_owed += _first(selection.owed, cursor, values)
            for values in _named_values(subject.callers, subject.before):
                rows.update(
                    {name: query.rows(cursor, **values)[0][0] for name, query in self._counts.items()}
                )
        return Found({name: count for name, count in rows.items() if count}, open_incidents, open_owed)

    def erase(self, subject: Subject, order: Order) -> Mapping[str, int]:
        """Erase a subject and note that it was done; returns how many rows went, by table.

        What is needed is left, even where it came up only now. Broken off, it goes on when it is repeated.
        """
        gone: Counter[str] = Counter()
        for selection, values in self._parts(subject):
            # What is fewer than asked for is the last of it.
            while True:
                rows = self._erase_some(selection, values)
                gone += rows
                if rows["calls"] < AT_ONCE:
                    break
        gone += self._finish(subject, order, gone)
        return dict(gone)

    def callers(self) -> Iterator[str]:
        """Return the pseudonyms of all numbers on record, some at a time."""
        return self._all(self._next_callers)

    def call_ids(self) -> Iterator[str]:
        """Return the ids of all calls on record, some at a time."""
        return self._all(self._next_calls)

    def _all(self, following: Query) -> Iterator[str]:
        last = ""
        while True:
            with self._store.cursor() as cursor:
                names = _first(following, cursor, {"last": last})
            yield from names
            if len(names) < READ_AT_ONCE:
                return
            last = names[-1]

    def _parts(self, subject: Subject) -> Iterator[tuple[_Selection, Mapping[str, object]]]:
        for values in _named_values(subject.callers, subject.before):
            yield self._by_caller, values
        for call_id in subject.call_ids:
            yield self._by_call, {"named": call_id}

    def _erase_some(self, selection: _Selection, values: Mapping[str, object]) -> Counter[str]:
        rows: Counter[str] = Counter()

        def erase(cursor: DBAPICursor) -> None:
            rows.clear()  # A commit that failed is tried again.
            rows.update(self._dropping.drop(cursor, _first(selection.due, cursor, values)))

        self._store.put(erase, within_s=WITHIN_S)
        return rows

    def _finish(self, subject: Subject, order: Order, gone: Mapping[str, int]) -> Counter[str]:
        """Erase what is kept of the number itself, and keep the deed."""
        rows: Counter[str] = Counter()

        def finish(cursor: DBAPICursor) -> None:
            rows.clear()
            for values in _named_values(subject.callers, subject.before):
                rows.update({name: query.each(cursor, [values]) for name, query in self._drops.items()})
            self._keep_deed.run(
                cursor,
                at=microseconds(order.at),
                by=order.by,
                what=Act.ERASED.value,
                call_id=None,
                details=to_text({"reason": order.reason, "rows": +(rows + Counter(gone))}),
            )

        self._store.put(finish, within_s=WITHIN_S)
        return rows


class _Selection:
    """Statements about the rows of calls that are chosen in one way."""

    def __init__(self, call_ids: sa.Select[tuple[str]], dialect: Dialect) -> None:
        self._counts = {
            table.name: Query(
                sa.select(sa.func.count()).select_from(table).where(table.c.call_id.in_(call_ids)), dialect
            )
            for table in (*OF_CALL, deeds)
        }
        self.incidents, self.owed = (
            Query(
                sa.select(table.c.call_id).where(table.c.call_id.in_(call_ids), table.c.closed_at.is_(None)),
                dialect,
            )
            for table in (incidents, owed)
        )
        chosen = call_ids.subquery()
        self.due = Query(sa.select(chosen.c.call_id).where(~needed(chosen.c.call_id)).limit(AT_ONCE), dialect)

    def counted(self, cursor: DBAPICursor, values: Mapping[str, object]) -> dict[str, int]:
        """Return how many rows there are, by table."""
        return {name: query.rows(cursor, **values)[0][0] for name, query in self._counts.items()}


def _following(columns: Sequence[sa.Column[str]]) -> sa.Select[tuple[str]]:
    """The next names that stand in any of several columns, in their order."""
    last: sa.BindParameter[str] = sa.bindparam("last")
    each = [
        sa.select(
            sa.select(column.label("name"))
            .distinct()
            .where(column > last)
            .order_by(column)
            .limit(READ_AT_ONCE)
            .subquery()
        )
        for column in columns
    ]
    names = sa.union(*each).subquery()
    return sa.select(names.c.name).order_by(names.c.name).limit(READ_AT_ONCE)


def _named_values(names: Sequence[str], before: int) -> Iterator[dict[str, object]]:
    for name in names:
        yield {"named": name, "before": before}


def _first(query: Query, cursor: DBAPICursor, values: Mapping[str, object]) -> list[str]:
    return [row[0] for row in query.rows(cursor, **values)]


def _named(call_ids: Sequence[str]) -> str:
    more = f" and {len(call_ids) - SHOWN} more" if len(call_ids) > SHOWN else ""
    return ", ".join(f"call {call_id}" for call_id in call_ids[:SHOWN]) + more
