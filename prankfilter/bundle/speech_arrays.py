"""The arrays of the head that tells speech from other sounds, as they travel in an ears bundle."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
from numpy.typing import NDArray

SpeechArrays = Mapping[str, NDArray[np.float64]]

VECTOR_LENGTH = 267
"""Of what `prankfilter.audio.speech_head.Surroundings` makes of each 20 ms."""

NAMES = ("hidden_weights", "hidden_bias", "weights", "bias")


def speech_fault(arrays: SpeechArrays) -> str | None:
    """Say why these arrays are no head; None if they are one, or if there are none.

    ``hidden_weights`` has shape (267, h), ``hidden_bias`` and ``weights`` have (h,), ``bias`` has (1,).
    """
    if not arrays:
        return None
    if set(arrays) != set(NAMES):
        return f"speech.* must be {', '.join(NAMES)}"
    width = arrays["hidden_bias"].size
    shapes = ((VECTOR_LENGTH, width), (width,), (width,), (1,))
    for name, shape in zip(NAMES, shapes, strict=True):
        array = arrays[name]
        if array.shape != shape or array.dtype != np.float64 or not np.isfinite(array).all():
            return f"speech.{name} is not all finite float64 of shape {shape}"
    return None
