"""The child process that decodes compressed sound; `prankfilter.audio.compressed` starts it by its path.

It imports nothing but four small parts of the standard library and speaks to libsndfile, the C library that
the soundfile package carries, by its public interface (sndfile.h): importing soundfile itself would import
numpy and take five times as long. Before it touches the recording it limits its own memory and time.

standard input   the recording, a file that can be wound back
arguments        path of libsndfile, bytes of memory, s of processor time, most channels, Hz and s, s wanted
standard output  a line ``rate_hz channels frames kept_frames``, then kept_frames * channels float32
"""

from __future__ import annotations

import ctypes
import math
import os
import resource
import sys

_KINDS = {0x170000, 0x200000, 0x230000}
"""FLAC, OGG and MPEG; libsndfile reads more, but nobody sends it."""

NO_RECORDING = 3
"""Exit code; 1 is what Python itself ends with when something breaks."""

_KIND_MASK = 0x0FFF0000
_READ_ONLY = 0x10
_BLOCK_FRAMES = 16384


class Info(ctypes.Structure):
    """``SF_INFO`` of sndfile.h."""

    _fields_ = (
        ("frames", ctypes.c_int64),
        ("samplerate", ctypes.c_int),
        ("channels", ctypes.c_int),
        ("format", ctypes.c_int),
        ("sections", ctypes.c_int),
        ("seekable", ctypes.c_int),
    )


def confine(memory_bytes: int, processor_s: int) -> None:
    """Give up all memory, time and files beyond what one recording needs."""
    for limit, most in (
        (resource.RLIMIT_AS, memory_bytes),
        (resource.RLIMIT_CPU, processor_s),
        (resource.RLIMIT_FSIZE, 0),
        (resource.RLIMIT_CORE, 0),
    ):
        resource.setrlimit(limit, (most, most))


def read_blocks(
    library: ctypes.CDLL, handle: ctypes.c_void_p, info: Info, wanted: int, most: int
) -> tuple[int, bytes]:
    """Read the frames that are wanted; where the header names no length, count on up to ``most``."""
    block = (ctypes.c_float * (_BLOCK_FRAMES * info.channels))()
    kept = bytearray()
    count = 0
    frame_bytes = 4 * info.channels
    while count < wanted or (info.frames > most and count <= most):
        read = library.sf_readf_float(handle, block, ctypes.c_int64(_BLOCK_FRAMES))
        if read <= 0:
            break
        kept += memoryview(block).cast("B")[: min(read, max(wanted - count, 0)) * frame_bytes]
        count += read
    return count, bytes(kept)


def main(library_path: str, *numbers: str) -> int:
    """Decode standard input; exit 0 with an answer, `NO_RECORDING` if it is none."""
    memory_bytes, processor_s, most_channels, most_hz = map(int, numbers[:4])
    most_s, wanted_s = map(float, numbers[4:])
    confine(memory_bytes, processor_s)
    library = ctypes.CDLL(library_path)
    library.sf_open_fd.restype = ctypes.c_void_p
    library.sf_readf_float.restype = ctypes.c_int64
    info = Info()
    handle = ctypes.c_void_p(library.sf_open_fd(0, _READ_ONLY, ctypes.byref(info), 0))
    if not handle or info.format & _KIND_MASK not in _KINDS:
        return NO_RECORDING
    known = info.frames < 2**62
    most = math.floor(most_s * info.samplerate)
    frames, sound = info.frames, b""
    fits = 0 < info.channels <= most_channels and info.samplerate <= most_hz
    if fits and (not known or frames <= most):
        count, sound = read_blocks(library, handle, info, math.floor(wanted_s * info.samplerate), most)
        frames = frames if known else count
    kept = len(sound) // (4 * max(info.channels, 1))
    answer = f"{info.samplerate} {info.channels} {frames} {kept}\n".encode() + sound
    with open(1, "wb", closefd=False) as out:
        out.write(answer)
    return 0


if __name__ == "__main__":
    os._exit(main(*sys.argv[1:]))
