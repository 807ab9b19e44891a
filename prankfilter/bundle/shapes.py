"""What arrays must look like to be run: type, shape, and sizes that must agree with one another."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
from numpy.typing import DTypeLike, NDArray

Shape = tuple[int | str, ...]
"""A size that has a name is set where it is met first, and must be the same wherever it is met again."""


def names_fault(
    found: Mapping[str, NDArray[Any]], known: Mapping[str, Shape], *, below: str, of: str = "head"
) -> str | None:
    """Say which array is missing, or belongs to nothing that is known; ``below`` stands before each name."""
    for name in [*known, *found]:
        if name not in found:
            return f"{below}{name} is missing"
        if name not in known:
            return f"{below}{name} belongs to no {of} of this version"
    return None


def array_fault(
    name: str, array: NDArray[Any], shape: Shape, sizes: dict[str, int], kind: DTypeLike = np.float64
) -> str | None:
    """Hold one array against its type and shape.

    Examples
    --------
    >>> array_fault("child.bias", np.zeros(2), (1,), {})
    'child.bias has shape (2,), expected (1,)'
    """
    if array.dtype != kind or not np.isfinite(array).all():
        return f"{name} is not all finite {np.dtype(kind)}"
    if array.ndim != len(shape):
        return f"{name} has shape {array.shape}, expected {len(shape)} axes"
    named = zip(shape, array.shape, strict=True)
    expected = tuple(sizes.setdefault(size, n) if isinstance(size, str) else size for size, n in named)
    return None if array.shape == expected else f"{name} has shape {array.shape}, expected {expected}"
