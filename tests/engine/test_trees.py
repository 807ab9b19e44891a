"""Forests as arrays: what may run, and what walking them gives."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.typing import NDArray

from prankfilter.bundle.trees import LEAF, MAX_DEPTH, MAX_TREES, Trees, depth_of
from prankfilter.bundle.walk import Walk
from prankfilter.errors import ArtefactCorrupt
from tests.builders import stumps

Arrays = dict[str, NDArray[Any]]


def random_trees(draw: np.random.Generator, *, trees: int, splits: int, features: int, classes: int) -> Trees:
    """Grow trees at random, splitting leaves until each has so many splits."""
    parts = [_random_tree(draw, splits=splits, features=features) for _ in range(trees)]
    size = 2 * splits + 1
    root = (size * np.arange(trees)).astype(np.int32)
    left = np.concatenate(
        [part["left"] + (part["left"] != LEAF) * offset for part, offset in zip(parts, root, strict=True)]
    )
    return Trees(
        feature=np.concatenate([part["feature"] for part in parts]).astype(np.int32),
        threshold=np.concatenate([part["threshold"] for part in parts]),
        left=left.astype(np.int32),
        missing_left=draw.random(size * trees) < 0.5,
        value=draw.normal(size=size * trees),
        root=root,
        tree_class=np.sort(draw.integers(classes, size=trees)).astype(np.int32),
        baseline=draw.normal(size=classes),
    )


def _random_tree(draw: np.random.Generator, *, splits: int, features: int) -> Arrays:
    feature, threshold, left = [LEAF], [0.0], [LEAF]
    for _ in range(splits):
        node = draw.choice([place for place, what in enumerate(feature) if what == LEAF])
        feature[node], left[node] = int(draw.integers(features)), len(feature)
        threshold[node] = float(draw.choice([-1.0, -0.0, 0.5, 1e300, np.inf, -np.inf]))
        feature, threshold, left = feature + 2 * [LEAF], threshold + 2 * [0.0], left + 2 * [LEAF]
    return {"feature": np.array(feature), "threshold": np.array(threshold), "left": np.array(left)}


def walked_by_hand(trees: Trees, row: NDArray[np.float64]) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Sums and contributions as their definitions have them, one tree and one split at a time."""
    raw, moved = trees.baseline.copy(), np.zeros((trees.baseline.size, row.size))
    for node, kind in zip(trees.root, trees.tree_class, strict=True):
        while trees.feature[node] != LEAF:
            value = row[trees.feature[node]]
            goes_left = trees.missing_left[node] if math.isnan(value) else value <= trees.threshold[node]
            child = trees.left[node] + (0 if goes_left else 1)
            moved[kind, trees.feature[node]] += trees.value[child] - trees.value[node]
            node = child
        raw[kind] += trees.value[node]
    return raw, moved


VALUES = st.sampled_from(
    [math.nan, math.inf, -math.inf, -1.0, -0.0, 0.0, 0.5, math.nextafter(0.5, 1), 1e300, 7.0]
)


