"""How far the calls of today differ from those a model learned from, one column at a time.

The distance is the population stability index of bins fixed beforehand. Two samples of one population differ
too, the more the fewer calls there are and the more they belong together, so that every index is held
against what chance would give it.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

BINS = 10
HALF = 0.5
"""Added to every bin (Jeffreys), so that an empty one does not make the index infinite."""

Array = NDArray[np.float64]


@dataclass(frozen=True, slots=True, eq=False)
class Distribution:
    """One column of a sample, in bins.

    Attributes
    ----------
    edges : ndarray of shape (bins - 2,)
        Upper ends of all bins but the last two: above the last edge, and unknown.
    shares : ndarray of shape (bins,)
        They sum to 1; the last is the share of unknown values.
    n : int
        Rows.
    spread : float
        Design effect, at least 1: how many times wider the shares vary than if every row stood alone.
    """

    edges: Array
    shares: Array
    n: int
    spread: float

    def as_json(self) -> dict[str, Any]:
        """Plain values; edges to the last digit, since they are values of the column themselves."""
        return {
            "edges": self.edges.tolist(),
            "shares": [round(float(share), 6) for share in self.shares],
            "n": self.n,
            "spread": round(self.spread, 3),
        }

    @classmethod
    def from_json(cls, values: Mapping[str, Any]) -> Distribution:
        """Read what `as_json` wrote."""
        return cls(
            np.array(values["edges"], float), np.array(values["shares"], float), values["n"], values["spread"]
        )


def edges_of(column: Array) -> Array:
    """Choose edges of bins: each value of a column of few values, else tenths of the sample.

    Examples
    --------
    >>> edges_of(np.array([0.0, 0.0, 1.0, np.nan])).tolist()
    [0.0]
    """
    known = column[~np.isnan(column)]
    distinct = np.unique(known)
    if len(distinct) <= BINS:
        return distinct[:-1]
    return np.unique(np.quantile(known, np.arange(1, BINS) / BINS, method="inverted_cdf"))


def distribution(column: Array, edges: Array, clusters: Iterable[NDArray[np.int64]]) -> Distribution:
    """Put a column into bins.

    Parameters
    ----------
    column : ndarray of shape (n,)
        NaN where unknown.
    edges : ndarray
        As in `Distribution`.
    clusters : iterable of ndarray of int, shape (n,)
        Ways in which rows belong together, such as by caller, by day, by week; the widest counts.
    """
    bins = len(edges) + 2
    place = np.where(np.isnan(column), bins - 1, np.searchsorted(edges, column, side="left"))
    shares = np.bincount(place, minlength=bins) / max(1, len(column))
    spread = max((design_effect(place, shares, cluster) for cluster in clusters), default=1.0)
    return Distribution(edges, shares, len(column), max(1.0, spread))


def design_effect(place: NDArray[np.intp], shares: Array, cluster: NDArray[np.int64]) -> float:
    r"""Measure how much wider the shares of bins vary because rows come in clusters.

    The mean of the generalised design effects [#]_: :math:`n / (B - 1) \sum_b V_b / p_b`, where :math:`V_b`
    is the variance of the share of bin b between clusters.

    Parameters
    ----------
    place : ndarray of int, shape (n,)
        Bin of each row.
    shares : ndarray of shape (bins,)
        Share of each bin among the rows.
    cluster : ndarray of int, shape (n,)

    Returns
    -------
    float
        1 where clusters do not matter; NaN-free: 1 with fewer than two clusters or one bin.

    References
    ----------
    .. [#] Rao, J. N. K., Scott, A. J. (1984). On chi-squared tests for multiway contingency tables with cell
       proportions estimated from survey data. Annals of Statistics 12(1).
    """
    names, number = np.unique(cluster, return_inverse=True)
    used = np.flatnonzero(shares > 0)
    n = len(place)
    if len(names) < 2 or len(used) < 2:
        return 1.0
    size = np.bincount(number)
    total = 0.0
    for one in used:
        beyond = np.bincount(number, weights=place == one) - shares[one] * size
        total += float(np.square(beyond).sum()) / shares[one]
    return total * len(names) / (len(names) - 1) / n / (len(used) - 1)


@dataclass(frozen=True, slots=True)
class Shift:
    """How far one column moved.

    Attributes
    ----------
    psi : float
        Population stability index, as found.
    corrected : float
        Less what chance alone would give it on average; at least 0.
    by_chance : float
        What chance exceeds with the given probability: below it, nothing is shown to have moved.
    n : int
        Rows of the new sample.
    """

    psi: float
    corrected: float
    by_chance: float
    n: int

    @property
    def is_real(self) -> bool:
        """Whether it is more than chance."""
        return self.psi > self.by_chance


def shift(reference: Distribution, now: Distribution, *, reached: Callable[[int], float]) -> Shift:
    r"""Compute the population stability index of a column, and what chance would make of it.

    :math:`\sum_b (q_b - p_b) \ln(q_b / p_b)` over bins. Where both samples stem from one population it is
    distributed as :math:`(\delta / n + \delta' / m) \chi^2_{B-1}` [#]_, the design effects :math:`\delta`
    standing in for rows that do not stand alone.

    Parameters
    ----------
    reference, now : Distribution
        In the same bins.
    reached : callable
        From degrees of freedom, 1 or more, to what chi-squared exceeds with the probability that chance may
        exceed ``by_chance``.

    References
    ----------
    .. [#] Yurdakul, B. (2018). Statistical properties of population stability index. Western Michigan
       University.
    """
    bins = len(reference.shares)
    p, q = ((of.shares * of.n + HALF) / (of.n + HALF * bins) for of in (reference, now))
    psi = float(((q - p) * np.log(q / p)).sum())
    used = int(((reference.shares > 0) | (now.shares > 0)).sum())
    unit = reference.spread / max(1, reference.n) + now.spread / max(1, now.n)
    freedom = max(1, used - 1)
    return Shift(
        psi=psi,
        corrected=max(0.0, psi - unit * freedom),
        by_chance=float(unit * reached(freedom)),
        n=now.n,
    )
