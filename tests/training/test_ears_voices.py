"""What is heard of a speaker before voices are embedded. Skipped without the extra ``ears``."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import soundfile

pytest.importorskip("torch", reason="needs torch, the extra `ears`")
pytest.importorskip("resemblyzer", reason="needs resemblyzer, the extra `ears`")

from prankfilter_training.ears import voices
from prankfilter_training.ears.speakers import Speaker

from tests import sounds

WIDE_HZ = 16000


@pytest.fixture
def speaker(tmp_path: Path) -> Speaker:
    """A second of voice after a second of silence, twice, once much quieter."""
    spoken = np.concatenate([np.zeros(WIDE_HZ), np.repeat(sounds.voice(1.0, pitch_hz=220.0), 2)])
    paths = []
    for number, gain in enumerate((0.5, 0.05)):
        paths.append(tmp_path / f"{number}.wav")
        soundfile.write(paths[-1], gain * spoken, WIDE_HZ, subtype="FLOAT")
    return Speaker("s1", 8, "f", tuple(paths))


def test_pauses_are_cut_and_recordings_brought_to_one_level(speaker: Speaker) -> None:
    heard = voices.clean(speaker)
    assert 1.6 * WIDE_HZ < len(heard) < 2.4 * WIDE_HZ
    halves = np.split(heard[: len(heard) // 2 * 2], 2)
    np.testing.assert_allclose([np.sqrt(np.mean(half**2)) for half in halves], 0.05, rtol=0.05)


def test_what_is_embedded_is_not_embedded_again(
    speaker: Speaker, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    first = voices.embeddings([speaker], tmp_path)
    assert first.shape == (1, 256)
    assert np.linalg.norm(first[0]) == pytest.approx(1.0, abs=1e-5)
    monkeypatch.setattr(voices, "VoiceEncoder", None)
    np.testing.assert_array_equal(voices.embeddings([speaker], tmp_path), first)
