"""Malformed recordings that are read in this process: a Signal or a named refusal, never anything else."""

from __future__ import annotations

import numpy as np
import pytest

from prankfilter.audio.decode import decode
from prankfilter.audio.recording import Limits, Signal
from prankfilter.audio.telephone import to_line
from prankfilter.audio.tracks import Tracks
from prankfilter.errors import BadAudio
from tests.malformed import malformed_compressed, malformed_recordings, malformed_waves
from tests.sounds import ears


def outcome(data: bytes) -> Signal | BadAudio:
    """What decoding ends as; anything but a refusal of sound goes through."""
    try:
        return decode(data, Limits())
    except BadAudio as refusal:
        return refusal


@pytest.mark.parametrize("data", [pytest.param(data, id=name) for name, data in malformed_waves()])
def test_is_a_signal_or_a_refusal_that_says_why(data: bytes) -> None:
    result = outcome(data)
    if isinstance(result, BadAudio):
        assert len(str(result)) > 20
        assert str(result).isprintable()
        return
    assert result.samples.dtype == np.float32
    assert result.samples.size > 0
    assert np.abs(result.samples).max() <= 1.0
    Tracks(ears()).feed(to_line(result))


def test_are_many_and_differ() -> None:
    names = [name for name, _ in malformed_recordings()]
    assert len(names) == len(set(names)) >= 200
    assert len(malformed_compressed()) >= 80


def test_most_are_refused() -> None:
    """The list would prove nothing if it were readable."""
    refused = [name for name, data in malformed_waves() if isinstance(outcome(data), BadAudio)]
    assert len(refused) >= 0.8 * len(malformed_waves())
