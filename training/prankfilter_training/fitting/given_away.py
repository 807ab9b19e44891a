"""How far a single column gives a label away, whatever the shape of the relation."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from scipy.stats import rankdata

MOST_STEPS = 32
LEAST_CALLS = 30
"""Of the label, and of the others, in each half: below that, nothing can be told."""


def separation(column: NDArray[np.float64], hit: NDArray[np.bool_]) -> float:
    """Measure how well one column alone tells a label from all others.

    The column is cut into at most `MOST_STEPS` steps of its quantiles, unknown being one more. The label's
    share in each step is learned on every other call and judged on the rest, so that an order, a code, a
    band or a telling gap are all found, and chance is not.

    Parameters
    ----------
    column : ndarray of shape (n,)
        NaN where unknown.
    hit : ndarray of bool, shape (n,)
        Whether a call has the label.

    Returns
    -------
    float
        Area under the ROC curve, 0.5 where the column tells nothing; NaN with fewer than `LEAST_CALLS` on
        either side in either half.

    Examples
    --------
    >>> label = np.arange(400) % 5 // 2 == 1
    >>> separation(np.where(label, 3.0, np.arange(400) % 7), label) > 0.9
    True
    """
    learn, judge = np.arange(len(hit)) % 2 == 0, np.arange(len(hit)) % 2 == 1
    counts = [int(side[half].sum()) for half in (learn, judge) for side in (hit, ~hit)]
    if min(counts) < LEAST_CALLS:
        return float("nan")
    step = _steps(column, learn)
    size = step.max() + 1
    hits = np.bincount(step[learn & hit], minlength=size)
    calls = np.bincount(step[learn], minlength=size)
    share = (hits + hit[learn].mean()) / (calls + 1.0)
    return _auc(share[step[judge]], hit[judge])


def _steps(column: NDArray[np.float64], learn: NDArray[np.bool_]) -> NDArray[np.intp]:
    known = column[learn & ~np.isnan(column)]
    edges = (
        np.unique(np.quantile(known, np.linspace(0, 1, MOST_STEPS + 1)[1:])) if known.size else np.empty(0)
    )
    return np.where(np.isnan(column), len(edges) + 1, np.searchsorted(edges, column, side="left"))


def _auc(score: NDArray[np.float64], hit: NDArray[np.bool_]) -> float:
    """Share of pairs in the right order, ties half (Mann and Whitney 1947)."""
    hits = int(hit.sum())
    above = rankdata(score)[hit].sum() - hits * (hits + 1) / 2
    return float(above / (hits * (len(hit) - hits)))
