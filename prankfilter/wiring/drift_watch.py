"""The watch over scores: whether the running model scores calls as it did those that it was made with."""

from __future__ import annotations

import datetime as dt
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from prankfilter.bundle.disk import read_shown
from prankfilter.bundle.manifest import EVALUATION, FILE_CAPS_BYTES
from prankfilter.classifier.score_drift import Drift, ScoreDrift, UsualScores, score_drift
from prankfilter.features.memory import MEMORY
from prankfilter.store.instants import span
from prankfilter.store.lately import Lately, RingScore
from prankfilter.store.sql import SqlStore

LOOKED_AT = dt.timedelta(days=7)
"""A week holds every hour and every weekday once."""

MOST_CALLS = 5000
"""The latest of them: more would show nothing new, and cost time."""

FRESH = dt.timedelta(minutes=10)

HISTORY = MEMORY + LOOKED_AT
"""Calls must be on record for so long: by then every score knows as much of its caller as it ever will."""


class DriftWatch:
    """Compares anew every few minutes; not for use from several threads at once."""

    def __init__(self, store: SqlStore, models: Path) -> None:
        self._store = store
        self._lately = Lately(store)
        self._models = models
        self._usual: tuple[str, UsualScores | None] | None = None
        self._last: tuple[str, dt.datetime, ScoreDrift] | None = None

    def read(self, model_id: str | None, *, now: dt.datetime) -> ScoreDrift:
        """Return how far the scores of the last days are from the usual ones."""
        if model_id is None:
            return ScoreDrift(Drift.UNKNOWN)
        if self._last is not None:
            of, at, found = self._last
            if of == model_id and dt.timedelta(0) <= now - at < FRESH:
                return found
        found = self._compare(model_id, now)
        self._last = (model_id, now, found)
        return found

    def _compare(self, model_id: str, now: dt.datetime) -> ScoreDrift:
        usual = self._usual_of(model_id)
        if usual is None:
            return ScoreDrift(Drift.UNKNOWN)
        if usual.simulated:
            return ScoreDrift(Drift.SIMULATED)
        began = self._store.observed_since()
        if began is None or now - began < HISTORY:
            return ScoreDrift(Drift.TOO_SOON)
        scores = self._lately.ring_scores(model_id, since=now - LOOKED_AT, limit=MOST_CALLS)
        return score_drift(usual, np.array([one.prank_score for one in scores]), _clusters(scores))

    def _usual_of(self, model_id: str) -> UsualScores | None:
        if self._usual is None or self._usual[0] != model_id:
            document = read_shown(self._models / model_id / EVALUATION, FILE_CAPS_BYTES[EVALUATION])
            self._usual = (model_id, UsualScores.from_evaluation(document))
        return self._usual[1]


def _clusters(scores: list[RingScore]) -> list[NDArray[np.int64]]:
    """Calls belong together by their number and by their day; one without a number stands alone."""
    callers = [one.caller or one.call_id for one in scores]
    day = span(dt.timedelta(days=1))
    return [
        np.unique(np.array(callers, dtype=str), return_inverse=True)[1],
        np.array([one.at // day for one in scores], dtype=np.int64),
    ]
