"""What is said of each age, how honest the probability is, and whom it mistakes."""

from __future__ import annotations

import itertools
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from prankfilter_training.ears.calibration import PRIOR
from prankfilter_training.ears.rows import Array, Rows, speaker_weights

AT_S = 4.0
AGES = ((6, 7), (8, 9), (10, 11), (12, 13), (14, 17), (18, 120))
THRESHOLDS = (0.2, 0.3, 0.4, 0.5, 0.7)
THRESHOLD_LENGTHS_S = (1.0, 3.0, 5.0, 10.0)
BINS = (0.0, 0.1, 0.2, 0.3, 0.5, 0.7, 0.9, 1.0)
WORST = 5
PITCH_MEDIAN = -4
"""Where `prankfilter.audio.child.child_vector` has the median pitch, in semitones above 60 Hz."""


@dataclass(frozen=True, slots=True, kw_only=True)
class AgeRow:
    """What is said of speakers of some ages and one sex, from 4 s."""

    name: str
    speakers: int
    mean_probability: float
    above_half: float


@dataclass(frozen=True, slots=True, kw_only=True)
class ShareRow:
    """Share of the clips of a group whose probability reaches each of `THRESHOLDS`, each speaker alike."""

    group: str
    length_s: float
    shares: tuple[float, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class BinRow:
    """How many children there are where a probability is said, at a share of `PRIOR` children."""

    said: float
    children: float
    weight: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Mistaken:
    """A speaker whom the held-out nets judge wrongly."""

    speaker: str
    age: int
    sex: str
    probability: float
    pitch_hz: float


def by_age(rows: Rows, probability: Array, ages: Mapping[str, int]) -> list[AgeRow]:
    """Each age and sex; 10-17 years are neither children nor adults here."""
    age = np.array([ages[str(speaker)] for speaker in rows.speaker])
    out = []
    for low, high in AGES:
        for sex in ("f", "m"):
            chosen = (rows.length_s == AT_S) & (age >= low) & (age <= high) & (rows.sex == sex)
            if chosen.any():
                said, speakers = _by_speaker(rows, probability, chosen)
                years = f"{low}-{high}" if high < AGES[-1][1] else f"{low} and older"
                above, _ = _by_speaker(rows, (probability >= 0.5).astype(float), chosen)
                row = AgeRow(
                    name=f"{years}, {'female' if sex == 'f' else 'male'}",
                    speakers=len(speakers),
                    mean_probability=float(said.mean()),
                    above_half=float(above.mean()),
                )
                out.append(row)
    return out


def shares_above(rows: Rows, probability: Array) -> list[ShareRow]:
    """How many women, men, youths and children would count as children's voices at some thresholds."""
    man = ~rows.child & ~rows.youth & ~rows.woman
    groups = {"women": rows.woman, "men": man, "10-17 years": rows.youth, "children": rows.child}
    return [
        ShareRow(
            group=name,
            length_s=length_s,
            shares=tuple(
                float(_by_speaker(rows, (probability >= bar).astype(float), chosen)[0].mean())
                for bar in THRESHOLDS
            ),
        )
        for name, members in groups.items()
        for length_s in THRESHOLD_LENGTHS_S
        if (chosen := members & (rows.length_s == length_s)).any()
    ]


def reliability(rows: Rows, probability: Array) -> list[BinRow]:
    """Said against true, over all lengths, with speakers weighted so that `PRIOR` of them are children."""
    told = ~rows.youth
    some, said = rows.at(told), probability[told]
    weight = speaker_weights(some) * np.where(some.child, PRIOR, 1 - PRIOR)
    out = []
    for low, high in itertools.pairwise(BINS):
        chosen = (said >= low) & ((said < high) | (high == 1.0))
        if chosen.any():
            row = BinRow(
                said=float(np.average(said[chosen], weights=weight[chosen])),
                children=float(np.average(some.child[chosen], weights=weight[chosen])),
                weight=float(weight[chosen].sum() / weight.sum()),
            )
            out.append(row)
    return out


def mistaken(
    rows: Rows, probability: Array, ages: Mapping[str, int]
) -> tuple[list[Mistaken], list[Mistaken]]:
    """The children and the adults that are judged worst, from 4 s."""
    at = rows.length_s == AT_S
    children = _ranked(rows, probability, at & rows.child, ages)
    adults = _ranked(rows, probability, at & ~rows.child & ~rows.youth, ages)
    return children[:WORST], adults[::-1][:WORST]


def _ranked(
    rows: Rows, probability: Array, chosen: NDArray[np.bool_], ages: Mapping[str, int]
) -> list[Mistaken]:
    said, speakers = _by_speaker(rows, probability, chosen)
    pitch_hz = 60.0 * 2.0 ** (rows.vectors[:, PITCH_MEDIAN] / 12.0)
    return [
        Mistaken(
            speaker=speakers[place],
            age=ages[speakers[place]],
            sex=str(rows.sex[rows.speaker == speakers[place]][0]),
            probability=float(said[place]),
            pitch_hz=float(np.nanmedian(pitch_hz[rows.speaker == speakers[place]])),
        )
        for place in np.argsort(said)
    ]


def _by_speaker(rows: Rows, values: Array, chosen: NDArray[np.bool_]) -> tuple[Array, Sequence[str]]:
    """Mean of each speaker's clips."""
    names, place, count = np.unique(rows.speaker[chosen].astype(str), return_inverse=True, return_counts=True)
    return np.bincount(place, weights=values[chosen]) / count, [str(name) for name in names]
