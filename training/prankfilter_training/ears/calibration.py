"""From log-odds of voices that were held out to a probability that means what it says."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
from numpy.typing import NDArray
from sklearn.linear_model import LogisticRegression

from prankfilter.errors import BadInput
from prankfilter_training.ears.rows import Array, Rows, speaker_weights

KNOTS_S = (0.35, 0.7, 1.2, 2.0, 3.0, 4.5, 8.0)
"""Seconds of speech at which the log-odds are calibrated."""

PRIOR = 0.3
"""* Share of children among the voices of a centre, which the probability is calibrated for: by the
simulator's figures 35 % in a regency and 12 % in a city. At even odds every short or noisy adult voice would
lean to a child."""


def fit_calibration(odds: Array, rows: Rows) -> dict[str, Array]:
    """Fit slope and offset of held-out log-odds around each of `KNOTS_S` seconds of speech.

    Each knot looks at rows whose speech is between half and twice its own; one that finds no child there, or
    no adult, is left out. The offset carries `PRIOR`. Raises `BadInput` where no knot is left.
    """
    weights = speaker_weights(rows)
    knots, slopes, offsets = [], [], []
    for knot_s in KNOTS_S:
        near = (rows.speech_s >= knot_s / 2) & (rows.speech_s <= knot_s * 2)
        if len(np.unique(rows.child[near])) < 2:
            continue
        knots.append(knot_s)
        line = LogisticRegression(C=1e6).fit(odds[near, None], rows.child[near], sample_weight=weights[near])
        slopes.append(max(float(line.coef_[0, 0]), 0.05))
        offsets.append(float(line.intercept_[0]))
    if not knots:
        raise BadInput(
            "child voice: at no length of speech are there both children and adults; add recordings"
        )
    return {
        "calibration_s": np.array(knots),
        "calibration_slope": np.array(slopes),
        "calibration_offset": np.array(offsets) + np.log(PRIOR / (1 - PRIOR)),
    }


def calibrated(head: Mapping[str, NDArray[np.floating]], odds: Array, speech_s: Array) -> Array:
    """Probability of a child, shape (rows,), as serving computes it; NaN where the odds are."""
    slope = np.interp(speech_s, head["calibration_s"], head["calibration_slope"])
    offset = np.interp(speech_s, head["calibration_s"], head["calibration_offset"])
    return np.asarray(1.0 / (1.0 + np.exp(-np.clip(slope * odds + offset, -700, 700))))
