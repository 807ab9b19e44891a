"""Malformed recordings that a child process reads: a Signal or a named refusal, never anything else."""

from __future__ import annotations

import resource

import numpy as np
import pytest

from prankfilter.audio.decode import decode
from prankfilter.audio.recording import Limits
from prankfilter.audio.telephone import to_line
from prankfilter.audio.tracks import Tracks
from prankfilter.errors import BadAudio, DecoderFailed
from tests.malformed import malformed_compressed
from tests.sounds import ears

pytestmark = pytest.mark.long

PATIENT = Limits(decoder_s=30.0)
"""On a busy machine a slow decoder is no fault."""

RECORDINGS = [pytest.param(data, id=name) for name, data in malformed_compressed()]


@pytest.mark.parametrize("data", RECORDINGS)
def test_is_a_signal_or_a_refusal(data: bytes) -> None:
    try:
        signal = decode(data, PATIENT)
    except DecoderFailed as failure:
        pytest.fail(f"the decoder itself failed: {failure}")
    except BadAudio as refusal:
        assert str(refusal).isprintable()
        return
    assert signal.samples.size > 0
    assert np.abs(signal.samples).max() <= 1.0
    Tracks(ears()).feed(to_line(signal))


def test_a_bomb_fills_no_memory() -> None:
    """200 kB that unpack to 1.8 GB: neither this process nor the child grows beyond its share."""
    bombs = [data for name, data in malformed_compressed() if "1.8 GB" in name]
    assert len(bombs) == 3
    assert all(len(bomb) < 237_000 for bomb in bombs)
    frugal = Limits(decoder_s=30.0, decoder_bytes=200_000_000)
    before_kb = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    for bomb in bombs:
        try:
            assert decode(bomb, frugal).samples.nbytes <= 30 * 48_000 * 4
        except BadAudio as refusal:
            assert not isinstance(refusal, DecoderFailed)
    assert resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before_kb < 100_000
