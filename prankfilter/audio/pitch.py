"""Pitch by YIN, for many frames at once."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from prankfilter.audio.telephone import LINE_RATE_HZ

PITCH_HOP = 160
PITCH_FRAME = 376
"""47 ms: with the longest period after it, it just fits a transform of 512 points."""

LOWEST_HZ, HIGHEST_HZ = 60.0, 500.0
TROUGH = 0.1
"""The first trough of the normalised difference below this is the period."""

PERIODIC = 0.6
"""Correlation of a frame with itself, one period later, from which it counts as voiced."""

_SHORTEST = int(LINE_RATE_HZ // HIGHEST_HZ)
_LONGEST = int(np.ceil(LINE_RATE_HZ / LOWEST_HZ))
_PERIODS = np.arange(1, _LONGEST + 1, dtype=np.float32)
_TRANSFORM = 512
_TINY = np.finfo(np.float32).tiny


def pitch(frames: NDArray[np.float32]) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
    """Estimate the pitch of each frame by YIN [1]_, as ``librosa.yin`` does, and how periodic the frame is.

    d(k) is the squared difference between a frame and itself k samples later, divided by its mean over 1..k.
    The period is the first trough of d below 0.1, else its lowest point, refined by a parabola.

    Parameters
    ----------
    frames : NDArray[float32]
        Shape (n, 376): 47 ms at 8 kHz.

    Returns
    -------
    pitch_hz : NDArray[float32]
        Shape (n,), about 60 to 500; meaningless where the frame is not periodic.
    periodicity : NDArray[float32]
        Shape (n,), in [-1, 1]: normalised correlation at that period. Neither depends on gain. 0 for a dead
        frame.

    References
    ----------
    .. [1] De Cheveigné & Kawahara (2002), YIN, a fundamental frequency estimator for speech and music.
    """
    transform = np.fft.rfft(frames, _TRANSFORM)
    power = np.square(transform.real) + np.square(transform.imag)
    # A matrix of cosines would be quicker alone, but BLAS would spread it over threads: 50 ms on busy cores.
    products = np.fft.irfft(power, _TRANSFORM)[:, : _LONGEST + 1].astype(np.float32, copy=False)
    early = np.cumsum(np.square(frames[:, :_LONGEST]), axis=1)
    difference = _normalised_difference(products, early)
    step = _first_trough(difference)
    period = _SHORTEST + step
    refined = (period + _parabola(difference, step)).astype(np.float32)
    return np.float32(LINE_RATE_HZ) / refined, _correlation(frames, products, early, period)


def voiced_pitch(frames: NDArray[np.float32]) -> NDArray[np.float32]:
    """Pitch in Hz of each frame (shape as in `pitch`), NaN where it is not periodic or out of range."""
    pitch_hz, periodicity = pitch(frames)
    voiced = (periodicity >= PERIODIC) & (pitch_hz >= LOWEST_HZ) & (pitch_hz <= HIGHEST_HZ)
    return np.where(voiced, pitch_hz, np.nan).astype(np.float32)


def _normalised_difference(products: NDArray[np.float32], early: NDArray[np.float32]) -> NDArray[np.float32]:
    """Cumulative mean normalised difference at the periods sought (librosa's form of YIN's equation 8)."""
    difference: NDArray[np.float32] = products[:, :1] - products[:, 1:]
    difference += difference
    difference -= early
    mean: NDArray[np.float32] = np.cumsum(difference, axis=1)
    mean /= _PERIODS
    mean += _TINY
    return np.divide(difference[:, _SHORTEST - 1 :], mean[:, _SHORTEST - 1 :])


def _first_trough(difference: NDArray[np.float32]) -> NDArray[np.intp]:
    falls = difference[:, 1:] < difference[:, :-1]
    trough = difference < TROUGH
    trough[:, 1:] &= falls
    trough[:, 1:-1] &= ~falls[:, 1:]
    trough[:, 0] &= difference[:, 0] < difference[:, 1]
    first: NDArray[np.intp] = trough.argmax(axis=1)
    none = np.flatnonzero(~trough[np.arange(len(first)), first])
    first[none] = difference[none].argmin(axis=1)
    return first


def _parabola(difference: NDArray[np.float32], step: NDArray[np.intp]) -> NDArray[np.float32]:
    """Shift from each step to the vertex of the parabola through it and its neighbours; 0 at the edges."""
    row = np.arange(len(step))
    inner = np.minimum(np.maximum(step, 1), difference.shape[1] - 2)
    before, here, after = difference[row, inner + np.arange(-1, 2)[:, None]]
    bend = after + before - 2.0 * here
    slope = (after - before) / 2.0
    usable = (np.abs(slope) < np.abs(bend)) & (inner == step)
    return np.where(usable, -slope / np.where(usable, bend, 1.0), 0.0)


def _correlation(
    frames: NDArray[np.float32],
    products: NDArray[np.float32],
    early: NDArray[np.float32],
    period: NDArray[np.intp],
) -> NDArray[np.float32]:
    """Correlation of what lies before the last period with what lies after the first."""
    row = np.arange(len(period))
    late = np.cumsum(np.square(frames[:, : -_LONGEST - 1 : -1]), axis=1)
    whole = products[:, 0]
    power = (whole - early[row, period - 1]) * (whole - late[row, period - 1])
    least = np.float32(1e-8) * np.square(whole) + _TINY
    correlation: NDArray[np.float32] = products[row, period] / np.sqrt(np.maximum(power, least))
    return correlation
