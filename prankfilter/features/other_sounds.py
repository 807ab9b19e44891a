"""Features of other sounds than voices: a crying baby, music."""

from __future__ import annotations

import math
from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray

from prankfilter.audio.heard import HOP_S, Heard
from prankfilter.features.places import at_flags
from prankfilter.features.row import Feature, Source, Unit
from prankfilter.features.voice import of_sound
from prankfilter.vocabulary import Moment


def track_s(track: Callable[[Heard], NDArray[np.bool_] | None]) -> Callable[[Heard], float]:
    """Seconds in which a track is set; NaN where the ears have no such track."""

    def seconds(heard: Heard) -> float:
        flags = track(heard)
        return math.nan if flags is None else float(np.count_nonzero(flags)) * HOP_S

    return seconds


def or_nowhere(track: Callable[[Heard], NDArray[np.bool_] | None]) -> Callable[[Heard], NDArray[np.bool_]]:
    """The track, or one that is nowhere set."""

    def flags(heard: Heard) -> NDArray[np.bool_]:
        known = track(heard)
        return np.zeros(len(heard.level_db), np.bool_) if known is None else known

    return flags


def _row(
    name: str, track: Callable[[Heard], NDArray[np.bool_] | None], *, meaning: str, says: str, of: str
) -> Feature:
    return Feature(
        name=name,
        unit=Unit.SECONDS,
        source=Source.SOUND,
        known_from=Moment.AUDIO,
        version=1,
        meaning=meaning,
        missing="Less than 1 s of sound was heard, or the ears cannot tell.",
        low=0,
        high=30,
        compute=of_sound(track_s(track)),
        says=says,
        where=at_flags(or_nowhere(track), of=of),
    )


OTHER_SOUND_FEATURES: tuple[Feature, ...] = (
    _row(
        "baby_cry_s",
        lambda heard: heard.baby_cry,
        meaning="Seconds in which a baby cries near the caller.",
        says="terdengar tangis bayi {value} detik",
        of="crying",
    ),
    _row(
        "music_s",
        lambda heard: heard.music,
        meaning="Seconds in which music plays.",
        says="terdengar musik {value} detik",
        of="music",
    ),
)
