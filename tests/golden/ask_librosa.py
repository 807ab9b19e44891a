"""Ask librosa what it hears; ``python -m tests.golden.ask_librosa`` keeps its answers."""

from __future__ import annotations

import sys
from typing import Any

import librosa
import numpy as np
from numpy.typing import NDArray

from prankfilter.audio.pitch import HIGHEST_HZ, LOWEST_HZ, PITCH_FRAME, PITCH_HOP
from tests.golden.librosa_cases import CASES, COEFFICIENTS, FILE
from tests.sounds import RATE_HZ

_MELS: dict[str, Any] = {"sr": RATE_HZ, "n_fft": 256, "n_mels": 40, "fmin": 200.0, "fmax": 3600.0}


def mel_bank() -> NDArray[np.float64]:
    """Weights of shape (40, 129)."""
    return np.asarray(librosa.filters.mel(dtype=np.float64, **_MELS))


def log_mel(samples: NDArray[np.float32]) -> NDArray[np.float32]:
    """Power in mel bands, dB, shape (frames, 40)."""
    power = librosa.feature.melspectrogram(y=samples, hop_length=80, center=False, **_MELS)
    return np.asarray(librosa.power_to_db(power, top_db=None).T, np.float32)


def mfcc(samples: NDArray[np.float32]) -> NDArray[np.float32]:
    """The first 13 cepstral coefficients, shape (frames, 13); log-mels stop 80 dB below the loudest."""
    kept = librosa.feature.mfcc(y=samples, n_mfcc=COEFFICIENTS, hop_length=80, center=False, **_MELS)
    return np.asarray(kept.T, np.float32)


def pitch_hz(samples: NDArray[np.float32]) -> NDArray[np.float32]:
    """YIN, shape (places,)."""
    places: dict[str, Any] = {"frame_length": PITCH_FRAME, "hop_length": PITCH_HOP, "center": False}
    return np.asarray(librosa.yin(samples, fmin=LOWEST_HZ, fmax=HIGHEST_HZ, sr=RATE_HZ, **places), np.float32)


def main() -> int:
    """Rewrite the kept answers."""
    arrays: dict[str, Any] = {"mel_bank": mel_bank()}
    for name, samples in CASES.items():
        arrays |= {f"{name} {ask.__name__}": ask(samples) for ask in (log_mel, mfcc, pitch_hz)}
    np.savez_compressed(FILE, **arrays)
    return 0


if __name__ == "__main__":
    sys.exit(main())
