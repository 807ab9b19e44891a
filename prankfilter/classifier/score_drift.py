"""Whether a model scores the calls of these days as it scored those that it was made with.

A first sign only, for the page that everybody on shift sees; columns, labels and the honesty of scores are
for data staff to look into (``prankfilter-train drift``).
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

import numpy as np
from numpy.typing import NDArray

from prankfilter.classifier.population import Array, Distribution, distribution, shift

REFERENCE = "reference"
"""Where a bundle's ``evaluation.json`` tells what the calls were like that the model was made with."""

SCORE = "prank_score"
RING_LOOK = "ring"

LEAST_CALLS = 300
"""With fewer nothing is compared: chance would exceed its mark more often than it should."""

WARN_PSI, ALARM_PSI = 0.1, 0.25
"""Rule of thumb of credit scoring (Siddiqi 2006), on the index less its mean under chance."""

CHI2_BEYOND_1_IN_1000 = (
    10.828,
    13.816,
    16.266,
    18.467,
    20.515,
    22.458,
    24.322,
    26.124,
    27.877,
    29.588,
)
"""What chi-squared of 1, 2, … 10 degrees of freedom exceeds once in a thousand times: the page is looked at
every day, and must not cry wolf."""


MOST_BINS = len(CHI2_BEYOND_1_IN_1000) + 1


class Drift(StrEnum):
    """What can be said."""

    STEADY = "steady"
    WARN = "warn"
    ALARM = "alarm"
    TOO_FEW = "too_few"
    """Not enough calls yet."""
    TOO_SOON = "too_soon"
    """History does not look back as far as it will, so that scores cannot be what they were."""
    SIMULATED = "simulated"
    """The model was made with simulated calls: real ones differ from them anyway."""
    UNKNOWN = "unknown"
    """No model runs, or its bundle does not tell what its calls were like."""


@dataclass(frozen=True, slots=True)
class ScoreDrift:
    """How far the scores of these days are from those of then."""

    drift: Drift
    calls: int = 0
    """Compared, or too few to be."""
    psi: float | None = None
    """Population stability index, less what chance gives it on average."""


@dataclass(frozen=True, slots=True, eq=False)
class UsualScores:
    """Scores at ring of the calls that a model was made with."""

    scores: Distribution
    simulated: bool

    @classmethod
    def from_evaluation(cls, document: Mapping[str, Any]) -> UsualScores | None:
        """Read them from a bundle's ``evaluation.json``; None where it does not tell them."""
        try:
            reference = document[REFERENCE]
            scores = Distribution.from_json(reference["columns"][RING_LOOK][SCORE])
            simulated = bool(reference["simulated"])
        except (KeyError, TypeError, ValueError):
            return None
        return cls(scores, simulated) if 1 < len(scores.shares) <= MOST_BINS else None


def score_drift(usual: UsualScores, scores: Array, clusters: Iterable[NDArray[np.int64]]) -> ScoreDrift:
    """Hold the scores of these days against the usual ones.

    Parameters
    ----------
    usual : UsualScores
        Of the model that gave the scores.
    scores : ndarray of shape (calls,)
        One of each call, at ring.
    clusters : iterable of ndarray of int, shape (calls,)
        Ways in which calls belong together, as in `population.distribution`.
    """
    if len(scores) < LEAST_CALLS:
        return ScoreDrift(Drift.TOO_FEW, len(scores))
    now = distribution(scores, usual.scores.edges, clusters)
    moved = shift(usual.scores, now, reached=lambda freedom: CHI2_BEYOND_1_IN_1000[freedom - 1])
    drift = Drift.STEADY
    if moved.is_real and moved.corrected >= WARN_PSI:
        drift = Drift.ALARM if moved.corrected >= ALARM_PSI else Drift.WARN
    return ScoreDrift(drift, len(scores), moved.corrected)
