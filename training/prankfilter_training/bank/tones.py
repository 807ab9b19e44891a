"""Sounds of the network and of text telephones, synthesised: keys, ring and busy tone, Baudot, silence."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from prankfilter.audio.telephone import LINE_RATE_HZ

Samples = NDArray[np.float32]

KEY_LOW_HZ = (697.0, 770.0, 852.0, 941.0)
KEY_HIGH_HZ = (1209.0, 1336.0, 1477.0)
PROGRESS_HZ = 425.0
RING_S = (1.0, 4.0)
BUSY_S = (0.5, 0.5)
"""Sound and pause of Indonesian ring and busy tone."""
MARK_HZ, SPACE_HZ = 1400.0, 1800.0
BAUD = 45.45
LEVEL = 0.2


def keys(rng: np.random.Generator, seconds: float) -> Samples:
    """Telephone keys (ITU-T Q.23), pressed at random with pauses."""
    out = np.zeros(round(seconds * LINE_RATE_HZ), np.float32)
    at_s = float(rng.uniform(0.1, 0.8))
    while at_s < seconds - 0.3:
        length_s = float(rng.uniform(0.08, 0.25))
        pair = sine(rng.choice(KEY_LOW_HZ), length_s) + sine(rng.choice(KEY_HIGH_HZ), length_s)
        _put(out, at_s, LEVEL * pair)
        at_s += length_s + float(rng.uniform(0.1, 2.0))
    return out


def progress(rng: np.random.Generator, seconds: float) -> Samples:
    """Ring or busy tone."""
    sound_s, pause_s = RING_S if rng.random() < 0.5 else BUSY_S
    out = np.zeros(round(seconds * LINE_RATE_HZ), np.float32)
    at_s = float(rng.uniform(0.0, pause_s))
    while at_s < seconds:
        _put(out, at_s, LEVEL * sine(PROGRESS_HZ, sound_s))
        at_s += sound_s + pause_s
    return out


def text_telephone(rng: np.random.Generator, seconds: float) -> Samples:
    """A text telephone (Baudot, 45.45 bit/s): five bits a character between a start and a stop bit."""
    out = np.zeros(round(seconds * LINE_RATE_HZ), np.float32)
    at_s = float(rng.uniform(0.2, 1.0))
    while at_s < seconds:
        bits = np.r_[0, rng.integers(0, 2, size=5), 1, 1]
        hz = np.repeat(np.where(bits, MARK_HZ, SPACE_HZ), round(LINE_RATE_HZ / BAUD))
        _put(out, at_s, (LEVEL * np.sin(2 * np.pi * np.cumsum(hz) / LINE_RATE_HZ)).astype(np.float32))
        at_s += len(bits) / BAUD + float(rng.exponential(0.15))
    return out


def sine(hz: float, seconds: float) -> Samples:
    """A sine of amplitude 1."""
    times = np.arange(round(seconds * LINE_RATE_HZ)) / LINE_RATE_HZ
    return np.sin(2 * np.pi * hz * times).astype(np.float32)


def _put(out: Samples, at_s: float, sound: Samples) -> None:
    start = round(at_s * LINE_RATE_HZ)
    end = min(start + len(sound), len(out))
    out[start:end] = sound[: end - start]
