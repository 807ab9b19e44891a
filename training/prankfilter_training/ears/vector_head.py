"""The child-voice head that needs no torch: a logistic regression on child vectors of real speakers."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import roc_auc_score

FOLDS = 5
C_GRID = (0.003, 0.01, 0.03, 0.1, 0.3)
"""Inverse strength of the penalty; the best on held-out speakers is taken."""
KNOTS_S = (0.6, 1.2, 2.0, 3.0, 4.5, 8.0)
"""Seconds of speech at which the log-odds are calibrated."""

PRIOR = 0.3
"""* Share of children among the voices of a centre, which the probability is calibrated for: by the
simulator's figures 35 % in a regency and 12 % in a city. At even odds every short or noisy adult voice would
lean to a child."""

Array = NDArray[np.float64]


@dataclass(frozen=True, slots=True, eq=False)
class Heads:
    """What a head is fitted on: one row a clip and length.

    Attributes
    ----------
    vectors : ndarray of shape (rows, n)
        `prankfilter.audio.child.child_vector`; rows without speech are all NaN.
    speech_s, length_s : ndarray of shape (rows,)
        Seconds of speech, and of sound.
    child : ndarray of bool, shape (rows,)
        Whether the speaker is a child of 9 years or younger; adults are 18 or older.
    speaker, sex : ndarray of str, shape (rows,)
    clip : ndarray of int, shape (rows,)
        Number of the clip; even ones begin without a pause.
    """

    vectors: Array
    speech_s: Array
    length_s: Array
    child: NDArray[np.bool_]
    speaker: NDArray[np.object_]
    sex: NDArray[np.object_]
    clip: NDArray[np.int64]

    def at(self, chosen: NDArray[np.bool_]) -> Heads:
        """Only some of the rows."""
        return Heads(*(getattr(self, name)[chosen] for name in self.__slots__))


def fit_head(rows: Heads, c: float) -> dict[str, Array]:
    """Fit scaler and logistic regression; every speaker weighs the same, children as much as adults.

    Returns
    -------
    dict
        ``mean``, ``scale``, ``weights`` of shape (n,), ``bias`` of shape (1,): what
        `prankfilter.audio.child.child_voice_probability` reads, without the calibration.
    """
    mean, scale = np.nanmean(rows.vectors, axis=0), np.nanstd(rows.vectors, axis=0)
    scale = np.where(scale > 0, scale, 1.0)
    regression = LogisticRegression(C=c, max_iter=2000, tol=1e-6)
    regression.fit(
        np.nan_to_num((rows.vectors - mean) / scale), rows.child, sample_weight=_speaker_weights(rows)
    )
    return {
        "mean": mean,
        "scale": scale,
        "weights": np.asarray(regression.coef_[0], dtype=np.float64),
        "bias": np.asarray(regression.intercept_, dtype=np.float64),
    }


def log_odds(head: Mapping[str, Array], vectors: Array) -> Array:
    """Uncalibrated log-odds of a child, shape (rows,), as serving computes them."""
    standardised = np.nan_to_num((vectors - head["mean"]) / head["scale"])
    return np.asarray(standardised @ head["weights"] + head["bias"][0])


def probability(head: Mapping[str, Array], vectors: Array, speech_s: Array) -> Array:
    """Calibrated probability of a child, shape (rows,); NaN where there is no vector."""
    slope = np.interp(speech_s, head["calibration_s"], head["calibration_slope"])
    offset = np.interp(speech_s, head["calibration_s"], head["calibration_offset"])
    odds = slope * log_odds(head, vectors) + offset
    return np.where(np.isnan(vectors).all(axis=1), np.nan, 1.0 / (1.0 + np.exp(-np.clip(odds, -700, 700))))


def fold_of(speakers: NDArray[np.object_], child: NDArray[np.bool_]) -> dict[str, int]:
    """Deal speakers into folds, children and adults each evenly, in the order of their names."""
    folds: dict[str, int] = {}
    for is_child in (False, True):
        for place, speaker in enumerate(sorted(set(speakers[child == is_child]))):
            folds[speaker] = place % FOLDS
    return folds


def cross_fitted(rows: Heads, c: float) -> tuple[Array, list[dict[str, Array]]]:
    """Log-odds of each row by a head that never heard its speaker, and the heads, one a fold."""
    folds = fold_of(rows.speaker, rows.child)
    fold = np.array([folds[speaker] for speaker in rows.speaker])
    heads = [fit_head(rows.at(fold != number), c) for number in range(FOLDS)]
    out = np.empty(len(fold))
    for number, head in enumerate(heads):
        out[fold == number] = log_odds(head, rows.vectors[fold == number])
    return out, heads


def choose_c(rows: Heads) -> float:
    """The penalty with the best AUC on held-out speakers."""
    scores = {c: roc_auc_score(rows.child, cross_fitted(rows, c)[0]) for c in C_GRID}
    return max(scores, key=lambda c: scores[c])


def fit_calibration(odds: Array, rows: Heads) -> dict[str, Array]:
    """Fit slope and offset of held-out log-odds around each of `KNOTS_S` seconds of speech.

    Each knot looks at rows whose speech is between half and twice its own. The offset carries `PRIOR`.
    """
    weights = _speaker_weights(rows)
    slopes, offsets = [], []
    for knot_s in KNOTS_S:
        near = (rows.speech_s >= knot_s / 2) & (rows.speech_s <= knot_s * 2)
        line = LogisticRegression(C=1e6).fit(odds[near, None], rows.child[near], sample_weight=weights[near])
        slopes.append(max(float(line.coef_[0, 0]), 0.05))
        offsets.append(float(line.intercept_[0]))
    return {
        "calibration_s": np.array(KNOTS_S),
        "calibration_slope": np.array(slopes),
        "calibration_offset": np.array(offsets) + np.log(PRIOR / (1 - PRIOR)),
    }


def _speaker_weights(rows: Heads) -> Array:
    """Weights that let every speaker count the same, and the children together as much as the adults."""
    names, place, count = np.unique(rows.speaker.astype(str), return_inverse=True, return_counts=True)
    weight = 1.0 / count[place]
    for is_child in (False, True):
        weight[rows.child == is_child] /= weight[rows.child == is_child].sum()
    return np.asarray(weight * len(names))
