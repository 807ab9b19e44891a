"""How well the child-voice head tells children from adults: on speakers it never heard, with intervals."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from prankfilter_training.ears.rows import Rows
from prankfilter_training.line import CODECS, NOISES

DRAWS = 500
REPORTED_S = (1.0, 2.0, 3.0, 4.0, 5.0, 10.0)
FLAGGED_SHARES = (0.01, 0.05)
LINE_S = 4.0
FEWEST = 5
SNR_BANDS_DB = ((8, 14), (15, 21), (22, 30))

Array = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Estimate:
    """A figure with its 95 % interval over speakers."""

    value: float
    low: float
    high: float

    def __str__(self) -> str:
        return f"{self.value:.3f} [{self.low:.3f}, {self.high:.3f}]"

    @property
    def signed(self) -> str:
        """Of a difference."""
        return f"{self.value:+.3f} [{self.low:+.3f}, {self.high:+.3f}]"


@dataclass(frozen=True, slots=True, kw_only=True)
class Judged:
    """Figures on some of the clips.

    Attributes
    ----------
    name : str
        Which clips.
    children, women, men : int
        Speakers.
    auc, auc_women, auc_men : Estimate
        Of children against all adults, against women, against men.
    found, found_women : tuple of Estimate
        Share of children found where `FLAGGED_SHARES` of adults, or of women, are taken for children.
    """

    name: str
    children: int
    women: int
    men: int
    auc: Estimate
    auc_women: Estimate
    auc_men: Estimate
    found: tuple[Estimate, ...]
    found_women: tuple[Estimate, ...]


def by_length(rows: Rows, odds: Array, *, seed: int = 0, draws: int = DRAWS) -> list[Judged]:
    """Judge held-out log-odds at each of `REPORTED_S`, on clips that begin without a long pause."""
    chosen = {
        f"{length_s:g} s": (rows.length_s == length_s) & (rows.clip % 2 == 0) for length_s in REPORTED_S
    }
    return [judge(name, rows, odds, where, seed=seed, draws=draws) for name, where in chosen.items()]


def by_line(rows: Rows, odds: Array, *, seed: int = 0, draws: int = DRAWS) -> list[Judged]:
    """Judge 4 s by what the line did, by how the clip begins, and by the sex of the children."""
    parts = np.array([str(line).split("/") for line in rows.line]).reshape(-1, 3)
    snr_db = np.array([float(snr.removesuffix("dB")) for snr in parts[:, 2]])
    at = rows.length_s == LINE_S
    chosen = {codec: at & (parts[:, 0] == codec) for codec in CODECS}
    chosen |= {f"{noise} noise": at & (parts[:, 1] == noise) for noise in NOISES}
    chosen |= {f"SNR {low}-{high} dB": at & (snr_db >= low) & (snr_db <= high) for low, high in SNR_BANDS_DB}
    chosen["after a pause of 0.2-1.5 s"] = at & (rows.clip % 2 == 1)
    chosen |= {name: at & (~rows.child | (rows.sex == sex)) for name, sex in (("girls", "f"), ("boys", "m"))}
    return [
        judge(name, rows, odds, where, seed=seed, draws=draws)
        for name, where in chosen.items()
        if _enough(rows.at(where))
    ]


def _enough(rows: Rows) -> bool:
    """Whether there are a few speakers of each kind: of fewer nothing is told."""
    man = ~rows.child & ~rows.youth & ~rows.woman
    return all(len(set(rows.speaker[who])) >= FEWEST for who in (rows.child, rows.woman, man))


def judge(name: str, rows: Rows, odds: Array, chosen: NDArray[np.bool_], *, seed: int, draws: int) -> Judged:
    """Judge some clips of children and adults."""
    told = chosen & ~rows.youth
    some, said = rows.at(told), odds[told]
    women, men = some.child | some.woman, some.child | (~some.child & ~some.woman)
    shares = [found_at(share) for share in FLAGGED_SHARES]

    def figures(which: NDArray[np.bool_], wanted: Sequence[Figure]) -> list[Estimate]:
        return over_speakers(some.at(which), said[which], wanted, seed=seed, draws=draws)

    overall, *found = figures(np.ones(len(said), bool), [auc, *shares])
    against_women, *found_women = figures(women, [auc, *shares])
    (against_men,) = figures(men, [auc])
    return Judged(
        name=name,
        children=len(set(some.speaker[some.child])),
        women=len(set(some.speaker[some.woman])),
        men=len(set(some.speaker[men & ~some.child])),
        auc=overall,
        auc_women=against_women,
        auc_men=against_men,
        found=tuple(found),
        found_women=tuple(found_women),
    )


Figure = Callable[[NDArray[np.bool_], Array], float]


def over_speakers(
    rows: Rows, odds: Array, figures: Sequence[Figure], *, seed: int, draws: int
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
