"""When does somebody speak, and when is it silent? A simple rule on level and pitch.

Speech is found where the level rises above the noise floor within reach of a vowel: a stretch that is
periodic, with a pitch that moves. Tones of the network are left out, and so is what holds its pitch as no
voice does: music, motors. Crying and barking are taken for speech. Frames are judged with the whole look
before the eyes, so a later look may see an earlier second differently; for a given look the answer is always
the same.
"""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import NDArray

from prankfilter.audio.runs import counts, flags_of, lengths, runs_of, without_short

FLOOR_SHARE = 0.1
"""The noise floor is what the quietest tenth of the living frames stays under."""

ABOVE_FLOOR_DB = 6.0
"""How far sound must rise above the floor."""

VOICED_ABOVE_FLOOR_DB = 3.0
"""How far it must rise where it is voiced: noise is louder than a voice here and there, but not periodic."""

QUIETEST_SPEECH_DB = -60.0
"""Nothing below this is speech that a call taker could understand."""

LOUDEST_SILENCE_DB = -40.0
"""A steady noise louder than this is no silence, even if nothing rises above it."""

BRIDGED_FRAMES = 20
"""Stops and short breaths inside a phrase belong to it: gaps below 0.2 s are closed."""

EDGE_FRAMES = 3
"""Weak sounds at either end of a phrase belong to it."""

SHORTEST_FRAMES = 10
"""0.1 s; clicks and knocks are shorter than syllables."""

VOWEL_FRAMES = 6
"""Least length of a vowel, in frames of 10 ms."""

REACH_FRAMES = 25
"""What rises within 0.25 s of a vowel are its consonants; what rises further away is something else."""

STILL_SEMITONES = 0.05
STILL_SHARE = 0.45
"""Music and motors move their pitch by less in more of the steps of 20 ms than these; speech in 0.17."""

STILL_WINDOW = 51
STILL_STEPS = 10
"""Fewer steps than these decide nothing."""


def noise_floor_db(level_db: NDArray[np.float32], dead: NDArray[np.bool_]) -> float:
    """Level that the quietest tenth of the living frames stays under; NaN if all are dead."""
    living = level_db[~dead]
    rank = int(FLOOR_SHARE * living.size)
    return float(np.partition(living, rank)[rank]) if living.size else math.nan


def find_speech(
    level_db: NDArray[np.float32],
    pitch_hz: NDArray[np.float32],
    toned: NDArray[np.bool_],
    floor_db: float,
) -> NDArray[np.bool_]:
    """Find the frames in which somebody speaks.

    Parameters
    ----------
    level_db, pitch_hz : NDArray[float32]
        Shape (frames,); pitch is NaN where unvoiced.
    toned : NDArray[bool]
        Shape (frames,). Frames that belong to a tone of the network.
    floor_db : float
        Noise floor; NaN if the line is dead.

    Returns
    -------
    NDArray[bool]
        Shape (frames,).
    """
    barred = toned | _held(pitch_hz)
    voiced = ~np.isnan(pitch_hz)
    above_db = np.where(voiced, VOICED_ABOVE_FLOOR_DB, ABOVE_FLOOR_DB)
    audible = (level_db > QUIETEST_SPEECH_DB) & ~barred
    risen = audible & (level_db > floor_db + above_db)
    vowels = without_short(risen & voiced, VOWEL_FRAMES)
    phrases = (risen | _bridged(risen, barred)) & _widened(vowels, REACH_FRAMES)
    long = without_short(phrases, SHORTEST_FRAMES)
    return _widened(long, EDGE_FRAMES) & (audible | long)


def speech_where(
    log_odds: NDArray[np.float32], level_db: NDArray[np.float32], toned: NDArray[np.bool_]
) -> NDArray[np.bool_]:
    """Find the frames in which somebody speaks, from what a head said of each 20 ms.

    Parameters
    ----------
    log_odds : NDArray[float32]
        Shape (places,), above 0 for speech; place i stands for the frames 2 i and 2 i + 1, the last one for
        what comes after it, too.
    level_db : NDArray[float32]
        Shape (frames,).
    toned : NDArray[bool]
        Shape (frames,). Frames that belong to a tone of the network: never speech.

    Returns
    -------
    NDArray[bool]
        Shape (frames,). Stops below 0.2 s belong to the phrase; what is shorter than 0.1 s is none.
    """
    places = np.minimum(np.arange(len(level_db)) // 2, len(log_odds) - 1)
    said = (log_odds > 0)[places] & ~toned & (level_db > QUIETEST_SPEECH_DB)
    return without_short(said | _bridged(said, toned), SHORTEST_FRAMES)


def _held(pitch_hz: NDArray[np.float32]) -> NDArray[np.bool_]:
    """Frames around which the pitch stands still too often to be a voice's."""
    steps = np.abs(12.0 * np.diff(np.log2(pitch_hz[::2]), prepend=np.float32(np.nan)))
    known = _sum_around(~np.isnan(steps))
    still = _sum_around(steps < STILL_SEMITONES)
    return np.repeat((known >= STILL_STEPS) & (still > STILL_SHARE * known), 2)[: len(pitch_hz)]


def _sum_around(flags: NDArray[np.bool_]) -> NDArray[np.intp]:
    """How many flags are set within half of `STILL_WINDOW` on either side."""
    so_far = np.concatenate([[0], np.cumsum(flags)])
    middle = np.arange(len(flags))
    end = np.minimum(middle + STILL_WINDOW // 2 + 1, len(flags))
    total: NDArray[np.intp] = so_far[end] - so_far[np.maximum(middle - STILL_WINDOW // 2, 0)]
    return total


def _bridged(risen: NDArray[np.bool_], barred: NDArray[np.bool_]) -> NDArray[np.bool_]:
    """Gaps between risen frames, short enough to belong to a phrase, that hold nothing barred."""
    gaps = runs_of(~risen)
    inner = (gaps[:, 0] > 0) & (gaps[:, 1] < len(risen))
    short = inner & (lengths(gaps) < BRIDGED_FRAMES) & (counts(gaps, barred) == 0)
    return flags_of(gaps[short], len(risen))


def _widened(flags: NDArray[np.bool_], reach: int) -> NDArray[np.bool_]:
    """Set the frames within so many of a frame that is set."""
    runs = runs_of(flags)
    start, end = np.maximum(runs[:, 0] - reach, 0), np.minimum(runs[:, 1] + reach, len(flags))
    edges = np.zeros(len(flags) + 1, np.int64)
    np.add.at(edges, start, 1)
    np.subtract.at(edges, end, 1)
    return np.cumsum(edges[:-1]) > 0


def find_silence(
    level_db: NDArray[np.float32], speech: NDArray[np.bool_], floor_db: float
) -> NDArray[np.bool_]:
    """Find the frames in which nothing is heard but a quiet room or line; shapes (frames,)."""
    threshold_db = QUIETEST_SPEECH_DB
    if not math.isnan(floor_db):
        threshold_db = min(max(floor_db + ABOVE_FLOOR_DB, QUIETEST_SPEECH_DB), LOUDEST_SILENCE_DB)
    return (level_db <= threshold_db) & ~speech
