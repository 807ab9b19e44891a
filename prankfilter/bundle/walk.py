"""Walking rows through a forest: what the trees say, and which features made them say it."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from prankfilter.bundle.trees import LEAF, Trees, depth_of


@dataclass(frozen=True, slots=True, eq=False)
class Blindfold:
    """Some columns made unknown, as the nodes see it: ``answers & keep | forced``; both of shape (nodes,)."""

    keep: NDArray[np.bool_]
    forced: NDArray[np.bool_]

    def over(self, answers: NDArray[np.bool_]) -> NDArray[np.bool_]:
        """Return the answers to a row whose hidden columns are NaN."""
        return (answers & self.keep) | self.forced


class Walk:
    """A forest laid out for walking one row through all trees at once.

    Every split of the forest is answered at once (one gather, one comparison), which makes an array
    "node → next node"; following it as often as the deepest tree has levels brings all trees to their
    leaves. No loop runs over trees or nodes, and sums are taken in one fixed order, so that a row gets the
    same bits alone or among a million.

    Parameters
    ----------
    trees : Trees
        A checked forest.
    feature_count : int
        Columns of a row.

    Attributes
    ----------
    base : NDArray[float64], shape (classes,)
        What the forest says on average over its training rows: the baseline plus all root values.
    """

    def __init__(self, trees: Trees, *, feature_count: int) -> None:
        leaf = trees.feature == LEAF
        nodes = np.arange(trees.feature.size)
        self._feature_count = feature_count
        self._depth = depth_of(trees)
        self._root = trees.root.astype(np.intp)
        self._value = trees.value
        # A row is laid down twice: first with unknown values as -inf, which is at most any threshold, then as
        # it is, where NaN is at most nothing. Each node reads the copy that sends unknown values its way.
        self._column = np.where(leaf, 0, trees.feature + np.where(trees.missing_left, 0, feature_count))
        self._threshold = np.where(leaf, np.inf, trees.threshold)
        self._feature = trees.feature
        self._missing_left = trees.missing_left
        # Next node = right child, minus one if the answer is yes. A leaf always answers yes and stays put.
        self._right = np.where(leaf, nodes, trees.left) + 1
        self._first_tree = np.flatnonzero(np.diff(trees.tree_class, prepend=-1))
        self._grown = trees.tree_class[self._first_tree]
        self._baseline = trees.baseline
        self._slot = np.where(leaf, 0, trees.feature + _class_of_node(trees) * feature_count)
        self.base = self._sum(self._root)

    @property
    def tree_count(self) -> int:
        """How many trees stand in it, over all classes."""
        return self._root.size

    @property
    def class_count(self) -> int:
        """How many classes the forest tells apart."""
        return self._baseline.size

    def answers(self, row: NDArray[np.float64]) -> NDArray[np.bool_]:
        """Answer every split of the forest: does this row go left?

        Parameters
        ----------
        row : NDArray[float64], shape (features,)
            NaN where unknown; infinities are values like others.

        Returns
        -------
        NDArray[bool], shape (nodes,)
            True at leaves.
        """
        laid_down = np.concatenate([np.where(np.isnan(row), -np.inf, row), row])
        return laid_down.take(self._column, mode="clip") <= self._threshold

    def blindfold(self, hidden: NDArray[np.bool_]) -> Blindfold:
        """Prepare to judge rows as if these columns were unknown; ``hidden`` has shape (features,).

        Changing answers is a third cheaper than answering a changed row.
        """
        nodes = (self._feature != LEAF) & hidden[self._feature]
        return Blindfold(~nodes, nodes & self._missing_left)

    def path(self, row: NDArray[np.float64]) -> NDArray[np.intp]:
        """Follow one row through every tree; see `follow`."""
        return self.follow(self.answers(row))

    def follow(self, answers: NDArray[np.bool_]) -> NDArray[np.intp]:
        """Follow the answers through every tree.

        Parameters
        ----------
        answers : NDArray[bool], shape (nodes,)
            From `answers`.

        Returns
        -------
        NDArray[intp], shape (depth + 1, trees)
            The node reached after each step; a leaf that was reached early is repeated.
        """
        following = self._right - answers
        steps = np.empty((self._depth + 1, self._root.size), dtype=np.intp)
        steps[0] = self._root
        for depth in range(self._depth):
            following.take(steps[depth], out=steps[depth + 1], mode="clip")
        return steps

    def raw(self, rows: NDArray[np.float64]) -> NDArray[np.float64]:
        """Sum up what the trees say of each row.

        Parameters
        ----------
        rows : NDArray[float64], shape (rows, features)
            NaN where unknown.

        Returns
        -------
        NDArray[float64], shape (rows, classes)
            Natural log units; the softmax of it are the uncalibrated probabilities. Equal to
            scikit-learn's ``HistGradientBoostingClassifier`` within 1e-9.
        """
        raw = np.empty((len(rows), self.class_count))
        for place, row in enumerate(rows):
            raw[place] = self.raw_at(self.path(row))
        return raw

    def raw_at(self, path: NDArray[np.intp]) -> NDArray[np.float64]:
        """Sum up what the trees say at the end of a path; shape (classes,)."""
        return self._sum(path[-1])

    def contributions(self, path: NDArray[np.intp]) -> NDArray[np.float64]:
        """Attribute what the trees say of a row to its features, split by split.

        At every split on the path the mean over the training rows changes from the node's own to that of
        the child; the change belongs to the feature that was asked [#]_. So for each class
        ``base + contributions.sum(axis=1) == raw``, up to rounding.

        Parameters
        ----------
        path : NDArray[intp], shape (depth + 1, trees)
            From `path` or `follow`.

        Returns
        -------
        NDArray[float64], shape (classes, features)
            Natural log units.

        References
        ----------
        .. [#] Saabas, A. (2014). Interpreting random forests.
        """
        change = np.diff(self._value.take(path), axis=0)
        slots = self.class_count * self._feature_count
        summed = np.zeros((self.class_count, self._feature_count))
        summed.ravel()[:] = np.bincount(self._slot.take(path[:-1]).ravel(), change.ravel(), minlength=slots)
        return summed

    def _sum(self, nodes: NDArray[np.intp]) -> NDArray[np.float64]:
        """Add the values of one node a tree to the baselines of their classes."""
        total = self._baseline.copy()
        total[self._grown] += np.add.reduceat(self._value.take(nodes), self._first_tree)
        return total


def _class_of_node(trees: Trees) -> NDArray[np.intp]:
    """Tell for each node which class its tree adds to, from the roots down."""
    owner = np.zeros(trees.feature.size, dtype=np.intp)
    owner[trees.root] = trees.tree_class
    level = trees.root
    while level.size:
        parents = level[trees.feature[level] != LEAF]
        children = trees.left[parents]
        owner[children] = owner[children + 1] = owner[parents]
        level = np.concatenate([children, children + 1])
    return owner
