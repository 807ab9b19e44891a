"""What the other calls say that a call was: probabilities from forests that never saw its caller.

An audit looks back, so it may use what is known after a call too: how long it lasted, how it ended, whether a
unit was sent. None of this ever enters a score.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import polars as pl
from numpy.typing import NDArray
from sklearn.ensemble import HistGradientBoostingClassifier
from threadpoolctl import threadpool_limits
from tqdm import tqdm

from prankfilter.errors import BadInput
from prankfilter.vocabulary import KINDS, EndedBy
from prankfilter_training.evaluation.judged import units_of
from prankfilter_training.fitting.fit import Prepared
from prankfilter_training.log.statements import last_word

FOLDS = 5
LEAST_CALLS_OF_A_KIND = 4 * FOLDS
"""A kind with fewer calls cannot be told from others; its calls are left out."""

Array = NDArray[np.float64]


@dataclass(frozen=True, slots=True, eq=False)
class OutOfFold:
    """Labelled calls, one row each, with what the others say of them.

    Attributes
    ----------
    place : ndarray of int, shape (calls,)
        Place in the log.
    kind : ndarray of int, shape (calls,)
        Place in `KINDS` of the last word on the call.
    chance : ndarray of shape (calls, kinds)
        Out-of-fold probabilities, columns as in `KINDS`; 0 for kinds that are left out.
    caller : ndarray of int, shape (calls,)
    values : ndarray of shape (calls, columns)
        Features at the longest look, then `AFTER`.
    """

    place: NDArray[np.int64]
    kind: NDArray[np.int64]
    chance: Array
    caller: NDArray[np.int64]
    values: Array


AFTER = {
    "duration_s": pl.col("duration_s"),
    "dispatched": pl.col("dispatched_at").is_not_null().cast(pl.Float64),
    "on_scene": pl.col("on_scene_at").is_not_null().cast(pl.Float64),
    "cut_off": pl.col("cut_off").cast(pl.Float64),
    **{f"ended_by_{word}": (pl.col("ended_by") == str(word)).cast(pl.Float64) for word in EndedBy},
}
"""What is known after the call. ``unfounded`` is left out: it is a part of the label."""


def judged_by_others(prepared: Prepared, *, seed: int = 0) -> OutOfFold:
    """Compute the probabilities of all labelled calls, in `FOLDS` folds by caller.

    Raises
    ------
    BadInput
        With fewer than two kinds of which there are `LEAST_CALLS_OF_A_KIND` calls.
    """
    rows = prepared.rows
    last = np.flatnonzero(np.r_[rows.call[1:] != rows.call[:-1], np.ones(min(1, len(rows.call)), bool)])
    calls = prepared.calls
    kind = np.array([KINDS.index(last_word(calls[int(place)])) for place in rows.call[last]], dtype=np.int64)
    counts = np.bincount(kind, minlength=len(KINDS))
    enough = counts >= LEAST_CALLS_OF_A_KIND
    if enough.sum() < 2:
        raise BadInput(
            f"labels can be audited from {LEAST_CALLS_OF_A_KIND} calls of each of two kinds on; there are "
            + ", ".join(f"{label} {count}" for label, count in zip(KINDS, counts, strict=True))
        )
    last, kind = last[enough[kind]], kind[enough[kind]]
    place = rows.call[last]
    after = prepared.log.table.select(**AFTER).to_numpy()[place].astype(float)
    values = np.column_stack([rows.values[last], after])
    caller = units_of(prepared.log.table)[0].of_row[place]
    chance = cross_fitted(values, kind, caller, seed=seed)
    return OutOfFold(place, kind, chance, caller, values)


def cross_fitted(
    values: Array, kind: NDArray[np.int64], caller: NDArray[np.int64], *, seed: int = 0
) -> Array:
    """Fit a forest on all folds but one and ask it about that one, for each.

    Parameters
    ----------
    values : ndarray of shape (calls, columns)
    kind : ndarray of int, shape (calls,)
    caller : ndarray of int, shape (calls,)
        All calls of one caller are in one fold.
    seed : int
        Deals the callers to folds.

    Returns
    -------
    ndarray of shape (calls, kinds)
        Rows sum to 1.
    """
    deal = np.random.default_rng(seed).integers(FOLDS, size=int(caller.max()) + 1)
    fold = deal[caller]
    chance = np.zeros((len(kind), len(KINDS)))
    for number in tqdm(range(FOLDS), desc="folds", unit="fold"):
        learn, judge = fold != number, fold == number
        forest = HistGradientBoostingClassifier(
            max_iter=40,
            max_leaf_nodes=15,
            max_bins=63,
            l2_regularization=1.0,
            early_stopping=False,
            random_state=seed,
        )
        if not judge.any():
            continue
        known = ~np.isnan(values[learn]).all(axis=0)
        with threadpool_limits(limits=1):
            forest.fit(values[learn][:, known], kind[learn])
        chance[np.ix_(judge, forest.classes_)] = forest.predict_proba(values[judge][:, known])
    return chance
