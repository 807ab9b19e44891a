"""Figures on weighted rows, for many draws of weights at once.

A few lines of our own stand where scikit-learn has a function, because a bootstrap asks for each figure two
hundred times; tests hold them against scikit-learn's.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float64]
Flags = NDArray[np.bool_]
Weights = NDArray[np.int32]


@dataclass(frozen=True, slots=True, eq=False)
class Tallies:
    """Sums of weights over all rows whose margin is at least a value, for each distinct margin from above.

    Attributes
    ----------
    called, found, hit : ndarray of int, shape (draws, distinct margins)
        All rows, pranks, genuine calls.
    """

    called: Weights
    found: Weights
    hit: Weights


@dataclass(frozen=True, slots=True, eq=False)
class Ranked:
    """Rows in order of their margin, ready to be tallied under any weights."""

    order: NDArray[np.intp] | None
    """None where the rows stand in order already."""
    last_of_ties: NDArray[np.intp]
    prank: Flags
    genuine: Flags

    @classmethod
    def of(cls, margin: Array, prank: Flags, genuine: Flags) -> Ranked:
        """Rank rows; rows of equal margin stand or fall together."""
        if (np.diff(margin) <= 0).all():
            return cls(None, _ends(margin), prank, genuine)
        order = np.argsort(-margin, kind="stable")
        return cls(order, _ends(margin[order]), prank[order], genuine[order])

    def tally(self, weights: Weights) -> Tallies:
        """Sum up weights of shape (draws, rows)."""
        ranked = weights if self.order is None else weights.take(self.order, axis=1)
        called, found, hit = (self._sums(ranked, of) for of in (None, self.prank, self.genuine))
        return Tallies(called, found, hit)

    def average_precision(self, weights: Weights) -> Array:
        """`average_precision` under any weights; spares what the recalls alone need."""
        ranked = weights if self.order is None else weights.take(self.order, axis=1)
        called, found = self._sums(ranked, None), self._sums(ranked, self.prank)
        return average_precision(Tallies(called, found, hit=called))

    def _sums(self, ranked: Weights, of: Flags | None) -> Weights:
        column = ranked if of is None else ranked * of
        return np.cumsum(column, axis=1, dtype=np.int32).take(self.last_of_ties, axis=1)


def _ends(margin: Array) -> NDArray[np.intp]:
    """The last of each run of equal values."""
    return np.flatnonzero(np.r_[np.diff(margin) != 0, True][: len(margin)])


def average_precision(tallies: Tallies) -> Array:
    """Area under the curve of precision and recall of pranks, shape (draws,), as scikit-learn defines it.

    The sum over all distinct margins of precision times the recall gained there. NaN without pranks.
    """
    if not tallies.called.shape[1]:
        return np.full(len(tallies.called), np.nan)
    gained = np.diff(tallies.found, axis=1, prepend=0)
    precision = tallies.found / np.maximum(tallies.called, 1)
    return _ratio((gained * precision).sum(axis=1), tallies.found[:, -1])


def recall_at(tallies: Tallies, share: float | Array) -> Array:
    """Share of pranks above the lowest threshold that at most a share of the genuine calls exceeds.

    Parameters
    ----------
    tallies : Tallies
    share : float or ndarray of shape (draws,)
        Largest share of genuine calls hit, in [0, 1].

    Returns
    -------
    ndarray of shape (draws,)
        NaN without pranks or without genuine calls.
    """
    if not tallies.hit.shape[1]:
        return np.full(len(tallies.hit), np.nan)
    genuine = tallies.hit[:, -1]
    allowed = tallies.hit <= (np.asarray(share) * genuine)[:, None] + 1e-9
    place = allowed.sum(axis=1) - 1
    found = np.take_along_axis(tallies.found, np.maximum(place, 0)[:, None], axis=1)[:, 0]
    recall = _ratio(np.where(place >= 0, found, 0), tallies.found[:, -1])
    return np.where(genuine > 0, recall, np.nan)


def threshold_at(margin: Array, genuine: Flags, share: float) -> float:
    """The lowest of the genuine calls' margins that at most a share of them exceeds; NaN without any.

    Examples
    --------
    >>> margin = np.arange(100.0)
    >>> threshold_at(margin, np.ones(100, dtype=bool), 0.01)
    98.0
    """
    of_genuine = np.sort(margin[genuine])[::-1]
    allowed = int(share * len(of_genuine) + 1e-9)
    return float(of_genuine[min(allowed, len(of_genuine) - 1)]) if len(of_genuine) else float("nan")


def _ratio(part: NDArray[np.generic], whole: NDArray[np.generic]) -> Array:
    total = np.asarray(whole, dtype=np.float64)
    return np.asarray(np.divide(part, total, out=np.full(total.shape, np.nan), where=total > 0))
