"""How large a share may be, seen how often something happened."""

from __future__ import annotations

import math

CONFIDENCE = 0.95

_HALVINGS = 60


def upper_bound(hits: int, trials: int, confidence: float = CONFIDENCE) -> float | None:
    """Return the exact one-sided upper bound on a share (Clopper and Pearson 1934 [#]_).

    The largest p under which at most ``hits`` of ``trials`` would still be seen with probability
    ``1 - confidence``.

    Parameters
    ----------
    hits, trials : int
        0 <= hits <= trials.
    confidence : float, optional
        In (0, 1).

    Returns
    -------
    float or None
        In (0, 1]; None where there were no trials, and so nothing is known.

    References
    ----------
    .. [#] Clopper, C. J., Pearson, E. S. (1934). The use of confidence or fiducial limits illustrated in the
       case of the binomial. Biometrika 26(4).

    Examples
    --------
    >>> round(upper_bound(0, 59), 4), round(upper_bound(3, 1000), 5), upper_bound(0, 0)
    (0.0495, 0.00774, None)
    """
    if trials == 0:
        return None
    low, high = 0.0, 1.0
    if hits >= trials:
        return 1.0
    for _ in range(_HALVINGS):
        middle = (low + high) / 2
        low, high = (middle, high) if _at_most(hits, trials, middle) > 1 - confidence else (low, middle)
    return high


def _at_most(hits: int, trials: int, share: float) -> float:
    """Return the probability of at most so many hits, share in (0, 1)."""
    return math.fsum(
        math.exp(
            math.lgamma(trials + 1)
            - math.lgamma(count + 1)
            - math.lgamma(trials - count + 1)
            + count * math.log(share)
            + (trials - count) * math.log1p(-share)
        )
        for count in range(hits + 1)
    )
