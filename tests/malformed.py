"""Recordings that are no recordings: cut off, lying, hostile. The same ones every time, whatever the machine.

Each must end as a Signal or a `BadAudio`; nothing may crash, hang or fill the memory.
"""

from __future__ import annotations

import functools
import io
import struct
from collections.abc import Iterator
from typing import Any

import numpy as np
import soundfile

from tests.flac import flac
from tests.sounds import voice
from tests.waves import chunk, pcm, riff, wav

Recording = tuple[str, bytes]

_FMT_LIES: dict[str, tuple[int, ...]] = {
    "code": (0, 2, 3, 0x11, 0x31, 0x55, 0x161, 0xFFFE, 0xFFFF),
    "channels": (0, 2, 3, 8, 1024, 65535),
    "rate_hz": (0, 1, 100, 5999, 48_001, 96_000, 192_000, 2**31, 2**32 - 1),
    "byte_rate": (0, 1, 2**32 - 1),
    "frame_bytes": (0, 1, 3, 4, 65535),
    "bits": (0, 1, 8, 12, 15, 24, 32, 64, 65535),
}
_SIZE_LIES = {
    "fmt_size": (0, 1, 14, 15, 17, 18, 40, 2**31, 2**32 - 1),
    "data_size": (0, 1, 3, 1599, 1601, 1602, 3200, 2**31 - 1, 2**32 - 8, 2**32 - 1),
    "riff_size": (0, 1, 7, 2**31, 2**32 - 1),
}
_OTHER_FILES = {
    "nothing": b"",
    "a byte": b"R",
    "zeros": bytes(5000),
    "text": b"tolong " * 500,
    "JSON": b'{"call_id": "1", "audio": "UklGRg=="}',
    "HTML": b"<!doctype html><title>413</title>" * 20,
    "PNG": b"\x89PNG\r\n\x1a\n" + bytes(200),
    "PDF": b"%PDF-1.7\n" + bytes(200),
    "ZIP": b"PK\x03\x04" + bytes(200),
    "gzip": b"\x1f\x8b\x08" + bytes(200),
    "ELF": b"\x7fELF" + bytes(200),
    "AIFF": b"FORM" + (1000).to_bytes(4, "big") + b"AIFFCOMM" + bytes(1000),
    "AU": b".snd" + bytes(1000),
    "MP4": (32).to_bytes(4, "big") + b"ftypM4A " + bytes(1000),
    "AMR": b"#!AMR\n" + bytes(1000),
    "CAF": b"caff\x00\x01" + bytes(1000),
    "AAC": b"\xff\xf1\x50\x80" + bytes(1000),
    "WebM": b"\x1aE\xdf\xa3" + bytes(1000),
}
_MAGIC = {
    "FLAC": b"fLaC",
    "OGG": b"OggS",
    "ID3": b"ID3\x04\x00\x00\x7f\x7f\x7f\x7f",
    "MP3": b"\xff\xfb\x90\x00",
    "Opus": b"OggS\x00\x02" + bytes(20) + b"\x01\x13OpusHead\x01",
    "Vorbis": b"OggS\x00\x02" + bytes(20) + b"\x01\x1e\x01vorbis",
}


def malformed_waves() -> list[Recording]:
    """Those that this process reads itself."""
    return [*_waves_cut_off(), *_waves_that_lie(), *_odd_waves(), *_OTHER_FILES.items(), *_huge_files()]


@functools.cache
def malformed_compressed() -> list[Recording]:
    """Those that the child process reads."""
    return [*_cut_off_and_bent(), *_magic_and_garbage(), *_flacs_that_lie()]


def malformed_recordings() -> list[Recording]:
    """All of them, by name."""
    return malformed_waves() + malformed_compressed()


def _waves_cut_off() -> Iterator[Recording]:
    whole = wav(pcm(voice(0.1)))
    for end in (*range(1, 48), 60, 500, 843, len(whole) - 1):
        yield f"WAV cut off at {end}", whole[:end]


def _waves_that_lie() -> Iterator[Recording]:
    sound = pcm(voice(0.1))
    for field, values in (_FMT_LIES | _SIZE_LIES).items():
        for value in values:
            yield f"WAV whose {field} is {value}", wav(sound, **{field: value})


