"""The head that tells speech: what it looks at, when, and what a look makes of its answers."""

from __future__ import annotations

import itertools
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

from prankfilter.audio.heard import Heard
from prankfilter.audio.speech import SHORTEST_FRAMES, speech_where
from prankfilter.audio.speech_head import OFFSETS, Surroundings
from prankfilter.audio.tracks import Tracks
from prankfilter.bundle.ears import KIND, Ears, ears_arrays, load_ears
from prankfilter.bundle.speech_arrays import VECTOR_LENGTH, speech_fault
from prankfilter.bundle.trust import Trust
from prankfilter.bundle.writing import Draft, write_folder
from prankfilter.errors import ArtefactCorrupt
from tests.builders import NOW as TODAY
from tests.sounds import RATE_HZ, ears, line_noise, silence, tone, voice

HEIGHT = VECTOR_LENGTH - 3
"""Where the vector holds the level above the quiet, in tens of dB."""

NOW = int(np.flatnonzero(OFFSETS == 0)[0])


def head() -> dict[str, NDArray[np.float64]]:
    """A head that weighs the height above the quiet: above 6 dB somebody speaks."""
    hidden = np.zeros((VECTOR_LENGTH, 2))
    hidden[HEIGHT, 0] = 1.0
    return {
        "hidden_weights": hidden,
        "hidden_bias": np.zeros(2),
        "weights": np.ones(2),
        "bias": np.array([-0.6]),
    }


def with_head() -> Ears:
    return replace(ears(), speech=head())


def tracks_of(sound: NDArray[np.float32], sizes: tuple[int, ...] = ()) -> Tracks:
    tracks, start = Tracks(with_head()), 0
    for size in itertools.cycle(sizes or (len(sound),)):
        tracks.feed(sound[start : start + size])
        start += size
        if start >= len(sound):
            break
    return tracks


def heard(sound: NDArray[np.float32]) -> Heard:
    tracks = tracks_of(sound)
    return tracks.at(int(tracks.seconds))


def vectors(sound: NDArray[np.float32]) -> NDArray[np.float32]:
    tracks, surroundings = tracks_of(sound), Surroundings()
    return np.concatenate(
        [
            surroundings.feed(step.spectra.log_mel, step.spectra.level_db, step.pitch_hz)
            for step in tracks.steps
        ]
    )


def call() -> NDArray[np.float32]:
    """Five seconds: a quiet line, two phrases, and a pause."""
    return np.concatenate(
        [line_noise(0.8), voice(1.3), line_noise(0.9), voice(1.2, pitch_hz=260), line_noise(0.8)]
    )


