"""Idealised sounds with known answers, 8 kHz, in [-1, 1], and ears for them. No recording of anybody."""

from __future__ import annotations

import dataclasses
import io
import math
import wave
from collections.abc import Sequence
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

from prankfilter.audio.child import VECTOR_LENGTH
from prankfilter.bundle.ears import Ears
from prankfilter.bundle.sound_arrays import VALUES

RATE_HZ = 8000

Samples = NDArray[np.float32]


def ears(child_log_odds: float | None = None) -> Ears:
    """Ears with evenly spaced bands, and a head that hears one age in every voice (None: no age)."""
    edges_hz = np.linspace(200, 3600, 42)
    bins_hz = np.linspace(0, RATE_HZ / 2, 129)
    rising = (bins_hz - edges_hz[:-2, None]) / np.diff(edges_hz)[:-1, None]
    falling = (edges_hz[2:, None] - bins_hz) / np.diff(edges_hz)[1:, None]
    bank = np.maximum(0.0, np.minimum(rising, falling)) / np.diff(edges_hz)[0]
    if child_log_odds is None:
        return Ears("plain-ears", bank)
    head = {
        "mean": np.zeros(VECTOR_LENGTH),
        "scale": np.ones(VECTOR_LENGTH),
        "weights": np.zeros(VECTOR_LENGTH),
        "bias": np.array([child_log_odds]),
    }
    return Ears("plain-ears", bank, head)


def hearing_sounds(kind: str, *, of_vector: bool = False) -> Ears:
    """Ears with a head that hears one sound in every second; or, ``of_vector``, where the pitch is high."""
    high = np.zeros((VALUES, 1))
    high[-6] = 1.0 if of_vector else 0.0
    head = {
        "mean": np.zeros(VALUES),
        "scale": np.ones(VALUES),
        "hidden_weights": high,
        "hidden_bias": np.zeros(1) if of_vector else np.ones(1),
        "weights": np.ones(1),
        "bias": np.zeros(1),
        "threshold": np.full(1, 0.3),
    }
    arrays = {f"{kind}.{name}": array for name, array in head.items()}
    return dataclasses.replace(ears(), digest=f"ears-for-{kind}", sounds=arrays)


def line_noise(seconds: float, *, level: float = 1e-3, seed: int = 8) -> Samples:
    """A quiet line."""
    noise = level * np.random.default_rng(seed).standard_normal(round(seconds * RATE_HZ))
    return noise.astype(np.float32)


@lru_cache(maxsize=64)
def voice(seconds: float, *, pitch_hz: float = 120.0) -> Samples:
    """Somebody speaks: gliding harmonics in syllables, four a second, on a quiet line; read-only."""
    t = np.arange(round(seconds * RATE_HZ)) / RATE_HZ
    glide_hz = pitch_hz * (1 + 0.15 * np.sin(2 * np.pi * 0.7 * t))
    phase = 2 * np.pi * np.cumsum(glide_hz) / RATE_HZ
    harmonics = range(1, int(3400 / (1.15 * pitch_hz)) + 1)
    tone = sum(np.sin(k * phase) / k for k in harmonics)
    syllables = np.sin(np.pi * 4 * t) ** 2
    spoken: Samples = (0.2 * tone * syllables).astype(np.float32) + line_noise(seconds)
    spoken.flags.writeable = False
    return spoken


def text_telephone(seconds: float, *, seed: int = 45) -> Samples:
    """Baudot at 45.45 baud: 1400 Hz for marks, 1800 Hz for spaces (ITU-T V.18)."""
    bits = np.random.default_rng(seed).integers(0, 2, round(seconds * 45.45) + 1)
    bit_of = (np.arange(round(seconds * RATE_HZ)) / RATE_HZ * 45.45).astype(int)
    tone_hz = np.where(bits[bit_of] == 1, 1400.0, 1800.0)
    tone = 0.3 * np.sin(2 * np.pi * np.cumsum(tone_hz) / RATE_HZ)
    return tone.astype(np.float32) + line_noise(seconds)


def tone(hz: float, seconds: float, *, level_db: float = -20.0) -> Samples:
    """A sine; a full-scale one has -3.01 dB."""
    amplitude = math.sqrt(2) * 10 ** (level_db / 20)
    t = np.arange(round(seconds * RATE_HZ)) / RATE_HZ
    return (amplitude * np.sin(2 * np.pi * hz * t)).astype(np.float32)


def silence(seconds: float) -> Samples:
    """A dead line."""
    return np.zeros(round(seconds * RATE_HZ), np.float32)


def keyed(bits: Sequence[int], *, baud: float, mark_hz: float, space_hz: float) -> Samples:
    """Two tones in turn, without a jump between them, as modems and text telephones send bits."""
    bit_of = (np.arange(round(len(bits) / baud * RATE_HZ)) / RATE_HZ * baud).astype(int)
    hz = np.where(np.array(bits)[bit_of] == 1, mark_hz, space_hz)
    return (0.2 * np.sin(2 * np.pi * np.cumsum(hz) / RATE_HZ)).astype(np.float32)


def keys(seconds: float) -> Samples:
    """The key 5, held for a tenth of every half second (ITU-T Q.23)."""
    t = np.arange(round(seconds * RATE_HZ)) / RATE_HZ
    tone = 0.2 * (np.sin(2 * np.pi * 770 * t) + np.sin(2 * np.pi * 1336 * t)) * (t % 0.5 < 0.1)
    return tone.astype(np.float32) + line_noise(seconds)


def wav(samples: Samples) -> bytes:
    """A recording of the sound, 16-bit PCM."""
    file = io.BytesIO()
    with wave.open(file, "wb") as out:
        out.setnchannels(1)
        out.setsampwidth(2)
        out.setframerate(RATE_HZ)
        out.writeframes((np.clip(samples, -1, 1) * 32767).astype("<i2").tobytes())
    return file.getvalue()
