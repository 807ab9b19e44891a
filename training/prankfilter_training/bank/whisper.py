"""A whisper made of a voice: the same mouth, blown instead of sung.

No corpus of whispered calls can be had, so a whisper is simulated: linear prediction finds the filter of the
mouth in each frame, and white noise takes the place of the vocal cords. A real whisper is breathier still and
is spoken more slowly; what is measured with this holds for simulated whispers only.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from scipy import linalg
from scipy import signal as filters

from prankfilter_training.bank.recordings import Samples

ORDER = 10
"""Two poles for each 800 Hz, and two for the slope."""
FRAME, HOP = 256, 128
TILT = 0.5
"""A whisper has less low frequency than a voice; a first difference of this weight takes it out."""
WHITENING = 1e-4
"""Share of noise that keeps the equations of a frame solvable."""


def whispered(voice: Samples, rng: np.random.Generator) -> Samples:
    """Turn a voice into a whisper.

    Parameters
    ----------
    voice : ndarray of shape (n,)
        Clean speech, 8 kHz.
    rng : Generator
        The breath.

    Returns
    -------
    ndarray of shape (n,), float32
        Without any pitch, each frame of 32 ms as loud as in the voice; silent where the voice is.
    """
    window = np.hanning(FRAME + 1)[:-1]
    padded = np.pad(voice.astype(np.float64), (FRAME, FRAME))
    out = np.zeros(len(padded))
    for start in range(0, len(padded) - FRAME, HOP):
        frame = padded[start : start + FRAME] * window
        out[start : start + FRAME] += window * _blown(frame, rng.standard_normal(FRAME))
    unvoiced = filters.lfilter([1.0, -TILT], [1.0], out)
    return np.asarray(unvoiced[FRAME : FRAME + len(voice)], dtype=np.float32)


def _blown(frame: NDArray[np.float64], breath: NDArray[np.float64]) -> NDArray[np.float64]:
    """The breath through the filter of the mouth that spoke a frame, as loud as the frame."""
    energy = float(frame @ frame)
    if energy <= 1e-12:
        return np.zeros_like(frame)
    lags = np.array([frame[: len(frame) - lag] @ frame[lag:] for lag in range(ORDER + 1)])
    lags[0] *= 1 + WHITENING
    mouth = linalg.solve_toeplitz(lags[:-1], lags[1:])
    shaped = filters.lfilter([1.0], np.concatenate([[1.0], -mouth]), breath)
    return np.asarray(shaped * np.sqrt(energy / float(shaped @ shaped)))
