"""Where in the sound a value was heard: the seconds that somebody wants to listen to who asks why.

A value of something that comes and goes points at the stretch that holds most of it; gaps below half a
second do not part a stretch, so that syllables, keys and clipped peaks stay together. A value of the sound as
a whole, that something is nowhere, and that nothing could be told (NaN) speak of the whole look.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from prankfilter.audio.heard import HOP_S, Heard
from prankfilter.audio.runs import Runs, counts, flags_of, lengths, longest, runs_of
from prankfilter.features.evidence import Evidence

Span = tuple[float, float]
"""Seconds from the beginning of the sound: (start, end)."""

Flags = Callable[[Heard], NDArray[np.bool_]]

BRIDGED_FRAMES = 50
"""Gaps of fewer frames than these, 0.5 s, do not part a stretch."""

AROUND_S = 0.5
"""How much is heard on either side of a single moment."""

ATTENDED_FRAMES = 100
"""Among so many frames in a row, 1 s, child nets are asked to what they listened most."""


@dataclass(frozen=True, slots=True)
class Place:
    """Which seconds a value points at.

    Attributes
    ----------
    words : str
        The same in words, for the table of features.
    find : callable
        ``Heard -> (start_s, end_s)``, or None where there is none of it. Only asked where frames were heard.
    """

    words: str
    find: Callable[[Heard], Span | None]

    def __call__(self, evidence: Evidence) -> Span | None:
        """The seconds, within the look; None only where no look is complete."""
        heard = evidence.heard
        if heard is None or heard.look_s is None:
            return None
        return self.find(heard) or (0.0, heard.duration_s)


def at_flags(flags: Flags, *, of: str) -> Place:
    """The stretch that holds most of the frames of a track, the first of equals.

    Parameters
    ----------
    flags : callable
        ``Heard -> NDArray[bool]`` of shape (frames,).
    of : str
        What the track is of, in words.
    """

    def find(heard: Heard) -> Span | None:
        track = flags(heard)
        stretches = _stretches(track)
        return _span(heard, stretches[np.argmax(counts(stretches, track))]) if len(stretches) else None

    return Place(f"longest stretch of {of}", find)


def at_longest(flags: Flags, *, of: str) -> Place:
    """The longest unbroken run of a track, the first of equals."""

    def find(heard: Heard) -> Span | None:
        run = longest(flags(heard))
        return _span(heard, run) if run else None

    return Place(f"longest unbroken stretch of {of}", find)


def first_to_last(flags: Flags, *, of: str) -> Place:
    """From the first frame of a track to its last."""

    def find(heard: Heard) -> Span | None:
        found = np.flatnonzero(flags(heard))
        return _span(heard, (found[0], found[-1] + 1)) if len(found) else None

    return Place(f"from first to last {of}", find)


def _loudest(heard: Heard) -> Span:
    middle_s = float(heard.level_db.argmax()) * HOP_S
    return max(0.0, middle_s - AROUND_S), min(heard.duration_s, middle_s + AROUND_S)


def _most_attended(heard: Heard) -> Span | None:
    """The speech within the second to which the child nets gave most weight; without nets, as `SPEECH`."""
    weight = heard.voice.frame_weights(heard.speech) if heard.voice is not None else None
    if weight is None:
        return SPEECH.find(heard)
    so_far = np.concatenate([[0.0], np.cumsum(weight)])
    end = np.minimum(np.arange(len(weight)) + ATTENDED_FRAMES, len(weight))
    start = int((so_far[end] - so_far[:-1]).argmax())
    spoken = start + np.flatnonzero(heard.speech[start : end[start]])
    return _span(heard, (spoken[0], spoken[-1] + 1))


WHOLE_LOOK = Place("whole look", lambda heard: (0.0, heard.duration_s))
LOUDEST = Place("second around its loudest moment", _loudest)
SPEECH = at_flags(lambda heard: heard.speech, of="speech")
MOST_ATTENDED = Place("second of speech that the child nets weigh most", _most_attended)


def _stretches(track: NDArray[np.bool_]) -> Runs:
    """Runs of a track, those with short gaps between them taken together."""
    gaps = runs_of(~track)
    inner = (gaps[:, 0] > 0) & (gaps[:, 1] < len(track))
    return runs_of(track | flags_of(gaps[inner & (lengths(gaps) < BRIDGED_FRAMES)], len(track)))


def _span(heard: Heard, run: Sequence[int] | NDArray[np.intp]) -> Span:
    """Seconds of the frames (start, end)."""
    return int(run[0]) * HOP_S, heard.end_s(int(run[1]))
