"""Whether what happened in service refutes a certificate: a test that may look as often as it likes."""

from __future__ import annotations

import math
from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from prankfilter.vocabulary import CERTIFIED_STRATA, Stratum

FALSE_ALARM_SHARE = 0.05
"""A certificate that holds is suspended with at most this probability, however long it is watched."""

ODDS = (2.0, 5.0, 10.0, 30.0, 100.0, 300.0)
"""Rates that are held against the promised one, as multiples of it. The test is quickest where the true rate
is near one of them; between them it loses little."""


LARGEST_EXPONENT = 700.0
"""Beyond it a float overflows; long before it nothing is left to prove."""


@dataclass(frozen=True, slots=True)
class Watched:
    """One look at a genuine call that a certificate spoke for."""

    caller: str
    """A call without a number is a caller of its own."""
    stratum: Stratum
    hit: bool
    """It got ``verify``, or would have got it but for the audit draw."""


@dataclass(frozen=True, slots=True)
class Tally:
    """Genuine callers of one stratum, and how many of them were hit."""

    callers: int
    hits: int


def tallies(watched: Iterable[Watched]) -> Mapping[Stratum, Tally]:
    """Count callers by stratum; one who was hit at any look of any call is a hit.

    A certificate counts one call a caller. Counting a caller's worst errs to suspending.
    """
    hit: defaultdict[Stratum, dict[str, bool]] = defaultdict(dict)
    for one in watched:
        hit[one.stratum][one.caller] = hit[one.stratum].get(one.caller, False) or one.hit
    return {stratum: Tally(len(callers), sum(callers.values())) for stratum, callers in hit.items()}


def evidence_against(tally: Tally, alpha: float) -> float:
    """How much the calls speak against a rate of at most alpha: an e-value.

    The mean, over the rates of `ODDS`, of the likelihood ratio

        (p / alpha)**hits * ((1 - p) / (1 - alpha))**(callers - hits)

    Each ratio is a supermartingale while the true rate is at most alpha, and so is their mean; by Ville's
    inequality it ever reaches 1 / d with probability at most d [#]_. That holds at every moment at once, so
    looking after each call costs nothing.

    Parameters
    ----------
    tally : Tally
        Genuine callers so far.
    alpha : float
        The promised rate, in (0, 1).

    Returns
    -------
    float
        At least 0; 1 says nothing.

    References
    ----------
    .. [#] Ramdas, A., Grünwald, P., Vovk, V., Shafer, G. (2023). Game-theoretic statistics and safe
       anytime-valid inference. Statistical Science 38(4).

    Examples
    --------
    >>> round(evidence_against(Tally(3000, 3), 0.001), 3), round(evidence_against(Tally(200, 4), 0.001))
    (0.066, 752)
    """
    rates = [min(times * alpha, (1 + alpha) / 2) for times in ODDS]
    misses = tally.callers - tally.hits
    logarithms = [
        tally.hits * math.log(rate / alpha) + misses * math.log((1 - rate) / (1 - alpha)) for rate in rates
    ]
    ratios = [math.exp(min(one, LARGEST_EXPONENT)) for one in logarithms]
    return math.fsum(ratios) / len(ratios)


def refuted(watched: Iterable[Watched], alpha: float) -> Mapping[Stratum, Tally]:
    """The strata whose rate exceeds alpha; they share `FALSE_ALARM_SHARE` between them."""
    counted = tallies(watched)
    needed = len(CERTIFIED_STRATA) / FALSE_ALARM_SHARE
    return {stratum: tally for stratum, tally in counted.items() if evidence_against(tally, alpha) >= needed}
