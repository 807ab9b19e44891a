"""Figures of two systems on the same clips, with the difference drawn over the same speakers."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from prankfilter_training.ears.report import Estimate, auc, found_at

Array = NDArray[np.float64]
Kept = NDArray[np.bool_]
Figure = Callable[[Kept, Array], float]

OURS, BASELINE = "nets", "baseline"
LENGTHS_S = (1, 2, 3, 4)
OLDEST_CHILD, YOUNGEST_ADULT = 9, 18
SNRS_DB = {60: "no noise", 25: "white noise, 25 dB", 15: "white noise, 15 dB", 10: "white noise, 10 dB"}
CODECS = {"a_law": "A-law", "mu_law": "µ-law", "gsm": "GSM 06.10"}
FIGURES: dict[str, Figure] = {
    "AUC": auc,
    "found at 5 %": found_at(0.05),
    "found at 1 %": found_at(0.01),
}


@dataclass(frozen=True, slots=True)
class Paired:
    """One figure of both on the same clips, with 95 % intervals over speakers.

    Attributes
    ----------
    name : str
        Which figure, on which clips.
    ours, baseline : Estimate
        Of each alone.
    more : Estimate
        How much more ours is, both judged on the same draws of speakers.
    """

    name: str
    ours: Estimate
    baseline: Estimate
    more: Estimate


def read_told(path: str | object) -> pd.DataFrame:
    """The clips of children and adults; where a system said nothing, its odds are even (0)."""
    odds = pd.read_csv(path, dtype={"speaker": str})  # type: ignore[call-overload]
    said = [column for column in odds if column.startswith((OURS, BASELINE))]
    odds[said] = odds[said].fillna(0.0)
    return odds[is_child(odds) | (odds["age"] >= YOUNGEST_ADULT)].reset_index(drop=True)


def is_child(clips: pd.DataFrame) -> Kept:
    """Of 9 years or younger."""
    return np.asarray(clips["age"] <= OLDEST_CHILD)


def child_or_woman(clips: pd.DataFrame) -> Kept:
    """Whether a clip counts against women alone."""
    return np.asarray(is_child(clips) | (clips["sex"] == "f"))


def aimed_at(told: pd.DataFrame, *, draws: int) -> Iterator[Paired]:
    """What issue and research ask for, from 4 s of sound."""
    every, women = np.ones(len(told), bool), child_or_woman(told)
    yield paired("AUC", told, every, auc, draws=draws)
    yield paired("AUC against women", told, women, auc, draws=draws)
    for share in (0.05, 0.01):
        yield paired(f"children found at {share:.0%} of adults", told, every, found_at(share), draws=draws)
    for share in (0.05, 0.01):
        yield paired(f"children found at {share:.0%} of women", told, women, found_at(share), draws=draws)
    yield paired("mean log-odds of each speaker: AUC", by_speaker(told), None, auc, draws=draws)


def by_length(told: pd.DataFrame, *, draws: int) -> Iterator[Paired]:
    """The AUC from the first seconds, against all adults and against women."""
    for length_s in LENGTHS_S:
        yield paired(f"{length_s} s", told, None, auc, length_s=length_s, draws=draws)
    women = child_or_woman(told)
    for length_s in LENGTHS_S:
        yield paired(f"{length_s} s, against women", told, women, auc, length_s=length_s, draws=draws)


def by_slice(told: pd.DataFrame, *, draws: int) -> Iterator[Paired]:
    """The AUC at 4 s by codec, noise, sex of the children, and age of the children."""
    child, age, sex = is_child(told), told["age"].to_numpy(), told["sex"].to_numpy()
    chosen: dict[str, Kept] = {
        **{name: (told["codec"] == codec).to_numpy() for codec, name in CODECS.items()},
        **{name: (told["snr_db"] == snr_db).to_numpy() for snr_db, name in SNRS_DB.items()},
        "girls against all adults": ~child | (sex == "f"),
        "boys against all adults": ~child | (sex == "m"),
        "all children against men": child | (sex == "m"),
        "children of 6 and 7": ~child | (age <= 7),
        "children of 8 and 9": ~child | (age >= 8),
    }
    for name, which in chosen.items():
        yield paired(name, told, which, auc, draws=draws)


def by_speaker(told: pd.DataFrame) -> pd.DataFrame:
    """One row a speaker: the mean of the log-odds of the clips."""
    return told.groupby(["speaker", "age", "sex"], as_index=False).mean(numeric_only=True)


def paired(
    name: str, told: pd.DataFrame, which: Kept | None, figure: Figure, *, draws: int, length_s: int = 4
) -> Paired:
    """Draw speakers with replacement, children and adults apart; both systems are judged on each draw.

    Parameters
    ----------
    told : DataFrame
        Clips, as `read_told` has them.
    which : NDArray[bool], optional
        Clips that count; all by default.
    """
    part = told if which is None else told[which]
    child = is_child(part)
    systems = [part[f"{system}_{length_s}_s"].to_numpy(float) for system in (OURS, BASELINE)]
    drawn = [
        [figure(child[chosen], odds[chosen]) for odds in systems]
        for chosen in _draws(part["speaker"].to_numpy(str), child, draws)
    ]
    ours, baseline = np.array(drawn).T
    values = [figure(child, odds) for odds in systems]
    return Paired(
        name,
        _estimate(values[0], ours),
        _estimate(values[1], baseline),
        _estimate(values[0] - values[1], ours - baseline),
    )


def _estimate(value: float, drawn: Array) -> Estimate:
    low, high = np.quantile(drawn, (0.025, 0.975))
    return Estimate(value, float(low), float(high))


def _draws(speaker: NDArray[np.str_], child: Kept, draws: int) -> Iterator[NDArray[np.intp]]:
    """Places of the clips of drawn speakers."""
    _, first, place = np.unique(speaker, return_index=True, return_inverse=True)
    members = [np.flatnonzero(place == number) for number in range(len(first))]
    groups: Sequence[NDArray[np.intp]] = [np.flatnonzero(child[first] == kind) for kind in (True, False)]
    rng = np.random.default_rng(0)
    for _ in range(draws):
        speakers = np.concatenate([rng.choice(group, size=len(group)) for group in groups])
        yield np.concatenate([members[number] for number in speakers])
