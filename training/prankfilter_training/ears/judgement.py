"""All figures of a child voice on speakers that were held out."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from prankfilter_training.ears.ages import (
    AgeRow,
    BinRow,
    Mistaken,
    ShareRow,
    by_age,
    mistaken,
    reliability,
    shares_above,
)
from prankfilter_training.ears.calibration import PRIOR
from prankfilter_training.ears.held_out import ChildVoice
from prankfilter_training.ears.report import DRAWS, Judged, by_length, by_line


@dataclass(frozen=True, slots=True, kw_only=True)
class Judgement:
    """What the card of the ears tells, and `evaluation.json` keeps."""

    prior: float
    lengths: list[Judged]
    lines: list[Judged]
    ages: list[AgeRow]
    shares: list[ShareRow]
    reliability: list[BinRow]
    missed_children: list[Mistaken]
    suspected_adults: list[Mistaken]


def judgement_of(voice: ChildVoice, ages: Mapping[str, int], *, draws: int = DRAWS) -> Judgement:
    """Judge a child voice; ``ages`` holds the age of each speaker."""
    rows, probability = voice.rows, voice.probability
    missed, suspected = mistaken(rows, probability, ages)
    return Judgement(
        prior=PRIOR,
        lengths=by_length(rows, voice.odds, draws=draws),
        lines=by_line(rows, voice.odds, draws=draws),
        ages=by_age(rows, probability, ages),
        shares=shares_above(rows, probability),
        reliability=reliability(rows, probability),
        missed_children=missed,
        suspected_adults=suspected,
    )
