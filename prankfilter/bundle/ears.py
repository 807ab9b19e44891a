"""What hearing needs beside code: arrays that come from training and travel in a bundle."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray


@dataclass(frozen=True, slots=True, eq=False)
class Ears:
    """The arrays of one ears bundle, ``models/<digest>/``.

    Attributes
    ----------
    digest : str
        Content hash of the bundle; models name the ears that they were trained with.
    mel_bank : NDArray[float64]
        Shape (40, 129). Weights from power spectrum (8 kHz, 256 points) to mel bands, 200-3600 Hz, as
        ``librosa.filters.mel(sr=8000, n_fft=256, n_mels=40, fmin=200, fmax=3600)`` has them.
    child : Mapping[str, NDArray[float64]] or None
        The child-voice head (`prankfilter.audio.child` names its arrays); None where the centre switched
        the inference off, or the bundle has none.
    """

    digest: str
    mel_bank: NDArray[np.float64]
    child: Mapping[str, NDArray[np.float64]] | None = None

    def without_child(self) -> Ears:
        """The same ears with the inference of child voice switched off."""
        return replace(self, child=None)
