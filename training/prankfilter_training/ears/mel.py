"""The mel bank, as librosa defines it."""

from __future__ import annotations

import librosa
import numpy as np
from numpy.typing import NDArray

from prankfilter.audio.spectrum import FRAME
from prankfilter.audio.telephone import LINE_RATE_HZ


def mel_bank() -> NDArray[np.float64]:
    """Weights from power spectrum to mel bands as librosa defines them, shape (40, 129)."""
    bank = librosa.filters.mel(
        sr=LINE_RATE_HZ, n_fft=FRAME, n_mels=40, fmin=200.0, fmax=3600.0, dtype=np.float64
    )
    return np.asarray(bank, dtype=np.float64)
