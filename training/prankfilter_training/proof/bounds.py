"""The arithmetic of the proof: exact binomial bounds, and the threshold they allow."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.stats import beta, binom

LOWEST_THRESHOLD = 0.0
"""The lowest threshold that is on offer; of those on offer, the lowest that holds is taken.

Two reasons. Where the rules of history rule out so many genuine callers that the order statistic is -inf, no
margin was measured that could tell thresholds apart, and "lowest" would be no number at all. And below even
odds the model itself says that the call is rather genuine: nobody could explain such a ``verify``. A higher
threshold only removes a ``verify``, so every bound stands.
"""

NOBODY: NDArray[np.float64] = np.empty(0)


def delta_of_use(confidence: float, number: int, strata: int) -> float:
    """What the n-th use of calls may err by in each of several strata.

    All uses of a call share delta = 1 - confidence, the n-th gets delta / 2**n; the strata of one certificate
    share that equally, so that its confidence holds for all of them at once.

    Examples
    --------
    >>> round(delta_of_use(0.95, 1, 2), 6), round(delta_of_use(0.95, 2, 2), 6)
    (0.0125, 0.00625)
    """
    return float((1 - confidence) / (strata * 2**number))


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


def label_errors_to_break(hits: int, callers: int, alpha: float, delta: float) -> int:
    """How many callers above a threshold, held for not genuine, would have to be genuine for it to fail.

    Each such error adds one to the callers and one to the hits.

    Examples
    --------
    >>> label_errors_to_break(0, 4380, 0.001, 0.0125), label_errors_to_break(0, 18_230, 0.001, 0.0125)
    (1, 10)
    """
    errors = 1
    while allowed_hits(callers + errors, alpha, delta) >= hits + errors:
        errors += 1
    return errors


@dataclass(frozen=True, slots=True)
class Threshold:
    """The lowest threshold that holds, with what it rests on."""

    value: float
    callers: int
    hits: int
    """Callers strictly above it, and those who count against it only."""
    worst_case_share: float


def lowest_threshold(
    margins: NDArray[np.float64], alpha: float, delta: float, against: NDArray[np.float64] = NOBODY
) -> Threshold | None:
    """Find the lowest threshold that at most a share alpha of genuine callers exceeds.

    Parameters
    ----------
    margins : ndarray of shape (callers,)
        Largest margin of each genuine caller; ``-inf`` where the rules of history rule out ``verify``.
    alpha, delta : float
        Share and 1 - confidence.
    against : ndarray of shape (doubtful,)
        Margins of callers who may have been genuine though nobody knows: above the threshold they are hits
        like all others, but they never help to reach the number of callers needed. ``inf`` where the margin
        is unknown.

    Returns
    -------
    Threshold or None
        The margin of rank ``allowed_hits + 1`` from above, but never below `LOWEST_THRESHOLD`; None with too
        few callers, or too many doubtful ones. Ties err to the safe side, since ``verify`` needs a margin
        strictly above.
    """
    callers = len(margins)
    k = allowed_hits(callers, alpha, delta)
    if k < 0:
        return None
    all_margins = np.r_[margins, against]
    at_rank = float(np.sort(all_margins)[::-1][k])
    if at_rank == math.inf:
        return None
    value = max(at_rank, LOWEST_THRESHOLD)
    hits = int((all_margins > value).sum())
    return Threshold(value, callers, hits, worst_case(hits, callers, delta))
