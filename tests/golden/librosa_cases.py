"""What librosa hears in idealised sounds, kept as numbers (`tests.golden.ask_librosa` rewrites them)."""

from __future__ import annotations

import functools
from collections.abc import Mapping
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from tests.sounds import RATE_HZ, line_noise, voice

FILE = Path(__file__).with_name("librosa.npz")
COEFFICIENTS = 13


def _chirp() -> NDArray[np.float32]:
    return (0.4 * np.sin(np.cumsum(np.linspace(0.1, 2.9, 2 * RATE_HZ)))).astype(np.float32)


CASES: Mapping[str, NDArray[np.float32]] = {
    "low voice": voice(2.0, pitch_hz=90.0),
    "high voice": voice(2.0, pitch_hz=310.0),
    "chirp": _chirp(),
    "noise": line_noise(2.0, level=0.1),
    "digital silence": np.zeros(2 * RATE_HZ, np.float32),
}


@functools.cache
def kept() -> Mapping[str, NDArray[np.float64]]:
    """The kept numbers: ``mel_bank``, and ``log_mel``, ``mfcc`` and ``pitch_hz`` of each case."""
    with np.load(FILE) as file:
        return dict(file)
