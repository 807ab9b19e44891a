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
_TRANSFORM = 512
_TINY = np.finfo(np.float32).tiny


def _to_products() -> NDArray[np.float32]:
    """Matrix from power spectra to autocorrelations: the inverse transform, as far as it is needed."""
    bins = np.arange(_TRANSFORM // 2 + 1)
    twice = np.where(bins % (_TRANSFORM // 2), 2.0, 1.0)
    phase = 2 * np.pi / _TRANSFORM * (bins[:, None] * np.arange(_LONGEST + 1) % _TRANSFORM)
    matrix: NDArray[np.float64] = twice[:, None] * np.cos(phase) / _TRANSFORM
    return matrix.astype(np.float32)


_TO_PRODUCTS = _to_products()
_TO_SUMS = np.triu(np.ones((_LONGEST, _LONGEST), np.float32))
"""Turns a row into its running sum; such products are half the price of `cumsum` and of the inverse FFT."""

_TO_MEANS = (_TO_SUMS / np.arange(1, _LONGEST + 1, dtype=np.float32))[:, _SHORTEST - 1 :].copy()
_IS_LAST = np.ascontiguousarray(np.triu(np.ones((_LONGEST + 1, _LONGEST), np.float32))[::-1])
"""Row k is 1 for the last k places."""

_NEIGHBOURS = np.arange(-1, 2)[:, None]


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
    products = power.astype(np.float32, copy=False) @ _TO_PRODUCTS
    squares = np.square(frames)
    early = squares[:, :_LONGEST] @ _TO_SUMS
    difference = _normalised_difference(products, early)
    step = _first_trough(difference)
    period = _SHORTEST + step
    refined = period.astype(np.float32) + _parabola(difference, step)
    return np.float32(LINE_RATE_HZ) / refined, _correlation(squares, products, early, period)


def voiced_pitch(frames: NDArray[np.float32]) -> NDArray[np.float32]:
    """Pitch in Hz of each frame (shape as in `pitch`), NaN where it is not periodic or out of range."""
    pitch_hz, periodicity = pitch(frames)
    voiced = (periodicity >= PERIODIC) & (pitch_hz >= LOWEST_HZ) & (pitch_hz <= HIGHEST_HZ)
    pitch_hz[~voiced] = np.nan
    return pitch_hz


def _normalised_difference(products: NDArray[np.float32], early: NDArray[np.float32]) -> NDArray[np.float32]:
    """Cumulative mean normalised difference at the periods sought (librosa's form of YIN's equation 8)."""
    difference: NDArray[np.float32] = products[:, :1] - products[:, 1:]
    difference += difference
    difference -= early
    mean = difference @ _TO_MEANS
    mean += _TINY
    return np.divide(difference[:, _SHORTEST - 1 :], mean, out=mean)


def _first_trough(difference: NDArray[np.float32]) -> NDArray[np.intp]:
    """The first place below the trough's depth at which the fall ends; else the lowest place."""
    ended = difference < TROUGH
    ended[:, :-1] &= difference[:, 1:] >= difference[:, :-1]
    first: NDArray[np.intp] = ended.argmax(axis=1)
    none = np.flatnonzero(~ended[np.arange(len(first)), first])
    first[none] = difference[none].argmin(axis=1)
    return first


def _parabola(difference: NDArray[np.float32], step: NDArray[np.intp]) -> NDArray[np.float32]:
    """Shift from each step to the vertex of the parabola through it and its neighbours; 0 at the edges."""
    last = difference.shape[1] - 1
    inner = np.minimum(np.maximum(step, 1), last - 1)
    middle = inner + (last + 1) * np.arange(len(step))
    before, here, after = difference.ravel().take(middle + _NEIGHBOURS)
    slope = after - before
    bend = before + after - here - here
    usable = (np.abs(slope) < np.float32(2) * np.abs(bend)) & (inner == step)
    bend[~usable] = np.inf
    shift: NDArray[np.float32] = np.float32(-0.5) * slope / bend
    return shift


def _correlation(
    squares: NDArray[np.float32],
    products: NDArray[np.float32],
    early: NDArray[np.float32],
    period: NDArray[np.intp],
) -> NDArray[np.float32]:
    """Correlation of what lies before the last period with what lies after the first."""
    row = np.arange(len(period))
    late = np.einsum("ij,ij->i", squares[:, -_LONGEST:], _IS_LAST[period])
    whole = products[:, 0]
    power = (whole - early[row, period - 1]) * (whole - late)
    least = np.float32(1e-8) * np.square(whole) + _TINY
    correlation: NDArray[np.float32] = products[row, period] / np.sqrt(np.maximum(power, least))
    return correlation
