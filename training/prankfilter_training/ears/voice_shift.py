"""Another pitch for the same mouth: so that a net cannot lean on pitch alone.

Linear prediction splits speech into what the throat says and what the mouth makes of it; only the former is
resampled (source-filter model, Makhoul 1975).
"""

from __future__ import annotations

import numpy as np
import soxr
from numpy.typing import NDArray
from scipy import signal as filters

from prankfilter_training.bank.recordings import Samples

ORDER = 18
"""Poles at 16 kHz: two a formant and a few for tilt."""
STEP = 160
WINDOW = 480
WHITE = 1e-4
"""Share of white noise that is added to the autocorrelation: without it, silence has no answer."""

Array = NDArray[np.float64]


def with_pitch(samples: Samples, factor: float) -> Samples:
    """Multiply the pitch and keep the formants; the tempo rises by the same factor.

    Parameters
    ----------
    samples : ndarray of shape (n,)
        Clean speech, 16 kHz.
    factor : float
        Of the pitch, from 0.7 to 1.4.

    Returns
    -------
    ndarray of shape (n / factor,), float32
    """
    sound = samples.astype(np.float64)
    steps = max(1, len(sound) // STEP)
    predictors = _predictors(sound, steps)
    source = soxr.resample(_residual(sound, predictors), 16000 * factor, 16000)
    return _through_mouth(source, predictors, factor).astype(np.float32)


def _predictors(sound: Array, steps: int) -> Array:
    """Prediction filters by the autocorrelation method, shape (steps, ORDER + 1), each beginning with 1."""
    padded = np.pad(sound, (WINDOW // 2, WINDOW))
    frames = np.lib.stride_tricks.sliding_window_view(padded, WINDOW)[::STEP][:steps] * np.hanning(WINDOW)
    power = np.square(np.abs(np.fft.rfft(frames, 2 * WINDOW)))
    lags = np.fft.irfft(power)[:, : ORDER + 1]
    lags[:, 0] = lags[:, 0] * (1 + WHITE) + 1e-9
    apart = np.abs(np.arange(ORDER)[:, None] - np.arange(ORDER))
    foreseen = np.linalg.solve(lags[:, apart], lags[:, 1:, None])[:, :, 0]
    return np.concatenate([np.ones((steps, 1)), -foreseen], axis=1)


def _residual(sound: Array, predictors: Array) -> Array:
    """What the predictors do not foresee, each within its step."""
    past = np.pad(sound, (ORDER, 0))
    lagged = np.lib.stride_tricks.sliding_window_view(past, ORDER + 1)[:, ::-1]
    at = np.minimum(np.arange(len(sound)) // STEP, len(predictors) - 1)
    return np.asarray(np.einsum("ij,ij->i", lagged, predictors[at]))


def _through_mouth(source: Array, predictors: Array, factor: float) -> Array:
    """Filter the source with the mouth of the same moment; each step goes on from the last one's output."""
    weights = np.pad(predictors[:, 1:], ((0, 0), (0, ORDER - 1)))
    memory = np.lib.stride_tricks.sliding_window_view(weights, ORDER, axis=1)
    out = np.zeros(ORDER + len(source))
    for start in range(0, len(source), STEP):
        end = min(start + STEP, len(source))
        step = min(round(start * factor / STEP), len(predictors) - 1)
        state = -(memory[step] @ out[start : start + ORDER][::-1])
        out[ORDER + start : ORDER + end], _ = filters.lfilter(
            [1.0], predictors[step], source[start:end], zi=state
        )
    return out[ORDER:]
