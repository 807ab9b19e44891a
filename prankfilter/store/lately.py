"""What the latest calls tell of right now: how many wait, and how high calls are scored at ring."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from typing import Any, NamedTuple

import sqlalchemy as sa

from prankfilter.store.codec import from_text
from prankfilter.store.instants import instant, microseconds
from prankfilter.store.schema import calls, decisions
from prankfilter.store.sql import SqlStore
from prankfilter.vocabulary import CallRecord


class Waiting(NamedTuple):
    """How many calls waited, by the router's word."""

    calls: int
    at: dt.datetime
    """When it said so: as this call was received."""


class RingScore(NamedTuple):
    """What a call was scored at ring, before any sound."""

    call_id: str
    caller: str | None
    at: int
    """Microseconds (`instants`)."""
    prank_score: float


class Lately:
    """Looks at one store."""

    def __init__(self, store: SqlStore) -> None:
        self._store = store
        since: sa.BindParameter[int] = sa.bindparam("since")
        self._told = store.query(
            sa.select(calls.c.received_at, calls.c.record)
            .where(calls.c.received_at >= since, calls.c.record.contains('"calls_waiting":'))
            .order_by(calls.c.received_at.desc(), calls.c.call_id.desc())
            .limit(1)
        )
        self._scored = store.query(
            sa.select(decisions.c.call_id, calls.c.caller, decisions.c.at, decisions.c.prank_score)
            .join_from(decisions, calls, decisions.c.call_id == calls.c.call_id)
            .where(
                decisions.c.at >= since,
                decisions.c.model_id == sa.bindparam("model_id"),
                decisions.c.prank_score.is_not(None),
                sa.func.coalesce(decisions.c.audio_s, 0) <= 0,
            )
            .order_by(decisions.c.at.desc())
            .limit(sa.bindparam("limit"))
        )

    def waiting(self, *, since: dt.datetime) -> Waiting | None:
        """Return what the latest call that was received since a moment told; None where none did."""
        with self._store.cursor() as cursor:
            rows = self._told.rows(cursor, since=microseconds(since))
        return _waiting(rows[0]) if rows else None

    def ring_scores(self, model_id: str, *, since: dt.datetime, limit: int) -> list[RingScore]:
        """Return a model's first score at ring of each call since a moment, the latest calls first."""
        with self._store.cursor() as cursor:
            rows = self._scored.rows(cursor, model_id=model_id, since=microseconds(since), limit=limit)
        # Each call's first look comes last.
        return list({row[0]: RingScore(*row) for row in rows}.values())


def _waiting(row: Sequence[Any]) -> Waiting | None:
    received_at, text = row
    told = from_text(CallRecord, text).calls_waiting
    return None if told is None else Waiting(told, instant(received_at))
