"""FLAC, OGG and MP3, decoded in a child process that is limited in memory and time.

Decoders of compressed sound are large programs in C that read what strangers send, and a few bytes can unpack
to gigabytes. So they run in a process of their own (`decoder_child`), without this one's memory, keys or
environment; if it dies, one call is judged without its sound.
"""

from __future__ import annotations

import functools
import importlib.util
import math
import os
import select
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import IO

import numpy as np

from prankfilter.audio.decoder_child import NO_RECORDING
from prankfilter.audio.recording import Limits, Signal, mix_down
from prankfilter.errors import Cancelled, DecoderFailed, UnreadableAudio
from prankfilter.vocabulary import SCORED_SOUND_S

_TICK_S = 0.005
"""How often ``cancelled`` is asked while the child works."""

_PADDING_S = 0.1
"""MP3 and OGG are padded at either end; so much of the announced sound may be missing."""

_CHILD = Path(__file__).with_name("decoder_child.py")
_REMEDY = "send 16-bit PCM, A-law or µ-law WAV"


def read_compressed(data: bytes, limits: Limits, cancelled: Callable[[], bool]) -> Signal:
    """Decode FLAC, OGG (Opus, Vorbis) or MP3 to mono at its own sampling rate.

    Parameters
    ----------
    data : bytes
        A whole file.
    limits : Limits
        How much is accepted, and how much memory and time the child process may take.
    cancelled : callable
        Asked every 5 ms; once it says True, the child is killed.

    Returns
    -------
    Signal
        The first 30 s at most.

    Raises
    ------
    UnreadableAudio, AudioTooLarge, DecoderFailed, Cancelled
    """
    try:
        with _as_file(data) as recording:
            code, answer = _run_child(recording, limits, cancelled)
    except (OSError, subprocess.TimeoutExpired) as problem:
        raise DecoderFailed(
            f"the decoder could not be run ({type(problem).__name__}); {_REMEDY}"
        ) from problem
    if code == NO_RECORDING:
        raise UnreadableAudio(f"the recording is damaged or its codec is not read; {_REMEDY}")
    if code != 0:
        raise DecoderFailed(f"the decoder died ({_cause(code)}); {_REMEDY}")
    return _read_answer(answer, limits)


def _as_file(data: bytes) -> IO[bytes]:
    """The recording as an open file; in memory where the system can, since sound must not reach a disk."""
    if hasattr(os, "memfd_create"):
        file: IO[bytes] = os.fdopen(os.memfd_create("recording"), "w+b")
    else:
        file = tempfile.TemporaryFile()  # noqa: SIM115 - the caller closes it
    file.write(data)
    file.seek(0)
    return file


def _run_child(recording: IO[bytes], limits: Limits, cancelled: Callable[[], bool]) -> tuple[int, bytes]:
    process = subprocess.Popen(  # noqa: S603 - this interpreter, our own file, numbers
        _command(limits),
        stdin=recording,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        env={name: value for name, value in os.environ.items() if name == "LD_LIBRARY_PATH"},
        bufsize=0,
    )
    try:
        assert process.stdout is not None  # noqa: S101 - for the type checker
        answer = _receive(process.stdout, limits, cancelled)
        return process.wait(limits.decoder_s), answer
    finally:
        if process.poll() is None:
            process.kill()
            process.wait()
        if process.stdout is not None:
            process.stdout.close()


def _command(limits: Limits) -> list[str]:
    """Run the child by its path, isolated and without site packages: so it starts five times as fast."""
    numbers = (
        limits.decoder_bytes,
        math.ceil(limits.decoder_s),
        limits.audio_channels,
        limits.highest_rate_hz,
        limits.audio_s,
        SCORED_SOUND_S,
    )
    return [sys.executable, "-I", "-S", str(_CHILD), _library(), *map(str, numbers)]


@functools.cache
def _library() -> str:
    """Path of the libsndfile that the soundfile package carries, or the system's own."""
    package = importlib.util.find_spec("_soundfile_data")
    for folder in (package.submodule_search_locations or ()) if package else ():
        for path in Path(folder).glob("libsndfile*"):
            return str(path)
    return "libsndfile.so.1"


def _receive(pipe: IO[bytes], limits: Limits, cancelled: Callable[[], bool]) -> bytes:
    """Read until the child closes the pipe, but no longer than allowed and no more than can be an answer."""
    most = 100 + math.ceil(SCORED_SOUND_S * limits.highest_rate_hz) * limits.audio_channels * 4
    end = time.monotonic() + limits.decoder_s
    answer = bytearray()
    while len(answer) <= most:
        if cancelled():
            raise Cancelled("the deadline passed while a recording was decoded")
        if time.monotonic() > end:
            raise DecoderFailed(f"the decoder took more than {limits.decoder_s:g} s; {_REMEDY}")
        if select.select([pipe], [], [], _TICK_S)[0]:
            piece = pipe.read(1 << 20)
            if not piece:
                return bytes(answer)
            answer += piece
    raise DecoderFailed(f"the decoder answered with more than {most} bytes; {_REMEDY}")


def _read_answer(answer: bytes, limits: Limits) -> Signal:
    """Check the child's answer as if a stranger had sent it."""
    line, _, sound = answer.partition(b"\n")
    try:
        rate_hz, channels, frames, kept = map(int, line.split())
    except ValueError:
        raise DecoderFailed(f"the decoder's answer cannot be read; {_REMEDY}") from None
    limits.check_header(rate_hz=rate_hz, channels=channels, frames=frames)
    if len(sound) != kept * channels * 4:
        raise DecoderFailed(f"the decoder's answer was cut off; {_REMEDY}")
    samples = mix_down(np.frombuffer(sound, np.float32).reshape(kept, channels))
    wanted = min(frames, math.floor(SCORED_SOUND_S * rate_hz))
    if kept < wanted - _PADDING_S * rate_hz:
        raise UnreadableAudio(
            f"the header says {frames} samples, the sound ends after {kept}; the file was cut off"
        )
    if not np.isfinite(samples).all():
        raise UnreadableAudio("the recording holds values that are no numbers")
    return Signal(np.clip(samples, -1.0, 1.0), rate_hz, frames / rate_hz)


def _cause(code: int) -> str:
    return f"signal {-code}" if code < 0 else f"exit {code}"
