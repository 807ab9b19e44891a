"""How well the child-voice head tells children from adults: on speakers it never heard, with intervals."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from prankfilter_training.ears.vector_head import Heads

DRAWS = 500
REPORTED_S = (1.0, 2.0, 3.0, 4.0, 5.0, 10.0)
FLAGGED_SHARES = (0.01, 0.05)

Array = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Estimate:
    """A figure with its 95 % interval over speakers."""

    value: float
    low: float
    high: float

    def __str__(self) -> str:
        return f"{self.value:.3f} [{self.low:.3f}, {self.high:.3f}]"


@dataclass(frozen=True, slots=True, kw_only=True)
class LengthReport:
    """Figures at one length of sound."""

    length_s: float
    children: int
    adults: int
    auc: Estimate
    auc_women: Estimate
    found: tuple[Estimate, ...]
    """Share of children found where `FLAGGED_SHARES` of adults are taken for children."""


def report(rows: Heads, odds: Array, *, seed: int = 0, draws: int = DRAWS) -> list[LengthReport]:
    """Judge held-out log-odds at each of `REPORTED_S`, on clips that begin without a pause."""
    return [_at_length(rows, odds, length_s, seed, draws) for length_s in REPORTED_S]


Figure = Callable[[NDArray[np.bool_], Array], float]


def over_speakers(
    rows: Heads, odds: Array, figures: Sequence[Figure], *, seed: int, draws: int
) -> list[Estimate]:
    """Figures with the 2.5 % and 97.5 % quantiles over draws of speakers with replacement."""
    rng = np.random.default_rng(seed)
    names, place = np.unique(rows.speaker.astype(str), return_inverse=True)
    members = [np.flatnonzero(place == number) for number in range(len(names))]
    is_child = np.array([rows.child[member[0]] for member in members])
    groups = [np.flatnonzero(is_child), np.flatnonzero(~is_child)]
    drawn = np.empty((draws, len(figures)))
    for number in range(draws):
        speakers = np.concatenate([rng.choice(group, size=len(group)) for group in groups])
        chosen = np.concatenate([members[speaker] for speaker in speakers])
        drawn[number] = [figure(rows.child[chosen], odds[chosen]) for figure in figures]
    low, high = np.quantile(drawn, (0.025, 0.975), axis=0)
    values = [figure(rows.child, odds) for figure in figures]
    return [Estimate(*map(float, three)) for three in zip(values, low, high, strict=True)]


def auc(child: NDArray[np.bool_], odds: Array) -> float:
    """Area under the ROC curve: how often a child's odds exceed an adult's, ties counting half."""
    values, place, count = np.unique(odds, return_inverse=True, return_counts=True)
    del values
    rank = (np.cumsum(count) - (count - 1) / 2)[place]
    children = int(child.sum())
    return float((rank[child].sum() - children * (children + 1) / 2) / (children * (len(child) - children)))


def found_at(share: float) -> Callable[[NDArray[np.bool_], Array], float]:
    """Share of children above the log-odds that ``share`` of adults exceed."""
    return lambda child, odds: float((odds[child] > np.quantile(odds[~child], 1 - share)).mean())


def _at_length(rows: Heads, odds: Array, length_s: float, seed: int, draws: int) -> LengthReport:
    chosen = (rows.length_s == length_s) & (rows.clip % 2 == 0)
    some, said = rows.at(chosen), odds[chosen]
    women = some.child | (some.sex == "f")
    figures = [auc, *(found_at(share) for share in FLAGGED_SHARES)]
    overall, *found = over_speakers(some, said, figures, seed=seed, draws=draws)
    (against_women,) = over_speakers(some.at(women), said[women], [auc], seed=seed, draws=draws)
    return LengthReport(
        length_s=length_s,
        children=len(set(some.speaker[some.child])),
        adults=len(set(some.speaker[~some.child])),
        auc=overall,
        auc_women=against_women,
        found=tuple(found),
    )
