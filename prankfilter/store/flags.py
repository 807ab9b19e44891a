"""The queue of flagged calls: what waits for a supervisor, who has it in hand, what was ruled."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum
from functools import partial
from typing import Any

import sqlalchemy as sa
from sqlalchemy.engine.interfaces import DBAPICursor

from prankfilter.errors import NotFound, Taken
from prankfilter.store.flag_rows import keep_look_back
from prankfilter.store.instants import instant, instant_or_none, microseconds
from prankfilter.store.port import CallFile, Ruling
from prankfilter.store.queries import Queries, Query, queries_for
from prankfilter.store.said import said_second, said_withdrawn
from prankfilter.store.schema import flags
from prankfilter.store.sql import SqlStore
from prankfilter.store.writes import read_trail, write_said
from prankfilter.vocabulary import Advice, Label, Verdict


class Wanted(StrEnum):
    """Which part of the list."""

    OPEN = "open"
    """Nobody ruled on it yet."""
    SECOND = "second"
    """Drawn for the blind second review, which is still to come."""
    RULED = "ruled"
    ALL = "all"


@dataclass(frozen=True, slots=True, kw_only=True)
class Flag:
    """One flagged call on the list."""

    call_id: str
    received_at: dt.datetime
    centre_id: str | None
    advice: Advice
    """The least favourable that it ever got."""
    kind: Label | None
    """What it most likely is."""
    prank_score: float | None
    genuine_probability: float | None
    guards: tuple[str, ...]
    reasons: tuple[str, ...]
    """Features, the weightiest first."""
    model_id: str | None
    label: Label | None
    """The last outcome."""
    answered_by: str | None
    verdict: Verdict | None
    ruled_by: str | None
    ruled_at: dt.datetime | None
    claimed_by: str | None
    claimed_at: dt.datetime | None
    second_drawn: bool
    second_verdict: Verdict | None
    second_by: str | None
    second_at: dt.datetime | None
    look_back_at: dt.datetime | None
    """Since when it must be ruled on anew: a genuine call of its number or incident came soon after."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Filter:
    """What to list; None and empty leave nothing out."""

    wanted: Wanted = Wanted.OPEN
    since: dt.datetime | None = None
    until: dt.datetime | None = None
    kind: Label | None = None
    advice: Advice | None = None
    verdict: Verdict | None = None
    reason: str | None = None
    """A feature's name."""
    guard: str | None = None
    model_id: str | None = None
    reviewer: str | None = None
    """Who ruled on it, or has it in hand."""
    not_by: str | None = None
    """Leaves out what this person answered or, for the second review, ruled on."""

    def conditions(self) -> list[sa.ColumnElement[bool]]:
        """Return the SQL, which depends on what is given and not on the values."""
        column = flags.c
        told: list[tuple[str, sa.ColumnElement[bool]]] = [
            ("since", column.received_at >= _given("since")),
            ("until", column.received_at < _given("until")),
            ("kind", column.kind == _given("kind")),
            ("advice", column.advice == _given("advice")),
            ("verdict", column.verdict == _given("verdict")),
            ("reason", column.reasons.contains(_given("reason"), autoescape=False)),
            ("guard", column.guards.contains(_given("guard"), autoescape=False)),
            ("model_id", column.model_id == _given("model_id")),
            (
                "reviewer",
                sa.or_(column.ruled_by == _given("reviewer"), column.claimed_by == _given("reviewer")),
            ),
            ("not_by", column.answered_by.is_distinct_from(_given("not_by"))),
        ]
        conditions = [condition for name, condition in told if getattr(self, name) is not None]
        if self.wanted is Wanted.OPEN:
            conditions.append(column.verdict.is_(None))
        elif self.wanted is Wanted.RULED:
            conditions.append(column.verdict.is_not(None))
        elif self.wanted is Wanted.SECOND:
            conditions += [column.verdict.is_not(None), column.second_drawn, column.second_verdict.is_(None)]
            if self.not_by is not None:
                conditions.append(column.ruled_by != _given("not_by"))
        return conditions

    def values(self) -> dict[str, Any]:
        """Return the values of `conditions` by name."""
        given: dict[str, Any] = {}
        for name in ("since", "until"):
            moment = getattr(self, name)
            if moment is not None:
                given[name] = microseconds(moment)
        for name in ("kind", "advice", "verdict", "model_id", "reviewer", "not_by"):
            if getattr(self, name) is not None:
                given[name] = str(getattr(self, name))
        for name in ("reason", "guard"):
            if getattr(self, name) is not None:
                given[name] = f" {getattr(self, name)} "
        return given

    def shape(self) -> tuple[Any, ...]:
        """Return what the SQL depends on."""
        return (self.wanted, frozenset(self.values()))


