"""Bytes → Signal: the first bytes say who reads the rest."""

from __future__ import annotations

from collections.abc import Callable

from prankfilter.audio.compressed import read_compressed
from prankfilter.audio.recording import Limits, Signal
from prankfilter.audio.wav import read_wav
from prankfilter.errors import UnreadableAudio

__all__ = ["Limits", "Signal", "decode"]


def _never() -> bool:
    return False


def decode(data: bytes, limits: Limits, *, cancelled: Callable[[], bool] = _never) -> Signal:
    """Decode a recording to mono at its own sampling rate.

    WAV is read here, in well under a millisecond. FLAC, OGG (Opus, Vorbis) and MP3 go through a child
    process, which costs its start as well.

    Parameters
    ----------
    data : bytes
        A whole file, header included.
    limits : Limits
        How much is accepted.
    cancelled : callable
        Asked every few milliseconds while a child process works; once it says True, the child is killed.

    Returns
    -------
    Signal
        Samples of shape (n,), n > 0, in [-1, 1], the first 30 s at most.

    Raises
    ------
    UnreadableAudio, AudioTooLarge, DecoderFailed
        Whatever the bytes, nothing else is raised but `Cancelled`.
    """
    limits.check_bytes(len(data))
    if data[:4] == b"RIFF" and data[8:12] == b"WAVE":
        return read_wav(data, limits)
    if data[:4] in {b"fLaC", b"OggS"} or _is_mp3(data):
        return read_compressed(data, limits, cancelled)
    if not data:
        raise UnreadableAudio("the recording is empty: 0 bytes")
    raise UnreadableAudio("the bytes are no recording that is read; send WAV, FLAC, OGG or MP3")


def _is_mp3(data: bytes) -> bool:
    """An ID3 tag, or the frame header of an MPEG audio layer (11 bits of sync, a layer, a rate)."""
    if data[:3] == b"ID3":
        return True
    return (
        len(data) >= 4
        and data[0] == 0xFF
        and data[1] & 0xE0 == 0xE0
        and data[1] & 0x18 != 0x08
        and data[1] & 0x06 != 0
        and data[2] & 0xF0 != 0xF0
        and data[2] & 0x0C != 0x0C
    )
