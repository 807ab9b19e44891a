"""The arrays of the heads for other sounds in an ears bundle, and what they must look like to be run."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

import numpy as np
from numpy.typing import NDArray

from prankfilter.bundle.shapes import Shape, array_fault, names_fault

SoundArrays = Mapping[str, NDArray[np.float64]]

KINDS = ("baby_cry", "music")
"""The sounds that a bundle may know, by the names of their heads."""

VALUES = 329
"""Length of the vector that a second is summarised in (`prankfilter.audio.sounds.second_vector`)."""

WIDEST = 128
"""A hidden layer beyond this would cost a call its deadline."""

HEAD_SHAPES: Mapping[str, Shape] = MappingProxyType(
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
    shapes = {f"{kind}.{name}": shape for kind in kinds for name, shape in HEAD_SHAPES.items()}
    faults = (_head_fault(kind, sounds) for kind in kinds)
    return names_fault(sounds, shapes, below="sounds.") or next(filter(None, faults), None)


def _head_fault(kind: str, sounds: SoundArrays) -> str | None:
    sizes: dict[str, int] = {}
    for name, shape in HEAD_SHAPES.items():
        fault = array_fault(f"sounds.{kind}.{name}", sounds[f"{kind}.{name}"], shape, sizes)
        if fault:
            return fault
    if not 0 < sizes["hidden"] <= WIDEST:
        return f"the head {kind} has {sizes['hidden']} hidden values, not 1 to {WIDEST}"
    return None if (sounds[f"{kind}.scale"] > 0).all() else f"sounds.{kind}.scale is not all positive"