def _odd_waves() -> Iterator[Recording]:
    sound = pcm(voice(0.1))
    data = chunk(b"data", sound)
    form = wav(sound)[12:36]
    nan = np.full(800, np.nan, "<f4").tobytes()
    infinite = np.full(800, np.inf, "<f4").tobytes()
    yield "WAV without fmt", riff(data)
    yield "WAV without data", riff(form)
    yield "WAV without anything", riff()
    yield "WAV with data before fmt", riff(data + form)
    yield "WAV with two fmt", riff(form + form + data)
    yield "WAV in a WAV", riff(form + chunk(b"data", riff(form + data)))
    yield "WAV with a thousand empty chunks", riff(chunk(b"junk", b"") * 1000 + form + data)
    yield "WAV with a chunk of 4 GB", riff(form + b"LIST" + b"\xff\xff\xff\xff" + data)
    yield "WAV with an unpadded odd chunk", riff(form + b"note" + struct.pack("<I", 3) + b"abc" + data)
    yield "WAV with a name that is no text", riff(form + chunk(b"\xff\x00\n\x80", b"1234") + data)
    yield "WAV with half a sample", riff(form + chunk(b"data", sound[:-1]))
    yield "WAV with one sample", riff(form + chunk(b"data", sound[:2]))
    yield "WAV with no sample", riff(form + chunk(b"data", b""))
    yield "WAV of NaN", wav(nan, code=3, bits=32, frame_bytes=4)
    yield "WAV of NaN that claims PCM", wav(nan)
    yield "WAV of infinities that claims PCM", wav(infinite)
    yield "WAV in capitals' despite", b"RIFF" + struct.pack("<I", 4) + b"wave" + form + data
    yield "RIFX", b"RIFX" + riff(form + data)[4:]
    yield "RF64", b"RF64" + riff(form + data)[4:]
    yield "AVI", b"RIFF" + struct.pack("<I", 100) + b"AVI " + bytes(100)
    yield "extensible WAV without its tail", wav(sound, code=0xFFFE)
    yield "extensible WAV of nothing known", riff(chunk(b"fmt ", form[8:] + bytes(24)) + data)
    random = np.random.default_rng(112)
    for number in range(20):
        yield f"WAV of random chunks {number}", riff(form + random.bytes(200))
    for number in range(10):
        yield f"random bytes {number}", random.bytes(1000)


def _huge_files() -> Iterator[Recording]:
    quiet = b"\xd5"
    yield "WAV of 601 s", wav(quiet * 8000 * 601, code=6, bits=8, frame_bytes=1)
    yield "WAV of 11 MB", wav(bytes(11_000_000))
    yield "11 MB of zeros", bytes(11_000_000)
    yield "WAV of 1024 channels", wav(bytes(2048 * 100), channels=1024, frame_bytes=2048)


def _coded(kind: str, subtype: str) -> bytes:
    file = io.BytesIO()
    options: dict[str, Any] = {"format": kind, "subtype": subtype}
    soundfile.write(file, voice(1.0), 8000, **options)
    return file.getvalue()


def _cut_off_and_bent() -> Iterator[Recording]:
    random = np.random.default_rng(110)
    for kind, subtype in (("FLAC", "PCM_16"), ("OGG", "VORBIS"), ("OGG", "OPUS"), ("MP3", "MPEG_LAYER_III")):
        whole = _coded(kind, subtype)
        for share in (0.01, 0.05, 0.2, 0.5, 0.8, 0.95):
            yield f"{subtype} cut off at {share}", whole[: max(4, int(share * len(whole)))]
        for number in range(6):
            bent = bytearray(whole)
            for place in random.integers(4, len(whole), 1 + 3 * number):
                bent[place] ^= 1 << int(random.integers(8))
            yield f"{subtype} with flipped bits {number}", bytes(bent)
        yield f"{subtype} twice", whole + whole
        yield f"{subtype} with a hole", whole[: len(whole) // 3] + bytes(500) + whole[len(whole) // 2 :]
        yield f"{subtype} before text", whole + b"tolong" * 100


def _magic_and_garbage() -> Iterator[Recording]:
    random = np.random.default_rng(118)
    for name, magic in _MAGIC.items():
        yield f"{name} and nothing", magic
        yield f"{name} and zeros", magic + bytes(5000)
        yield f"{name} and ones", magic + b"\xff" * 5000
        for number in range(2):
            yield f"{name} and garbage {number}", magic + random.bytes(3000)


def _flacs_that_lie() -> Iterator[Recording]:
    yield "FLAC that unpacks to 1.8 GB", flac(900_000_000)
    yield "FLAC that unpacks to 1.8 GB and does not say so", flac(900_000_000, said_samples=0)
    yield "FLAC that unpacks to 1.8 GB and says 10 s", flac(900_000_000, said_samples=480_000)
    yield "FLAC that says more than it has", flac(100_000, said_samples=2**36 - 1)
    yield "FLAC of 601 s", flac(48_000 * 601)
    yield "FLAC of 8 channels", flac(100_000, channels=8)
    yield "FLAC of 0 Hz", flac(100_000, rate_hz=0)
    yield "FLAC of 1 Hz", flac(100_000, rate_hz=1)
    yield "FLAC of 655350 Hz", flac(100_000, rate_hz=655_350)
    yield "FLAC of 1 bit", flac(100_000, bits=1)
    yield "FLAC of 32 bits", flac(100_000, bits=32)
    yield "FLAC of empty blocks", flac(100_000, said_block=0)
    yield "FLAC of nothing", flac(0)
