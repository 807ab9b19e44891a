"""Clipping and hum, both synthesised: what the front end says of voices driven too hard, and of mains hum."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from prankfilter_training.bank.recordings import Samples
from prankfilter_training.line import CODEC_ROUND_TRIPS, CODECS

from prankfilter.audio.heard import Heard
from prankfilter.audio.telephone import LINE_RATE_HZ
from prankfilter.audio.tracks import Tracks
from prankfilter.bundle.ears import Ears
from prankfilter.features.sound import clipped_share

CLIP_S = 3
OVERDRIVES_DB = (-6.0, 0.0, 6.0, 12.0, 20.0)
"""Peak of the voice against full scale, before it is cut there."""
HUM_LEVELS_DB = (-50.0, -30.0, -20.0)
HUM_HARMONICS = 13
"""Up to 650 Hz, each 3 dB below the one before."""
MAINS_HZ = 50.0


@dataclass(frozen=True, slots=True)
class Clipping:
    """Share of samples that were cut, and what `clipping_ratio` says, on average over voices."""

    codec: str
    overdrive_db: float
    cut: float
    heard: float


@dataclass(frozen=True, slots=True)
class Hum:
    """Shares of the time that hum alone is taken for something."""

    codec: str
    level_db: float
    speech: float
    silent: float
    steady: float
    named_tone: float


def clipping(ears: Ears, voices: Sequence[Samples]) -> Iterator[Clipping]:
    """Voices driven beyond full scale, through each codec."""
    for codec in CODECS:
        for overdrive_db in OVERDRIVES_DB:
            pairs = [_clipped(ears, voice, codec, overdrive_db) for voice in voices]
            cut, heard = np.mean(pairs, axis=0)
            yield Clipping(codec, overdrive_db, float(cut), float(heard))


def hum(ears: Ears) -> Iterator[Hum]:
    """Hum on an otherwise quiet line, through each codec."""
    for codec in CODECS:
        for level_db in HUM_LEVELS_DB:
            heard = _heard(ears, CODEC_ROUND_TRIPS[codec](_hum(level_db)))
            named = heard.dtmf | heard.call_progress | heard.text_telephone
            shares = (float(track.mean()) for track in (heard.speech, heard.silent, heard.steady, named))
            yield Hum(codec, level_db, *shares)


def _clipped(ears: Ears, voice: Samples, codec: str, overdrive_db: float) -> tuple[float, float]:
    samples = np.resize(voice, CLIP_S * LINE_RATE_HZ).astype(np.float64)
    driven = samples / np.abs(samples).max() * 10 ** (overdrive_db / 20)
    received = CODEC_ROUND_TRIPS[codec](np.clip(driven, -1.0, 1.0))
    return float((np.abs(driven) >= 1.0).mean()), clipped_share(_heard(ears, received))


def _heard(ears: Ears, samples: Samples) -> Heard:
    tracks = Tracks(ears)
    tracks.feed(samples)
    return tracks.at(CLIP_S)


def _hum(level_db: float) -> NDArray[np.float64]:
    times = np.arange(CLIP_S * LINE_RATE_HZ) / LINE_RATE_HZ
    rng = np.random.default_rng(50)
    wave = np.zeros(len(times))
    for harmonic in range(1, HUM_HARMONICS + 1):
        phase = rng.uniform(0, 2 * np.pi)
        wave += 10 ** (-3.0 * (harmonic - 1) / 20) * np.sin(2 * np.pi * MAINS_HZ * harmonic * times + phase)
    wave *= 10 ** (level_db / 20) / np.sqrt(np.mean(np.square(wave)))
    return np.asarray(wave + 1e-4 * rng.standard_normal(len(times)))
