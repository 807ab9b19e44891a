"""From any recording to the telephone line that is scored."""

from __future__ import annotations

import numpy as np
import soxr
from numpy.typing import NDArray

from prankfilter.audio.recording import Signal
from prankfilter.vocabulary import SCORED_SOUND_S

LINE_RATE_HZ = 8000
"""The only sampling rate behind this point."""


def to_line(signal: Signal) -> NDArray[np.float32]:
    """Resample a recording to 8 kHz; the one place where that happens.

    Parameters
    ----------
    signal : Signal
        Mono sound at its own rate.

    Returns
    -------
    NDArray[float32]
        Shape (n,), in [-1, 1], the first 30 s at most. Filtered by soxr ("HQ": pass band to 0.91 of 4 kHz);
        sound that has 8 kHz already comes back as it is.

    Examples
    --------
    >>> tone = np.sin(2 * np.pi * 440 / 16000 * np.arange(16000)).astype(np.float32)
    >>> to_line(Signal(tone, 16000, 1.0)).shape
    (8000,)
    """
    samples = signal.samples[: round(SCORED_SOUND_S * signal.rate_hz)]
    if signal.rate_hz != LINE_RATE_HZ:
        samples = np.clip(soxr.resample(samples, signal.rate_hz, LINE_RATE_HZ, quality="HQ"), -1.0, 1.0)
    return samples[: round(SCORED_SOUND_S * LINE_RATE_HZ)].astype(np.float32, copy=False)
