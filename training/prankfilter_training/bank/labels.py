"""Labels of a clean voice: in which frames of the front end it speaks."""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import NDArray

from prankfilter.audio.runs import flags_of, lengths, runs_of, without_short
from prankfilter.audio.spectrum import FRAME, HOP
from prankfilter_training.bank.recordings import Samples

SPOKEN_BELOW_DB = 28.0
"""A frame of the clean voice is spoken if it lies at most so far below the loud ones (95 %)."""
STOP_FRAMES, LEAST_FRAMES = 20, 5
"""Stops below 0.2 s belong to speech; what is shorter than 0.05 s is a click."""


def frame_count(samples: Samples) -> int:
    """How many frames of the front end are complete in a sound."""
    return 1 + (len(samples) - FRAME) // HOP


def spoken_frames(clean: Samples) -> NDArray[np.bool_]:
    """Label the frames of a clean voice, shape (frames,), as the front end frames it."""
    frames = np.lib.stride_tricks.sliding_window_view(clean, FRAME)[::HOP]
    level_db = 10 * np.log10(np.square(frames, dtype=np.float64).mean(axis=1) + 1e-12)
    loud_db = np.quantile(level_db[level_db > -100], 0.95) if (level_db > -100).any() else math.inf
    spoken = level_db > loud_db - SPOKEN_BELOW_DB
    gaps = runs_of(~spoken)
    inner = (gaps[:, 0] > 0) & (gaps[:, 1] < len(spoken)) & (lengths(gaps) < STOP_FRAMES)
    return without_short(spoken | flags_of(gaps[inner], len(spoken)), LEAST_FRAMES)
