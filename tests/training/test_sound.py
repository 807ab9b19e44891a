"""Sound of real calls comes from their recordings, through the front end that serves, each heard once."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from prankfilter_training.fitting.fit import prepare
from prankfilter_training.log.table import Log
from prankfilter_training.sound import extract as extraction
from prankfilter_training.sound.cache import SoundCache
from prankfilter_training.sound.choice import LogSound, sound_of_log
from prankfilter_training.sound.extract import Extraction, processes
from prankfilter_training.sound.recordings import recording_faults
from prankfilter_training.sound.source import SOUND_COLUMNS, CallSound, listen

from prankfilter.audio.tracks import Tracks
from prankfilter.bundle.ears import Ears
from prankfilter.errors import BadInput
from prankfilter.vocabulary import AudioCapture, Label
from tests import sounds
from tests.flac import flac
from tests.training.logs import log_of, logged, record_calls, same_sound

DEAD_RATIO = [feature.name for feature in SOUND_COLUMNS].index("dead_ratio")
EARS = sounds.ears(child_log_odds=-1.0)


def heard(log: Log, folder: Path, *, ears: Ears = EARS, workers: int = 1) -> LogSound:
    how = Extraction(cache=folder / "cache", workers=lambda: processes(workers))
    return sound_of_log(log, folder=folder, audio_root=folder, ears=ears, how=how)


@pytest.fixture
def listened(monkeypatch: pytest.MonkeyPatch) -> list[bytes]:
    """Recordings that were decoded, in turn."""
    decoded: list[bytes] = []
    hear = extraction.hear

    def counted(recording: bytes, *rest: object) -> CallSound:
        decoded.append(recording)
        return hear(recording, *rest)  # type: ignore[arg-type]

    monkeypatch.setattr(extraction, "hear", counted)
    return decoded


def test_a_recording_is_heard_as_the_service_hears_it(tmp_path: Path) -> None:
    call = logged(audio_path="call.wav")
    (tmp_path / "call.wav").write_bytes(sounds.wav(sounds.voice(4.2)))
    tracks = Tracks(EARS)
    levels = (np.clip(sounds.voice(4.2), -1, 1) * 32767).astype(np.int16)
    tracks.feed((levels / np.float32(32768)).astype(np.float32))
    ours, expected = heard(log_of([call]), tmp_path).of(call), listen(tracks, EARS)
    assert ours is not None
    assert len(ours.values) == 2
    assert same_sound(ours, expected)


def test_too_little_sound_is_none(tmp_path: Path) -> None:
    (tmp_path / "short.wav").write_bytes(sounds.wav(sounds.voice(0.9)))
    calls = [logged(audio_path="short.wav"), logged(minutes=1)]
    found = heard(log_of(calls), tmp_path)
    assert [found.of(call) for call in calls] == [None, None]
    assert (found.counts.recordings, found.counts.none) == (1, 1)


def test_compressed_recordings_are_heard_too(tmp_path: Path) -> None:
    (tmp_path / "call.flac").write_bytes(flac(100_000, rate_hz=8000))
    call = logged(audio_path="call.flac")
    found = heard(log_of([call]), tmp_path).of(call)
    assert found is not None
    assert found.values[:, DEAD_RATIO].tolist() == [1.0] * 4


def test_all_recordings_that_cannot_be_used_are_named_at_once(tmp_path: Path, listened: list[bytes]) -> None:
    """And what can be used is kept, so that mending two files of thousands costs two files."""
    good = record_calls(tmp_path, 3)
    (tmp_path / "bad.wav").write_bytes(b"no sound at all")
    (tmp_path / "folder.wav").mkdir()
    with (tmp_path / "huge.wav").open("wb") as huge:
        huge.truncate(10**9)
    os.mkfifo(tmp_path / "pipe.wav")
    named = ("bad.wav", "folder.wav", "gone.wav", "huge.wav", "pipe.wav", "../outside.wav", "/etc/hostname")
    bad = [logged(minutes=60 + place, audio_path=name, row=17 + place) for place, name in enumerate(named)]
    log = log_of([*good, *bad])
    with pytest.raises(BadInput) as refusal:
        heard(log, tmp_path)
    lines = str(refusal.value).splitlines()
    assert lines[0] == "recordings of 7 calls cannot be used:"
    assert [line.split(" (")[0].strip() for line in lines[1:]] == [
        f'row {17 + place}: audio_path "{name}": cannot be used' for place, name in enumerate(named)
    ]
    assert "there is no such file" in lines[3]
    assert all("it lies outside the folder of recordings" in line for line in lines[6:])
    assert all(line.endswith("; mend the file, or leave the value empty") for line in lines[1:])
    assert len(listened) == 4
    heard(log_of(good), tmp_path)
    assert len(listened) == 4


def test_recordings_that_are_not_there_are_told_without_reading_any(tmp_path: Path) -> None:
    (tmp_path / "bad.wav").write_bytes(b"no sound at all")
    log = log_of([logged(audio_path="bad.wav", row=2), logged(minutes=1, audio_path="gone.wav", row=3)])
    assert [fault.row for fault in recording_faults(log, tmp_path)] == [3]


def test_equal_sound_is_heard_once(tmp_path: Path, listened: list[bytes]) -> None:
    content = sounds.wav(sounds.voice(1.5))
    for name in ("a.wav", "b.wav"):
        (tmp_path / name).write_bytes(content)
    (tmp_path / "c.wav").write_bytes(sounds.wav(sounds.voice(1.6)))
    calls = [logged(minutes=place, audio_path=name) for place, name in enumerate(["a.wav", "b.wav", "c.wav"])]
    calls += [logged(minutes=3, audio_path="a.wav"), logged(minutes=4)]
    found = heard(log_of(calls), tmp_path)
    assert len(listened) == 2
    assert same_sound(found.of(calls[0]), found.of(calls[1]))


@pytest.mark.parametrize(
    ("capture", "looks"),
    [(AudioCapture.CALLER_BEFORE_ANSWER, [0, 1, 2]), (AudioCapture.MIXED, [0]), (None, [0])],
)
def test_only_the_callers_own_sound_from_before_the_answer_teaches(
    tmp_path: Path, capture: AudioCapture | None, looks: list[int]
) -> None:
    (tmp_path / "call.wav").write_bytes(sounds.wav(sounds.voice(4.2)))
    call = logged(Label.GENUINE, audio_path="call.wav", record={"audio_capture": capture})
    log = log_of([call])
    assert prepare(log, heard(log, tmp_path), (0.5, 0.6)).rows.look.tolist() == looks


class TestCache:
    def test_what_was_heard_is_not_listened_to_again(self, tmp_path: Path, listened: list[bytes]) -> None:
        calls = record_calls(tmp_path, 3)
        first = heard(log_of(calls), tmp_path)
        again = heard(log_of(calls), tmp_path)
        assert len(listened) == 3
        assert all(same_sound(first.of(call), again.of(call)) for call in calls)

    def test_it_goes_by_content_not_by_name(self, tmp_path: Path, listened: list[bytes]) -> None:
        calls = record_calls(tmp_path, 1)
        heard(log_of(calls), tmp_path)
        name = tmp_path / str(calls[0].audio_path)
        name.rename(tmp_path / "moved.wav")
        heard(log_of([logged(audio_path="moved.wav")]), tmp_path)
        assert len(listened) == 1
        name.write_bytes(sounds.wav(sounds.voice(2.0, pitch_hz=220)))
        heard(log_of(calls), tmp_path)
        assert len(listened) == 2

    def test_other_ears_hear_anew(self, tmp_path: Path, listened: list[bytes]) -> None:
        calls = record_calls(tmp_path, 1)
        for ears in (EARS, sounds.ears(child_log_odds=1.0), EARS.without_child()):
            heard(log_of(calls), tmp_path, ears=ears)
        assert len(listened) == 3

    @pytest.mark.parametrize("damage", ["cut off", "one bit", "empty", "another recording's"])
    def test_a_broken_entry_is_not_believed(self, tmp_path: Path, listened: list[bytes], damage: str) -> None:
        calls = record_calls(tmp_path, 2)
        first = heard(log_of(calls), tmp_path)
        one, other = sorted((tmp_path / "cache").rglob("*.sound"))
        content = bytearray(one.read_bytes())
        if damage == "one bit":
            content[len(content) // 2] ^= 1
        elif damage == "another recording's":
            content = bytearray(other.read_bytes())
        else:
            del content[len(content) // 2 if damage == "cut off" else 0 :]
        one.write_bytes(content)
        again = heard(log_of(calls), tmp_path)
        assert len(listened) == 3
        assert all(same_sound(first.of(call), again.of(call)) for call in calls)
        heard(log_of(calls), tmp_path)
        assert len(listened) == 3

    def test_an_entry_that_is_no_whole_number_of_looks_is_not_believed(self, tmp_path: Path) -> None:
        cache = SoundCache.open(tmp_path, EARS)
        cache.write("ab", CallSound(np.zeros((5, 27)), np.zeros(5, bool)))
        assert cache.read("ab") is None

    @pytest.mark.parametrize("head", ["child", "sounds", "speech"])
    def test_ears_with_another_head_have_entries_of_their_own(self, tmp_path: Path, head: str) -> None:
        other = replace(EARS, **{head: {"bias": np.zeros(1)}})
        assert SoundCache.open(tmp_path, other).folder != SoundCache.open(tmp_path, EARS).folder

    def test_a_folder_that_cannot_be_written_is_named(self, tmp_path: Path) -> None:
        (tmp_path / "file").write_text("")
        with pytest.raises(
            BadInput, match=r"the cache cannot be written .*; give another folder with --cache"
        ):
            SoundCache.open(tmp_path / "file" / "cache", EARS)


def test_the_number_of_workers_changes_nothing(tmp_path: Path) -> None:
    """Neither what is heard nor what is named; and a damaged recording costs the others nothing."""
    calls = record_calls(tmp_path, 20)
    alone = heard(log_of(calls), tmp_path)
    (tmp_path / "bad.wav").write_bytes(b"RIFF")
    two = Extraction(cache=tmp_path / "other", workers=lambda: processes(2))
    damaged = log_of([*calls, logged(minutes=60, audio_path="bad.wav", row=99)])
    with pytest.raises(
        BadInput, match=r"recordings of 1 calls cannot be used:\n  row 99: audio_path \"bad.wav\": cannot"
    ):
        sound_of_log(damaged, folder=None, audio_root=tmp_path, ears=EARS, how=two)
    assert len(list((tmp_path / "other").rglob("*.sound"))) == 20
    together = sound_of_log(log_of(calls), folder=None, audio_root=tmp_path, ears=EARS, how=two)
    assert all(same_sound(alone.of(call), together.of(call)) for call in calls)


def test_a_context_of_workers_is_left_whatever_happens(tmp_path: Path) -> None:
    left: list[bool] = []

    @contextmanager
    def watched() -> Iterator[None]:
        try:
            with processes(1):
                yield
        finally:
            left.append(True)

    log = log_of([logged(audio_path="gone.wav")])
    with pytest.raises(BadInput):
        sound_of_log(
            log, folder=None, audio_root=tmp_path, ears=EARS, how=Extraction(tmp_path / "c", watched)
        )
    assert left == [True]
