"""A clip through the real front end: feature values at each look, and the child voice at more lengths."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from prankfilter.audio.child import LEAST_SPEECH_S, child_log_odds, child_vector
from prankfilter.audio.heard import Heard
from prankfilter.audio.tracks import Tracks
from prankfilter.bundle.child_arrays import is_net
from prankfilter.bundle.ears import Ears
from prankfilter.routing.strata import is_silent
from prankfilter_training.bank.recordings import Samples
from prankfilter_training.sound.source import BANK_LOOKS_S, sound_values

VECTOR_LENGTHS_S = (1.0, 2.0, 3.0, 4.0, 5.0, 10.0, 30.0)
"""The study's lengths, and those of the looks."""


@dataclass(frozen=True, slots=True)
class Measured:
    """Numbers of one clip.

    Attributes
    ----------
    values : ndarray of shape (looks, columns)
        `SOUND_COLUMNS` at each of `BANK_LOOKS_S`; child voice is NaN here, it is cross-fitted later.
    silent : ndarray of bool, shape (looks,)
        Whether the look is in the stratum of silent calls.
    vectors : ndarray of shape (lengths, n)
        Child vectors at `VECTOR_LENGTHS_S`.
    speech_s : ndarray of shape (lengths,)
        Seconds of speech at `VECTOR_LENGTHS_S`.
    net_odds, deployed_odds : ndarray of shape (lengths,)
        Log-odds of a child by nets that never heard the speaker, and by those that ship; NaN without nets.
    """

    values: NDArray[np.float64]
    silent: NDArray[np.bool_]
    vectors: NDArray[np.float64]
    speech_s: NDArray[np.float64]
    net_odds: NDArray[np.float64]
    deployed_odds: NDArray[np.float64]


def measure(samples: Samples, ears: Ears, deployed: Ears | None = None) -> Measured:
    """Listen to a clip of 30 s with ears that never heard its speaker, and with those that ship."""
    tracks = Tracks(ears)
    tracks.feed(samples)
    at = {seconds: tracks.at(seconds) for seconds in VECTOR_LENGTHS_S}
    looks, lengths = [at[seconds] for seconds in BANK_LOOKS_S], at.values()
    return Measured(
        values=np.array([sound_values(heard, math.nan) for heard in looks]),
        silent=np.array([is_silent(heard) for heard in looks]),
        vectors=np.array([child_vector(heard) for heard in lengths]),
        speech_s=np.array([heard.speech_s for heard in lengths]),
        net_odds=np.array([_net_odds(heard, ears) for heard in lengths]),
        deployed_odds=np.array([_net_odds(heard, deployed or ears) for heard in lengths]),
    )


def _net_odds(heard: Heard, ears: Ears) -> float:
    has_nets = ears.child is not None and is_net(ears.child)
    return child_log_odds(heard, ears) if has_nets and heard.speech_s >= LEAST_SPEECH_S else math.nan
