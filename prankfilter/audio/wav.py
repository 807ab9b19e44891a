"""A small strict reader of WAV: 16-bit PCM, A-law and µ-law, which telephone systems record; and a writer.

The layout is that of "Multimedia Programming Interface and Data Specifications 1.0" (RIFF) and of RFC 2361
(format codes). The size in the RIFF header itself is ignored, since many writers never fill it in; the sizes
of the chunks must be true.
"""

from __future__ import annotations

import struct
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from prankfilter.audio.companding import decode_a_law, decode_mu_law
from prankfilter.audio.recording import Limits, Signal, mix_down
from prankfilter.errors import UnreadableAudio
from prankfilter.vocabulary import SCORED_SOUND_S

_EXTENSIBLE = 0xFFFE
_MEDIA_SUBTYPE_TAIL = bytes.fromhex("000000001000800000aa00389b71")
"""What follows the format code in a KSDATAFORMAT_SUBTYPE_… identifier."""


@dataclass(frozen=True, slots=True)
class _Coding:
    """How one sample of one channel is written."""

    bits: int
    levels: Callable[[bytes], NDArray[np.int16]]


_CODINGS = {
    1: _Coding(16, lambda data: np.frombuffer(data, "<i2")),
    6: _Coding(8, lambda data: decode_a_law(np.frombuffer(data, np.uint8))),
    7: _Coding(8, lambda data: decode_mu_law(np.frombuffer(data, np.uint8))),
}


@dataclass(frozen=True, slots=True)
class _Format:
    """The ``fmt`` chunk, checked."""

    coding: _Coding
    channels: int
    rate_hz: int

    @property
    def frame_bytes(self) -> int:
        return self.channels * self.coding.bits // 8


def read_wav(data: bytes, limits: Limits) -> Signal:
    """Read a WAV recording to mono at its own sampling rate.

    Parameters
    ----------
    data : bytes
        A whole file, beginning with ``RIFF``.
    limits : Limits
        How much is accepted.

    Returns
    -------
    Signal
        The first 30 s at most.

    Raises
    ------
    UnreadableAudio
        If the file is cut off, contradicts itself, holds no sound, or is coded otherwise.
    AudioTooLarge
        If it exceeds the limits.
    """
    chunks = _chunks(data)
    form = _read_format(chunks.get(b"fmt "), limits)
    sound = chunks.get(b"data")
    if sound is None:
        raise UnreadableAudio("WAV: there is no data chunk; the file was cut off")
    frames, rest = divmod(len(sound), form.frame_bytes)
    if rest:
        raise UnreadableAudio(
            f"WAV: the data chunk ends {rest} bytes into a frame of {form.frame_bytes} bytes"
        )
    limits.check_header(rate_hz=form.rate_hz, channels=form.channels, frames=frames)
    scored = min(frames, round(SCORED_SOUND_S * form.rate_hz))
    levels = form.coding.levels(bytes(sound[: scored * form.frame_bytes]))
    samples = levels.reshape(scored, form.channels).astype(np.float32) / np.float32(32768)
    return Signal(mix_down(samples), form.rate_hz, frames / form.rate_hz)


def _chunks(data: bytes) -> dict[bytes, memoryview]:
    """Walk the chunks up to the end of the sound; what comes after it is of no interest."""
    found: dict[bytes, memoryview] = {}
    start = 12
    while start + 8 <= len(data) and b"data" not in found:
        name, size = struct.unpack_from("<4sI", data, start)
        body = memoryview(data)[start + 8 : start + 8 + size]
        if len(body) < size:
            raise UnreadableAudio(
                f"WAV: chunk {_printable(name)} says {size} bytes and {len(body)} follow; "
                "the file was cut off or its header never completed"
            )
        if name in found:
            raise UnreadableAudio(f"WAV: there are two {_printable(name)} chunks")
        if name in {b"fmt ", b"data"}:
            found[name] = body
        start += 8 + size + size % 2
    return found


def _printable(name: bytes) -> str:
    """A chunk's name for a message, whatever bytes it is made of."""
    return repr(name.decode("ascii", "replace").encode("ascii", "replace").decode().strip())


def _read_format(body: memoryview | None, limits: Limits) -> _Format:
    if body is None:
        raise UnreadableAudio("WAV: there is no fmt chunk before the sound")
    if len(body) < 16:
        raise UnreadableAudio(f"WAV: the fmt chunk has {len(body)} bytes, it needs 16")
    code, channels, rate_hz, _, frame_bytes, bits = struct.unpack_from("<HHIIHH", body)
    if code == _EXTENSIBLE and len(body) >= 40 and body[26:40] == _MEDIA_SUBTYPE_TAIL:
        (code,) = struct.unpack_from("<H", body, 24)
    coding = _CODINGS.get(code)
    if coding is None or bits != coding.bits:
        raise UnreadableAudio(
            f"WAV: format code {code:#x} with {bits} bits is not read; convert to 16-bit PCM, A-law or µ-law"
        )
    limits.check_header(rate_hz=rate_hz, channels=channels, frames=1)
    form = _Format(coding, channels, rate_hz)
    if frame_bytes != form.frame_bytes:
        raise UnreadableAudio(
            f"WAV: block align says {frame_bytes} bytes a frame, {form.frame_bytes} follow from the rest"
        )
    return form


def write_wav(samples: NDArray[np.float32], rate_hz: int) -> bytes:
    """Write mono sound as 16-bit PCM, which every browser plays.

    Parameters
    ----------
    samples : NDArray[float32]
        Shape (n,), in [-1, 1]; what is beyond is clipped.
    rate_hz : int
        Samples a second.

    Examples
    --------
    >>> len(write_wav(np.zeros(8000, np.float32), 8000))
    16044
    """
    data = np.round(np.clip(samples, -1.0, 1.0) * 32767).astype("<i2").tobytes()
    form = struct.pack("<HHIIHH", 1, 1, rate_hz, 2 * rate_hz, 2, 16)
    chunks = b"fmt " + struct.pack("<I", len(form)) + form + b"data" + struct.pack("<I", len(data)) + data
    return b"RIFF" + struct.pack("<I", 4 + len(chunks)) + b"WAVE" + chunks
