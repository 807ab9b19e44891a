"""The calls that are measured: records with numbers of their own, and 5 s of the demonstration's sound."""

from __future__ import annotations

import itertools
import json
import struct
from collections.abc import Iterator
from typing import Any

import numpy as np
from prankfilter_api.demo.clips import CLIPS

from prankfilter.audio.companding import encode_mu_law
from prankfilter.audio.recording import Limits
from prankfilter.audio.wav import read_wav

RATE_HZ = 8000
BOUNDARY = "part-of-a-benchmark"
LIMITS = Limits(
    audio_bytes=10_000_000, audio_s=600.0, audio_channels=2, decoder_s=2.0, decoder_bytes=512_000_000
)
REPEAT_CALLERS = 300
"""One call in five comes from one of these, so that the store has a past to tell."""


def clip(seconds: float = 5.0, name: str = "adult_fire") -> bytes:
    """The start of a clip as µ-law WAV, which is what a line carries."""
    signal = read_wav((CLIPS / f"{name}.wav").read_bytes(), LIMITS)
    samples = signal.samples[: round(seconds * RATE_HZ)]
    codes = encode_mu_law(np.round(samples * 32767).astype(np.int16)).tobytes()
    form = struct.pack("<HHIIHH", 7, 1, RATE_HZ, RATE_HZ, 1, 8)
    chunks = b"fmt " + struct.pack("<I", len(form)) + form + b"data" + struct.pack("<I", len(codes)) + codes
    return b"RIFF" + struct.pack("<I", 4 + len(chunks)) + b"WAVE" + chunks


def records(prefix: str) -> Iterator[tuple[str, dict[str, Any]]]:
    """Call ids and call records without end, no two alike."""
    for number in itertools.count():
        caller = number % REPEAT_CALLERS if number % 5 == 0 else number + REPEAT_CALLERS
        yield (
            f"{prefix}-{number}",
            {
                "calling_number": f"+62812{caller:07d}",
                "number_kind": "asserted",
                "access_state": "service_initialized",
                "attestation": "A",
                "trunk": f"telkomsel-{number % 4}",
                "cell_id": f"510-10-{number % 40}-1",
                "centre_id": "centre-1",
                "channel": "voice",
                "ring_s": 1.5,
                "calls_waiting": number % 3,
                "audio_capture": "caller_before_answer",
            },
        )


def as_json(record: dict[str, Any]) -> tuple[str, bytes]:
    """Content type and body of a request without sound."""
    return "application/json", json.dumps(record).encode()


def as_form(record: dict[str, Any], audio: bytes) -> tuple[str, bytes]:
    """Content type and body of a request with sound."""
    parts = (
        (b'name="call"', b"application/json", json.dumps(record).encode()),
        (b'name="audio"; filename="a.wav"', b"audio/wav", audio),
    )
    body = b"".join(
        b"--%s\r\nContent-Disposition: form-data; %s\r\nContent-Type: %s\r\n\r\n%s\r\n"
        % (BOUNDARY.encode(), name, kind, content)
        for name, kind, content in parts
    )
    return f"multipart/form-data; boundary={BOUNDARY}", body + f"--{BOUNDARY}--\r\n".encode()
