"""The arrays of the head that tells speech from other sounds, as they travel in an ears bundle."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

import numpy as np
from numpy.typing import NDArray

from prankfilter.bundle.shapes import Shape, array_fault

SpeechArrays = Mapping[str, NDArray[np.float64]]

VECTOR_LENGTH = 267
"""Of what `prankfilter.audio.speech_head.Surroundings` makes of each 20 ms."""

SHAPES: Mapping[str, Shape] = MappingProxyType(
    {
        "hidden_weights": (VECTOR_LENGTH, "hidden"),
        "hidden_bias": ("hidden",),
        "weights": ("hidden",),
        "bias": (1,),
    }
)
"""All float64."""


def speech_fault(arrays: SpeechArrays) -> str | None:
    """Say why these arrays are no head; None if they are one, or if there are none."""
    if not arrays:
        return None
    if set(arrays) != set(SHAPES):
        return f"speech.* must be {', '.join(SHAPES)}"
    sizes: dict[str, int] = {}
    faults = (array_fault(f"speech.{name}", arrays[name], shape, sizes) for name, shape in SHAPES.items())
    return next(filter(None, faults), None)
