"""Sounds that are no words, second by second: a crying baby, music.

Each second is judged by itself when it is complete, by a small net on numbers that the line's gain does not
change. To smooth what the seconds say found no more cries at the same share of false alarms.
"""

from __future__ import annotations

import functools
import math
from collections.abc import Mapping
from dataclasses import dataclass
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from prankfilter.audio.quantiles import SHARES, interpolated, nearest_ranks, row_deviations, row_means
from prankfilter.bundle.ears import Ears
from prankfilter.bundle.sound_arrays import HEAD_SHAPES, KINDS

MELS = 40
DELTA_FRAMES = (4, 16)
"""Over 40 ms speech changes much and music little; over 160 ms a syllable has passed."""
HIGH_PITCH_HZ = (300.0, 400.0)
"""Women and children seldom speak above the first, and hardly ever above the second; babies cry there."""
PITCH_VALUES = 7 + len(HIGH_PITCH_HZ)

QUIETEST_DB = -70.0
"""A second whose loudest frame lies below this holds nothing that could be told."""

FRAMES_A_SECOND = 100

NOTHING = -np.inf
"""Log-odds of such a second."""


def second_vector(log_mel: NDArray[np.float32], pitch_hz: NDArray[np.float32]) -> NDArray[np.float64]:
    """Summarise a second in numbers that gain does not change.

    Parameters
    ----------
    log_mel : NDArray[float32]
        Shape (frames, 40), dB; more than 16 frames.
    pitch_hz : NDArray[float32]
        Shape (places,); NaN where unvoiced.

    Returns
    -------
    NDArray[float64]
        Shape (329,). For each band: quantiles 0.1, 0.5, 0.9 against the mean of all bands' 0.9 (dB), mean
        absolute change over 40 and 160 ms, standard deviation against the frame's mean; for each inner band
        mean absolute and absolute mean of how far it stands out from its neighbours. Of the pitch: share of
        places that are voiced, then (NaN without pitch) mean, standard deviation, quantiles 0.1, 0.5, 0.9 and
        mean step in semitones above 60 Hz, shares above 300 and 400 Hz. Of the frames' mean over bands:
        standard deviation, distance of the 0.1 from the 0.9 quantile, mean change over 40 and 160 ms.
    """
    rows = np.empty((MELS + 1, len(log_mel)), np.float32)
    bands, loudness = rows[:-1], rows[-1]
    bands[:] = log_mel.T
    loudness[:] = row_means(log_mel)
    low, middle, high = nearest_ranks(rows)
    short, long = (row_means(np.abs(rows[:, step:] - rows[:, :-step])) for step in DELTA_FRAMES)
    level = high[:-1].sum() / MELS
    ridges = bands[1:-1] - np.float32(0.5) * (bands[:-2] + bands[2:])
    parts = (
        low[:-1] - level,
        middle[:-1] - level,
        high[:-1] - level,
        short[:-1],
        long[:-1],
        row_deviations(bands - loudness),
        row_means(np.abs(ridges)),
        np.abs(row_means(ridges)),
        _pitch_values(pitch_hz),
        (row_deviations(rows[-1:])[0], high[-1] - low[-1], short[-1], long[-1]),
    )
    return np.concatenate(parts, dtype=np.float64)


def _pitch_values(pitch_hz: NDArray[np.float32]) -> list[float]:
    """In plain Python, which is quicker than numpy at fifty values at most."""
    voiced_hz = [hz for hz in pitch_hz.tolist() if hz == hz]
    count = len(voiced_hz)
    if not count:
        return [0.0] + [math.nan] * (PITCH_VALUES - 1)
    semitones = [12.0 * math.log2(hz / 60.0) for hz in voiced_hz]
    mean = sum(semitones) / count
    deviation = math.sqrt(sum((value - mean) ** 2 for value in semitones) / count)
    quantiles = interpolated(sorted(semitones), SHARES)
    step = sum(abs(after - before) for before, after in pairwise(semitones)) / max(count - 1, 1)
    above = [sum(value > hz for value in voiced_hz) / count for hz in HIGH_PITCH_HZ]
    return [count / len(pitch_hz), mean, deviation, *quantiles, step, *above]


@dataclass(frozen=True, slots=True, eq=False)
class SoundHead:
    """A net with one hidden layer that tells one kind of sound from all others.

    Attributes
    ----------
    mean, scale : NDArray[float64]
        Shape (329,). What the vector is standardised with; a NaN of it counts as the training mean.
    hidden_weights, hidden_bias : NDArray[float64]
        Shapes (329, h) and (h,), with rectifiers behind.
    weights, bias, threshold : NDArray[float64]
        Shapes (h,), (1,) and (1,): log-odds, and where the kind counts as heard.
    """

    mean: NDArray[np.float64]
    scale: NDArray[np.float64]
    hidden_weights: NDArray[np.float64]
    hidden_bias: NDArray[np.float64]
    weights: NDArray[np.float64]
    bias: NDArray[np.float64]
    threshold: NDArray[np.float64]

    def log_odds(self, vectors: NDArray[np.float64]) -> NDArray[np.float64]:
        """Log-odds of vectors of shape (..., 329)."""
        standardised = (vectors - self.mean) / self.scale
        standardised[np.isnan(standardised)] = 0.0
        hidden = np.maximum(standardised @ self.hidden_weights + self.hidden_bias, 0.0)
        return np.asarray(hidden @ self.weights + self.bias[0])


@functools.lru_cache(maxsize=4)
def heads_of(ears: Ears) -> Mapping[str, SoundHead]:
    """The heads of these ears by kind, in the order of `KINDS`; shared by all calls."""
    arrays = ears.sounds or {}
    return {
        kind: SoundHead(**{name: arrays[f"{kind}.{name}"] for name in HEAD_SHAPES})
        for kind in KINDS
        if f"{kind}.threshold" in arrays
    }


def judge_second(
    heads: Mapping[str, SoundHead],
    log_mel: NDArray[np.float32],
    pitch_hz: NDArray[np.float32],
    level_db: NDArray[np.float32],
) -> dict[str, NDArray[np.float64]]:
    """Log-odds of each kind in the frames of one second, less its threshold; shape (1,) each."""
    if not heads:
        return {}
    if level_db.max() < QUIETEST_DB:
        return {kind: np.array([NOTHING]) for kind in heads}
    vector = second_vector(log_mel, pitch_hz)[np.newaxis]
    return {kind: head.log_odds(vector) - head.threshold for kind, head in heads.items()}


def over_frames(said: NDArray[np.float64], frames: int) -> NDArray[np.bool_]:
    """Hold what each second said for the frames that it completed.

    Parameters
    ----------
    said : NDArray[float64]
        Shape (seconds,), at least one, as `judge_second` gives it: above 0 the sound is heard.
    frames : int
        Frames of the look; the first second completes fewer than 100.

    Returns
    -------
    NDArray[bool]
        Shape (frames,).

    Examples
    --------
    >>> over_frames(np.array([1.0, -3.0]), 197).nonzero()[0].max()
    96
    """
    held = np.full(len(said), FRAMES_A_SECOND)
    held[0] = frames - FRAMES_A_SECOND * (len(said) - 1)
    return np.repeat(said > 0, held)
