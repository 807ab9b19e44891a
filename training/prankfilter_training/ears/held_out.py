"""What a child-voice head says of speakers that it never heard, and the head that ships."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from prankfilter_training.bank.build import Heard, rows_of
from prankfilter_training.bank.listeners import fold_in
from prankfilter_training.bank.measure import VECTOR_LENGTHS_S, Measured
from prankfilter_training.ears.calibration import calibrated, fit_calibration
from prankfilter_training.ears.members import Arrays
from prankfilter_training.ears.rows import Array, Rows
from prankfilter_training.ears.speakers import FOLDS
from prankfilter_training.ears.vector_head import choose_c, cross_fitted, fit_head, log_odds


@dataclass(frozen=True, slots=True, eq=False)
class ChildVoice:
    """A head with all that is known of it.

    Attributes
    ----------
    head : Mapping[str, ndarray]
        The arrays that ship, calibration included.
    rows : Rows
        Clips of children, youths and adults.
    odds : ndarray of shape (rows,)
        What nets or heads that never heard the speaker say of each row, before calibration.
    clips : ndarray of shape (clips, lengths)
        The same, calibrated to a probability, for every clip of the bank at `VECTOR_LENGTHS_S`.
    deployed : ndarray of shape (clips, lengths)
        What the head that ships says, which has heard these speakers.
    recipe : Mapping
        How it was made.
    """

    head: Mapping[str, NDArray[np.floating[Any]]]
    rows: Rows
    odds: Array
    clips: Array
    deployed: Array
    recipe: Mapping[str, Any]

    @property
    def probability(self) -> Array:
        """What is said of each row, calibrated."""
        return calibrated(self.head, self.odds, self.rows.speech_s)


def by_nets(heard: Heard, ensemble: Arrays, recipe: Mapping[str, Any]) -> ChildVoice:
    """The nets that ship, and what their like said of speakers they never heard."""
    rows = rows_of(heard)
    rows = rows.at(~np.isnan(rows.net_odds))
    told = ~rows.youth
    head: dict[str, NDArray[np.floating[Any]]] = {
        **ensemble,
        **fit_calibration(rows.net_odds[told], rows.at(told)),
    }
    held_out = np.stack([measured.net_odds for measured in heard.measured])
    deployed = np.stack([measured.deployed_odds for measured in heard.measured])
    return ChildVoice(
        head=head,
        rows=rows,
        odds=rows.net_odds,
        clips=_calibrated_clips(head, held_out, heard),
        deployed=_calibrated_clips(head, deployed, heard),
        recipe=recipe,
    )


def by_vectors(heard: Heard) -> ChildVoice:
    """The head that needs no torch: its penalty is chosen on the same folds, which flatters it a little."""
    rows = rows_of(heard)
    told = rows.at(~rows.youth)
    c = choose_c(told)
    odds, heads = cross_fitted(told, c)
    folds = told.folds
    head = {**fit_head(told, c), **fit_calibration(odds, told)}
    held_out = np.stack([_said(heads[fold], its.vectors) for fold, its in _with_folds(heard, folds)])
    deployed = np.stack([_said(head, its.vectors) for its in heard.measured])
    own = np.array([fold_in(folds, str(speaker), FOLDS) for speaker in rows.speaker])
    every = np.select([own == fold for fold in range(FOLDS)], [log_odds(its, rows.vectors) for its in heads])
    return ChildVoice(
        head=head,
        rows=rows,
        odds=every,
        clips=_calibrated_clips(head, held_out, heard),
        deployed=_calibrated_clips(head, deployed, heard),
        recipe={"head": "vectors", "c": c},
    )


def shift_at_5_s(voice: ChildVoice, heard: Heard) -> dict[str, float]:
    """How much more the head that ships says at 5 s than those that never heard the speaker, on average.

    It has heard these speakers, so it is surer of them than of anybody who calls; the bank holds what is said
    of strangers.
    """
    at = VECTOR_LENGTHS_S.index(5.0)
    more = voice.deployed[:, at] - voice.clips[:, at]
    groups = np.array([str(clip.group) for clip in heard.clips])
    return {group: float(np.nanmean(more[groups == group])) for group in ("child", "adult")}


def _with_folds(heard: Heard, folds: Mapping[str, int]) -> Iterator[tuple[int, Measured]]:
    for clip, measured in zip(heard.clips, heard.measured, strict=True):
        yield fold_in(folds, clip.speaker, FOLDS), measured


def _said(head: Mapping[str, Array], vectors: Array) -> Array:
    return np.where(np.isnan(vectors).all(axis=1), np.nan, log_odds(head, vectors))


def _calibrated_clips(head: Mapping[str, NDArray[np.floating[Any]]], odds: Array, heard: Heard) -> Array:
    speech_s = np.stack([measured.speech_s for measured in heard.measured])
    return calibrated(head, odds, speech_s)
