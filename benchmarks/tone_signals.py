"""Tones of the network on simulated lines, with known beginnings and ends: what is to be found."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from types import MappingProxyType

import numpy as np
from numpy.typing import NDArray
from prankfilter_training.bank.recordings import Samples
from prankfilter_training.line import CODEC_ROUND_TRIPS, CODECS, NOISES, line_noise
from prankfilter_training.line import Line as SimulatedLine

from prankfilter.audio.telephone import LINE_RATE_HZ
from prankfilter.audio.tones import ANSWER_HZ, KEY_HIGH_HZ, KEY_LOW_HZ, PROGRESS_HZ

SNRS_DB = (20.0, 10.0, 5.0, 0.0)
OVER_SPEECH_DB = (10.0, 5.0, 0.0, -5.0)
"""Level of the tone against a voice that goes on under it."""
LEVEL_DB = (-40.0, -10.0)
TWIST_DB = (-6.0, 6.0)
OFF = 0.015
"""Keys are off by 1.5 % at most (ITU-T Q.24 allows 1.8 %)."""
OFF_HZ = 10.0
KEY_S = (0.05, 0.07, 0.1, 0.2)
QUIET_SNR_DB = 25.0
CLIP_S = 2.0
START_S = 0.5

Tone = NDArray[np.float64]


@dataclass(frozen=True, slots=True, eq=False)
class Played:
    """A tone on a line.

    Attributes
    ----------
    kind : str
        One of `KINDS`.
    codec, noise : str
        Of the line.
    snr_db : float
        Tone against noise, within the telephone's band.
    over_speech_db : float or None
        Tone against a voice; None where nobody speaks.
    start_s, end_s : float
        Where the tone lies.
    samples : NDArray[float32]
        2 s at 8 kHz.
    """

    kind: str
    codec: str
    noise: str
    snr_db: float
    over_speech_db: float | None
    start_s: float
    end_s: float
    samples: Samples


def all_played(seed: int, voices: Sequence[Samples], *, times: int) -> Iterator[Played]:
    """Every kind through every codec, noise and SNR, and over speech; ``times`` each."""
    rng = np.random.default_rng(seed)
    babble = np.concatenate(list(voices))
    for kind in KINDS:
        for codec in CODECS:
            for _ in range(times):
                for noise in NOISES:
                    for snr_db in SNRS_DB:
                        yield _played(kind, codec, noise, snr_db, None, rng, babble)
                for over_db in OVER_SPEECH_DB:
                    yield _played(kind, codec, "white", QUIET_SNR_DB, over_db, rng, babble)


def _played(
    kind: str,
    codec: str,
    noise: str,
    snr_db: float,
    over_db: float | None,
    rng: np.random.Generator,
    babble: Samples,
) -> Played:
    """A tone in the middle of two seconds."""
    start = round(START_S * LINE_RATE_HZ) + int(rng.integers(80))
    tone = KINDS[kind](rng)
    level = 10 ** (rng.uniform(*LEVEL_DB) / 20)
    sound = np.zeros(round(CLIP_S * LINE_RATE_HZ))
    sound[start : start + len(tone)] = tone * level / _rms(tone)
    if over_db is not None:
        voice = babble.take(np.arange(len(sound)) + rng.integers(len(babble)), mode="wrap")
        sound += voice * level / _rms(voice) * 10 ** (-over_db / 20)
    line = SimulatedLine(codec="a_law", noise=noise, snr_db=0.0, gain_db=0.0)
    hiss = line_noise(line, CLIP_S, rng, babble=babble)
    sound += hiss * level / _rms(hiss) * 10 ** (-snr_db / 20)
    samples = CODEC_ROUND_TRIPS[codec](np.clip(sound, -1.0, 1.0))
    start_s = start / LINE_RATE_HZ
    return Played(kind, codec, noise, snr_db, over_db, start_s, start_s + len(tone) / LINE_RATE_HZ, samples)


def _rms(samples: NDArray[np.floating]) -> float:
    return float(np.sqrt(np.mean(np.square(samples, dtype=np.float64)))) + 1e-12


# --- what is played ------------------------------------------------------------------------------


def _sine(hz: float, seconds: float, phase: float = 0.0) -> Tone:
    return np.asarray(
        np.sin(2 * np.pi * hz * np.arange(round(seconds * LINE_RATE_HZ)) / LINE_RATE_HZ + phase)
    )


def _key(rng: np.random.Generator) -> Tone:
    """One press of 50 to 200 ms, off by up to 1.5 %, with up to 6 dB between its two tones."""
    low_hz, high_hz = (
        rng.choice(group) * (1 + rng.uniform(-OFF, OFF)) for group in (KEY_LOW_HZ, KEY_HIGH_HZ)
    )
    seconds, twist = rng.choice(KEY_S), 10 ** (rng.uniform(*TWIST_DB) / 20)
    phases = rng.uniform(0, 2 * np.pi, size=2)
    return _sine(low_hz, seconds, phases[0]) + twist * _sine(high_hz, seconds, phases[1])


def _near(hz: float, seconds: float) -> Callable[[np.random.Generator], Tone]:
    return lambda rng: _sine(hz + rng.uniform(-OFF_HZ, OFF_HZ), seconds)


def _typed(baud: float, mark_hz: float, space_hz: float) -> Callable[[np.random.Generator], Tone]:
    """A second of random bits."""
    return lambda rng: _keyed(rng.integers(0, 2, size=round(baud)), baud, mark_hz, space_hz)


def _character(rng: np.random.Generator) -> Tone:
    """One Baudot character: a start bit, five of data, and the mark that is held after it."""
    bits = np.concatenate([[0], rng.integers(0, 2, size=5), np.ones(int(rng.integers(2, 14)), np.int64)])
    return _keyed(bits, 45.45, 1400.0, 1800.0)


def _keyed(bits: NDArray[np.int64], baud: float, mark_hz: float, space_hz: float) -> Tone:
    bit_of = (np.arange(round(len(bits) / baud * LINE_RATE_HZ)) / LINE_RATE_HZ * baud).astype(int)
    hz = np.where(bits[np.minimum(bit_of, len(bits) - 1)] == 1, mark_hz, space_hz)
    return np.asarray(np.sin(2 * np.pi * np.cumsum(hz) / LINE_RATE_HZ))


KINDS: Mapping[str, Callable[[np.random.Generator], Tone]] = MappingProxyType(
    {
        "telephone key": _key,
        "ring tone, 1 s": _near(PROGRESS_HZ, 1.0),
        "busy tone, 0.25 s": _near(PROGRESS_HZ, 0.25),
        "Baudot, 1 s": _typed(45.45, 1400.0, 1800.0),
        "Baudot, one character": _character,
        "EDT, 1 s": _typed(110.0, 980.0, 1180.0),
        "V.21 caller, 1 s": _typed(300.0, 980.0, 1180.0),
        "V.21 answer, 1 s": _typed(300.0, 1650.0, 1850.0),
        "answer tone, 1 s": _near(ANSWER_HZ, 1.0),
    }
)

TRACK_OF: Mapping[str, str] = MappingProxyType(
    {
        "telephone key": "dtmf",
        "ring tone, 1 s": "call_progress",
        "busy tone, 0.25 s": "call_progress",
        **dict.fromkeys(list(KINDS)[3:], "text_telephone"),
    }
)
"""The track of `Heard` that should hold it."""
