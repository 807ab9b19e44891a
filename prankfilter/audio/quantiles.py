"""Quantiles of the mel bands, by which heads know a voice or another sound."""

from __future__ import annotations

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
