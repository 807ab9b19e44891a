"""Tones of the telephone network: keys (DTMF), ring and busy tone, text telephones, and steady tones of
any kind.

All are found at one look, from the strongest lines that each frame's spectrum kept. A call that holds them
is treated with more care, never with less, so a false alarm costs little and a miss much; yet speech must
not trigger them, or the guards would let every call through.
"""

from __future__ import annotations

import itertools

import numpy as np
from numpy.typing import NDArray

from prankfilter.audio.heard import without_short_runs

KEY_LOW_HZ = (697.0, 770.0, 852.0, 941.0)
KEY_HIGH_HZ = (1209.0, 1336.0, 1477.0, 1633.0)
"""ITU-T Q.23."""

KEY_TOLERANCE = 0.025
"""Q.24 asks receivers to accept 1.8 %; the rest is the error of measuring in 32 ms."""

KEY_SHARE = 0.8
"""Share of the energy that the two lines of a key must hold together; vowels have more than two."""

KEY_TWIST = 10.0
"""Most that one of the two may exceed the other by, as a ratio of powers."""

KEY_FRAMES = 2
"""Frames in a row with the same key: 42 ms; Q.24 asks for 40 ms."""

PROGRESS_HZ = 425.0
TONE_TOLERANCE_HZ = 12.0
TONE_SHARE = 0.8
PROGRESS_FRAMES = 20
"""A busy tone sounds for 0.2 s at least; no voice holds one pitch so exactly for as long."""

ANSWER_HZ = 2100.0
TEXT_SHARE = 0.85
TEXT_FRAMES = 15
"""One Baudot character takes 165 ms."""

STEADY_FRAMES = 10
STEADY_DRIFT_HZ = 6.0
"""Most that a steady tone's frequency may move from frame to frame; the pitch of speech glides."""

QUIETEST_TONE_DB = -50.0
"""Below this, tones are crosstalk from another line."""


def keys(
    line_hz: NDArray[np.float32], line_share: NDArray[np.float32], loud: NDArray[np.bool_]
) -> NDArray[np.bool_]:
    """Find frames in which a telephone key sounds.

    Parameters
    ----------
    line_hz, line_share : NDArray[float32]
        Shape (frames, 3), as in `Spectra`: whole band, low group, high group.
    loud : NDArray[bool]
        Shape (frames,). Frames above the quietest level of a tone.

    Returns
    -------
    NDArray[bool]
        Shape (frames,).
    """
    low, low_is_key = _nearest(line_hz[:, 1], KEY_LOW_HZ)
    high, high_is_key = _nearest(line_hz[:, 2], KEY_HIGH_HZ)
    low_share, high_share = line_share[:, 1], line_share[:, 2]
    fits = loud & low_is_key & high_is_key & (low_share + high_share >= KEY_SHARE)
    fits &= (low_share <= KEY_TWIST * high_share) & (high_share <= KEY_TWIST * low_share)
    key = np.where(fits, 4 * low + high, -1)
    changes = np.flatnonzero(np.diff(key, prepend=-2, append=-2))
    found = np.zeros(len(key), np.bool_)
    for start, end in itertools.pairwise(changes.tolist()):
        found[start:end] = key[start] >= 0 and end - start >= KEY_FRAMES
    return found


def _nearest(
    hz: NDArray[np.float32], nominal_hz: tuple[float, ...]
) -> tuple[NDArray[np.intp], NDArray[np.bool_]]:
    """Index of the nearest nominal frequency, and whether it is within tolerance."""
    error = np.abs(hz[:, None] / np.array(nominal_hz, np.float32) - 1)
    return error.argmin(axis=1), error.min(axis=1) <= KEY_TOLERANCE


def steady_tones(
    line_hz: NDArray[np.float32], line_share: NDArray[np.float32], loud: NDArray[np.bool_]
) -> NDArray[np.bool_]:
    """Find frames in which one line holds most of the energy and stays where it is for 0.1 s at least."""
    hz = line_hz[:, 0]
    still = np.abs(np.diff(hz, prepend=hz[:1])) <= STEADY_DRIFT_HZ
    return without_short_runs(loud & still & (line_share[:, 0] >= TONE_SHARE), STEADY_FRAMES)


def progress_tones(line_hz: NDArray[np.float32], steady: NDArray[np.bool_]) -> NDArray[np.bool_]:
    """Find frames of a ring, busy or dial tone of 425 Hz (ITU-T E.180), as Indonesia and Europe use it."""
    near = np.abs(line_hz[:, 0] - PROGRESS_HZ) <= TONE_TOLERANCE_HZ
    return without_short_runs(steady & near, PROGRESS_FRAMES)


def text_telephone(
    line_hz: NDArray[np.float32],
    band_share: NDArray[np.float32],
    steady: NDArray[np.bool_],
    loud: NDArray[np.bool_],
) -> NDArray[np.bool_]:
    """Find frames of a text telephone: Baudot 1400/1800 Hz, V.21 980/1180 and 1650/1850 Hz, answer tone 2100 Hz.

    Keyed tones smear over neighbouring frequencies, so the shares of their bands decide, over 0.15 s at least. A
    band is narrow; voices and noise hardly ever fill one alone for as long.
    """
    baudot = band_share[:, 0] + band_share[:, 1] >= TEXT_SHARE
    v21 = (band_share[:, 2] >= TEXT_SHARE) | (band_share[:, 3] >= TEXT_SHARE)
    answer = steady & (np.abs(line_hz[:, 0] - ANSWER_HZ) <= TONE_TOLERANCE_HZ)
    return without_short_runs(loud & (baudot | v21), TEXT_FRAMES) | without_short_runs(answer, TEXT_FRAMES)