class Flags:
    """The list in one store; every method may be called from any thread.

    What is queued and not yet on the disk is not on the list: a few milliseconds, no call is lost by it.
    """

    def __init__(self, store: SqlStore) -> None:
        self._store = store
        self._queries: Queries = queries_for(store.dialect)
        self._compiled: dict[Any, Query] = {}
        one = flags.c.call_id == _given("named")
        free = sa.or_(
            flags.c.claimed_by.is_(None),
            flags.c.claimed_by == _given("by"),
            flags.c.claimed_at < _given("stale_before"),
        )
        self._one = self._store.query(sa.select(flags).where(one))
        self._claim = self._store.query(
            flags.update().where(one, free).values(claimed_by=_given("by"), claimed_at=_given("at"))
        )
        self._release = self._store.query(
            flags.update()
            .where(one, flags.c.claimed_by == _given("by"))
            .values(claimed_by=sa.null(), claimed_at=sa.null())
        )
        self._draw = self._store.query(flags.update().where(one).values(second_drawn=sa.true()))

    # --- reads -----------------------------------------------------------------------------

    def listed(self, wanted: Filter, *, limit: int, offset: int = 0) -> list[Flag]:
        """Return a page of the list.

        What is open comes with the likeliest genuine call first: a supervisor's first minute is worth most
        where the machine is most likely wrong. All else comes with the latest call first, and so do equals.
        """
        query = self._kept(("listed", *wanted.shape()), lambda: _listing(wanted))
        with self._store.cursor() as cursor:
            rows = query.rows(cursor, **wanted.values(), limit=limit, offset=offset)
        return [flag_of(row) for row in rows]

    def count(self, wanted: Filter, *, most: int) -> int:
        """Count what a filter leaves, up to ``most``: nobody waits for the exact length of a long list."""
        query = self._kept(("count", *wanted.shape()), lambda: _counting(wanted))
        with self._store.cursor() as cursor:
            return int(query.rows(cursor, **wanted.values(), limit=most)[0][0])

    def of(self, call_id: str) -> Flag | None:
        """Return a call's place on the list; None where it was never flagged."""
        with self._store.cursor() as cursor:
            rows = self._one.rows(cursor, named=call_id)
        return flag_of(rows[0]) if rows else None

    # --- writes ----------------------------------------------------------------------------

    def claim(self, call_id: str, *, by: str, at: dt.datetime, stale_before: dt.datetime) -> None:
        """Give a flag to one person.

        Raises `Taken` where another's claim is younger than ``stale_before``, `NotFound` where the call was
        never flagged.
        """

        def write(cursor: DBAPICursor) -> None:
            self._claim.run(
                cursor, named=call_id, by=by, at=microseconds(at), stale_before=microseconds(stale_before)
            )
            if not cursor.rowcount:
                rows = self._one.rows(cursor, named=call_id)
                if not rows:
                    raise NotFound(f"call {call_id!r} was never flagged")
                raise Taken(f"{flag_of(rows[0]).claimed_by} has it in hand")

        self._store.put(write, about=[call_id])

    def release(self, call_id: str, *, by: str) -> None:
        """Give it back, if it is this person's."""
        self._store.put(partial(self._release.run, named=call_id, by=by), about=[call_id])

    def draw_second(self, call_id: str) -> None:
        """Have a second person rule on it blindly."""
        self._store.put(partial(self._draw.run, named=call_id), about=[call_id])

    def look_back(self, call: CallFile, *, at: dt.datetime) -> None:
        """Have a call ruled on anew, whether it was flagged or not."""

        def write(cursor: DBAPICursor) -> None:
            trail = read_trail(cursor, self._queries, call.call_id)
            keep_look_back(cursor, self._store.dialect, call, trail, microseconds(at))

        self._store.put(write, about=[call.call_id])

    def put_second(self, call_id: str, ruling: Ruling) -> None:
        """Keep the verdict of the blind second review."""
        row = said_second(ruling)
        self._store.put(lambda cursor: write_said(cursor, self._queries, call_id, row), about=[call_id])

    def withdraw(self, call_id: str, *, ruled_at: dt.datetime, by: str, at: dt.datetime) -> None:
        """Take back one's own verdict; both stay in the trail."""
        row = said_withdrawn(ruled_at, by=by, at=at)
        self._store.put(lambda cursor: write_said(cursor, self._queries, call_id, row), about=[call_id])

    def _kept(self, key: Any, make: Any) -> Query:
        if key not in self._compiled:
            self._compiled[key] = self._store.query(make())
        return self._compiled[key]


def _given(name: str) -> sa.BindParameter[Any]:
    return sa.bindparam(name)


def _listing(wanted: Filter) -> sa.Select[Any]:
    column = flags.c
    latest: list[Any] = [column.received_at.desc(), column.call_id.desc()]
    if wanted.wanted is Wanted.OPEN:
        latest.insert(0, column.genuine_probability.desc())
    listing = sa.select(flags).where(*wanted.conditions()).order_by(*latest)
    return listing.limit(_given("limit")).offset(_given("offset"))


def _counting(wanted: Filter) -> sa.Select[Any]:
    found = sa.select(sa.literal(1)).select_from(flags).where(*wanted.conditions()).limit(_given("limit"))
    return sa.select(sa.func.count()).select_from(found.subquery())


def flag_of(row: Sequence[Any]) -> Flag:
    """Return a row of the list as a value."""
    values: dict[str, Any] = dict(zip(flags.c.keys(), row, strict=True))
    del values["known_from"]
    for name in ("guards", "reasons"):
        values[name] = tuple(values[name].split())
    for name in ("ruled_at", "claimed_at", "second_at", "look_back_at"):
        values[name] = instant_or_none(values[name])
    for name, kind in (("kind", Label), ("label", Label), ("verdict", Verdict), ("second_verdict", Verdict)):
        values[name] = None if values[name] is None else kind(values[name])
    values["advice"] = Advice(values["advice"])
    values["received_at"] = instant(values["received_at"])
    values["centre_id"] = values["centre_id"] or None
    values["second_drawn"] = bool(values["second_drawn"])
    return Flag(**values)
