"""A stream is the file, to the last bit: whatever the chunks, the looks taken, the times it is cancelled.

It is told of every field of `Heard` and of every feature of sound, child voice by nets included; and each
second is worked on once.
"""

from __future__ import annotations

import itertools
from collections.abc import Callable
from dataclasses import fields, is_dataclass, replace
from functools import cache
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

from prankfilter.audio import tracks as tracks_module
from prankfilter.audio.child import child_voice_probability
from prankfilter.audio.child_net import ChildNets
from prankfilter.audio.child_track import NetTrack
from prankfilter.audio.heard import Heard
from prankfilter.audio.spectrum import FRAME, HOP, Spectrum
from prankfilter.audio.tracks import Tracks
from prankfilter.bundle.ears import Ears
from prankfilter.bundle.sound_arrays import KINDS
from prankfilter.bundle.speech_arrays import VECTOR_LENGTH
from prankfilter.errors import Cancelled
from prankfilter.features.row import Source
from prankfilter.features.table import FEATURES, extract
from prankfilter.vocabulary import LOOKS_S
from tests.builders import evidence
from tests.nets import net_arrays
from tests.sounds import RATE_HZ, ears, hearing_sounds, keys, line_noise, silence, text_telephone, tone, voice

SECONDS = 11
SOUND_FEATURES = [feature for feature in FEATURES if feature.source is Source.SOUND]


def speech_head(seed: int = 4, width: int = 6) -> dict[str, NDArray[np.float64]]:
    """A head of drawn weights that looks at everything it is given; it knows nothing about speech."""
    random = np.random.default_rng(seed)
    return {
        "hidden_weights": random.standard_normal((VECTOR_LENGTH, width)) / np.sqrt(VECTOR_LENGTH),
        "hidden_bias": random.standard_normal(width),
        "weights": random.standard_normal(width),
        "bias": np.zeros(1),
    }


HEADS = [hearing_sounds(kind, of_vector=True).sounds or {} for kind in KINDS]
RULE = Ears("with-nets", ears().mel_bank, net_arrays(), {**HEADS[0], **HEADS[1]})
EARS = replace(RULE, speech=speech_head())
"""All that ears may have; `RULE` tells speech without a head. Always these objects: nets are laid out once
for each."""

EITHER = pytest.mark.parametrize("ears_in", [EARS, RULE], ids=["with all heads", "speech by rule"])

PACKET = 160
CHUNKS = st.lists(st.just(PACKET) | st.integers(1, 20_000), min_size=1, max_size=8).filter(
    lambda sizes: sum(sizes) >= PACKET * len(sizes)
)
"""Packets, or pieces of any size; on the whole no smaller than packets, as thousands of feeds take time."""


@cache
def call() -> NDArray[np.float32]:
    """Some of everything, so that no track is empty, and a last second that is not complete."""
    parts = (
        silence(0.7),
        voice(1.8),
        tone(425, 0.6),
        keys(1.0),
        np.clip(20 * voice(0.5), -1, 1),
        line_noise(1.5),
        text_telephone(1.0),
        voice(4.2, pitch_hz=280) + tone(50, 4.2),
    )
    return np.concatenate(parts).astype(np.float32)


@cache
def whole(ears_in: Ears = EARS) -> Tracks:
    """The call, heard at once."""
    return streamed(call(), [len(call())], ears_in)


def streamed(samples: NDArray[np.float32], sizes: list[int], ears_in: Ears = EARS) -> Tracks:
    """Feed sound in chunks of the given sizes, over and over."""
    tracks = Tracks(ears_in)
    for chunk in chunks(samples, sizes):
        tracks.feed(chunk)
    return tracks


def chunks(samples: NDArray[np.float32], sizes: list[int]) -> list[NDArray[np.float32]]:
    """Cut sound into chunks of the given sizes, over and over."""
    ends = itertools.takewhile(lambda end: end < len(samples), itertools.accumulate(itertools.cycle(sizes)))
    return np.split(samples, list(ends))


