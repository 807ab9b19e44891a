"""The seconds that a reason of sound points at: what somebody wants to hear who clicks it."""

from __future__ import annotations

import dataclasses

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.typing import NDArray

from prankfilter.audio.child_net import ChildNets, NetFrames
from prankfilter.audio.heard import HOP_S, Heard
from prankfilter.features.evidence import Evidence
from prankfilter.features.places import WHOLE_LOOK, Place, Span, at_flags, at_longest, first_to_last
from prankfilter.features.table import by_name
from tests.builders import evidence, heard_look
from tests.golden.sound_cases import heard
from tests.nets import net_arrays
from tests.sounds import keys, line_noise, silence, text_telephone, tone, voice

CALL = heard_look(5.0)
FRAMES = len(CALL.level_db)


def where(name: str, look: Evidence) -> Span | None:
    place = by_name[name].where
    assert place is not None
    return place(look)


def put(*runs: tuple[int, int]) -> NDArray[np.bool_]:
    """Flags that are set in some runs of frames."""
    flags = np.zeros(FRAMES, np.bool_)
    for start, end in runs:
        flags[start:end] = True
    return flags


@pytest.mark.parametrize(
    ("name", "parts", "span"),
    [
        ("leading_silence_s", [line_noise(1.5), voice(3.5)], (0.0, 1.5)),
        ("leading_silence_s", [voice(5.0)], (0.0, 5.0)),
        ("longest_silence_s", [voice(1.0), line_noise(2.5), voice(1.5)], (1.0, 3.5)),
        ("longest_silence_s", [line_noise(1.0), voice(1.0), line_noise(6.0), voice(2.0)], (2.0, 8.0)),
        ("silence_ratio", [line_noise(1.0), voice(1.0), line_noise(6.0), voice(2.0)], (2.0, 8.0)),
        ("longest_silence_s", [line_noise(3.0)], (0.0, 3.0)),
        ("dead_ratio", [voice(1.0), silence(2.0), voice(2.0)], (1.0, 3.0)),
        ("dtmf_s", [line_noise(1.0), keys(1.0), line_noise(1.0)], (1.0, 1.6)),
        ("text_telephone_s", [line_noise(1.0), text_telephone(2.0)], (1.0, 3.0)),
        ("text_telephone_s", [tone(1000, 3.0)], (0.0, 3.0)),
        ("call_progress_s", [tone(425, 1.0), line_noise(3.0), tone(425, 1.0)], (0.0, 1.0)),
        ("child_voice_probability", [line_noise(1.0), voice(1.0), line_noise(1.0)], (1.0, 2.0)),
        ("pitch_median_hz", [voice(1.0), line_noise(1.0), voice(3.0)], (2.0, 5.0)),
        ("pitch_median_hz", [line_noise(5.0)], (0.0, 5.0)),
        ("pauses_per_s", [voice(1.0), line_noise(1.0), voice(2.0), line_noise(1.0)], (0.0, 4.0)),
        ("loudest_db", [line_noise(3.0), tone(700, 0.1, level_db=-6), line_noise(1.9)], (2.55, 3.55)),
        ("noise_floor_db", [voice(1.0), line_noise(2.0)], (0.0, 3.0)),
    ],
)
def test_are_the_seconds_to_listen_to(name: str, parts: list[NDArray[np.float32]], span: Span) -> None:
    assert where(name, heard(np.concatenate(parts))) == pytest.approx(span, abs=0.15)


def test_a_childs_voice_is_where_the_nets_listened_most() -> None:
    """Speech at 1.0-3.0 and 4.0-4.6 s; the scores, one every 40 ms, are highest in one second."""
    look = heard_look(5.0, speech=put((100, 300), (400, 460)))
    nets = ChildNets(net_arrays(members=1))
    middle = nets.middle(np.arange(nets.outputs(FRAMES)))
    for highest, span in ((400, (4.0, 4.6)), (170, (1.7, 2.7))):
        score = np.where((middle >= highest) & (middle < highest + 100), 3.0, 0.0).astype(np.float32)[None]
        frames = NetFrames(nets, np.zeros((1, len(middle), 6), np.float32), score)
        listened = dataclasses.replace(look, voice=frames)
        assert where("child_voice_probability", evidence(heard=listened)) == pytest.approx(span, abs=0.04)
    assert where("child_voice_probability", evidence(heard=look)) == pytest.approx((1.0, 3.0))


def test_six_seconds_of_silence_are_those_six_seconds() -> None:
    """A word in between parts a silence, however short it is, though silence outlasts it by far."""
    look = heard(np.concatenate([line_noise(3.5), voice(0.4), line_noise(6.0), voice(0.4)]))
    span = where("longest_silence_s", look)
    assert span is not None
    assert span[1] - span[0] == pytest.approx(by_name["longest_silence_s"].compute(look), abs=1e-9)
    assert span == pytest.approx((3.9, 9.9), abs=0.15)


@pytest.mark.parametrize(
    ("place", "runs", "span"),
    [
        (at_flags, [(10, 20), (100, 130), (300, 320)], (1.0, 1.3)),
        (at_flags, [(10, 20), (30, 40), (75, 85), (300, 325)], (0.1, 0.85)),
        (at_flags, [(0, 10), (100, 110)], (0.0, 0.1)),
        (at_flags, [(0, 10), (59, 69)], (0.0, 0.69)),
        (at_flags, [(0, 10), (60, 70)], (0.0, 0.1)),
        (at_longest, [(10, 20), (30, 40), (75, 85), (300, 325)], (3.0, 3.25)),
        (first_to_last, [(10, 20), (100, 130), (300, 320)], (0.1, 3.2)),
        (first_to_last, [(FRAMES - 1, FRAMES)], ((FRAMES - 1) * HOP_S, 5.0)),
        (at_flags, [(0, FRAMES)], (0.0, 5.0)),
        (at_flags, [], (0.0, 5.0)),
        (at_longest, [], (0.0, 5.0)),
        (first_to_last, [], (0.0, 5.0)),
    ],
)
def test_stretches_of_a_track(place: type, runs: list[tuple[int, int]], span: Span) -> None:
    assert place(lambda _: put(*runs), of="it")(evidence(heard=CALL)) == pytest.approx(span)


@given(st.lists(st.tuples(st.integers(0, FRAMES - 1), st.integers(1, 200)), max_size=6))
def test_hold_most_of_what_they_point_at(runs: list[tuple[int, int]]) -> None:
    """No half second elsewhere holds more of it than the stretch does, which begins and ends with it."""
    flags = put(*((start, start + length) for start, length in runs))
    span = at_flags(lambda _: flags, of="it")(evidence(heard=CALL))
    assert span is not None
    frames = slice(round(span[0] / HOP_S), FRAMES if span[1] == CALL.duration_s else round(span[1] / HOP_S))
    windows = np.lib.stride_tricks.sliding_window_view(flags, 50)
    assert flags[frames].sum() >= windows.sum(axis=1).max()
    if flags.any():
        assert flags[frames][0]
        assert flags[frames][-1]


@pytest.mark.parametrize("look", [None, heard_look(None)], ids=["at ring", "under a second"])
def test_where_nothing_was_heard_there_is_no_place(look: Heard | None) -> None:
    def never(_: Heard) -> Span:
        raise AssertionError("there is nothing to look at")

    for place in (WHOLE_LOOK, Place("x", never)):
        assert place(evidence(heard=look)) is None