class TestWalk:
    @given(seed=st.integers(0, 2**32), row=st.lists(VALUES, min_size=4, max_size=4))
    def test_equals_walking_by_hand(self, seed: int, row: list[float]) -> None:
        trees = random_trees(np.random.default_rng(seed), trees=7, splits=6, features=4, classes=3)
        walk, values = Walk(trees, feature_count=4), np.array(row)
        raw, moved = walked_by_hand(trees, values)
        np.testing.assert_allclose(walk.raw(values[np.newaxis])[0], raw, atol=1e-12)
        np.testing.assert_allclose(walk.contributions(walk.path(values)), moved, atol=1e-12)

    @given(seed=st.integers(0, 2**32), row=st.lists(VALUES, min_size=4, max_size=4))
    def test_contributions_add_up(self, seed: int, row: list[float]) -> None:
        walk = Walk(
            random_trees(np.random.default_rng(seed), trees=7, splits=6, features=4, classes=3),
            feature_count=4,
        )
        path = walk.path(np.array(row))
        np.testing.assert_allclose(
            walk.base + walk.contributions(path).sum(axis=1), walk.raw_at(path), atol=1e-12
        )

    @given(
        seed=st.integers(0, 2**32),
        row=st.lists(VALUES, min_size=4, max_size=4),
        hidden=st.lists(st.booleans(), min_size=4, max_size=4),
    )
    def test_a_blindfold_makes_columns_unknown(self, seed: int, row: list[float], hidden: list[bool]) -> None:
        trees = random_trees(np.random.default_rng(seed), trees=7, splits=6, features=4, classes=3)
        walk = Walk(trees, feature_count=4)
        unknown = walk.answers(np.where(hidden, np.nan, row))
        blindfold = walk.blindfold(np.array(hidden))
        np.testing.assert_array_equal(blindfold.over(walk.answers(np.array(row))), unknown)

    def test_a_row_gets_the_same_bits_alone_and_in_a_crowd(self) -> None:
        draw = np.random.default_rng(5)
        walk = Walk(random_trees(draw, trees=200, splits=20, features=9, classes=7), feature_count=9)
        rows = draw.normal(size=(300, 9))
        alone = np.concatenate([walk.raw(row[np.newaxis]) for row in rows])
        assert alone.tobytes() == walk.raw(rows).tobytes()

    def test_no_rows_give_no_sums(self) -> None:
        assert Walk(stumps((1, 0, 0.0, 1.0, 2.0)), feature_count=1).raw(np.empty((0, 1))).shape == (0, 2)

    def test_a_class_without_trees_keeps_its_baseline(self) -> None:
        walk = Walk(stumps((0, 0, 0.0, 1.0, 2.0), (2, 0, 0.0, 3.0, 4.0), classes=4), feature_count=1)
        np.testing.assert_array_equal(walk.raw(np.array([[1.0]])), [[2.0, 0.0, 4.0, 0.0]])

    def test_trees_that_are_one_leaf(self) -> None:
        lone = Trees(
            feature=np.array([LEAF], np.int32),
            threshold=np.zeros(1),
            left=np.array([LEAF], np.int32),
            missing_left=np.zeros(1, np.bool_),
            value=np.array([0.25]),
            root=np.zeros(1, np.int32),
            tree_class=np.ones(1, np.int32),
            baseline=np.array([1.0, 2.0]),
        )
        walk = Walk(Trees.from_arrays(lone.to_arrays(), feature_count=1), feature_count=1)
        path = walk.path(np.array([np.nan]))
        np.testing.assert_array_equal(walk.raw_at(path), [1.0, 2.25])
        assert not walk.contributions(path).any()


def two_level_arrays() -> Arrays:
    """Return a sound forest of two trees, the first of two levels, to spoil."""
    trees = Trees(
        feature=np.array([0, 1, LEAF, LEAF, LEAF, 1, LEAF, LEAF], np.int32),
        threshold=np.array([0.5, 1.5, 0, 0, 0, np.inf, 0, 0]),
        left=np.array([1, 3, LEAF, LEAF, LEAF, 6, LEAF, LEAF], np.int32),
        missing_left=np.zeros(8, np.bool_),
        value=np.arange(8.0),
        root=np.array([0, 5], np.int32),
        tree_class=np.array([0, 1], np.int32),
        baseline=np.zeros(2),
    )
    return trees.to_arrays()


def put(name: str, place: int, value: float) -> Callable[[Arrays], None]:
    def change(arrays: Arrays) -> None:
        arrays[f"trees_{name}"][place] = value

    return change


def swap(name: str, array: Any) -> Callable[[Arrays], None]:
    def change(arrays: Arrays) -> None:
        arrays[f"trees_{name}"] = np.asarray(array)

    return change


