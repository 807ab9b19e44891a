"""How long a model takes to judge a call, compared with another on the same computer at the same time."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray

from prankfilter.classifier.model import Model
from prankfilter.features.table import FEATURES
from prankfilter.vocabulary import LOOKS_S

ROWS = 200
UNKNOWN_SHARE = 0.2
_WIDEST = 1000.0


def latency_ratio(champion: Model, challenger: Model, clock: Callable[[], float]) -> float:
    """How many times as long the challenger takes for one row as the champion.

    Both judge the same rows in turn, so that whatever else the computer does slows both; the medians are
    compared. What is timed is what depends on the model: trees with and without sound, calibration, reasons.

    Parameters
    ----------
    champion, challenger : Model
    clock : callable
        Seconds that only grow, such as `time.perf_counter`.

    Returns
    -------
    float
        Median of the challenger / median of the champion; > 0.
    """
    models = (champion, challenger)
    columns = [[FEATURES.index(feature) for feature in model.features] for model in models]
    taken = np.empty((ROWS, 2))
    rows = made_up_rows()
    for model, places in zip(models, columns, strict=True):
        _judge(model, rows[0, places])
    for number, row in enumerate(rows):
        # Who comes second finds a warmer cache; so they take turns.
        for which in (0, 1) if number % 2 else (1, 0):
            values = row[columns[which]]
            start = clock()
            _judge(models[which], values)
            taken[number, which] = clock() - start
    of_champion, of_challenger = np.median(taken, axis=0)
    return float(of_challenger / of_champion)


def made_up_rows() -> NDArray[np.float64]:
    """Rows of all features, spread over what each may be, a fifth of them unknown; always the same."""
    rng = np.random.default_rng(0)
    low = np.array([max(feature.low, -_WIDEST) for feature in FEATURES])
    high = np.array([min(feature.high, _WIDEST) for feature in FEATURES])
    rows = rng.uniform(low, high, size=(ROWS, len(FEATURES)))
    rows[rng.random(rows.shape) < UNKNOWN_SHARE] = np.nan
    return rows


def _judge(model: Model, row: NDArray[np.float64]) -> None:
    model.score_rows(row[np.newaxis], LOOKS_S[2])
    model.contributions(model.walk.follow(model.walk.answers(row)))
