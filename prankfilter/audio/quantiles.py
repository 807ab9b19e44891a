"""Quantiles, means and deviations of the mel bands, by which heads know a voice or another sound.

Each is asked for every second or look of every call; numpy's own take three times as long for so few values.
"""

from __future__ import annotations

import functools
import math
from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

SHARES = (0.1, 0.5, 0.9)


def nearest_ranks(rows: NDArray[np.float32]) -> list[NDArray[np.float32]]:
    """`SHARES` of each row, by the nearest rank: faster than interpolating, and frames are many.

    Parameters
    ----------
    rows : NDArray[float32]
        Shape (..., n), n >= 1.

    Returns
    -------
    list of NDArray[float32]
        Shape (...,), one a share.
    """
    rising = np.sort(rows, axis=-1)
    return [rising[..., round(share * (rows.shape[-1] - 1))] for share in SHARES]


def interpolated(rising: Sequence[float] | NDArray[np.floating[Any]], shares: Sequence[float]) -> list[float]:
    """Quantiles of values that rise, interpolated between ranks as `numpy.quantile` does by default.

    Examples
    --------
    >>> interpolated([1.0, 2.0, 4.0], (0.0, 0.5, 0.75))
    [1.0, 2.0, 3.0]
    """
    last = len(rising) - 1
    found = []
    for share in shares:
        below = int(share * last)
        low, high = float(rising[below]), float(rising[min(below + 1, last)])
        found.append(low + (share * last - below) * (high - low))
    return found


def median(values: NDArray[np.floating[Any]]) -> float:
    """Middle of some values of shape (n,), none of which is NaN; NaN if there are none."""
    return interpolated(np.sort(values), (0.5,))[0] if len(values) else math.nan


def row_means(rows: NDArray[np.float32]) -> NDArray[np.float32]:
    """Mean of each row of a matrix of shape (rows, n), n >= 1."""
    return rows @ _even(rows.shape[1])


@functools.lru_cache(maxsize=64)
def _even(count: int) -> NDArray[np.float32]:
    """Weights of a mean, shape (count,)."""
    return np.full(count, 1 / count, np.float32)


def row_deviations(rows: NDArray[np.float32]) -> NDArray[np.float32]:
    """Standard deviation of each row of a matrix of shape (rows, n), n >= 1."""
    apart = rows - row_means(rows)[:, np.newaxis]
    deviation: NDArray[np.float32] = np.sqrt(row_means(np.square(apart, out=apart)))
    return deviation
