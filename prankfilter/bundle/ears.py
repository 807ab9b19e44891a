"""What hearing needs beside code: arrays that come from training and travel in a bundle."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from prankfilter.bundle.disk import RESTORE
from prankfilter.bundle.folder import read_folder
from prankfilter.bundle.trust import Trust
from prankfilter.errors import ArtefactCorrupt

KIND = "ears"
MEL_BANK, MEL_BANK_SHAPE = "mel_bank", (40, 129)
CHILD_PREFIX = "child."


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


def load_ears(folder: Path, trust: Trust) -> Ears:
    """Read and verify an ears bundle; raises what `read_folder` raises."""
    arrays = read_folder(folder, trust, kind=KIND).arrays
    mel_bank = arrays.get(MEL_BANK)
    if mel_bank is None or mel_bank.shape != MEL_BANK_SHAPE:
        raise ArtefactCorrupt(f"{folder}: it holds no mel bank of shape {MEL_BANK_SHAPE}. {RESTORE}")
    for name, array in arrays.items():
        if array.dtype != np.float64 or not np.isfinite(array).all():
            raise ArtefactCorrupt(f"{folder}: {name} is not all finite float64. {RESTORE}")
    child = {
        name.removeprefix(CHILD_PREFIX): array
        for name, array in arrays.items()
        if name.startswith(CHILD_PREFIX)
    }
    return Ears(folder.name, mel_bank, child or None)


def ears_arrays(
    mel_bank: NDArray[np.float64], child: Mapping[str, NDArray[np.float64]] | None
) -> dict[str, NDArray[np.float64]]:
    """Name the arrays as `load_ears` reads them."""
    return {MEL_BANK: mel_bank, **{f"{CHILD_PREFIX}{name}": array for name, array in (child or {}).items()}}