class TestVectors:
    def test_there_is_one_for_each_20_ms_in_which_pitch_is_complete(self) -> None:
        assert vectors(call()).shape == (1 + (5 * RATE_HZ - 376) // 160, VECTOR_LENGTH)

    @pytest.mark.parametrize("power", [-3, -1])
    def test_gain_changes_nothing(self, power: int) -> None:
        soft = (call() * np.float32(2.0**power)).astype(np.float32)
        np.testing.assert_allclose(vectors(soft), vectors(call()), atol=1e-3)

    @given(st.integers(1, 4), st.integers(0, RATE_HZ - 1))
    @settings(max_examples=10, deadline=None)
    def test_later_sound_changes_no_second(self, seconds: int, more: int) -> None:
        cut = vectors(call()[: seconds * RATE_HZ + more])
        np.testing.assert_array_equal(cut, vectors(call())[: len(cut)])

    def test_the_second_before_is_looked_back_to(self) -> None:
        """What lies 20 ms before the first place of a second is the last place of the second before."""
        found, first = vectors(call()), 48
        bands = found[:, : 20 * len(OFFSETS)].reshape(len(found), len(OFFSETS), 20)
        above_quiet = bands + found[:, -1, None, None]
        np.testing.assert_allclose(above_quiet[first, NOW - 1], above_quiet[first - 1, NOW], atol=1e-3)

    def test_voicing_is_that_of_the_pitch(self) -> None:
        found = vectors(call())
        voiced = found[:, 20 * len(OFFSETS) + NOW]
        assert voiced[:35].sum() == 0
        assert voiced[45:100].mean() > 0.8
        assert set(np.unique(voiced)) == {0.0, 1.0}

    def test_a_dead_line_has_vectors_too(self) -> None:
        assert np.isfinite(vectors(silence(2.0))).all()


class TestTrack:
    @given(st.lists(st.integers(1, 20_000), min_size=1, max_size=6))
    @settings(max_examples=10, deadline=None)
    def test_does_not_depend_on_chunks(self, sizes: list[int]) -> None:
        whole, streamed = tracks_of(call()), tracks_of(call(), tuple(sizes))
        for seconds in range(6):
            np.testing.assert_array_equal(streamed.at(seconds).speech, whole.at(seconds).speech)

    @pytest.mark.parametrize("seconds", [1, 2, 4])
    def test_equals_the_recording_cut_there(self, seconds: int) -> None:
        cut = tracks_of(call()[: seconds * RATE_HZ])
        np.testing.assert_array_equal(cut.at(seconds).speech, tracks_of(call()).at(seconds).speech)

    def test_speech_is_where_the_head_hears_it(self) -> None:
        found = heard(call())
        expected = np.zeros(len(found.speech), np.bool_)
        expected[80:210] = expected[300:420] = True
        assert (found.speech == expected).mean() > 0.93
        assert not found.silent[found.speech].any()

    def test_a_whisper_is_no_silence(self) -> None:
        """Speech needs no pitch: noise in syllables, as a whisper is."""
        t = np.arange(3 * RATE_HZ) / RATE_HZ
        breath = np.random.default_rng(3).standard_normal(len(t))
        whisper = (0.02 * breath * np.sin(np.pi * 3 * t) ** 2).astype(np.float32) + line_noise(3.0)
        found = heard(np.concatenate([line_noise(1.0), whisper]))
        assert np.isnan(found.pitch_hz).mean() > 0.9
        assert found.speech_s > 1.5
        assert found.silent.mean() < 0.5

    def test_without_a_head_the_rule_answers(self) -> None:
        tracks = Tracks(ears())
        tracks.feed(call())
        assert tracks.steps[0].speech is None
        assert tracks.at(5).speech_s == pytest.approx(2.5, abs=0.4)

    def test_tones_are_never_speech(self) -> None:
        beeps = np.concatenate([line_noise(0.6), tone(425, 0.8)] * 2 + [line_noise(0.2)])
        assert not heard(beeps).speech[70:130].any()


class TestSpeechWhere:
    LEVEL = np.full(197, -30.0, np.float32)
    NONE = np.zeros(197, np.bool_)

    def said(self, *spans: tuple[int, int]) -> NDArray[np.bool_]:
        log_odds = np.full(98, -1.0, np.float32)
        for start, end in spans:
            log_odds[start:end] = 1.0
        return speech_where(log_odds, self.LEVEL, self.NONE)

    def test_stands_for_two_frames_each_and_for_the_last(self) -> None:
        assert np.flatnonzero(self.said((10, 30))).tolist() == list(range(20, 60))
        assert self.said((60, 98))[-1]

    def test_short_stops_belong_to_the_phrase_and_pauses_do_not(self) -> None:
        assert self.said((10, 20), (29, 40))[20:80].all()
        assert not self.said((10, 20), (30, 40))[40:60].any()

    def test_what_is_shorter_than_a_syllable_is_none(self) -> None:
        assert not self.said((10, 10 + SHORTEST_FRAMES // 2 - 1)).any()
        assert self.said((10, 10 + SHORTEST_FRAMES // 2)).any()

    def test_what_nobody_could_understand_is_none(self) -> None:
        faint = speech_where(np.ones(98, np.float32), self.LEVEL - 31, self.NONE)
        assert not faint.any()


class TestArrays:
    def test_a_head_and_none_are_no_fault(self) -> None:
        assert speech_fault(head()) is None
        assert speech_fault({}) is None

    @pytest.mark.parametrize(
        ("says", "over"),
        [
            ("must be", {"threshold": np.zeros(1)}),
            ("hidden_weights", {"hidden_weights": np.zeros((VECTOR_LENGTH + 1, 2))}),
            ("hidden_weights", {"hidden_weights": np.full((VECTOR_LENGTH, 2), np.nan)}),
            ("speech.weights", {"weights": np.zeros(3)}),
            ("speech.bias", {"bias": np.zeros(1, np.float32)}),
        ],
    )
    def test_what_is_no_head_is_named(self, says: str, over: dict[str, NDArray[np.float64]]) -> None:
        fault = speech_fault({**head(), **over})
        assert fault is not None
        assert says in fault

    def test_a_missing_array_is_named(self) -> None:
        arrays = head()
        del arrays["bias"]
        assert "must be" in str(speech_fault(arrays))

    def test_travel_in_the_ears_and_are_looked_at_on_arrival(self, tmp_path: Path) -> None:
        def loaded(arrays: dict[str, NDArray[np.float64]]) -> Ears:
            drawn = ears_arrays(replace(ears(), child=None, sounds=None, speech=arrays))
            folder = write_folder(
                tmp_path, Draft(kind=KIND, arrays=drawn, created_at=TODAY), sign=lambda content: b"signed"
            )
            return load_ears(folder, Trust(signed=lambda message, signature: signature == b"signed"))

        found = loaded(head()).speech
        assert found is not None
        np.testing.assert_array_equal(found["hidden_weights"], head()["hidden_weights"])
        with pytest.raises(ArtefactCorrupt, match=r"speech\.weights"):
            loaded({**head(), "weights": np.zeros(3)})
