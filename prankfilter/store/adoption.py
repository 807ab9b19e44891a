"""How far a centre has come with prankfilter, as far as the store can tell (DESIGN, Steps of adoption)."""

from __future__ import annotations

import datetime as dt
from enum import IntEnum

import sqlalchemy as sa

from prankfilter.store.instants import microseconds
from prankfilter.store.said import What
from prankfilter.store.schema import calls, decisions, said
from prankfilter.store.sql import SqlStore
from prankfilter.vocabulary import AudioCapture


class Step(IntEnum):
    """What a centre gives prankfilter to work with; each step holds those before it."""

    NOTHING = -1
    SPREADSHEET = 0
    DESKS = 1
    ROUTER = 2
    RECORDINGS = 3
    LIVE_SOUND = 4


class Adoption:
    """Looks at one store."""

    def __init__(self, store: SqlStore) -> None:
        self._store = store
        lately = decisions.c.at >= sa.bindparam("since")
        waiting = decisions.c.capture == AudioCapture.CALLER_BEFORE_ANSWER.value
        one = sa.select(sa.literal(1))
        self._signs = {
            Step.LIVE_SOUND: one.select_from(decisions).where(lately, waiting, decisions.c.audio_s > 0),
            Step.RECORDINGS: one.select_from(decisions).where(lately, decisions.c.audio_s > 0),
            Step.ROUTER: one.select_from(decisions).where(lately),
            Step.DESKS: one.select_from(said).where(
                said.c.at >= sa.bindparam("since"), said.c.what == What.OUTCOME.value
            ),
            Step.SPREADSHEET: one.select_from(calls),
        }
        self._queries = {step: store.query(sign.limit(1)) for step, sign in self._signs.items()}

    def step(self, *, since: dt.datetime) -> Step:
        """The farthest step of which there was a sign since a moment; imported calls are a sign for ever."""
        given = {"since": microseconds(since)}
        with self._store.cursor() as cursor:
            for step, query in self._queries.items():
                if query.rows(cursor, **(given if step is not Step.SPREADSHEET else {})):
                    return step
        return Step.NOTHING
