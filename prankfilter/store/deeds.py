"""Who did what: listened, exported, erased, signed in. Appended, never changed, and shown to auditors."""

from __future__ import annotations

import datetime as dt
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from functools import partial
from typing import Any

import sqlalchemy as sa

from prankfilter.store.codec import to_text
from prankfilter.store.instants import instant, microseconds
from prankfilter.store.query import insert_into
from prankfilter.store.schema import deeds
from prankfilter.store.sql import SqlStore


class Act(StrEnum):
    """What can be done that somebody may ask about later."""

    LISTENED = "listened"
    SAW_SCORE = "saw_score"
    """Of a call whose outcome was still to be told."""
    EXPORTED = "exported"
    ERASED = "erased"
    PURGED = "purged"
    CLEARED_NUMBER = "cleared_number"
    CLOSED_INCIDENT = "closed_incident"
    PROMOTED_MODEL = "promoted_model"
    ROLLED_BACK_MODEL = "rolled_back_model"
    SIGNED_IN = "signed_in"
    SIGN_IN_REFUSED = "sign_in_refused"
    SIGNED_OUT = "signed_out"
    MADE_ACCOUNT = "made_account"
    ENDED_ACCOUNT = "ended_account"
    CHANGED_PASSWORD = "changed_password"  # noqa: S105 - a word for a deed


@dataclass(frozen=True, slots=True, kw_only=True)
class Deed:
    """One of them. Its details hold nothing personal of a caller."""

    at: dt.datetime
    by: str
    what: Act
    call_id: str | None = None
    details: Mapping[str, Any] = field(default_factory=dict)


class Deeds:
    """The book in one store."""

    def __init__(self, store: SqlStore) -> None:
        self._store = store
        columns = [column for column in deeds.c if column.name != "id"]
        within = sa.and_(deeds.c.at >= sa.bindparam("since"), deeds.c.at < sa.bindparam("until"))
        self._keep = self._store.query(insert_into(deeds))
        self._within = self._store.query(sa.select(*columns).where(within).order_by(deeds.c.id))
        self._about = self._store.query(
            sa.select(*columns).where(deeds.c.call_id == sa.bindparam("named")).order_by(deeds.c.id)
        )

    def put(self, deed: Deed) -> None:
        """Append a line, durable on return: what cannot be written down must not be done."""
        write = partial(
            self._keep.run,
            at=microseconds(deed.at),
            by=deed.by,
            what=deed.what.value,
            call_id=deed.call_id,
            details=to_text(dict(deed.details)),
        )
        self._store.put(write)

    def within(self, since: dt.datetime, until: dt.datetime) -> list[Deed]:
        """Return the lines of [since, until), oldest first."""
        with self._store.cursor() as cursor:
            rows = self._within.rows(cursor, since=microseconds(since), until=microseconds(until))
        return [_deed(row) for row in rows]

    def about(self, call_id: str) -> list[Deed]:
        """Return the lines about one call, oldest first."""
        with self._store.cursor() as cursor:
            return [_deed(row) for row in self._about.rows(cursor, named=call_id)]


def _deed(row: Sequence[Any]) -> Deed:
    at, by, what, call_id, details = row
    return Deed(at=instant(at), by=by, what=Act(what), call_id=call_id, details=json.loads(details))
