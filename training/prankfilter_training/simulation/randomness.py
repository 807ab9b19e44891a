"""Named streams of randomness: adding an effect leaves the draws of all others as they were."""

from __future__ import annotations

import zlib

import numpy as np
from numpy.typing import NDArray


def stream(seed: int, name: str) -> np.random.Generator:
    """A generator of its own for each named effect."""
    return np.random.default_rng([seed, zlib.crc32(name.encode())])


def lognormal(
    rng: np.random.Generator, median_and_sigma: tuple[float, float], count: int
) -> NDArray[np.float64]:
    """Draw ``count`` values with the given median and sigma of the logarithm."""
    median, sigma = median_and_sigma
    return median * np.exp(sigma * rng.standard_normal(count))
