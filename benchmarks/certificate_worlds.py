"""A fixed model's margins, drawn again and again: how often does a certificate promise too much?

One world, no calls: genuine margins are normal (mean 0, deviation 1.5) and so are those of pranks whose
number earned a ``verify`` (mean 5, deviation 2). The truth of a threshold is the share of 10**6 fresh genuine
callers above it. The floor at even odds plays no part: at 0.1 % all thresholds lie far above it.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cache

import numpy as np
from numpy.typing import NDArray
from prankfilter_training.proof.bounds import lowest_threshold
from prankfilter_training.proof.margin_counts import binned
from prankfilter_training.proof.review import CALLS_REVIEWED
from scipy.stats import binom

Margins = NDArray[np.float64]
Rng = np.random.Generator

SPREAD = 1.5
PRANK_MEAN, PRANK_SPREAD = 5.0, 2.0
ALPHA, DELTA = 0.001, 0.05
EXACT_CALLERS = 2995
"""With none above it the bound is all but exact: 0.999 ** 2995 = 0.04996."""

FIRST_USE_DELTA, FIRST_USE_CALLERS = 0.0125, 4380
"""What one of two strata gets at the first use of calls, and what it then needs."""

MANY = 5000
"""Callers with one allowed above the threshold."""

CENTRES = 10
TRUTH_CALLERS = 1_000_000


@dataclass(frozen=True, slots=True)
class Scenario:
    """One way to calibrate, and the callers that it will meet."""

    name: str
    calibrate: Callable[[Rng], float | None]
    """Draws a calibration and returns its threshold, None where there are too few callers."""
    delta: float = DELTA
    truth_shift: float = 0.0
    shifted_share: float = 1.0
    """The share of callers whose margins are shifted."""
    stepped: bool = False
    """The margin was calibrated in steps of a half, so that callers tie."""
    verified_at: bool = False
    """``verify`` at the threshold already, not above it only."""


@dataclass(frozen=True, slots=True)
class Drawn:
    """What many calibrations of a scenario came to."""

    name: str
    delta: float
    draws: int
    certified: int
    exceeding: int
    true_shares: tuple[float, ...]
    recalls: tuple[float, ...]

    @property
    def most_allowed(self) -> int:
        """Exceeding draws that chance allows in 99 of 100 studies of a valid method."""
        return int(binom.ppf(0.99, self.draws, self.delta))

    @property
    def least_expected(self) -> int:
        """Fewer than this in 99 of 100 studies: calls are wasted."""
        return int(binom.ppf(0.01, self.draws, self.delta))

    @property
    def holds(self) -> bool:
        """Whether it promised too much no more often than it may."""
        return self.exceeding <= self.most_allowed


def genuine(rng: Rng, callers: int, shift: float = 0.0) -> Margins:
    """Margins of genuine callers, one call each."""
    return shift + SPREAD * rng.standard_normal(callers)


def pranks(rng: Rng, calls: int) -> Margins:
    """Margins of pranks whose numbers earned a ``verify``."""
    return PRANK_MEAN + PRANK_SPREAD * rng.standard_normal(calls)


@cache
def fresh_callers(count: int) -> Margins:
    """Genuine callers whom no calibration saw, sorted."""
    return np.sort(genuine(np.random.default_rng(2026), count))


def share_above(threshold: float, scenario: Scenario, callers: int) -> float:
    """The true share of genuine callers above a threshold."""
    margins = fresh_callers(callers)
    if scenario.stepped:
        # Rounded margins exceed a threshold where the plain ones exceed the next edge of a step.
        threshold += -0.25 if scenario.verified_at else 0.25
    plain, shifted = (
        1 - np.searchsorted(margins, threshold - by, side="right") / callers
        for by in (0.0, scenario.truth_shift)
    )
    return float(scenario.shifted_share * shifted + (1 - scenario.shifted_share) * plain)


def prank_recall(threshold: float) -> float:
    """Share of pranks with an earned ``verify`` above the threshold; in closed form."""
    return 0.5 * math.erfc((threshold - PRANK_MEAN) / PRANK_SPREAD / math.sqrt(2))


def drawn(scenario: Scenario, draws: int, *, truth_callers: int = TRUTH_CALLERS) -> Drawn:
    """Calibrate many times and compare each threshold with the truth."""
    seed = [ord(letter) for letter in scenario.name]
    thresholds = [scenario.calibrate(np.random.default_rng([*seed, draw])) for draw in range(draws)]
    found = [threshold for threshold in thresholds if threshold is not None]
    shares = [share_above(threshold, scenario, truth_callers) for threshold in found]
    return Drawn(
        scenario.name,
        scenario.delta,
        draws,
        len(found),
        sum(share > ALPHA for share in shares),
        tuple(shares),
        tuple(map(prank_recall, found)),
    )


# --- ways to calibrate -----------------------------------------------------------------------------


def threshold_of(margins: Margins, delta: float = DELTA) -> float | None:
    """The product's."""
    found = lowest_threshold(margins, ALPHA, delta)
    return None if found is None else found.value


