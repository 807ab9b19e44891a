"""The child-voice head that needs no torch: a logistic regression on child vectors of real speakers."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import roc_auc_score

from prankfilter_training.ears.rows import Array, Rows, speaker_weights
from prankfilter_training.ears.speakers import FOLDS

C_GRID = (0.003, 0.01, 0.03, 0.1, 0.3)
"""Inverse strength of the penalty; the best on held-out speakers is taken."""


def fit_head(rows: Rows, c: float) -> dict[str, Array]:
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
        np.nan_to_num((rows.vectors - mean) / scale), rows.child, sample_weight=speaker_weights(rows)
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


def cross_fitted(rows: Rows, c: float) -> tuple[Array, list[dict[str, Array]]]:
    """Log-odds of each row by a head that never heard its speaker, and the heads, one a fold."""
    folds = rows.folds
    fold = np.array([folds[speaker] for speaker in rows.speaker])
    heads = [fit_head(rows.at(fold != number), c) for number in range(FOLDS)]
    out = np.empty(len(fold))
    for number, head in enumerate(heads):
        out[fold == number] = log_odds(head, rows.vectors[fold == number])
    return out, heads


def choose_c(rows: Rows) -> float:
    """The penalty with the best AUC on held-out speakers."""
    scores = {c: roc_auc_score(rows.child, cross_fitted(rows, c)[0]) for c in C_GRID}
    return max(scores, key=lambda c: scores[c])
