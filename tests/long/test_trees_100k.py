"""The forest of the size that is served, against scikit-learn on 100,000 rows."""

from __future__ import annotations

import numpy as np
import pytest
from prankfilter_training.fitting.export import export_trees

from prankfilter.bundle.trees import Trees
from prankfilter.bundle.walk import Walk
from tests.forests import fitted_forest, raw_of, rows_near

FEATURES, ROUNDS, CLASSES = 60, 57, 7


@pytest.mark.long
def test_sums_equal_scikit_learn_on_100_000_rows() -> None:
    forest = fitted_forest(rounds=ROUNDS, classes=CLASSES, features=FEATURES, row_count=20_000)
    trees = Trees.from_arrays(export_trees(forest).to_arrays(), feature_count=FEATURES)
    walk = Walk(trees, feature_count=FEATURES)
    assert walk.tree_count == 399
    rows = rows_near(trees.threshold, row_count=100_000, features=FEATURES)
    assert np.abs(walk.raw(rows) - raw_of(forest, rows)).max() < 1e-9
