"""What only a whole look can tell: speech, silence and tones among the frames heard so far."""

from __future__ import annotations

from dataclasses import fields

import numpy as np
from numpy.typing import NDArray

from prankfilter.audio import speech, tones
from prankfilter.audio.child_net import NetFrames
from prankfilter.audio.frames import Frames
from prankfilter.audio.heard import Heard
from prankfilter.audio.sounds import over_frames
from prankfilter.vocabulary import LOOKS_S


def look_back(
    frames: Frames | None, *, mel_hz: NDArray[np.float64], seconds: int, voice: NetFrames | None = None
) -> Heard:
    """Judge the frames of some whole seconds together.

    Parameters
    ----------
    frames : Frames or None
        All frames that are complete after ``seconds``; None if there are none.
    mel_hz : NDArray[float64]
        Shape (40,). Middle frequencies of the mel bands.
    seconds : int
        Whole seconds heard.
    voice : NetFrames or None
        What child nets made of these frames; None where there are no nets.

    Returns
    -------
    Heard
        Read-only tracks.
    """
    if frames is None:
        return _nothing(mel_hz)
    spectra, hops = frames.spectra, frames.hops
    pitch_hz = _held(frames.pitch_hz, len(spectra.level_db))
    loud = spectra.level_db >= tones.QUIETEST_TONE_DB
    steady = tones.steady_tones(spectra.line_hz, spectra.line_share, loud)
    dtmf = tones.keys(spectra.line_hz, spectra.line_share, loud)
    network = tones.network_tones(spectra.line_hz, spectra.line_share, loud)
    progress = tones.progress_tones(spectra.line_hz, network)
    text = tones.text_telephone(spectra.line_hz, spectra.line_share, spectra.band_share, network, loud)
    floor_db = speech.noise_floor_db(spectra.level_db, hops.dead)
    toned = steady | dtmf | text | progress
    if frames.speech is None:
        spoken = speech.find_speech(spectra.level_db, pitch_hz, toned, floor_db)
    else:
        spoken = speech.speech_where(frames.speech, spectra.level_db, toned)
    return _frozen(
        Heard(
            duration_s=float(seconds),
            look_s=max((look_s for look_s in LOOKS_S if look_s <= seconds), default=None),
            level_db=spectra.level_db,
            log_mel=spectra.log_mel,
            mel_hz=mel_hz,
            flatness=spectra.flatness,
            centroid_hz=spectra.centroid_hz,
            high_share=spectra.high_share,
            pitch_hz=pitch_hz,
            speech=spoken,
            silent=speech.find_silence(spectra.level_db, spoken, floor_db),
            noise_floor_db=floor_db,
            dead=hops.dead,
            peak=hops.peak,
            clipped=hops.clipped,
            dtmf=dtmf,
            call_progress=progress,
            text_telephone=text,
            steady=steady,
            voice=voice,
            **{kind: over_frames(said, len(pitch_hz)) for kind, said in frames.sounds.items()},
        )
    )


def _held(pitch_hz: NDArray[np.float32], frames: int) -> NDArray[np.float32]:
    """Each value of pitch for its two frames; NaN for the last frames, whose pitch is not complete."""
    held = np.full(frames, np.nan, np.float32)
    twice = np.repeat(pitch_hz, 2)[:frames]
    held[: len(twice)] = twice
    return held


def _nothing(mel_hz: NDArray[np.float64]) -> Heard:
    """The look at less than a second."""
    none, never = np.empty(0, np.float32), np.empty(0, np.bool_)
    return _frozen(
        Heard(
            duration_s=0.0,
            look_s=None,
            level_db=none,
            log_mel=np.empty((0, len(mel_hz)), np.float32),
            mel_hz=mel_hz,
            flatness=none,
            centroid_hz=none,
            high_share=none,
            pitch_hz=none,
            speech=never,
            silent=never,
            noise_floor_db=float("nan"),
            dead=never,
            peak=none,
            clipped=none,
            dtmf=never,
            call_progress=never,
            text_telephone=never,
            steady=never,
        )
    )


def _frozen(heard: Heard) -> Heard:
    """Make the arrays read-only."""
    for field in fields(heard):
        value = getattr(heard, field.name)
        if isinstance(value, np.ndarray):
            value.setflags(write=False)
    return heard
