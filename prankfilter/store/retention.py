"""What has been kept for long enough, and its deletion in small steps that hold no other writer for long.

Each step is a transaction of its own, so that a purge can be broken off at any moment and goes on when it is
begun anew. What an open incident or an open call-back needs stays, however old it is.
"""

from __future__ import annotations

import datetime as dt
import time
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass

import sqlalchemy as sa
from sqlalchemy.engine.interfaces import DBAPICursor

from prankfilter.store.dropping import AT_ONCE, Dropping, needed
from prankfilter.store.instants import microseconds
from prankfilter.store.owing import NUMBERS_KEPT
from prankfilter.store.query import Query
from prankfilter.store.schema import (
    call_backs,
    calls,
    clearings,
    decisions,
    deeds,
    flags,
    incidents,
    owed,
    recordings,
    runs,
    said,
    sessions,
)
from prankfilter.store.sql import SqlStore

SESSIONS_KEPT = dt.timedelta(days=30)
"""After the last page that was asked for; they open nothing for much longer than that."""

SOUNDS_AT_ONCE = 20
"""A recording may be a megabyte, and all of it is overwritten."""

COUNTED = 100_000
"""More rows than this are not counted one by one."""

WITHIN_S = 60.0
"""So long one step may wait for other writers."""

BREATH_S = 0.005
"""Least time for others between two steps; else they get as much as the step took."""


@dataclass(frozen=True, slots=True)
class Keep:
    """For how long things are kept."""

    sound: dt.timedelta
    calls: dt.timedelta
    deeds: dt.timedelta


@dataclass(frozen=True, slots=True)
class Kind:
    """One kind of thing: how much of it is due, and how some of it is deleted."""

    name: str
    count: Query
    delete: Callable[[DBAPICursor, int], int]
    """On a writer's cursor, what is older than a moment; returns how much went."""
    before: int
    """Microseconds."""


class Retention:
    """What is due in one store at one moment."""

    def __init__(self, store: SqlStore, keep: Keep, now: dt.datetime) -> None:
        self._store = store
        self._dropping = Dropping(store.dialect)
        self._kinds = tuple(self._of(keep, now))

    def due(self) -> dict[str, int]:
        """Return how much is due, by kind, each at most `COUNTED`."""
        found: dict[str, int] = {}
        for kind in self._kinds:
            with self._store.cursor() as cursor:
                found[kind.name] = kind.count.rows(cursor, before=kind.before)[0][0]
        return {name: count for name, count in found.items() if count}

    def purge(self, *, progress: Callable[[str, int], None] = lambda _kind, _count: None) -> dict[str, int]:
        """Delete what is due; returns how much went, by kind."""
        gone: Counter[str] = Counter()
        for kind in self._kinds:
            while some := self._step(kind):
                gone[kind.name] += some
                progress(kind.name, gone[kind.name])
        return dict(gone)

    def _step(self, kind: Kind) -> int:
        count = 0

        def delete(cursor: DBAPICursor) -> None:
            nonlocal count
            count = kind.delete(cursor, kind.before)

        began = time.monotonic()
        self._store.put(delete, within_s=WITHIN_S)
        if count:
            time.sleep(max(time.monotonic() - began, BREATH_S))
        return count

    def _of(self, keep: Keep, now: dt.datetime) -> Iterator[Kind]:
        old, old_deeds = now - keep.calls, now - keep.deeds
        incident = sa.exists().where(
            incidents.c.call_id == recordings.c.call_id, incidents.c.closed_at.is_(None)
        )
        yield self._kind(
            recordings, recordings.c.stored_at, now - keep.sound, ~incident, at_once=SOUNDS_AT_ONCE
        )
        yield self._numbers(now - NUMBERS_KEPT)
        yield self._calls(old)
        for table, moment in ((said, said.c.at), (decisions, decisions.c.at), (flags, flags.c.received_at)):
            on_record = sa.exists().where(calls.c.call_id == table.c.call_id)
            yield self._kind(table, moment, old, ~on_record, *_let_go(table.c.call_id))
        yield self._kind(owed, owed.c.closed_at, old)
        yield self._kind(incidents, incidents.c.closed_at, old)
        yield self._kind(clearings, clearings.c.at, old)
        yield self._kind(call_backs, call_backs.c.at, old)
        yield self._kind(sessions, sessions.c.seen_at, now - SESSIONS_KEPT)
        yield self._kind(deeds, deeds.c.at, old_deeds)
        yield self._kind(runs, runs.c.seen_at, old_deeds)

    def _kind(
        self,
        table: sa.Table,
        moment: sa.ColumnElement[int],
        before: dt.datetime,
        *more: sa.ColumnElement[bool],
        at_once: int = AT_ONCE,
    ) -> Kind:
        """Rows of one table."""
        (key,) = table.primary_key.columns
        due = sa.select(key).where(moment < _before(), *more)
        delete = self._store.query(table.delete().where(key.in_(due.order_by(moment).limit(at_once))))
        return Kind(
            table.name,
            self._counted(due),
            lambda cursor, before: delete.each(cursor, [{"before": before}]),
            microseconds(before),
        )

    def _calls(self, before: dt.datetime) -> Kind:
        """Calls with all that goes with them."""
        due = sa.select(calls.c.call_id).where(calls.c.received_at < _before(), *_let_go(calls.c.call_id))
        some = self._store.query(due.order_by(calls.c.received_at).limit(AT_ONCE))

        def delete(cursor: DBAPICursor, before: int) -> int:
            ids = [row[0] for row in some.rows(cursor, before=before)]
            return self._dropping.drop(cursor, ids)["calls"]

        return Kind(calls.name, self._counted(due), delete, microseconds(before))

    def _numbers(self, before: dt.datetime) -> Kind:
        """Sealed numbers of open call-backs; their rows stay."""
        held = sa.and_(owed.c.number.is_not(None), owed.c.opened_at < _before())
        forget = self._store.query(owed.update().where(held).values(number=sa.null()))
        return Kind(
            "numbers",
            self._counted(sa.select(owed.c.call_id).where(held)),
            lambda cursor, before: forget.each(cursor, [{"before": before}]),
            microseconds(before),
        )

    def _counted(self, due: sa.Select[tuple[str]]) -> Query:
        return self._store.query(sa.select(sa.func.count()).select_from(due.limit(COUNTED).subquery()))


def _before() -> sa.BindParameter[int]:
    return sa.bindparam("before")


def _let_go(call_id: sa.ColumnElement[str]) -> tuple[sa.ColumnElement[bool], ...]:
    """A call that nothing open needs, and whose incident or call-back was not closed but lately."""
    lately = (
        sa.exists().where(table.c.call_id == call_id, table.c.closed_at >= _before())
        for table in (incidents, owed)
    )
    return (~needed(call_id), *(~one for one in lately))
