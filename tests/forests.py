"""Fitted scikit-learn forests for tests; apart from `tests.builders`, because the import takes seconds."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from sklearn.ensemble import HistGradientBoostingClassifier
from threadpoolctl import threadpool_limits


def fitted_forest(
    *,
    rounds: int = 5,
    classes: int = 7,
    features: int = 20,
    row_count: int = 1000,
    leaves: int = 31,
    seed: int = 0,
) -> HistGradientBoostingClassifier:
    """Fit a forest to rows with unknown and infinite values, which themselves tell something."""
    draw = np.random.default_rng(seed)
    rows = draw.normal(size=(row_count, features)).round(2)
    rows[draw.random(rows.shape) < 0.15] = np.nan
    rows[draw.random(rows.shape) < 0.01] = np.inf
    rows[draw.random(rows.shape) < 0.01] = -np.inf
    known = np.where(np.isfinite(rows), rows, 0.0)
    pull = known @ draw.normal(size=(features, classes)) + np.isnan(rows) @ draw.normal(
        size=(features, classes)
    )
    kinds = (pull + draw.gumbel(size=pull.shape)).argmax(axis=1)
    forest = HistGradientBoostingClassifier(
        max_iter=rounds, max_leaf_nodes=leaves, min_samples_leaf=5, early_stopping=False, random_state=seed
    )
    with threadpool_limits(1):
        return forest.fit(rows, kinds, sample_weight=draw.uniform(0.2, 1.0, size=row_count))


def rows_near(
    thresholds: NDArray[np.float64], *, row_count: int, features: int, seed: int = 1
) -> NDArray[np.float64]:
    """Draw rows where mistakes would show: on thresholds, a bit beside them, unknown, infinite, far away."""
    draw = np.random.default_rng(seed)
    shape = (row_count, features)
    on = draw.choice(thresholds[np.isfinite(thresholds)], size=shape)
    beside = np.nextafter(on, np.inf * draw.choice([-1.0, 1.0], size=shape))
    special = draw.choice([np.nan, np.inf, -np.inf, 0.0, -0.0, 1e300, -1e300, 5e-324], size=shape)
    which = draw.choice(4, p=[0.3, 0.2, 0.2, 0.3], size=shape)
    return np.choose(which, [on, beside, special, draw.normal(scale=2, size=shape)])


def raw_of(forest: HistGradientBoostingClassifier, rows: NDArray[np.float64]) -> NDArray[np.float64]:
    """What scikit-learn sums up, shape (rows, classes); of two classes it sums only the second."""
    with threadpool_limits(1):
        raw = forest.decision_function(rows)
    return np.column_stack([np.zeros(len(rows)), raw]) if raw.ndim == 1 else raw
