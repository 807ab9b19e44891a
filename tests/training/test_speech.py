"""Labelled mixtures keep their folds apart and their labels true; a head learns from them and serves."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import soundfile
from prankfilter_training.bank import mixed, mixtures, speech
from prankfilter_training.bank.backgrounds import DEAD, FOLDS, ROOM, Background, room, sound_of
from prankfilter_training.bank.labels import spoken_frames
from prankfilter_training.bank.mixed import MixtureSet
from prankfilter_training.bank.recordings import Recording
from prankfilter_training.bank.whisper import whispered
from prankfilter_training.simulation.voices import Group

from prankfilter.audio.tracks import Tracks
from prankfilter.bundle.speech_arrays import speech_fault
from tests.sounds import RATE_HZ, ears, line_noise, silence, voice


@pytest.fixture(scope="module")
def recordings(tmp_path_factory: pytest.TempPathFactory) -> list[Recording]:
    """Two children and eight adults, three short sentences each."""
    folder = tmp_path_factory.mktemp("voices")
    found = []
    for speaker in range(10):
        for sentence in range(3):
            path = folder / f"{speaker}-{sentence}.wav"
            spoken = voice(1.0 + 0.3 * sentence, pitch_hz=100.0 + 20 * speaker)
            soundfile.write(path, np.concatenate([silence(0.3), spoken, silence(0.3)]), RATE_HZ)
            group = Group.CHILD if speaker < 2 else Group.ADULT
            found.append(Recording(path, f"speaker-{speaker}", group))
    return found


@pytest.fixture(scope="module")
def rain(tmp_path_factory: pytest.TempPathFactory) -> list[Background]:
    """One recording of rain a fold."""
    folder = tmp_path_factory.mktemp("rain")
    for fold in range(FOLDS):
        soundfile.write(folder / f"{fold}.wav", line_noise(5.0, level=0.1, seed=fold), RATE_HZ)
    return [Background("rain", fold, folder / f"{fold}.wav") for fold in range(FOLDS)]


@pytest.fixture(scope="module")
def planned(recordings: list[Recording], rain: list[Background]) -> list[mixtures.Mixture]:
    return mixtures.plan(recordings, rain, 1)


class TestPlan:
    def test_no_speaker_and_no_background_is_in_two_folds(self, planned: list[mixtures.Mixture]) -> None:
        folds: dict[object, set[int]] = {}
        for mixture in planned:
            for name in (mixture.speaker, *mixture.paths, mixture.background and mixture.background.path):
                if name:
                    folds.setdefault(name, set()).add(mixture.fold)
        assert all(len(found) == 1 for found in folds.values())
        assert {fold for found in folds.values() for fold in found} == set(range(FOLDS))

    def test_every_speaker_speaks_whispers_and_is_heard_alone(self, planned: list[mixtures.Mixture]) -> None:
        for number in range(10):
            own = [mixture for mixture in planned if mixture.speaker == f"speaker-{number}"]
            assert len(own) == mixtures.MIXTURES_A_SPEAKER
            assert sum(mixture.whisper for mixture in own) == mixtures.WHISPERS_A_SPEAKER
            assert sum(mixture.background is None for mixture in own) == 1

    def test_nobody_speaks_in_rooms_and_on_dead_lines(self, planned: list[mixtures.Mixture]) -> None:
        quiet = [mixture for mixture in planned if mixture.kind in (DEAD, ROOM)]
        assert len(quiet) == mixtures.ALONE + 10 * mixtures.ROOMS_A_SPEAKER
        assert not any(mixture.speaker for mixture in quiet)


class TestMake:
    def test_is_the_same_every_time_and_labelled(self, planned: list[mixtures.Mixture]) -> None:
        mixture = next(one for one in planned if one.background is None)
        one, again = (mixtures.make(mixture, 1, voice(3.0)) for _ in range(2))
        np.testing.assert_array_equal(one.samples, again.samples)
        assert len(one.samples) == 10 * RATE_HZ
        assert len(one.spoken) == 997
        assert 0.1 < one.spoken.mean() < 1
        level_db = _level_db(one.samples)
        assert level_db[one.spoken].mean() > level_db[~one.spoken].mean() + 15

    def test_a_dead_line_holds_nothing(self, planned: list[mixtures.Mixture]) -> None:
        mixture = next(one for one in planned if one.kind == DEAD)
        made = mixtures.make(mixture, 1, voice(3.0))
        assert not made.spoken.any()
        assert np.ptp(made.samples[80:]) <= 8.5 / 32768

    def test_labels_close_stops_and_drop_clicks(self) -> None:
        sound = np.concatenate([voice(1.0), silence(0.12), voice(1.0), silence(1.0)])
        sound[round(2.7 * RATE_HZ)] = 0.9
        found = spoken_frames(sound)
        assert found[5:205].all()
        assert not found[220:].any()

    def test_short_recordings_are_heard_over_and_over(self, rain: list[Background]) -> None:
        sound = sound_of(rain[0], 12.0, np.random.default_rng(1), voices=voice(1.0))
        assert len(sound) == 12 * RATE_HZ
        np.testing.assert_array_equal(sound[: 5 * RATE_HZ], sound[5 * RATE_HZ : 10 * RATE_HZ])

    def test_a_room_is_what_lies_around_the_words(self, recordings: list[Recording]) -> None:
        assert np.abs(room([recordings[0].path], 2.0)).max() < 0.01


class TestWhisper:
    def test_has_no_pitch_and_the_voice_s_rhythm(self) -> None:
        spoken = np.concatenate([silence(1.0), voice(2.0)])
        breath = whispered(spoken, np.random.default_rng(1))
        tracks = Tracks(ears())
        tracks.feed(breath)
        assert np.isnan(tracks.at(3).pitch_hz).mean() > 0.95
        assert np.abs(breath[: RATE_HZ - 300]).max() == 0
        voiced_db, breath_db = _level_db(spoken)[110:290], _level_db(breath)[110:290]
        assert np.corrcoef(voiced_db, breath_db)[0, 1] > 0.8


class TestFit:
    def test_a_head_learns_and_serves(self) -> None:
        """Voices against rain and quiet: what was fitted finds an unmet voice by the way calls are heard."""
        rows = 30
        sound, spoken = zip(*(_mixture(number) for number in range(rows)), strict=True)
        made = MixtureSet(
            tuple(mixtures.Mixture(str(number), number % FOLDS) for number in range(rows)),
            np.array(sound),
            np.array(spoken),
            ("a_law",) * rows,
        )
        fit = speech.fit_speech_head(made, ears())
        arrays = fit.deployed
        assert speech_fault(arrays) is None
        assert len(fit.by_fold) == len(fit.thresholds) == FOLDS
        tracks = Tracks(replace(ears(), speech=arrays))
        tracks.feed(np.concatenate([line_noise(1.5), voice(2.0, pitch_hz=175), line_noise(1.5)]))
        look = tracks.at(5)
        assert look.speech[160:330].mean() > 0.6
        assert look.speech[:140].mean() < 0.2

    def test_calls_that_begin_within_a_mixture_keep_their_labels(self) -> None:
        sound, labels = _mixture(4)
        samples = (sound / 32768).astype(np.float32)
        found = list(speech.starts(samples, labels, np.random.default_rng(1)))
        assert len(found) == speech.STARTS
        for part, its in found:
            assert len(part) == speech.START_S * RATE_HZ
            first = int(
                np.flatnonzero(
                    (np.lib.stride_tricks.sliding_window_view(samples, 400) == part[:400]).all(axis=1)
                )[0]
            )
            assert first % 80 == 0
            np.testing.assert_array_equal(its, labels[first // 80 :][: len(its)])
            assert len(speech.spoken_places(its)) == len(speech.vectors_of(part, ears()))

    def test_places_of_beginnings_are_learnt_from_too(self) -> None:
        sound, labels = _mixture(0)
        made = MixtureSet((mixtures.Mixture("0", 0),), sound[None], labels[None], ("a_law",))
        found = speech.examples(made, ears())
        whole = len(range(0, 498, speech.PLACES_KEPT))
        begun = speech.STARTS * len(range(0, 48, speech.START_PLACES_KEPT))
        assert len(found.vectors) == len(found.spoken) == len(found.mixture)
        assert len(found.vectors) == pytest.approx(whole + begun, abs=3)
        assert found.begun.sum() == pytest.approx(begun, abs=2)

    def test_the_fold_that_measures_neither_fits_nor_tunes(self) -> None:
        for fold in map(speech.Fold, range(FOLDS)):
            assert sorted([*fold.fitted, fold.tuned, fold.measured]) == list(range(FOLDS))

    def test_the_best_threshold_weighs_misses_and_inventions_alike(self) -> None:
        score = np.array([-2, -1, 0, 1, 2], np.float32)
        assert speech.best_threshold(score, _places(score > 0), [-1.5, 0.5, 1.5]) == 0.5
        assert speech.f1(np.zeros(3, np.bool_), np.zeros(3, np.bool_)) == 0.0

    def test_the_first_second_of_calls_weighs_as_much_as_all_together(self) -> None:
        """Nine places that a high threshold suits, and one of a beginning that a low one suits."""
        score = np.array([-0.5, *np.linspace(0.5, 0.9, 4), *np.linspace(1.1, 2, 5)], np.float32)
        spoken = np.array([True, *[False] * 4, *[True] * 5])
        begun = np.arange(10) == 0
        assert speech.best_threshold(score, _places(spoken), [-1.0, 1.0]) == 1.0
        assert speech.best_threshold(score, _places(spoken, begun), [-1.0, 1.0]) == -1.0


def _places(spoken: np.ndarray, begun: np.ndarray | None = None) -> speech.Examples:
    count = len(spoken)
    return speech.Examples(
        np.zeros((count, 267), np.float32),
        spoken,
        np.zeros(count, np.int64),
        np.zeros(count, np.bool_) if begun is None else begun,
    )


def test_mixtures_are_made_once(
    tmp_path: Path,
    recordings: list[Recording],
    rain: list[Background],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """What the folder keeps is not made again."""
    monkeypatch.setattr(mixtures, "voices", lambda _: recordings)
    monkeypatch.setattr(mixed.backgrounds, "real_backgrounds", lambda *_: rain)
    monkeypatch.setattr(mixtures, "plan", lambda *_: mixtures_of(recordings))
    first = mixed.mix(tmp_path, None, tmp_path / "cache")
    monkeypatch.setattr(mixtures, "make", None)
    again = mixed.mix(tmp_path, None, tmp_path / "cache")
    np.testing.assert_array_equal(first.levels, again.levels)
    np.testing.assert_array_equal(first.spoken, again.spoken)
    assert first.lines == again.lines


def mixtures_of(recordings: list[Recording]) -> list[mixtures.Mixture]:
    """One voice a fold, and nothing behind it."""
    paths = {fold: recordings[3 * fold].path for fold in range(FOLDS)}
    return [
        mixtures.Mixture(f"m/{fold}", fold, speaker=f"s{fold}", paths=(path,)) for fold, path in paths.items()
    ]


def _level_db(samples: np.ndarray) -> np.ndarray:
    frames = np.lib.stride_tricks.sliding_window_view(samples, 256)[::80]
    return 10 * np.log10(np.square(frames).mean(axis=1) + 1e-9)


def _mixture(number: int) -> tuple[np.ndarray, np.ndarray]:
    """Ten seconds: a voice between two stretches of noise of some level."""
    level = (1e-3, 3e-3, 2e-2)[number % 3]
    spoken_s = 3.0 + number % 4
    clean = np.concatenate(
        [silence(2.0), voice(spoken_s, pitch_hz=110.0 + 5 * number), silence(8.0 - spoken_s)]
    )
    sound = clean + line_noise(10.0, level=level, seed=number)
    return (np.clip(sound, -1, 1) * 32767).astype(np.int16), spoken_frames(clean)
