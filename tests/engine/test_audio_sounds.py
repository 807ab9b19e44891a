"""Other sounds: gain does not matter, a stream equals the file, and what the ears cannot tell is unknown."""

from __future__ import annotations

import dataclasses

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.typing import NDArray

from prankfilter.audio.heard import Heard
from prankfilter.audio.sounds import SoundHead, heads_of, over_frames, second_vector
from prankfilter.audio.tracks import Tracks
from prankfilter.bundle.ears import Ears
from prankfilter.bundle.sound_arrays import KINDS, VALUES, sounds_fault
from tests.sounds import ears, hearing_sounds, line_noise, silence, tone, voice


def heard(sound: NDArray[np.float32], hearing: Ears) -> Heard:
    tracks = Tracks(hearing)
    tracks.feed(sound)
    return tracks.at(tracks.seconds)


def steps(sound: NDArray[np.float32]) -> list[NDArray[np.float64]]:
    tracks = Tracks(ears())
    tracks.feed(sound)
    return [second_vector(step.spectra.log_mel, step.pitch_hz) for step in tracks.steps]


@pytest.mark.parametrize("gain", [0.1, 4.0])
def test_gain_does_not_matter(gain: float) -> None:
    sound = voice(2.0, pitch_hz=350)
    for quiet, loud in zip(steps(sound), steps((gain * sound).astype(np.float32)), strict=True):
        np.testing.assert_allclose(quiet, loud, atol=0.02)


def test_the_vector_is_finite_but_for_the_pitch_of_what_has_none() -> None:
    for vector in (*steps(voice(1.0)), *steps(line_noise(1.0)), *steps(silence(1.0))):
        assert vector.shape == (VALUES,)
        assert np.isnan(vector).sum() in (0, 8)
    assert not np.isnan(steps(voice(2.0))[1]).any()


def test_the_share_of_high_pitch_tells_a_baby_from_a_man() -> None:
    """The last but four and five values: share of places above 400 and 300 Hz."""
    high, low = steps(voice(2.0, pitch_hz=430))[1], steps(voice(2.0, pitch_hz=110))[1]
    assert high[-6:-4].min() > 0.5
    assert low[-6:-4].max() == 0.0


@pytest.mark.parametrize("kind", KINDS)
def test_a_head_that_hears_it_everywhere_sets_all_frames_and_no_other_kind(kind: str) -> None:
    look = heard(voice(3.0), hearing_sounds(kind))
    assert getattr(look, kind).all()
    (other,) = set(KINDS) - {kind}
    assert getattr(look, other) is None


def test_ears_without_heads_cannot_tell() -> None:
    look = heard(voice(1.0), ears())
    assert (look.baby_cry, look.music) == (None, None)


def test_a_dead_line_holds_nothing_whatever_the_head_says() -> None:
    assert not heard(silence(2.0), hearing_sounds("music")).music.any()  # type: ignore[union-attr]


def test_a_second_is_held_for_its_own_frames() -> None:
    """The first second completes 97 frames, each later one 100."""
    sound = np.concatenate([silence(2.0), tone(1000, 2.0)])
    found = heard(sound, hearing_sounds("music")).music
    assert found is not None
    assert np.flatnonzero(found).tolist() == list(range(197, 397))


@given(
    seconds=st.lists(st.floats(-5, 5) | st.just(-np.inf), min_size=1, max_size=12),
    more=st.lists(st.floats(-5, 5) | st.just(-np.inf), max_size=12),
)
def test_a_later_second_changes_no_earlier_judgement(seconds: list[float], more: list[float]) -> None:
    early = over_frames(np.array(seconds), 100 * len(seconds) - 3)
    late = over_frames(np.array(seconds + more), 100 * len(seconds + more) - 3)
    np.testing.assert_array_equal(early, late[: len(early)])


def test_a_stream_equals_the_file() -> None:
    sound = np.concatenate([voice(1.5, pitch_hz=300), tone(700, 1.0), voice(2.5)])
    hearing = hearing_sounds("baby_cry", of_vector=True)
    whole = heard(sound, hearing)
    tracks = Tracks(hearing)
    for chunk in np.array_split(sound, 37):
        tracks.feed(chunk)
    assert whole.baby_cry is not None
    assert 0 < whole.baby_cry.sum() < len(whole.baby_cry)
    np.testing.assert_array_equal(tracks.at(5).baby_cry, whole.baby_cry)
    np.testing.assert_array_equal(tracks.at(3).baby_cry, whole.baby_cry[:297])


def test_the_net_is_that_of_the_formula() -> None:
    rng = np.random.default_rng(3)
    arrays = {name: rng.standard_normal(shape) for name, shape in
              (("mean", VALUES), ("hidden_weights", (VALUES, 4)), ("hidden_bias", 4), ("weights", 4),
               ("bias", 1), ("threshold", 1))}  # fmt: skip
    head = SoundHead(**arrays, scale=np.full(VALUES, 2.0))
    vector = np.where(np.arange(VALUES) == 7, np.nan, 1.0)
    inner = [0.0 if np.isnan(v) else (v - m) / 2.0 for v, m in zip(vector, arrays["mean"], strict=True)]
    hidden = [
        max(0.0, sum(x * w for x, w in zip(inner, column, strict=True)) + b)
        for column, b in zip(arrays["hidden_weights"].T, arrays["hidden_bias"], strict=True)
    ]
    expected = sum(h * w for h, w in zip(hidden, arrays["weights"], strict=True)) + arrays["bias"][0]
    assert head.log_odds(vector) == pytest.approx(expected)
    assert head.log_odds(np.stack([vector, vector])).shape == (2,)


class TestFaults:
    def test_heads_as_they_should_be(self) -> None:
        hearing = hearing_sounds("music")
        assert sounds_fault(hearing.sounds or {}) is None
        assert list(heads_of(hearing)) == ["music"]

    @pytest.mark.parametrize(
        ("name", "array", "complaint"),
        [
            ("music.mean", None, "music.mean is missing"),
            ("laughter.mean", np.zeros(1), "belongs to no head"),
            ("music.bias", np.zeros(2), "expected"),
            ("music.bias", np.zeros(1, np.float32), "not all finite float64"),
            ("music.threshold", np.array([np.nan]), "not all finite float64"),
            ("music.hidden_weights", np.zeros((VALUES, 200)), "expected"),
            ("music.scale", np.zeros(VALUES), "not all positive"),
            ("music.hidden_bias", np.zeros(()), "expected"),
        ],
    )
    def test_are_named(self, name: str, array: NDArray[np.float64] | None, complaint: str) -> None:
        arrays = dict(hearing_sounds("music").sounds or {})
        arrays.pop(name, None)
        if array is not None:
            arrays[name] = array
        assert complaint in str(sounds_fault(arrays))


def test_switching_the_child_voice_off_leaves_other_sounds() -> None:
    hearing = dataclasses.replace(hearing_sounds("music"), child={"bias": np.zeros(1)})
    assert hearing.without_child().sounds is hearing.sounds