def empirical(margins: Margins) -> float:
    """Today's practice: at most a share alpha of the calibration itself lies above."""
    return float(np.sort(margins)[::-1][int(ALPHA * len(margins))])


def stepped(margins: Margins) -> Margins:
    """Margins after a calibration in steps of a half."""
    return np.round(2 * margins) / 2


def mislabelled(rng: Rng, *, true_pranks: int | None) -> float | None:
    """Genuine callers labelled as pranks the more often the larger their margin: half of those far up.

    They stand among true pranks; the review listens to the fifty largest of all these margins. Without a
    number of true pranks there is no review.
    """
    margins = genuine(rng, MANY)
    wrong = rng.random(MANY) < 0.5 / (1 + np.exp(-(margins - 3.0) / 0.4))
    kept = margins[~wrong]
    if true_pranks is not None:
        lost = margins[wrong]
        last = np.sort(np.r_[lost, pranks(rng, true_pranks)])[::-1][:CALLS_REVIEWED][-1]
        kept = np.r_[kept, lost[lost >= last]]
    return threshold_of(kept)


def repeat_callers(rng: Rng, *, counted_once: bool) -> float | None:
    """Three callers in a hundred call thirty times, and one caller's calls are alike."""
    callers = EXACT_CALLERS if counted_once else EXACT_CALLERS * 2 // 3
    calls = np.where(rng.random(callers) < 0.03, 30, 1)
    voice = 1.4 * rng.standard_normal(callers)
    of = np.repeat(np.arange(callers), calls)
    margins = voice[of] + math.sqrt(SPREAD**2 - 1.4**2) * rng.standard_normal(len(of))
    if counted_once:
        return threshold_of(margins[np.r_[0, np.cumsum(calls)[:-1]]])
    return threshold_of(margins[rng.permutation(len(of))[:EXACT_CALLERS]])


def pool(rng: Rng, shift: float) -> float | None:
    """Ten centres of equal size, one of which deviates."""
    size = MANY // CENTRES
    parts = [genuine(rng, size, shift), *(genuine(rng, size) for _ in range(CENTRES - 1))]
    return threshold_of(binned(np.concatenate(parts)))


VALID: Sequence[Scenario] = (
    Scenario("2,995 callers, whole delta", lambda rng: threshold_of(genuine(rng, EXACT_CALLERS))),
    Scenario(
        "4,380 callers, first use of one of two strata",
        lambda rng: threshold_of(genuine(rng, FIRST_USE_CALLERS), FIRST_USE_DELTA),
        delta=FIRST_USE_DELTA,
    ),
    Scenario("10,511 callers, five may be above", lambda rng: threshold_of(genuine(rng, 10_511))),
    Scenario(
        "2,995 callers, counted in a pool's bins",
        lambda rng: threshold_of(binned(genuine(rng, EXACT_CALLERS))),
    ),
    Scenario("naive: the calibration's own share is alpha", lambda rng: empirical(genuine(rng, MANY))),
)

BREAKS: Sequence[Scenario] = (
    Scenario(
        "margins in steps of a half, `verify` at the threshold too",
        lambda rng: threshold_of(stepped(genuine(rng, EXACT_CALLERS))),
        stepped=True,
        verified_at=True,
    ),
    Scenario(
        "the same, `verify` strictly above it",
        lambda rng: threshold_of(stepped(genuine(rng, EXACT_CALLERS))),
        stepped=True,
    ),
    Scenario("label errors that rise with the margin", lambda rng: mislabelled(rng, true_pranks=None)),
    Scenario("the same, top 50 reviewed, among 40 true pranks", lambda rng: mislabelled(rng, true_pranks=40)),
    Scenario(
        "the same, top 50 reviewed, among 200 true pranks", lambda rng: mislabelled(rng, true_pranks=200)
    ),
    Scenario("repeat callers, calls counted", lambda rng: repeat_callers(rng, counted_once=False)),
    Scenario("repeat callers, each counted once", lambda rng: repeat_callers(rng, counted_once=True)),
    *(
        Scenario(
            f"drift: genuine margins {shift:g} higher afterwards",
            lambda rng: threshold_of(genuine(rng, EXACT_CALLERS)),
            truth_shift=shift,
        )
        for shift in (0.25, 0.5, 1.0)
    ),
)


def pools(shift: float) -> tuple[Scenario, Scenario]:
    """A pool of ten with one centre whose margins are shifted: the pool's rate, and that centre's own."""
    name = f"one of ten centres {shift:g} higher"
    return (
        Scenario(
            f"{name}: the pool's rate", lambda rng: pool(rng, shift), truth_shift=shift, shifted_share=0.1
        ),
        Scenario(f"{name}: that centre's rate", lambda rng: pool(rng, shift), truth_shift=shift),
    )


POOLS: Sequence[Scenario] = (*pools(0.5), *pools(1.0), *pools(3.0))
