"""What each step of one second leaves behind, and how steps are joined."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, fields
from typing import TypeVar

import numpy as np
from numpy.typing import NDArray

from prankfilter.audio.spectrum import Spectra

FULL_SCALE = 0.975
"""From here a sample counts as clipped: A-law ends at 0.984, µ-law at 0.980."""

DEAD_SPAN = 8.5 / 32768
"""A hop whose samples lie within one step of 13 bits holds no room: GSM 06.10 decodes digital silence as such
a pattern (-88 dB), A-law and µ-law as a constant. The quietest room spans two steps of A-law (-74 dB)."""


@dataclass(frozen=True, slots=True, eq=False)
class HopFacts:
    """What the samples of each hop tell directly; the fields are those of `Heard`."""

    peak: NDArray[np.float32]
    clipped: NDArray[np.float32]
    dead: NDArray[np.bool_]

    @classmethod
    def of(cls, hops: NDArray[np.float32]) -> HopFacts:
        """Measure hops of shape (frames, 80)."""
        across = np.ascontiguousarray(hops.T)
        lowest, highest = across.min(axis=0), across.max(axis=0)
        peak = np.maximum(-lowest, highest)
        clipped = np.zeros(len(hops), np.float32)
        loud = np.flatnonzero(peak >= FULL_SCALE)
        clipped[loud] = (np.abs(hops[loud]) >= FULL_SCALE).mean(axis=1, dtype=np.float32)
        return cls(peak, clipped, highest - lowest <= DEAD_SPAN)


@dataclass(frozen=True, slots=True, eq=False)
class Frames:
    """The frames that some seconds completed, and the places of pitch, one every 20 ms (NaN: unvoiced).

    ``sounds`` holds, for each other sound that the ears know, what each second said, shape (seconds,);
    ``speech`` the head's log-odds of speech at each place of pitch, None where the ears have no such head.
    """

    spectra: Spectra
    hops: HopFacts
    pitch_hz: NDArray[np.float32]
    sounds: Mapping[str, NDArray[np.float64]]
    speech: NDArray[np.float32] | None = None


Rows = TypeVar("Rows", Spectra, HopFacts)


def join(steps: Sequence[Frames]) -> Frames | None:
    """Put steps behind one another; None if there are none."""
    if len(steps) < 2:
        return steps[0] if steps else None
    return Frames(
        _joined([step.spectra for step in steps]),
        _joined([step.hops for step in steps]),
        np.concatenate([step.pitch_hz for step in steps]),
        {kind: np.concatenate([step.sounds[kind] for step in steps]) for kind in steps[0].sounds},
        None
        if steps[0].speech is None
        else np.concatenate([step.speech for step in steps if step.speech is not None]),
    )


def _joined(rows: Sequence[Rows]) -> Rows:
    kind = type(rows[0])
    return kind(*(np.concatenate([getattr(row, field.name) for row in rows]) for field in fields(kind)))
