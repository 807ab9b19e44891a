"""Rows of training are what the served functions say of the same look."""

from __future__ import annotations

import numpy as np
import pytest
from prankfilter_training.rows.build import RING, build_rows, call_rows
from prankfilter_training.rows.columnar.sheet import Sheet
from prankfilter_training.sound.source import SOUND_COLUMNS, CallSound, NoSound, listen

from prankfilter.audio.child import child_voice_probability
from prankfilter.audio.tracks import Tracks
from prankfilter.features.evidence import Evidence
from prankfilter.features.table import FEATURES, extract
from prankfilter.vocabulary import LOOKS_S, CallerHistory
from tests import sounds
from tests.builders import caller, history, prank_call
from tests.training.logs import log_of, logged

EARS = sounds.ears(child_log_odds=1.0)


def tracks_of(seconds: float) -> Tracks:
    tracks = Tracks(EARS)
    tracks.feed(sounds.voice(seconds))
    return tracks


@pytest.mark.parametrize("seconds", [1.0, 4.2, 12.0])
def test_each_look_is_what_the_service_would_compute(seconds: float) -> None:
    call, tracks = logged(), tracks_of(seconds)
    past = tuple(prank_call(call.record.received_at.replace(month=8, day=day)) for day in (3, 5, 7))
    known = history(caller=caller(*past, observed_since=call.record.received_at.replace(year=2024)))
    rows = call_rows(call, known, listen(tracks, EARS), FEATURES)
    looks = [look_s for look_s in LOOKS_S if look_s <= seconds]
    assert len(rows) == 1 + len(looks)
    np.testing.assert_array_equal(rows[RING], extract(Evidence(call.record, known)))
    for row, look_s in zip(rows[1:], looks, strict=True):
        heard = tracks.at(look_s)
        evidence = Evidence(call.record, known, heard, child_voice_probability(heard, EARS))
        np.testing.assert_array_equal(row, extract(evidence))


def listened(seconds: float) -> CallSound:
    sound = listen(tracks_of(seconds), EARS)
    assert sound is not None
    return sound


def test_a_look_of_training_is_that_of_sound_cut_there() -> None:
    long, short = listened(12.0), listened(3.0)
    np.testing.assert_array_equal(long.values[:2], short.values)


@pytest.mark.parametrize(("seconds", "looks"), [(0.9, 0), (1.0, 1), (4.2, 2), (5.0, 3), (600.0, 4)])
def test_only_looks_that_the_call_lived_to_count(seconds: float, looks: int) -> None:
    values = np.zeros((4, len(SOUND_COLUMNS)))
    cut = CallSound(values, np.zeros(4, bool)).until(seconds)
    assert (0 if cut is None else len(cut.values)) == looks


def test_every_call_weighs_the_same() -> None:
    log = log_of([logged(minutes=minute) for minute in (0, 1, 2)])
    heard = {1: listened(3.0), 2: listened(12.0)}
    rows = build_rows(Sheet(log), heard, np.array([True, True, True]))
    assert rows.look.tolist() == [0, 0, 1, 2, 0, 1, 2, 3, 4]
    assert rows.call.tolist() == [0, 1, 1, 1, 2, 2, 2, 2, 2]
    assert [rows.weight[rows.call == call].sum() for call in range(3)] == pytest.approx([1.0] * 3)


def test_calls_that_teach_nothing_get_no_rows() -> None:
    log = log_of([logged(minutes=minute) for minute in (0, 1)])
    assert build_rows(Sheet(log), {}, np.array([False, True])).call.tolist() == [1]
    assert build_rows(Sheet(log), {}, np.array([False, False])).values.shape == (0, len(FEATURES))


def test_a_log_without_sound_has_ring_rows_only() -> None:
    assert NoSound().of(logged()) is None
    rows = call_rows(logged(), CallerHistory(), None, FEATURES)
    assert rows.shape == (1, len(FEATURES))
