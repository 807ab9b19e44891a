"""Tones of the telephone network: keys (DTMF), ring and busy tone, text telephones, and steady tones of
any kind.

All are found at one look, from the strongest lines that each frame's spectrum kept. A call that holds them
is treated with more care, never with less, so a false alarm costs little and a miss much; yet speech must
not trigger them, or the guards would let every call through.
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray

from prankfilter.audio.runs import flags_of, lengths, without_short

KEY_LOW_HZ = (697.0, 770.0, 852.0, 941.0)
KEY_HIGH_HZ = (1209.0, 1336.0, 1477.0, 1633.0)
"""ITU-T Q.23."""

KEY_TOLERANCE = 0.025
"""Q.24 asks receivers to accept 1.8 %; the rest is the error of measuring in 32 ms."""

KEY_SHARE = 0.75
"""Share of the energy that the two lines of a key must hold together; vowels have more than two. With 0.9, a
key over GSM is missed from 10 dB of noise on (`docs/studies/sounds.md`)."""

KEY_TWIST = 10.0
"""Most that one of the two may exceed the other by, as a ratio of powers."""

KEY_FRAMES = 4
"""Frames in a row with the same key. Q.24 asks for 40 ms; frames that reach beyond the tone count too."""

PROGRESS_HZ = 425.0
TONE_TOLERANCE_HZ = 12.0
TONE_SHARE = 0.8
PROGRESS_FRAMES = 20
"""A busy tone sounds for 0.2 s at least; no voice holds one pitch so exactly for as long."""

NETWORK_SHARE = 0.65
NETWORK_DRIFT_HZ = 6.0
"""A tone whose frequency is known may hold a smaller share than any tone, and waver more: noise and GSM."""

ANSWER_HZ = 2100.0
TEXT_HZ = (980.0, 1180.0, 1400.0, 1650.0, 1800.0, 1850.0)
TEXT_SHARE = 0.75
TEXT_FRAMES = 15
"""One Baudot character takes 165 ms."""

STEADY_FRAMES = 10
STEADY_DRIFT_HZ = 5.0

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
    low_share, high_share = line_share[:, 1], line_share[:, 2]
    two = loud & (low_share + high_share >= KEY_SHARE)
    two &= (low_share <= KEY_TWIST * high_share) & (high_share <= KEY_TWIST * low_share)
    candidates = np.flatnonzero(two)
    if len(candidates) < KEY_FRAMES:
        return np.zeros(len(loud), np.bool_)
    key = np.full(len(loud), -1)
    key[candidates] = _keys_at(line_hz[candidates, 1], line_hz[candidates, 2])
    same = np.flatnonzero(np.diff(key, prepend=-2, append=-2))
    runs = np.stack([same[:-1], same[1:]], axis=1)
    sounding = (key[runs[:, 0]] >= 0) & (lengths(runs) >= KEY_FRAMES)
    return flags_of(runs[sounding], len(key))


def _keys_at(low_hz: NDArray[np.float32], high_hz: NDArray[np.float32]) -> NDArray[np.intp]:
    """Number of the key, 0 to 15, whose two lines these are; -1 for none."""
    low_error = np.abs(low_hz[:, None] / np.array(KEY_LOW_HZ, np.float32) - 1)
    high_error = np.abs(high_hz[:, None] / np.array(KEY_HIGH_HZ, np.float32) - 1)
    near = np.maximum(low_error.min(axis=1), high_error.min(axis=1)) <= KEY_TOLERANCE
    return np.where(near, 4 * low_error.argmin(axis=1) + high_error.argmin(axis=1), -1)


def steady_tones(
    line_hz: NDArray[np.float32],
    line_share: NDArray[np.float32],
    loud: NDArray[np.bool_],
    *,
    share: float = TONE_SHARE,
    drift_hz: float = STEADY_DRIFT_HZ,
) -> NDArray[np.bool_]:
    """Find frames in which one line holds most of the energy and stays where it is.

    Any ten frames of such a tone, 0.12 s, lie within 5 Hz; the pitch of a voice glides further.
    """
    alone = without_short(loud & (line_share[:, 0] >= share), STEADY_FRAMES)
    found = np.zeros(len(loud), np.bool_)
    if alone.any():
        hz = np.where(alone, line_hz[:, 0], np.float32(np.nan))
        drifts_hz = _over_windows(np.maximum, hz) - _over_windows(np.minimum, hz)
        still = np.flatnonzero(drifts_hz <= drift_hz)
        found[still[:, None] + np.arange(STEADY_FRAMES)] = True
    return found


def _over_windows(
    pick: Callable[[NDArray[np.float32], NDArray[np.float32]], NDArray[np.float32]],
    values: NDArray[np.float32],
) -> NDArray[np.float32]:
    """Greatest or least of each `STEADY_FRAMES` values in a row, NaN if one is: by spans that double."""
    span = 1
    while span < STEADY_FRAMES:
        step = min(span, STEADY_FRAMES - span)
        values, span = pick(values[:-step], values[step:]), span + step
    return values


def network_tones(
    line_hz: NDArray[np.float32], line_share: NDArray[np.float32], loud: NDArray[np.bool_]
) -> NDArray[np.bool_]:
    """Find frames in which one line stays, though noise is near it: for tones whose frequency is known."""
    return steady_tones(line_hz, line_share, loud, share=NETWORK_SHARE, drift_hz=NETWORK_DRIFT_HZ)


def progress_tones(line_hz: NDArray[np.float32], network: NDArray[np.bool_]) -> NDArray[np.bool_]:
    """Find frames of a ring, busy or dial tone of 425 Hz (ITU-T E.180), as Indonesia and Europe use it."""
    near = np.abs(line_hz[:, 0] - PROGRESS_HZ) <= TONE_TOLERANCE_HZ
    return without_short(network & near, PROGRESS_FRAMES)


def text_telephone(
    line_hz: NDArray[np.float32],
    line_share: NDArray[np.float32],
    band_share: NDArray[np.float32],
    network: NDArray[np.bool_],
    loud: NDArray[np.bool_],
) -> NDArray[np.bool_]:
    """Find frames of a text telephone: Baudot 1400/1800 Hz, V.21 980/1180, 1650/1850 Hz, answer tone 2100 Hz.

    A keyed tone smears over the frequencies beside it, so the share of its band decides, over 0.15 s at
    least; a frame that holds a single line must hold it at one of the nominal frequencies, which what glides
    through the band (a cry, a cock's crow) does not.
    """
    hz = line_hz[:, 0]
    baudot = band_share[:, 0] + band_share[:, 1]
    v21 = np.maximum(band_share[:, 2], band_share[:, 3])
    keyed = loud & (np.maximum(baudot, v21) >= TEXT_SHARE)
    single = np.flatnonzero(keyed & (line_share[:, 0] >= TONE_SHARE))
    error_hz = np.abs(hz[single, None] - np.array(TEXT_HZ, np.float32)).min(axis=1)
    keyed[single] = error_hz <= TONE_TOLERANCE_HZ
    answer = network & (np.abs(hz - ANSWER_HZ) <= TONE_TOLERANCE_HZ)
    return without_short(keyed, TEXT_FRAMES) | without_short(answer, TEXT_FRAMES)
