"""What a desk asks the store. It reads no decision: a desk shows no score and no advice (SAFETY rule 12)."""

from __future__ import annotations

import datetime as dt
import json
from dataclasses import dataclass
from functools import partial
from typing import Any

import sqlalchemy as sa
from sqlalchemy.engine.interfaces import Dialect

from prankfilter.store.codec import from_text
from prankfilter.store.instants import instant, microseconds
from prankfilter.store.query import Query, statements_for
from prankfilter.store.said import What
from prankfilter.store.schema import calls, owed, said
from prankfilter.store.sql import SqlStore
from prankfilter.vocabulary import CallRecord, Label

_FACTS, _OUTCOME = What.FACTS.value, What.OUTCOME.value


@dataclass(frozen=True, slots=True)
class Told:
    """An outcome that somebody gave."""

    call_id: str
    at: dt.datetime
    label: Label
    record: CallRecord | None


class _Statements:
    """Compiled once: a desk asks every few seconds."""

    def __init__(self, dialect: Dialect) -> None:
        query = partial(Query, dialect=dialect)
        since: sa.BindParameter[int] = sa.bindparam("since")
        named = said.c.call_id == sa.bindparam("named")
        told = sa.exists().where(said.c.call_id == calls.c.call_id, said.c.what == _OUTCOME)
        untold = (
            sa.select(calls.c.record)
            .where(calls.c.received_at >= since, ~told)
            .order_by(calls.c.received_at.desc(), calls.c.call_id.desc())
            .limit(sa.bindparam("most"))
        )
        self.untold = query(untold)
        # A call without a centre may be of any.
        self.untold_of = query(untold.where(calls.c.centre_id.in_(("", sa.bindparam("centre_id")))))
        self.next_centre = query(
            sa.select(sa.func.min(calls.c.centre_id)).where(calls.c.centre_id > sa.bindparam("after"))
        )
        self.last_received = query(
            sa.select(sa.func.max(calls.c.received_at)).where(calls.c.centre_id == sa.bindparam("centre_id"))
        )
        self.facts = query(
            sa.select(said.c.details).where(named, said.c.what == _FACTS).order_by(said.c.at, said.c.id)
        )
        self.told_by = query(
            sa.select(said.c.call_id, said.c.at, said.c.label, calls.c.record)
            .join_from(said, calls, said.c.call_id == calls.c.call_id, isouter=True)
            .where(said.c.at >= since, said.c.what == _OUTCOME, said.c.by == sa.bindparam("by"))
            .order_by(said.c.at.desc(), said.c.id.desc())
            .limit(sa.bindparam("most"))
        )
        self.told = query(sa.select(said.c.id).where(named, said.c.what == _OUTCOME).limit(1))
        self.debts = query(
            sa.select(owed.c.call_id)
            .join_from(owed, calls, owed.c.call_id == calls.c.call_id)
            .where(calls.c.caller == sa.bindparam("caller"), owed.c.closed_at.is_(None))
        )


class DeskReads:
    """Those of one store."""

    def __init__(self, store: SqlStore) -> None:
        self._store = store
        self._statements = statements_for(_Statements, store.dialect)

    def centres(self, *, since: dt.datetime) -> list[str]:
        """The centres that had a call since a moment.

        One after the other, by two steps into an index each: asked at once, they cost a look at every call.
        """
        found, name = [], ""
        with self._store.cursor() as cursor:
            while (name := self._statements.next_centre.rows(cursor, after=name)[0][0]) is not None:
                if self._statements.last_received.rows(cursor, centre_id=name)[0][0] >= microseconds(since):
                    found.append(name)
        return found

    def untold(self, *, since: dt.datetime, most: int, centre_id: str | None = None) -> list[CallRecord]:
        """The newest calls of which nobody has said what they were, the newest first.

        With a centre those of others are left out, and those of none are not.
        """
        given: dict[str, Any] = {"since": microseconds(since), "most": most}
        with self._store.cursor() as cursor:
            if centre_id is None:
                rows = self._statements.untold.rows(cursor, **given)
            else:
                rows = self._statements.untold_of.rows(cursor, **given, centre_id=centre_id)
        return [from_text(CallRecord, record) for (record,) in rows]

    def facts(self, call_id: str) -> dict[str, Any]:
        """What became known of a call while it went on, as plain values."""
        standing: dict[str, Any] = {}
        with self._store.cursor() as cursor:
            for (details,) in self._statements.facts.rows(cursor, named=call_id):
                standing |= json.loads(details)
        return standing

    def told_by(self, name: str, *, since: dt.datetime, most: int) -> list[Told]:
        """The outcomes that somebody gave lately, the latest first; of each call the last."""
        with self._store.cursor() as cursor:
            rows = self._statements.told_by.rows(cursor, by=name, since=microseconds(since), most=most)
        found: dict[str, Told] = {}
        for call_id, at, label, record in rows:
            read = None if record is None else from_text(CallRecord, record)
            found.setdefault(call_id, Told(call_id, instant(at), Label(label), read))
        return list(found.values())

    def is_told(self, call_id: str) -> bool:
        """Whether somebody said what a call was."""
        with self._store.cursor() as cursor:
            return bool(self._statements.told.rows(cursor, named=call_id))

    def has_debt(self, caller: str) -> bool:
        """Whether the centre still owes this number a call."""
        with self._store.cursor() as cursor:
            return bool(self._statements.debts.rows(cursor, caller=caller))