def assert_same(one: Any, other: Any, name: str = "heard") -> None:
    """Equal to the last bit, field by field; a field of a new kind must be named here."""
    if is_dataclass(one):
        assert type(one) is type(other), name
        for field in fields(one):
            assert_same(getattr(one, field.name), getattr(other, field.name), f"{name}.{field.name}")
    elif isinstance(one, np.ndarray):
        assert one.dtype == other.dtype, name
        np.testing.assert_array_equal(one, other, err_msg=name)
    elif isinstance(one, ChildNets):
        # Of the same ears, but laid out anew where other tests' ears came between.
        assert type(one) is type(other), name
    else:
        assert isinstance(one, float | int | str | None), f"{name}: how is a {type(one)} compared?"
        assert one == other or (one != one and other != other), name


def features(heard: Heard) -> NDArray[np.float64]:
    """Every feature of sound."""
    probability = child_voice_probability(heard, EARS)
    return extract(evidence(heard=heard, child_voice_probability=probability), SOUND_FEATURES)


def assert_same_look(one: Heard, other: Heard) -> None:
    assert_same(one, other)
    for feature, here, there in zip(SOUND_FEATURES, features(one), features(other), strict=True):
        assert here == there or (here != here and there != there), feature.name


class TestStreamIsTheFile:
    def test_the_call_has_something_for_every_track(self) -> None:
        heard = whole().at(SECONDS)
        for field in fields(Heard):
            track = getattr(heard, field.name)
            if isinstance(track, np.ndarray):
                assert len(np.unique(track)) > 1, field.name
        assert np.isfinite(features(heard)[1:]).all()

    @given(CHUNKS, st.integers(0, SECONDS), st.integers(0, RATE_HZ - 1))
    @settings(max_examples=25)
    def test_whatever_the_chunks_and_wherever_it_ends(
        self, sizes: list[int], seconds: int, more: int
    ) -> None:
        cut = call()[: seconds * RATE_HZ + more]
        assert_same_look(streamed(cut, sizes).at(seconds), whole().at(seconds))

    @EITHER
    @pytest.mark.parametrize("look_s", LOOKS_S)
    def test_a_look_is_the_recording_of_so_many_seconds(self, ears_in: Ears, look_s: float) -> None:
        cut = call()[: round(look_s * RATE_HZ)]
        assert_same_look(whole(ears_in).at(look_s), streamed(cut, [len(cut)], ears_in).at_look())

    @given(CHUNKS)
    @settings(max_examples=10)
    def test_looks_that_are_taken_as_it_comes_change_nothing(self, sizes: list[int]) -> None:
        tracks = Tracks(EARS)
        for chunk in chunks(call(), sizes):
            before = int(tracks.seconds)
            tracks.feed(chunk)
            if int(tracks.seconds) > before:
                now = tracks.at_look()
                assert_same(now, whole().at(now.duration_s))
        assert_same_look(tracks.at(SECONDS), whole().at(SECONDS))

    @EITHER
    @pytest.mark.parametrize("look_s", LOOKS_S)
    def test_what_comes_later_is_not_known(self, ears_in: Ears, look_s: float) -> None:
        """Loud noise after the look, where anything that looked ahead would hear it."""
        end = round(look_s * RATE_HZ)
        noisy = np.concatenate([call()[:end], line_noise(2.0, level=0.5)])
        assert_same_look(streamed(noisy, [PACKET], ears_in).at(look_s), whole(ears_in).at(look_s))