SPOILT: tuple[tuple[str, Callable[[Arrays], None]], ...] = (
    ("trees_root' is missing", lambda arrays: arrays.pop("trees_root")),
    ("trees_left is int64", lambda arrays: swap("left", arrays["trees_left"].astype(np.int64))(arrays)),
    ("trees_value is float64 \\(2, 4\\)", lambda arrays: swap("value", np.zeros((2, 4)))(arrays)),
    ("trees_threshold is object", swap("threshold", np.array([None] * 8))),
    ("trees_value has not one entry a node", swap("value", np.zeros(7))),
    ("trees_tree_class has not one entry a tree", swap("tree_class", np.zeros(3, np.int32))),
    ("0 trees", swap("root", np.zeros(0, np.int32))),
    ("401 trees", swap("root", np.zeros(MAX_TREES + 1, np.int32))),
    ("1 classes", swap("baseline", np.zeros(1))),
    ("a value is not finite", put("value", 3, np.nan)),
    ("a value is not finite", put("value", 0, np.inf)),
    ("a value is not finite", put("baseline", 0, -np.inf)),
    ("a threshold is not a number", put("threshold", 0, np.nan)),
    ("on none of the 2 features", put("feature", 0, 2)),
    ("on none of the 2 features", put("feature", 0, -2)),
    ("a leaf has a child", put("left", 3, 6)),
    ("a split has none", put("left", 0, LEAF)),
    ("a leaf has a child", put("left", 3, -7)),
    ("not ascending", swap("tree_class", np.array([1, 0], np.int32))),
    ("for none of the 2 classes", swap("tree_class", np.array([0, 2], np.int32))),
    ("for none of the 2 classes", swap("tree_class", np.array([-1, 0], np.int32))),
    ("a child stands before its parent", put("left", 1, 0)),
    ("a child stands before its parent", put("left", 0, 0)),
    ("a child stands before its parent", put("left", 5, -5)),
    ("in no tree, or in two places", put("left", 1, 2)),
    ("in no tree, or in two places", put("left", 5, 2**31 - 1)),
    ("in no tree, or in two places", put("root", 1, 4)),
    ("in no tree, or in two places", put("root", 0, 7)),
)


class TestWhatMayRun:
    def test_a_sound_forest_may(self) -> None:
        trees = Trees.from_arrays(two_level_arrays(), feature_count=2)
        assert depth_of(trees) == 2

    @pytest.mark.parametrize(("complaint", "spoil"), SPOILT)
    def test_a_spoilt_one_may_not(self, complaint: str, spoil: Callable[[Arrays], None]) -> None:
        arrays = two_level_arrays()
        spoil(arrays)
        with pytest.raises(ArtefactCorrupt, match=complaint) as refusal:
            Trees.from_arrays(arrays, feature_count=2)
        assert "Fit the model again" in str(refusal.value)

    @pytest.mark.parametrize("splits", [MAX_DEPTH, MAX_DEPTH + 1])
    def test_a_path_may_not_be_too_long(self, splits: int) -> None:
        chain = two_level_arrays()
        inner = 2 * np.arange(splits)
        nodes = 2 * splits + 1
        for name, empty in (
            ("feature", LEAF),
            ("threshold", 0.0),
            ("left", LEAF),
            ("missing_left", False),
            ("value", 0.0),
        ):
            chain[f"trees_{name}"] = np.full(nodes, empty, dtype=chain[f"trees_{name}"].dtype)
        chain["trees_feature"][inner] = 0
        chain["trees_left"][inner] = inner + 1
        chain["trees_root"], chain["trees_tree_class"] = np.zeros((2, 1), np.int32)
        # Each split's right child splits again: node 0 -> 1, 2; node 2 -> 3, 4; ...
        if splits <= MAX_DEPTH:
            assert depth_of(Trees.from_arrays(chain, feature_count=1)) == splits
        else:
            with pytest.raises(ArtefactCorrupt, match="more than 64 splits"):
                Trees.from_arrays(chain, feature_count=1)

    @given(
        name=st.sampled_from(sorted(two_level_arrays())),
        place=st.integers(0, 1),
        value=st.integers(-(2**31), 2**31 - 1),
    )
    def test_whatever_is_written_into_it_is_refused_or_walked(
        self, name: str, place: int, value: int
    ) -> None:
        arrays = two_level_arrays()
        arrays[name][place] = value
        try:
            trees = Trees.from_arrays(arrays, feature_count=2)
        except ArtefactCorrupt:
            return
        assert np.isfinite(Walk(trees, feature_count=2).raw(np.array([[np.nan, 1.0]]))).all()
