"""What was heard up to one look: a few values for each hundredth of a second."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from prankfilter.audio.child_net import NetFrames

HOP_S = 0.01
"""Time from one frame to the next."""

FRAME_S = 0.032
"""Time that a frame covers; frame i begins at i * HOP_S."""

PITCH_HOP_S = 0.02
"""Pitch is measured for every second frame and held for the next."""


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Heard:
    """The sound's tracks, cut at one look; the result for n seconds is that of a recording n seconds long.

    All tracks but ``log_mel`` have shape (frames,), all are read-only, and frame i covers the time from 0.01
    i to 0.01 i + 0.032 s. Levels are those of the band 200-3600 Hz in dBFS: a full-scale sine has -3.01,
    nothing is below -100.

    Attributes
    ----------
    duration_s : float
        Seconds heard, whole ones.
    look_s : float or None
        The longest of `vocabulary.LOOKS_S` that is complete; None while not even the first is.
    level_db : NDArray[float32]
        Level of each frame.
    log_mel : NDArray[float32]
        Shape (frames, 40). Power in 40 mel bands, dB, at least -100.
    mel_hz : NDArray[float64]
        Shape (40,). Middle frequency of each band.
    flatness : NDArray[float32]
        Geometric by arithmetic mean of the power in the mel bands, in (0, 1]: 1 is white.
    centroid_hz : NDArray[float32]
        Centre of gravity of the power in 200-3600 Hz.
    high_share : NDArray[float32]
        Share of 2000-3600 Hz in the power of 200-3600 Hz.
    pitch_hz : NDArray[float32]
        60 to 500; NaN where the frame is not periodic.
    speech : NDArray[bool]
        Whether somebody speaks.
    silent : NDArray[bool]
        Whether nothing but the quiet room or line is heard. Loud noise is neither speech nor silence.
    noise_floor_db : float
        Level that the quietest tenth of the living frames stays under; NaN if the line is dead throughout.
    dead : NDArray[bool]
        Digital silence: not even noise. All samples are equal, or within one step of 13 bits.
    peak : NDArray[float32]
        Largest magnitude of a sample within the frame's hop.
    clipped : NDArray[float32]
        Share of the hop's samples at full scale.
    dtmf, call_progress, text_telephone : NDArray[bool]
        Whether the frame belongs to a telephone key, to a 425 Hz ring or busy tone, to a text telephone.
    steady : NDArray[bool]
        Whether the frame belongs to any tone that neither moves nor has company.
    voice : NetFrames or None
        What child nets made of the frames; None where the ears have none or the inference is switched off.
    baby_cry, music : NDArray[bool] or None
        Whether a baby cries, whether music plays, in the second that the frame belongs to; None where the
        ears cannot tell.
    """

    duration_s: float
    look_s: float | None
    level_db: NDArray[np.float32]
    log_mel: NDArray[np.float32]
    mel_hz: NDArray[np.float64]
    flatness: NDArray[np.float32]
    centroid_hz: NDArray[np.float32]
    high_share: NDArray[np.float32]
    pitch_hz: NDArray[np.float32]
    speech: NDArray[np.bool_]
    silent: NDArray[np.bool_]
    noise_floor_db: float
    dead: NDArray[np.bool_]
    peak: NDArray[np.float32]
    clipped: NDArray[np.float32]
    dtmf: NDArray[np.bool_]
    call_progress: NDArray[np.bool_]
    text_telephone: NDArray[np.bool_]
    steady: NDArray[np.bool_]
    voice: NetFrames | None = None
    baby_cry: NDArray[np.bool_] | None = None
    music: NDArray[np.bool_] | None = None

    def end_s(self, frame: int) -> float:
        """When a run that ends before a frame ends; after the last frame, when the sound does."""
        return self.duration_s if frame >= len(self.level_db) else frame * HOP_S

    @property
    def speech_s(self) -> float:
        """Seconds of speech."""
        return float(np.count_nonzero(self.speech)) * HOP_S
