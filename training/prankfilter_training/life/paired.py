"""Two shares of the same callers: the interval of their difference."""

from __future__ import annotations

import math

from scipy.optimize import brentq
from scipy.stats import norm

_NEARLY_ONE = 1 - 1e-9


def paired_difference(
    first_only: int, second_only: int, both_or_neither: int, *, confidence: float = 0.95
) -> tuple[float, float]:
    """Interval of the difference of two shares that were counted on the same callers.

    The score interval of Tango [#]_. Unlike a bootstrap it does not collapse to a point where no caller tells
    the two apart: nothing seen among n callers still allows for some z² / (n + z²).

    Parameters
    ----------
    first_only, second_only : int
        Callers that count for one share and not for the other.
    both_or_neither : int
        All others.
    confidence : float
        In (0, 1).

    Returns
    -------
    (float, float)
        Lower and upper bound of first share - second share, in [-1, 1]; (-1, 1) without callers.

    References
    ----------
    .. [#] Tango, T. (1998). Equivalence test and confidence interval for the difference in proportions for
       the paired-sample design. Statistics in Medicine 17(8).

    Examples
    --------
    >>> low, high = paired_difference(0, 0, 500)
    >>> round(low, 4), round(high, 4)
    (-0.0076, 0.0076)
    """
    n = first_only + second_only + both_or_neither
    if n == 0:
        return -1.0, 1.0
    z = float(norm.ppf((1 + confidence) / 2))
    observed = (first_only - second_only) / n

    def beyond(difference: float) -> float:
        return abs(_score(first_only, second_only, n, difference)) - z

    low = -1.0 if beyond(-_NEARLY_ONE) <= 0 else float(brentq(beyond, -_NEARLY_ONE, observed))
    high = 1.0 if beyond(_NEARLY_ONE) <= 0 else float(brentq(beyond, observed, _NEARLY_ONE))
    return low, high


def _score(first_only: int, second_only: int, n: int, difference: float) -> float:
    """How many standard errors the observed difference lies from a supposed one."""
    a = 2 * n
    b = -first_only - second_only + (2 * n - first_only + second_only) * difference
    c = -second_only * difference * (1 - difference)
    share = (math.sqrt(max(b * b - 4 * a * c, 0.0)) - b) / (2 * a)
    variance = n * (2 * share + difference * (1 - difference))
    distance = first_only - second_only - n * difference
    return distance / math.sqrt(variance) if variance > 0 else math.inf if distance else 0.0
