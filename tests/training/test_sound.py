"""Sound of real calls comes from their recordings, through the front end that serves."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from prankfilter_training.fitting.fit import prepare
from prankfilter_training.fitting.training import sound_source
from prankfilter_training.log.table import Log, table_of
from prankfilter_training.sound.source import FileSound, NoSound, listen

from prankfilter.audio.decode import Limits
from prankfilter.audio.tracks import Tracks
from prankfilter.errors import BadInput
from prankfilter.vocabulary import AudioCapture, Label
from tests import sounds
from tests.builders import ZONE
from tests.training.logs import logged
from tests.waves import pcm, wav

EARS = sounds.ears(child_log_odds=-1.0)


def recorded(folder: Path, seconds: float = 4.2) -> FileSound:
    (folder / "call.wav").write_bytes(wav(pcm(sounds.voice(seconds))))
    return FileSound(folder, EARS, Limits())


def test_a_recording_is_heard_as_the_service_hears_it(tmp_path: Path) -> None:
    heard = recorded(tmp_path).of(logged(audio_path="call.wav"))
    tracks = Tracks(EARS)
    samples = np.round(sounds.voice(4.2) * 32767).astype(np.int16) / np.float32(32768)
    tracks.feed(samples.astype(np.float32))
    expected = listen(tracks, EARS)
    assert heard is not None
    assert expected is not None
    assert heard.values.shape[0] == 2
    np.testing.assert_allclose(heard.values, expected.values, atol=1e-5)


def test_too_little_sound_is_none(tmp_path: Path) -> None:
    assert recorded(tmp_path, seconds=0.9).of(logged(audio_path="call.wav")) is None
    assert recorded(tmp_path).of(logged()) is None


@pytest.mark.parametrize("content", [None, b"no sound at all"])
def test_a_recording_that_cannot_be_used_is_named_with_its_row(tmp_path: Path, content: bytes | None) -> None:
    if content is not None:
        (tmp_path / "bad.wav").write_bytes(content)
    with pytest.raises(BadInput, match=r"row 17: audio_path: bad.wav cannot be used .*; mend the file"):
        FileSound(tmp_path, EARS, Limits()).of(logged(audio_path="bad.wav", row=17))


@pytest.mark.parametrize(
    ("capture", "looks"),
    [(AudioCapture.CALLER_BEFORE_ANSWER, [0, 1, 2]), (AudioCapture.MIXED, [0]), (None, [0])],
)
def test_only_the_callers_own_sound_from_before_the_answer_teaches(
    tmp_path: Path, capture: AudioCapture | None, looks: list[int]
) -> None:
    recorded(tmp_path)
    call = logged(Label.GENUINE, audio_path="call.wav", record={"audio_capture": capture})
    log = Log(table_of([call]), ZONE, simulated=False, faults=(), digest="d")
    source = sound_source(log, audio_root=tmp_path, ears=EARS)
    assert prepare(log, source, (0.5, 0.6)).rows.look.tolist() == looks


def test_a_log_without_recordings_needs_no_sound(tmp_path: Path) -> None:
    log = Log(table_of([logged()]), ZONE, simulated=False, faults=(), digest="d")
    assert isinstance(sound_source(log, audio_root=tmp_path, ears=EARS), NoSound)
