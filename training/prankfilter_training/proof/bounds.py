"""The arithmetic of the proof: exact binomial bounds, and the threshold they allow."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.stats import beta, binom

LOWEST_THRESHOLD = 0.0
"""No threshold lies below even odds: whatever calibration would allow, a call that looks more genuine than
prank is not verified."""


def allowed_hits(callers: int, alpha: float, delta: float) -> int:
    """How many of the genuine callers of a calibration may lie above the threshold.

    With a share p of genuine callers above it, the calibration shows k or fewer with probability
    P(Bin(n, p) <= k), which falls in p. So if that is at most delta at p = alpha, a threshold exceeded by k
    of n has p <= alpha with confidence 1 - delta [#]_.

    Parameters
    ----------
    callers : int
        Genuine callers in the calibration, n.
    alpha : float
        Largest share of genuine callers that may get ``verify``, in (0, 1).
    delta : float
        1 - confidence, in (0, 1).

    Returns
    -------
    int
        The largest k that holds; -1 where not even 0 does.

    References
    ----------
    .. [#] Tong, X., Feng, Y., Li, J. J. (2018). Neyman-Pearson classification algorithms and NP receiver
       operating characteristics. Science Advances 4(2).

    Examples
    --------
    >>> allowed_hits(2995, 0.001, 0.05), allowed_hits(2994, 0.001, 0.05), allowed_hits(4742, 0.001, 0.05)
    (0, -1, 1)
    """
    k = int(binom.ppf(delta, callers, alpha))
    while k >= 0 and binom.cdf(k, callers, alpha) > delta:
        k -= 1
    return k


def callers_needed(alpha: float, delta: float, hits: int = 0) -> int:
    """Genuine callers needed for a bound of alpha with this many above the threshold.

    Examples
    --------
    >>> callers_needed(0.001, 0.05), callers_needed(0.01, 0.05), callers_needed(0.001, 0.05, hits=5)
    (2995, 299, 10511)
    """
    low, high = hits + 1, hits + 1
    while binom.cdf(hits, high, alpha) > delta:
        high *= 2
    while low < high:
        middle = (low + high) // 2
        if binom.cdf(hits, middle, alpha) <= delta:
            high = middle
        else:
            low = middle + 1
    return low


def worst_case(hits: int, callers: int, delta: float) -> float:
    """Upper Clopper-Pearson bound on the share, with confidence 1 - delta."""
    return 1.0 if hits >= callers else float(beta.ppf(1 - delta, hits + 1, callers - hits))


@dataclass(frozen=True, slots=True)
class Threshold:
    """The lowest threshold that holds, with what it rests on."""

    value: float
    callers: int
    hits: int
    """Callers strictly above it."""
    worst_case_share: float


def lowest_threshold(margins: NDArray[np.float64], alpha: float, delta: float) -> Threshold | None:
    """Find the lowest threshold that at most a share alpha of genuine callers exceeds.

    Parameters
    ----------
    margins : ndarray of shape (callers,)
        Largest margin of each genuine caller; ``-inf`` where the rules of history rule out ``verify``.
    alpha, delta : float
        Share and 1 - confidence.

    Returns
    -------
    Threshold or None
        The margin of rank ``allowed_hits + 1`` from above, but never below `LOWEST_THRESHOLD`; None with too
        few callers. Ties err to the safe side, since ``verify`` needs a margin strictly above.
    """
    callers = len(margins)
    k = allowed_hits(callers, alpha, delta)
    if k < 0:
        return None
    at_rank = float(np.sort(margins)[::-1][k])
    value = max(at_rank, LOWEST_THRESHOLD)
    hits = int((margins > value).sum())
    return Threshold(value, callers, hits, worst_case(hits, callers, delta)) if math.isfinite(value) else None
