"""When does somebody speak, and when is it silent? A simple rule on level and pitch.

Speech is found where the level rises above the noise floor and at least part of the rise is voiced:
periodic, with a pitch that moves. Steady tones are left out before. Frames are judged with the whole look
before the eyes, so a later look may see an earlier second differently; for a given look the answer is
always the same.
"""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import NDArray

from prankfilter.audio.heard import runs_of, without_short_runs

FLOOR_SHARE = 0.1
"""The noise floor is what the quietest tenth of the living frames stays under."""

ABOVE_FLOOR_DB = 6.0
QUIETEST_SPEECH_DB = -60.0
"""Nothing below this is speech that a call taker could understand."""

LOUDEST_SILENCE_DB = -40.0
"""A steady noise louder than this is no silence, even if nothing rises above it."""

BRIDGED_FRAMES = 20
"""Stops and short breaths inside a phrase belong to it: gaps below 0.2 s are closed."""

SHORTEST_FRAMES = 10
"""0.1 s; clicks and knocks are shorter than syllables."""

VOICED_SHARE = 0.25
"""Least share of a stretch of speech that is voiced."""

VOICED_FRAMES = 6
"""Least frames (of 10 ms) that are voiced."""


def noise_floor_db(level_db: NDArray[np.float32], dead: NDArray[np.bool_]) -> float:
    """Level that the quietest tenth of the living frames stays under; NaN if all are dead."""
    living = level_db[~dead]
    return float(np.quantile(living, FLOOR_SHARE)) if living.size else math.nan


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
    threshold_db = max(floor_db + ABOVE_FLOOR_DB, QUIETEST_SPEECH_DB)
    risen = (level_db > threshold_db) & ~toned
    voiced = risen & ~np.isnan(pitch_hz)
    found = risen | _bridged(risen, toned)
    for start, end in runs_of(found):
        count = np.count_nonzero(voiced[start:end])
        found[start:end] = count >= max(VOICED_FRAMES, VOICED_SHARE * (end - start))
    return without_short_runs(found, SHORTEST_FRAMES)


def _bridged(risen: NDArray[np.bool_], toned: NDArray[np.bool_]) -> NDArray[np.bool_]:
    """Gaps between risen frames that are short enough to belong to a phrase, and hold no tone."""
    gaps = np.zeros_like(risen)
    for start, end in runs_of(~risen):
        inner = start > 0 and end < len(risen)
        gaps[start:end] = inner and end - start < BRIDGED_FRAMES and not toned[start:end].any()
    return gaps


def find_silence(
    level_db: NDArray[np.float32], speech: NDArray[np.bool_], floor_db: float
) -> NDArray[np.bool_]:
    """Find the frames in which nothing is heard but a quiet room or line; shapes (frames,)."""
    threshold_db = min(max(floor_db + ABOVE_FLOOR_DB, QUIETEST_SPEECH_DB), LOUDEST_SILENCE_DB)
    return (level_db <= threshold_db) & ~speech