class TestEachSecondIsWorkedOnOnce:
    @pytest.fixture
    def worked_on(self, monkeypatch: pytest.MonkeyPatch) -> dict[str, list[int]]:
        """How many frames each call of the costly functions was given."""
        counted: dict[str, list[int]] = {"transform": [], "pitch": [], "nets": []}

        def counting(name: str, function: Callable[..., Any], frames: Callable[..., int]) -> Any:
            def counts(*given: Any) -> Any:
                counted[name].append(frames(*given))
                return function(*given)

            return counts

        def frames_in(_: Spectrum, samples: NDArray[np.float32]) -> int:
            return 1 + (len(samples) - FRAME) // HOP

        monkeypatch.setattr(Spectrum, "measure", counting("transform", Spectrum.measure, frames_in))
        monkeypatch.setattr(tracks_module, "voiced_pitch", counting("pitch", tracks_module.voiced_pitch, len))
        monkeypatch.setattr(NetTrack, "feed", counting("nets", NetTrack.feed, lambda _, frames: len(frames)))
        return counted

    @pytest.mark.parametrize("size", [PACKET, 1777, RATE_HZ, 100 * RATE_HZ])
    def test_whatever_the_chunks(self, worked_on: dict[str, list[int]], size: int) -> None:
        tracks = streamed(call(), [size])
        frames = len(tracks.at(SECONDS).level_db)
        assert frames == 1 + (SECONDS * RATE_HZ - FRAME) // HOP
        assert {name: len(times) for name, times in worked_on.items()} == {
            "transform": SECONDS,
            "pitch": SECONDS,
            "nets": SECONDS,
        }
        assert sum(worked_on["transform"]) == frames
        assert sum(worked_on["nets"]) == frames
        assert sum(worked_on["pitch"]) <= frames / 2
        assert max(worked_on["transform"]) == RATE_HZ // HOP

    def test_looks_cost_no_second_again(self, worked_on: dict[str, list[int]]) -> None:
        tracks = streamed(call(), [PACKET])
        before = {name: len(times) for name, times in worked_on.items()}
        for look_s in LOOKS_S:
            features(tracks.at(look_s))
        assert {name: len(times) for name, times in worked_on.items()} == before

    def test_each_as_soon_as_it_is_complete(self, worked_on: dict[str, list[int]]) -> None:
        tracks = Tracks(EARS)
        tracks.feed(call()[: RATE_HZ - 1])
        assert worked_on["transform"] == []
        tracks.feed(call()[RATE_HZ - 1 : RATE_HZ])
        assert len(worked_on["transform"]) == 1


class TestCancelled:
    @given(CHUNKS, st.lists(st.booleans(), max_size=40))
    @settings(max_examples=15)
    def test_nothing_is_lost_wherever_it_is_cancelled(self, sizes: list[int], answers: list[bool]) -> None:
        """The sound of a feed that was cancelled is kept; the next feed goes on where that one stopped."""
        tracks, asked = Tracks(EARS), iter(answers)
        for chunk in chunks(call(), sizes):
            try:
                tracks.feed(chunk, cancelled=lambda: next(asked, False))
            except Cancelled:
                continue
        tracks.feed(np.empty(0, np.float32))
        assert tracks.seconds == len(call()) / RATE_HZ
        assert_same_look(tracks.at(SECONDS), whole().at(SECONDS))

    def test_what_was_worked_on_before_can_be_looked_at(self) -> None:
        tracks, answers = Tracks(EARS), iter([False, False, True])
        with pytest.raises(Cancelled):
            tracks.feed(call(), cancelled=lambda: next(answers))
        assert_same_look(tracks.at_look(), whole().at(1))
        assert_same_look(tracks.at(2), whole().at(2))
        with pytest.raises(ValueError, match="between 0 and 2"):
            tracks.at(3)

    def test_is_asked_before_each_second(self) -> None:
        asked_at: list[float] = []
        tracks = Tracks(EARS)

        def cancelled() -> bool:
            asked_at.append(tracks.seconds)
            return False

        for chunk in np.array_split(call(), 57):
            tracks.feed(chunk, cancelled=cancelled)
        assert len(asked_at) == SECONDS
