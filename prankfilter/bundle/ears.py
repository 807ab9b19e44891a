"""What hearing needs beside code: arrays that come from training and travel in a bundle."""

from __future__ import annotations

import functools
from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from prankfilter.bundle.child_arrays import ChildArrays, child_fault
from prankfilter.bundle.disk import RESTORE
from prankfilter.bundle.folder import read_folder
from prankfilter.bundle.sound_arrays import SoundArrays, sounds_fault
from prankfilter.bundle.speech_arrays import SpeechArrays, speech_fault
from prankfilter.bundle.trust import Trust
from prankfilter.errors import ArtefactCorrupt

KIND = "ears"
MEL_BANK, MEL_BANK_SHAPE = "mel_bank", (40, 129)
CHILD_PREFIX = "child."
SOUNDS_PREFIX = "sounds."
SPEECH_PREFIX = "speech."


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
    child : Mapping[str, NDArray] or None
        The child-voice head, nets or a linear one (`prankfilter.bundle.child_arrays` names the arrays); None
        where the centre switched the inference off, or the bundle has none.
    sounds : Mapping[str, NDArray[float64]] or None
        The heads for other sounds (`prankfilter.bundle.sound_arrays` names their arrays); None without any.
    speech : Mapping[str, NDArray[float64]] or None
        The head that tells speech (`prankfilter.bundle.speech_arrays` names its arrays); without it, a rule
        on level and pitch does.
    """

    digest: str
    mel_bank: NDArray[np.float64]
    child: ChildArrays | None = None
    sounds: SoundArrays | None = None
    speech: SpeechArrays | None = None

    def without_child(self) -> Ears:
        """The same ears with the inference of child voice switched off; the same object each time."""
        return self if self.child is None else _without_child(self)


@functools.lru_cache(maxsize=4)
def _without_child(ears: Ears) -> Ears:
    return replace(ears, child=None)


def load_ears(folder: Path, trust: Trust) -> Ears:
    """Read and verify an ears bundle; raises what `read_folder` raises."""
    arrays = read_folder(folder, trust, kind=KIND).arrays
    mel_bank = arrays.get(MEL_BANK)
    if mel_bank is None or mel_bank.shape != MEL_BANK_SHAPE:
        raise ArtefactCorrupt(f"{folder}: it holds no mel bank of shape {MEL_BANK_SHAPE}. {RESTORE}")
    if mel_bank.dtype != np.float64 or not np.isfinite(mel_bank).all():
        raise ArtefactCorrupt(f"{folder}: {MEL_BANK} is not all finite float64. {RESTORE}")
    prefixes = (CHILD_PREFIX, SOUNDS_PREFIX, SPEECH_PREFIX)
    child, sounds, speech = (_below(prefix, arrays) for prefix in prefixes)
    fault = (child_fault(child) if child else None) or sounds_fault(sounds) or speech_fault(speech)
    if fault:
        raise ArtefactCorrupt(f"{folder}: {fault}. {RESTORE}")
    return Ears(folder.name, mel_bank, child or None, sounds or None, speech or None)


def _below(prefix: str, arrays: Mapping[str, NDArray[Any]]) -> dict[str, NDArray[Any]]:
    return {name.removeprefix(prefix): array for name, array in arrays.items() if name.startswith(prefix)}


def ears_arrays(ears: Ears) -> dict[str, NDArray[Any]]:
    """Name all that ears hear with, as `load_ears` reads it."""
    heads = ((CHILD_PREFIX, ears.child), (SOUNDS_PREFIX, ears.sounds), (SPEECH_PREFIX, ears.speech))
    below = {f"{prefix}{name}": array for prefix, head in heads for name, array in (head or {}).items()}
    return {MEL_BANK: ears.mel_bank, **below}
