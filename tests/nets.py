"""Child nets with drawn weights, and log-mels for them. They know nothing about children."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from prankfilter.bundle.child_arrays import NET_SHAPES

Arrays = dict[str, NDArray[Any]]
Geometry = Sequence[tuple[int, int]]

SERVED: Geometry = ((2, 1), (2, 1), (1, 1), (1, 2))
"""(stride, dilation) of the four convolutions: an output every 40 ms."""

DENSE: Geometry = ((2, 1), (1, 1), (1, 2), (1, 3))
"""An output every 20 ms."""


def net_arrays(
    seed: int = 1,
    *,
    members: int = 2,
    width: int = 8,
    hidden: int = 6,
    attention: int = 4,
    dense: int = 5,
    geometry: Geometry = SERVED,
) -> Arrays:
    """Arrays of a head of nets, as `Ears.child` has them; values pass through it at about their own size."""
    random = np.random.default_rng(seed)
    sizes = {
        "members": members,
        "width": width,
        "hidden": hidden,
        "attention": attention,
        "pooled": 2 * hidden,
        "dense": dense,
    }
    arrays = {}
    for name, shape in NET_SHAPES.items():
        drawn = random.standard_normal([sizes[n] if isinstance(n, str) else n for n in shape])
        fan = np.prod(drawn.shape[1:-1] or drawn.shape[1:]) if name.endswith("weight") else 4.0
        arrays[name] = (drawn / np.sqrt(fan / 2)).astype(np.float32)
    arrays["net.geometry"] = np.array(geometry, np.float32)
    return arrays


def log_mels(frames: int, *, seed: int = 1) -> NDArray[np.float32]:
    """Log-mels that wander through time and frequency between about -80 and -10 dB, shape (frames, 40)."""
    random = np.random.default_rng(seed)
    steps = random.standard_normal((frames, 40))
    smooth = np.stack([np.convolve(band, np.ones(7), "same") for band in steps.T], axis=1)
    tilt = np.linspace(8.0, -8.0, 40)
    return (-45.0 + tilt + 4.0 * smooth).astype(np.float32)


def speech(frames: int, *, seed: int = 1) -> NDArray[np.bool_]:
    """Phrases and pauses of 0.2 to 0.6 s, in turn."""
    lengths = np.random.default_rng(seed).integers(20, 60, frames // 20 + 1)
    return np.repeat(np.arange(len(lengths)) % 2 == 0, lengths)[:frames]
