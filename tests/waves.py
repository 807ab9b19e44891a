"""WAV files by hand, so that each field can lie."""

from __future__ import annotations

import struct

import numpy as np
from numpy.typing import NDArray


def pcm(samples: NDArray[np.float32]) -> bytes:
    """Samples in [-1, 1] as 16-bit little-endian PCM."""
    return np.round(np.clip(samples, -1, 1) * 32767).astype("<i2").tobytes()


def chunk(name: bytes, body: bytes) -> bytes:
    """A chunk, padded to an even length."""
    return name + struct.pack("<I", len(body)) + body + b"\0" * (len(body) % 2)


def riff(chunks: bytes = b"") -> bytes:
    """A RIFF file of type WAVE around chunks."""
    return b"RIFF" + struct.pack("<I", 4 + len(chunks)) + b"WAVE" + chunks


def wav(
    sound: bytes,
    *,
    code: int = 1,
    channels: int = 1,
    rate_hz: int = 8000,
    byte_rate: int = 16000,
    frame_bytes: int = 2,
    bits: int = 16,
    fmt_size: int = 16,
    data_size: int | None = None,
    riff_size: int | None = None,
) -> bytes:
    """A WAV file that says of itself whatever it is told; by default 8 kHz mono PCM that tells the truth."""
    form = struct.pack("<HHIIHH", code, channels, rate_hz, byte_rate, frame_bytes, bits)
    said_data = len(sound) if data_size is None else data_size
    said_riff = 36 + len(sound) if riff_size is None else riff_size
    return (
        b"RIFF"
        + struct.pack("<I", said_riff)
        + b"WAVEfmt "
        + struct.pack("<I", fmt_size)
        + form
        + b"data"
        + struct.pack("<I", said_data)
        + sound
    )
