"""Whether scores still mean what they say, on calls that were labelled since."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.special import expit

from prankfilter_training.evaluation.calibration import reliability
from prankfilter_training.evaluation.intervals import Array, Drawn, drawn, figure
from prankfilter_training.evaluation.judged import Judged

GROUPS = 200
"""Calls of nearly equal score are taken together; the fit hardly notices, and draws are cheap."""

STEPS = 30
LEAST_CALLS = 50
LEAST_PRANKS = 10
"""And as many other calls: with fewer, slope and intercept are noise."""

_LONGEST_STEP = 2.0
_NEVER_QUITE = 1e-6


def recalibration(rows: Judged) -> dict[str, Any]:
    """Compare what was scored with what the calls were.

    Returns
    -------
    dict
        ``calls``; ``brier``, ``mean_score``, ``prank_share``, ``intercept``, ``slope`` as figures with 95 %
        intervals over callers; ``bins``, the reliability curve. Intercept and slope are those of a logistic
        regression on the log odds of the score: 0 and 1 where scores are honest [#]_. ``real`` says of both
        by how many standard errors they miss it.

    References
    ----------
    .. [#] Van Calster, B., et al. (2019). Calibration: the Achilles heel of predictive analytics. BMC
       Medicine 17. The intercept is "calibration-in-the-large": the slope is held at 1.
    """
    n, pranks = len(rows), int(rows.prank.sum())
    values: dict[str, Any] = {"calls": n, "pranks": pranks, "bins": reliability(rows) if n else []}
    if n < LEAST_CALLS or min(pranks, n - pranks) < LEAST_PRANKS:
        return values
    groups = _Groups(rows)

    def metric(weights: NDArray[np.int32]) -> dict[str, Array]:
        intercept, slope = groups.fits(weights)
        return {
            "brier": _mean(weights, np.square(rows.score - rows.prank)),
            "mean_score": _mean(weights, rows.score),
            "prank_share": _mean(weights, rows.prank.astype(float)),
            "intercept": intercept,
            "slope": slope,
        }

    of = drawn(metric, rows.units)
    values |= {name: figure(one, n) for name, one in of.items()}
    values["standard_errors"] = {
        "intercept": _errors(of["intercept"], 0.0),
        "slope": _errors(of["slope"], 1.0),
    }
    return values


def _errors(of: Drawn, honest: float) -> float:
    spread = max(float(np.nanstd(draws)) for draws in of.draws)
    return round(abs(of.value - honest) / max(spread, 1e-9), 3)


class _Groups:
    """Rows in order of their score, in groups of nearly equal log odds."""

    def __init__(self, rows: Judged) -> None:
        score = np.clip(rows.score, _NEVER_QUITE, 1 - _NEVER_QUITE)
        odds = np.log(score) - np.log1p(-score)
        self._order = np.argsort(odds, kind="stable")
        self._starts = np.unique(np.linspace(0, len(odds), GROUPS, endpoint=False).astype(np.intp))
        sizes = np.diff(np.r_[self._starts, len(odds)])
        self._odds = np.add.reduceat(odds[self._order], self._starts) / sizes
        self._prank = rows.prank[self._order]

    def fits(self, weights: NDArray[np.int32]) -> tuple[Array, Array]:
        """Intercept (slope held at 1) and slope (intercept free) for each draw."""
        ordered = weights[:, self._order]
        calls = np.add.reduceat(ordered, self._starts, axis=1).astype(float)
        pranks = np.add.reduceat(ordered * self._prank, self._starts, axis=1).astype(float)
        known = (pranks.sum(axis=1) > 0) & (pranks.sum(axis=1) < calls.sum(axis=1))
        level = np.zeros(len(calls))
        for _ in range(STEPS):
            chance = expit(self._odds + level[:, None])
            score = (pranks - calls * chance).sum(axis=1)
            level += _bounded(score / np.maximum((calls * chance * (1 - chance)).sum(axis=1), 1e-9))
        slope = self._slopes(calls, pranks)
        return np.where(known, level, np.nan), np.where(known, slope, np.nan)

    def _slopes(self, calls: Array, pranks: Array) -> Array:
        """Slope of the logistic regression, by Newton's method on the centred log odds."""
        odds = self._odds - self._odds.mean()
        level, slope = np.zeros(len(calls)), np.ones(len(calls))
        for _ in range(STEPS):
            chance = expit(level[:, None] + slope[:, None] * odds)
            missed, weight = pranks - calls * chance, calls * chance * (1 - chance)
            a, b, c = (
                np.maximum((weight * power).sum(axis=1), 1e-9)
                if number != 1
                else (weight * power).sum(axis=1)
                for number, power in enumerate((1.0, odds, odds**2))
            )
            first, second = missed.sum(axis=1), (missed * odds).sum(axis=1)
            whole = np.maximum(a * c - b * b, 1e-12)
            level += _bounded((c * first - b * second) / whole)
            slope += _bounded((a * second - b * first) / whole)
        return slope


def _mean(weights: NDArray[np.int32], value: Array) -> Array:
    return np.asarray(weights @ value / np.maximum(weights.sum(axis=1), 1))


def _bounded(step: NDArray[np.float64]) -> Array:
    return np.clip(step, -_LONGEST_STEP, _LONGEST_STEP)
