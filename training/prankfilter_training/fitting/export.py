"""From a fitted scikit-learn forest to the plain arrays that are served."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray
from sklearn.ensemble import HistGradientBoostingClassifier

from prankfilter.bundle.trees import LEAF, Trees


def export_trees(estimator: HistGradientBoostingClassifier) -> Trees:
    """Write a fitted forest down as flat arrays.

    Inner nodes get the mean of their leaves, weighted by how many training rows ended in each. (The
    estimator keeps values at inner nodes too, but without its learning rate: paths would not add up.)

    Parameters
    ----------
    estimator : HistGradientBoostingClassifier
        Fitted, without categorical features. Two classes, of which the estimator sums only the second, are
        written as two sums, the first always 0.

    Returns
    -------
    Trees
        Classes in the order of ``estimator.classes_``; per class in the order of the iterations.

    Raises
    ------
    ValueError
        If a tree splits on categories.

    Notes
    -----
    This reads private attributes of scikit-learn (``_predictors``, ``_baseline_prediction``), as no public
    ones hold the trees; ``test_export`` compares the result with its predictions for the locked version.
    """
    rounds = estimator._predictors
    per_round = len(rounds[0])
    first_class = 1 if per_round == 1 else 0
    parts = [_tree(iteration[index].nodes) for index in range(per_round) for iteration in rounds]
    sizes = np.array([part["feature"].size for part in parts])
    root = np.concatenate([[0], np.cumsum(sizes)[:-1]])
    for part, offset in zip(parts, root, strict=True):
        part["left"] = np.where(part["left"] == LEAF, LEAF, part["left"] + offset)
    baseline = np.zeros(first_class + per_round)
    baseline[first_class:] = estimator._baseline_prediction.ravel()
    return Trees(
        feature=_joined(parts, "feature", np.int32),
        threshold=_joined(parts, "threshold", np.float64),
        left=_joined(parts, "left", np.int32),
        missing_left=_joined(parts, "missing_left", np.bool_),
        value=_joined(parts, "value", np.float64),
        root=root.astype(np.int32),
        tree_class=np.repeat(np.arange(per_round) + first_class, len(rounds)).astype(np.int32),
        baseline=baseline,
    )


def _joined(parts: list[dict[str, NDArray[Any]]], name: str, kind: type[np.generic]) -> NDArray[Any]:
    return np.concatenate([part[name] for part in parts]).astype(kind)


def _tree(nodes: NDArray[Any]) -> dict[str, NDArray[Any]]:
    """Renumber one tree level by level, so that siblings stand side by side."""
    if nodes["is_categorical"].any():
        raise ValueError("a tree splits on categories; features must be numbers")
    order = _by_level(nodes)
    place = np.empty(nodes.size, dtype=np.int64)
    place[order] = np.arange(nodes.size)
    kept = nodes[order]
    leaf = kept["is_leaf"].astype(bool)
    return {
        "feature": np.where(leaf, LEAF, kept["feature_idx"]),
        "threshold": np.where(leaf, 0.0, kept["num_threshold"]),
        "left": np.where(leaf, LEAF, place[kept["left"]]),
        "missing_left": ~leaf & kept["missing_go_to_left"].astype(bool),
        "value": _means(nodes)[order],
    }


def _by_level(nodes: NDArray[Any]) -> NDArray[np.int64]:
    """List the nodes from the root down, the two children of a node side by side."""
    order = [0]
    for node in order:
        if not nodes["is_leaf"][node]:
            order += [int(nodes["left"][node]), int(nodes["right"][node])]
    return np.array(order)


def _means(nodes: NDArray[Any]) -> NDArray[np.float64]:
    """Give each inner node the mean of its children, weighted by training rows; from the leaves up."""
    value = nodes["value"].astype(np.float64)
    rows = nodes["count"].astype(np.float64)
    for node in _by_level(nodes)[::-1]:
        if not nodes["is_leaf"][node]:
            pair = [nodes["left"][node], nodes["right"][node]]
            value[node] = np.average(value[pair], weights=rows[pair])
    return value
