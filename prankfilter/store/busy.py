"""Who calls often, and from where many call: for lists that people look at, not for scores."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass

import sqlalchemy as sa

from prankfilter.store.instants import instant, microseconds
from prankfilter.store.schema import calls
from prankfilter.store.sql import SqlStore


@dataclass(frozen=True, slots=True)
class BusyCaller:
    """A number, as its pseudonym, that called several times."""

    caller: str
    count: int
    last_at: dt.datetime


@dataclass(frozen=True, slots=True)
class BusyArea:
    """A cell or trunk from which calls came."""

    area: str
    count: int
    caller_count: int
    """Numbers among them; calls without a number are in none."""
    last_at: dt.datetime


class Busy:
    """Counts over a stretch of time in one store."""

    def __init__(self, store: SqlStore) -> None:
        self._store = store
        within = sa.and_(
            calls.c.received_at >= sa.bindparam("since"), calls.c.received_at < sa.bindparam("until")
        )
        count, last = sa.func.count(), sa.func.max(calls.c.received_at)
        self._callers = self._store.query(
            sa.select(calls.c.caller, count, last)
            .where(within, calls.c.caller.is_not(None))
            .group_by(calls.c.caller)
            .having(count >= sa.bindparam("least"))
            .order_by(count.desc(), last.desc(), calls.c.caller)
            .limit(sa.bindparam("limit"))
        )
        self._areas = self._store.query(
            sa.select(calls.c.area, count, sa.func.count(sa.distinct(calls.c.caller)), last)
            .where(within)
            .group_by(calls.c.area)
            .order_by(count.desc(), calls.c.area)
            .limit(sa.bindparam("limit"))
        )

    def callers(self, since: dt.datetime, until: dt.datetime, *, least: int, limit: int) -> list[BusyCaller]:
        """Return numbers with at least so many calls in [since, until), the busiest first."""
        values = {"since": microseconds(since), "until": microseconds(until), "least": least, "limit": limit}
        with self._store.cursor() as cursor:
            rows = self._callers.rows(cursor, **values)
        return [BusyCaller(caller, count, instant(last_at)) for caller, count, last_at in rows]

    def areas(self, since: dt.datetime, until: dt.datetime, *, limit: int) -> list[BusyArea]:
        """Return areas with calls in [since, until), the busiest first."""
        values = {"since": microseconds(since), "until": microseconds(until), "limit": limit}
        with self._store.cursor() as cursor:
            rows = self._areas.rows(cursor, **values)
        return [BusyArea(area, count, callers, instant(last_at)) for area, count, callers, last_at in rows]
