"""From what the trees say to probabilities that mean what they say, look by look."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from prankfilter.errors import ArtefactCorrupt
from prankfilter.vocabulary import LOOKS_S

WEIGHTS, BIAS = "calibration_weights", "calibration_bias"

LOOK_COUNT = 1 + len(LOOKS_S)
"""Ring, then `LOOKS_S`."""


def look_index(look_s: float | None) -> int:
    """Place a look in arrays that have one entry a look; None is the moment ``ring``.

    >>> [look_index(look_s) for look_s in (None, 1.0, 10.0)]
    [0, 1, 4]
    """
    return 0 if look_s is None else 1 + LOOKS_S.index(look_s)


def log_softmax(raw: NDArray[np.float64]) -> NDArray[np.float64]:
    """Turn sums of trees into log probabilities.

    Parameters
    ----------
    raw : NDArray[float64], shape (..., kinds)
        Finite, natural log units.

    Returns
    -------
    NDArray[float64], shape (..., kinds)
        At most 0; the exponentials sum to 1 over the last axis.
    """
    shifted = raw - raw.max(axis=-1, keepdims=True)
    logs: NDArray[np.float64] = shifted - np.log(np.exp(shifted).sum(axis=-1, keepdims=True))
    return logs


@dataclass(frozen=True, slots=True, eq=False)
class Calibration:
    """One smooth map of probabilities a look: ``softmax(W @ log p + b)`` [#]_.

    It has no steps, so different scores stay different, and no temperature of its own for each kind is lost:
    identity weights and zero bias change nothing.

    Attributes
    ----------
    weights : NDArray[float64], shape (looks, kinds, kinds)
    bias : NDArray[float64], shape (looks, kinds)

    References
    ----------
    .. [#] Guo, C., Pleiss, G., Sun, Y., Weinberger, K. Q. (2017). On calibration of modern neural networks
       (matrix and vector scaling).
    """

    weights: NDArray[np.float64]
    bias: NDArray[np.float64]

    @classmethod
    def from_arrays(cls, arrays: Mapping[str, NDArray[Any]], *, kind_count: int) -> Calibration | None:
        """Take the maps out of the arrays of a bundle; None where it has none.

        Raises
        ------
        ArtefactCorrupt
            If only one of the two arrays is there, or one has another shape or type or is not finite.
        """
        present = {name for name in (WEIGHTS, BIAS) if name in arrays}
        if not present:
            return None
        shapes = {WEIGHTS: (LOOK_COUNT, kind_count, kind_count), BIAS: (LOOK_COUNT, kind_count)}
        for name, shape in shapes.items():
            array = arrays.get(name)
            if (
                array is None
                or array.shape != shape
                or array.dtype != np.float64
                or not np.isfinite(array).all()
            ):
                raise ArtefactCorrupt(
                    f"arrays.npz: {name} is not finite float64 of shape {shape}. Fit the model again."
                )
        return cls(arrays[WEIGHTS], arrays[BIAS])

    def to_arrays(self) -> dict[str, NDArray[Any]]:
        """Name the arrays as `from_arrays` reads them."""
        return {WEIGHTS: self.weights, BIAS: self.bias}

    def probabilities(self, log_p: NDArray[np.float64], look_s: float | None) -> NDArray[np.float64]:
        """Calibrate rows that were judged at one look.

        Parameters
        ----------
        log_p : NDArray[float64], shape (rows, kinds)
            From `log_softmax`.
        look_s : float or None
            One of `LOOKS_S`, or None for ``ring``.

        Returns
        -------
        NDArray[float64], shape (rows, kinds)
            In [0, 1], rows sum to 1.
        """
        look = look_index(look_s)
        return np.exp(log_softmax(log_p @ self.weights[look].T + self.bias[look]))
