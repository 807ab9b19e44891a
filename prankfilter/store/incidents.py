"""Safety incidents: a genuine call that was delayed, or might have been (SAFETY rule 14)."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum
from functools import partial
from typing import Any

import sqlalchemy as sa
from sqlalchemy.engine.interfaces import DBAPICursor

from prankfilter.errors import NotFound
from prankfilter.store.instants import instant, instant_or_none, microseconds
from prankfilter.store.query import insert_into, upserting
from prankfilter.store.schema import incidents
from prankfilter.store.sql import SqlStore


class Cause(StrEnum):
    """Why an incident was opened."""

    GENUINE_VERIFIED = "genuine_verified"
    """A genuine call got ``verify``."""
    WAS_EMERGENCY = "was_emergency"
    """A supervisor ruled that a flagged call was an emergency, whatever its advice was."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Incident:
    """One call, and what became of the look into it."""

    call_id: str
    opened_at: dt.datetime
    opened_by: str
    cause: Cause
    closed_at: dt.datetime | None = None
    closed_by: str | None = None
    note: str | None = None


class Incidents:
    """The list in one store; a call has one incident at most, and its sound is kept while that is open."""

    def __init__(self, store: SqlStore) -> None:
        self._store = store
        columns = [column for column in incidents.c if column.name != "id"]
        one = incidents.c.call_id == sa.bindparam("named")
        is_open = incidents.c.closed_at.is_(None)
        latest = (incidents.c.opened_at.desc(), incidents.c.call_id)
        self._keep = self._store.query(
            insert_into(incidents, upserting(store.dialect)).on_conflict_do_update(
                index_elements=[incidents.c.call_id],
                # What turns out to be worse than thought is looked into again; its first opening stays.
                set_={"closed_at": sa.null(), "closed_by": sa.null(), "reason": sa.bindparam("reason")},
                where=incidents.c.reason != sa.bindparam("reason"),
            )
        )
        self._close = self._store.query(
            incidents.update()
            .where(one, is_open)
            .values({name: sa.bindparam(name) for name in ("closed_at", "closed_by", "note")})
        )
        self._open = self._store.query(sa.select(*columns).where(is_open).order_by(*latest))
        self._closed = self._store.query(
            sa.select(*columns).where(~is_open).order_by(*latest).limit(sa.bindparam("limit"))
        )
        self._one = self._store.query(sa.select(*columns).where(one))

    def open(self) -> list[Incident]:
        """Return those that nobody closed, the latest first."""
        with self._store.cursor() as cursor:
            return [_incident(row) for row in self._open.rows(cursor)]

    def closed(self, *, limit: int) -> list[Incident]:
        """Return the others, the latest first."""
        with self._store.cursor() as cursor:
            return [_incident(row) for row in self._closed.rows(cursor, limit=limit)]

    def of(self, call_id: str) -> Incident | None:
        """Return a call's incident, if it has one."""
        with self._store.cursor() as cursor:
            rows = self._one.rows(cursor, named=call_id)
        return _incident(rows[0]) if rows else None

    def put_open(self, incident: Incident) -> None:
        """Open an incident; the same one again changes nothing, another cause opens it anew."""
        write = partial(
            self._keep.run,
            call_id=incident.call_id,
            opened_at=microseconds(incident.opened_at),
            opened_by=incident.opened_by,
            reason=incident.cause.value,
            closed_at=None,
            closed_by=None,
            note=incident.note,
        )
        self._store.put(write, about=[f"incident of {incident.call_id}"])

    def put_closed(self, call_id: str, *, by: str, note: str, at: dt.datetime) -> None:
        """Close an incident with what was found; raises `NotFound` where none is open."""

        def write(cursor: DBAPICursor) -> None:
            self._close.run(cursor, named=call_id, closed_at=microseconds(at), closed_by=by, note=note)
            if not cursor.rowcount:
                raise NotFound(f"no incident of call {call_id!r} is open")

        self._store.put(write, about=[f"incident of {call_id}"])


def _incident(row: Sequence[Any]) -> Incident:
    call_id, opened_at, opened_by, reason, closed_at, closed_by, note = row
    return Incident(
        call_id=call_id,
        opened_at=instant(opened_at),
        opened_by=opened_by,
        cause=Cause(reason),
        closed_at=instant_or_none(closed_at),
        closed_by=closed_by,
        note=note,
    )
