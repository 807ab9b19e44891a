"""The arrays of the heads for other sounds in an ears bundle, and what they must look like to be run."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

import numpy as np
from numpy.typing import NDArray

SoundArrays = Mapping[str, NDArray[np.float64]]

KINDS = ("baby_cry", "music")
"""The sounds that a bundle may know, by the names of their heads."""

VALUES = 329
"""Length of the vector that a second is summarised in (`prankfilter.audio.sounds.second_vector`)."""

WIDEST = 128
"""A hidden layer beyond this would cost a call its deadline."""

HEAD_SHAPES: Mapping[str, tuple[int | str, ...]] = MappingProxyType(
    {
        "mean": (VALUES,),
        "scale": (VALUES,),
        "hidden_weights": (VALUES, "hidden"),
        "hidden_bias": ("hidden",),
        "weights": ("hidden",),
        "bias": (1,),
        "threshold": (1,),
    }
)
"""Of each head; all float64, named ``KIND.NAME``."""


def sounds_fault(sounds: SoundArrays) -> str | None:
    """Say what keeps the heads from being run, None if nothing does.

    Examples
    --------
    >>> sounds_fault({"laughter.bias": np.zeros(1)})
    'sounds.laughter.bias belongs to no head of this version'
    """
    kinds = [kind for kind in KINDS if any(name.startswith(f"{kind}.") for name in sounds)]
    known = [f"{kind}.{name}" for kind in kinds for name in HEAD_SHAPES]
    for name in [*known, *sounds]:
        if name not in sounds:
            return f"sounds.{name} is missing"
        if name not in known:
            return f"sounds.{name} belongs to no head of this version"
    faults = (_head_fault(kind, sounds) for kind in kinds)
    return next(filter(None, faults), None)


def _head_fault(kind: str, sounds: SoundArrays) -> str | None:
    hidden = sounds[f"{kind}.hidden_bias"].size
    for name, shape in HEAD_SHAPES.items():
        array = sounds[f"{kind}.{name}"]
        expected = tuple(hidden if size == "hidden" else size for size in shape)
        if array.dtype != np.float64 or not np.isfinite(array).all():
            return f"sounds.{kind}.{name} is not all finite float64"
        if array.shape != expected:
            return f"sounds.{kind}.{name} has shape {array.shape}, expected {expected}"
    if not 0 < hidden <= WIDEST:
        return f"the head {kind} has {hidden} hidden values, not 1 to {WIDEST}"
    return None if (sounds[f"{kind}.scale"] > 0).all() else f"sounds.{kind}.scale is not all positive"
