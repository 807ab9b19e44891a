"""Stretches of frames in which something holds."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

Runs = NDArray[np.intp]
"""Shape (runs, 2): half-open frame numbers (start, end), in order, apart from one another."""


def runs_of(flags: NDArray[np.bool_]) -> Runs:
    """Find all runs of True.

    Examples
    --------
    >>> runs_of(np.array([True, False, True, True])).tolist()
    [[0, 1], [2, 4]]
    """
    between = np.zeros(len(flags) + 2, np.bool_)
    between[1:-1] = flags
    return np.flatnonzero(between[1:] != between[:-1]).reshape(-1, 2)


def flags_of(runs: Runs, frames: int) -> NDArray[np.bool_]:
    """Set the frames of all runs; the inverse of `runs_of`.

    Examples
    --------
    >>> flags_of(np.array([[0, 1], [2, 4]]), 5).tolist()
    [True, False, True, True, False]
    """
    flags = np.zeros(frames, np.bool_)
    for start, end in runs.tolist():
        flags[start:end] = True
    return flags


def lengths(runs: Runs) -> NDArray[np.intp]:
    """Frames in each run."""
    return runs[:, 1] - runs[:, 0]


def counts(runs: Runs, flags: NDArray[np.bool_]) -> NDArray[np.intp]:
    """Count, for each run, the frames in which something else holds too."""
    so_far = np.concatenate([[0], np.cumsum(flags)])
    count: NDArray[np.intp] = so_far[runs[:, 1]] - so_far[runs[:, 0]]
    return count


def without_short(flags: NDArray[np.bool_], least: int) -> NDArray[np.bool_]:
    """Keep only the runs of True that have at least ``least`` frames."""
    if np.count_nonzero(flags) < least:
        return np.zeros(len(flags), np.bool_)
    runs = runs_of(flags)
    return flags_of(runs[lengths(runs) >= least], len(flags))


def longest(flags: NDArray[np.bool_]) -> tuple[int, int] | None:
    """Find the longest run of True, the first of equals: (start, end); None if there is none.

    Examples
    --------
    >>> longest(np.array([True, False, True, True]))
    (2, 4)
    """
    runs = runs_of(flags)
    if not len(runs):
        return None
    start, end = runs[np.argmax(lengths(runs))]
    return int(start), int(end)
