"""Exported forests say what scikit-learn's say."""

from __future__ import annotations

from functools import cache

import numpy as np
import pytest
from prankfilter_training.fitting.export import export_trees
from sklearn.ensemble import HistGradientBoostingClassifier

from prankfilter.bundle.trees import LEAF, MAX_TREES, Trees
from prankfilter.bundle.walk import Walk
from tests.forests import fitted_forest, raw_of, rows_near

FEATURES = 20


@cache
def fitted(classes: int) -> HistGradientBoostingClassifier:
    """Fit once, in whatever order tests run."""
    return fitted_forest(classes=classes, features=FEATURES)


@pytest.fixture(params=[2, 3, 7], ids="{} classes".format)
def forest(request: pytest.FixtureRequest) -> HistGradientBoostingClassifier:
    return fitted(request.param)


@pytest.fixture
def trees(forest: HistGradientBoostingClassifier) -> Trees:
    return Trees.from_arrays(export_trees(forest).to_arrays(), feature_count=FEATURES)


def test_sums_equal_scikit_learn(forest: HistGradientBoostingClassifier, trees: Trees) -> None:
    rows = rows_near(trees.threshold, row_count=5000, features=FEATURES)
    assert np.isnan(rows).any() and np.isposinf(rows).any() and np.isneginf(rows).any()
    raw = Walk(trees, feature_count=FEATURES).raw(rows)
    assert np.abs(raw - raw_of(forest, rows)).max() < 1e-9


def test_probabilities_equal_scikit_learn(forest: HistGradientBoostingClassifier, trees: Trees) -> None:
    rows = rows_near(trees.threshold, row_count=500, features=FEATURES)
    odds = np.exp(Walk(trees, feature_count=FEATURES).raw(rows))
    np.testing.assert_allclose(odds / odds.sum(axis=1, keepdims=True), forest.predict_proba(rows), atol=1e-9)


def test_the_forest_asks_only_whether_a_value_is_known_somewhere(trees: Trees) -> None:
    """Else the parity above would not have met such splits."""
    assert np.isposinf(trees.threshold).any()
    assert trees.missing_left.any()


def test_an_inner_node_holds_the_mean_of_its_leaves_by_training_rows(
    forest: HistGradientBoostingClassifier, trees: Trees
) -> None:
    nodes = forest._predictors[0][0].nodes
    leaves = nodes[nodes["is_leaf"] == 1]
    expected = np.average(leaves["value"], weights=leaves["count"])
    assert trees.value[trees.root[0]] == pytest.approx(expected, abs=1e-12)


def test_inner_values_lie_between_those_of_the_children(trees: Trees) -> None:
    inner = np.flatnonzero(trees.feature != LEAF)
    pairs = np.stack([trees.value[trees.left[inner]], trees.value[trees.left[inner] + 1]])
    assert (pairs.min(axis=0) <= trees.value[inner] + 1e-15).all()
    assert (trees.value[inner] <= pairs.max(axis=0) + 1e-15).all()


def test_the_largest_forest_that_may_be_served_has_57_rounds_of_seven_kinds() -> None:
    assert 57 * 7 <= MAX_TREES < 58 * 7


def test_splits_on_categories_are_refused() -> None:
    draw = np.random.default_rng(0)
    rows = draw.integers(0, 5, size=(200, 2)).astype(float)
    forest = HistGradientBoostingClassifier(categorical_features=[0], max_iter=2)
    with pytest.raises(ValueError, match="categories"):
        export_trees(forest.fit(rows, rows[:, 0] % 2))
