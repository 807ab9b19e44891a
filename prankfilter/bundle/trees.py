"""A fitted forest as plain arrays: data, not code, checked before it may run."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, fields
from typing import Any

import numpy as np
from numpy.typing import NDArray

from prankfilter.errors import ArtefactCorrupt

MAX_TREES = 400
"""Trees over all classes; 399 of 31 leaves are walked in some 100 µs."""

MAX_DEPTH = 64
"""Splits on the longest path."""

LEAF = -1
"""In ``feature`` and ``left``: this node does not split."""


@dataclass(frozen=True, eq=False)
class Trees:
    """Gradient-boosted trees of several classes, as they stand in ``arrays.npz``.

    Nodes of all trees are numbered through. A node stands before its children, and a right child stands
    directly after the left one, so that a forest with cycles or shared nodes cannot be written down
    without breaking a rule that is cheap to check.

    Attributes
    ----------
    feature : NDArray[int32], shape (nodes,)
        Column that the node splits on; ``LEAF`` at leaves.
    threshold : NDArray[float64], shape (nodes,)
        ``x <= threshold`` goes left, never NaN. ``inf`` sends all known values left: such a split asks
        only whether the value is known. 0 at leaves.
    left : NDArray[int32], shape (nodes,)
        The left child; ``LEAF`` at leaves.
    missing_left : NDArray[bool], shape (nodes,)
        Whether an unknown value (NaN) goes left.
    value : NDArray[float64], shape (nodes,)
        At leaves what the tree adds to its class (natural log units); at inner nodes the mean of that
        over the training rows that passed the node.
    root : NDArray[int32], shape (trees,)
        First node of each tree.
    tree_class : NDArray[int32], shape (trees,)
        Class that each tree adds to, ascending.
    baseline : NDArray[float64], shape (classes,)
        What the sums begin with.
    """

    feature: NDArray[np.int32]
    threshold: NDArray[np.float64]
    left: NDArray[np.int32]
    missing_left: NDArray[np.bool_]
    value: NDArray[np.float64]
    root: NDArray[np.int32]
    tree_class: NDArray[np.int32]
    baseline: NDArray[np.float64]

    @classmethod
    def from_arrays(cls, arrays: Mapping[str, NDArray[Any]], *, feature_count: int) -> Trees:
        """Take the trees out of the arrays of a bundle, or refuse them.

        Parameters
        ----------
        arrays : Mapping[str, NDArray]
            Holds each attribute under its name with ``trees_`` before it; other arrays are ignored.
        feature_count : int
            Columns of the rows that will be judged.

        Raises
        ------
        ArtefactCorrupt
            If an array is missing or of another type, or they are no well-formed forest.
        """
        try:
            trees = cls(**{field.name: arrays[f"trees_{field.name}"] for field in fields(cls)})
        except KeyError as name:
            raise ArtefactCorrupt(f"arrays.npz: {name} is missing. Fit the model again.") from None
        complaint = (
            _wrong_type(trees)
            or _wrong_size(trees)
            or _wrong_number(trees, feature_count)
            or _wrong_tree(trees)
        )
        if complaint:
            raise ArtefactCorrupt(f"arrays.npz: {complaint}. Fit the model again.")
        return trees

    def to_arrays(self) -> dict[str, NDArray[Any]]:
        """Name the arrays as `from_arrays` reads them."""
        return {f"trees_{field.name}": getattr(self, field.name) for field in fields(self)}


_TYPES = {
    "feature": np.int32,
    "threshold": np.float64,
    "left": np.int32,
    "missing_left": np.bool_,
    "value": np.float64,
    "root": np.int32,
    "tree_class": np.int32,
    "baseline": np.float64,
}
_PER_NODE = ("feature", "threshold", "left", "missing_left", "value")


def _wrong_type(trees: Trees) -> str:
    for name, kind in _TYPES.items():
        array = getattr(trees, name)
        if array.dtype != kind or array.ndim != 1:
            return f"trees_{name} is {array.dtype} {array.shape}, not a list of {np.dtype(kind)}"
    return ""


def _wrong_size(trees: Trees) -> str:
    nodes, count, classes = trees.feature.size, trees.root.size, trees.baseline.size
    for name in _PER_NODE:
        if getattr(trees, name).size != nodes:
            return f"trees_{name} has not one entry a node"
    if not 1 <= count <= MAX_TREES:
        return f"there are {count} trees, not 1 to {MAX_TREES}"
    if trees.tree_class.size != count:
        return "trees_tree_class has not one entry a tree"
    return "" if classes >= 2 else f"there are {classes} classes, not 2 or more"


def _wrong_number(trees: Trees, feature_count: int) -> str:
    inner = trees.feature != LEAF
    if not (np.isfinite(trees.value).all() and np.isfinite(trees.baseline).all()):
        return "a value is not finite"
    if np.isnan(trees.threshold).any():
        return "a threshold is not a number"
    if ((trees.feature < LEAF) | (trees.feature >= feature_count)).any():
        return f"a split is on none of the {feature_count} features"
    if ((trees.left != LEAF) != inner).any():
        return "a leaf has a child, or a split has none"
    if (np.diff(trees.tree_class) < 0).any():
        return "the classes of the trees are not ascending"
    if trees.tree_class[0] < 0 or trees.tree_class[-1] >= trees.baseline.size:
        return f"a tree is for none of the {trees.baseline.size} classes"
    return ""


def _wrong_tree(trees: Trees) -> str:
    """Check that every node is the root of one tree or the child of one earlier node."""
    parents = np.flatnonzero(trees.feature != LEAF)
    children = trees.left[parents].astype(np.int64)
    if (children <= parents).any():
        return "a child stands before its parent"
    everyone = np.sort(np.concatenate([trees.root, children, children + 1]))
    if not np.array_equal(everyone, np.arange(trees.feature.size)):
        return "a node is in no tree, or in two places"
    return "" if depth_of(trees) <= MAX_DEPTH else f"a path has more than {MAX_DEPTH} splits"


def depth_of(trees: Trees) -> int:
    """Count the splits on the longest path; ``MAX_DEPTH + 1`` where it is longer than allowed."""
    level = trees.root
    for depth in range(MAX_DEPTH + 1):
        children = trees.left[level[trees.feature[level] != LEAF]]
        if children.size == 0:
            return depth
        level = np.concatenate([children, children + 1])
    return MAX_DEPTH + 1
