"""Sound for the eye: its outline, where it is quiet, and the bands in which the model hears it."""

from __future__ import annotations

import struct
import zlib
from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from prankfilter.audio.recording import Limits
from prankfilter.audio.telephone import LINE_RATE_HZ
from prankfilter.audio.tracks import Tracks
from prankfilter.audio.wav import read_wav
from prankfilter.bundle.ears import Ears

WIDTH, HEIGHT = 1000, 120
"""Of the outline, in its own units."""

BLOCK = 160
"""Samples to a level: 20 ms."""

QUIET_RATIO = 0.1
"""Below this share of its loud parts (95th percentile) sound counts as quiet when it is skipped over."""

QUIETEST = 1e-3
"""And below this level always: -60 dBFS."""

SHORTEST_QUIET_S = 0.6
"""Shorter ones belong to how people speak."""

SHOWN_DB = 60.0
"""Between white and black."""

_PNG = b"\x89PNG\r\n\x1a\n"


def samples_of(sound: bytes) -> NDArray[np.float32]:
    """Return stored sound, shape (n,), 8 kHz."""
    return read_wav(sound, Limits()).samples


def outline(sound: bytes, parts: Sequence[tuple[float, float]] = ()) -> str:
    """Draw how loud a recording is, from left to right.

    Parameters
    ----------
    sound : bytes
        A stored recording.
    parts : sequence of (start_s, end_s)
        What reasons point at; shaded.

    Returns
    -------
    str
        An SVG picture `WIDTH` by `HEIGHT`, stretched to whatever room it gets.
    """
    samples = samples_of(sound)
    columns = np.array_split(np.abs(samples), min(WIDTH // 2, len(samples)))
    heights = [min(1.0, float(column.max())) * HEIGHT / 2 for column in columns]
    step, middle = WIDTH / len(heights), HEIGHT / 2
    bars = "".join(
        f"M{x * step:.1f} {middle - height:.1f}V{middle + height:.1f}" for x, height in enumerate(heights)
    )
    seconds = len(samples) / LINE_RATE_HZ
    shades = "".join(
        f'<rect x="{start / seconds * WIDTH:.1f}" y="0" width="{(end - start) / seconds * WIDTH:.1f}" '
        f'height="{HEIGHT}" fill="#d98e04" fill-opacity=".28"/>'
        for start, end in parts
    )
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {HEIGHT}" preserveAspectRatio="none">'
        f'{shades}<path d="{bars}" stroke="#5b7fa8" stroke-width="{step * 0.8:.2f}" fill="none"/></svg>'
    )


def quiet_parts(sound: bytes) -> list[tuple[float, float]]:
    """Return where a listener misses nothing by skipping: (start_s, end_s), with a margin on either side.

    Examples
    --------
    >>> from prankfilter.audio.wav import write_wav
    >>> loud, quiet = np.full(8000, 0.5, np.float32), np.zeros(16000, np.float32)
    >>> quiet_parts(write_wav(np.concatenate([loud, quiet, loud]), 8000))
    [(1.1, 2.9)]
    """
    samples = samples_of(sound)
    blocks = samples[: len(samples) // BLOCK * BLOCK].reshape(-1, BLOCK)
    if not len(blocks):
        return []
    levels = np.sqrt(np.square(blocks).mean(axis=1))
    quiet = levels < max(QUIETEST, QUIET_RATIO * float(np.percentile(levels, 95)))
    edges = np.flatnonzero(np.diff(np.concatenate([[0], quiet.astype(np.int8), [0]])))
    block_s = BLOCK / LINE_RATE_HZ
    parts = [
        (float(start * block_s + 0.1), float(end * block_s - 0.1)) for start, end in edges.reshape(-1, 2)
    ]
    return [(round(start, 2), round(end, 2)) for start, end in parts if end - start >= SHORTEST_QUIET_S]


def spectrogram(sound: bytes, ears: Ears) -> bytes:
    """Draw the mel bands in which the model hears a recording: time to the right, pitch upwards.

    Returns
    -------
    bytes
        A PNG picture, grey, one column a hundredth of a second and one row a band.
    """
    tracks = Tracks(ears)
    tracks.feed(samples_of(sound))
    bands_db = tracks.at(int(tracks.seconds)).log_mel.T[::-1]
    if not bands_db.size:
        return png(np.full((len(ears.mel_bank), 1), 255, np.uint8))
    loudest_db = float(bands_db.max())
    shade = np.clip((loudest_db - bands_db) / SHOWN_DB, 0.0, 1.0)
    return png((255 * shade).astype(np.uint8))


def png(grey: NDArray[np.uint8]) -> bytes:
    """Write a grey picture, shape (height, width), 0 being black (ISO/IEC 15948).

    >>> png(np.zeros((2, 3), np.uint8))[12:24]
    b'IHDR\\x00\\x00\\x00\\x03\\x00\\x00\\x00\\x02'
    """
    height, width = grey.shape
    rows = np.hstack([np.zeros((height, 1), np.uint8), grey]).tobytes()
    head = struct.pack(">IIBBBBB", width, height, 8, 0, 0, 0, 0)
    return _PNG + _chunk(b"IHDR", head) + _chunk(b"IDAT", zlib.compress(rows)) + _chunk(b"IEND", b"")


def _chunk(kind: bytes, data: bytes) -> bytes:
    return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))
