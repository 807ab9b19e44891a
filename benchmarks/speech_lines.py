"""Dead or open, and how far the voice stands above the noise: what the front end says of simulated lines."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from prankfilter_training.line import CODEC_ROUND_TRIPS, Line, through

from prankfilter.audio.heard import Heard
from prankfilter.audio.telephone import LINE_RATE_HZ
from prankfilter.audio.tracks import Tracks
from prankfilter.bundle.ears import Ears
from prankfilter.features.sound import speech_level_db, speech_to_noise_db

SECONDS = 5
ROOM_LEVELS_DB = (-80.0, -70.0, -60.0, -50.0)
COMFORT_LEVEL_DB = -62.0
"""Comfort noise (RFC 3389, GSM's silence descriptors) is noise at the room's level, made by the receiver."""
SNRS_DB = (0.0, 5.0, 10.0, 20.0, 30.0)
NOISES = ("white", "pink", "babble")


@dataclass(frozen=True)
class LineRow:
    """What is heard on a line on which nobody speaks."""

    line: str
    codec: str
    dead: float
    silent: float
    speech: float
    floor_db: float


@dataclass(frozen=True)
class SnrRow:
    """Error of the estimate at one true ratio, in dB: mean and standard deviation over voices."""

    noise: str
    snr_db: float
    bias_db: float
    spread_db: float
    level_bias_db: float
    voices: int


def empty_lines(ears: Ears) -> Iterator[LineRow]:
    """Digital silence, idle noise, rooms and comfort noise, through each codec."""
    rng = np.random.default_rng(112)
    count = SECONDS * LINE_RATE_HZ
    lines: dict[str, NDArray[np.float64]] = {
        "digital silence": np.zeros(count),
        "idle noise, 1 step of 16 bits": rng.standard_normal(count) / 32768,
        **{
            f"a room at {level_db:.0f} dB": 10 ** (level_db / 20) * _pink(rng, count)
            for level_db in ROOM_LEVELS_DB
        },
        "comfort noise, from 1 s on": np.concatenate(
            [
                10 ** (-50 / 20) * _pink(rng, LINE_RATE_HZ),
                10 ** (COMFORT_LEVEL_DB / 20) * rng.standard_normal(count - LINE_RATE_HZ),
            ]
        ),
    }
    for name, sound in lines.items():
        for codec, round_trip in CODEC_ROUND_TRIPS.items():
            heard = _heard(round_trip(sound), ears)
            yield LineRow(
                name,
                codec,
                float(heard.dead.mean()),
                float(heard.silent.mean()),
                float(heard.speech.mean()),
                heard.noise_floor_db,
            )


def snr_errors(voices: Sequence[NDArray[np.float32]], ears: Ears) -> Iterator[SnrRow]:
    """The feature ``speech_to_noise_db`` and the speech level, against what the line was set to."""
    babble = np.concatenate(voices)
    for noise in NOISES:
        for snr_db in SNRS_DB:
            errors = [
                _errors(voice, noise, snr_db, place, babble, ears) for place, voice in enumerate(voices)
            ]
            known = np.array([pair for pair in errors if np.isfinite(pair).all()])
            if not len(known):
                continue
            bias, level_bias = known.mean(axis=0)
            yield SnrRow(noise, snr_db, bias, float(known[:, 0].std()), level_bias, len(known))


def _errors(
    voice: NDArray[np.float32],
    noise: str,
    snr_db: float,
    place: int,
    babble: NDArray[np.float32],
    ears: Ears,
) -> tuple[float, float]:
    line = Line(codec=list(CODEC_ROUND_TRIPS)[place % 3], noise=noise, snr_db=snr_db, gain_db=-4.0)
    heard = _heard(through(voice, line, np.random.default_rng(place), babble=babble), ears)
    return speech_to_noise_db(heard) - snr_db, speech_level_db(heard) - (-22.0 + line.gain_db)


def _heard(samples: NDArray[np.float32], ears: Ears) -> Heard:
    tracks = Tracks(ears)
    tracks.feed(samples.astype(np.float32))
    return tracks.at(int(tracks.seconds))


def _pink(rng: np.random.Generator, count: int) -> NDArray[np.float64]:
    spectrum = np.fft.rfft(rng.standard_normal(count))
    pink = np.fft.irfft(spectrum / np.sqrt(np.maximum(1, np.arange(len(spectrum)))), n=count)
    return np.asarray(pink / pink.std())
