"""Reasons: the change of the margin, shared out among the features without remainder."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from prankfilter.audio.heard import Heard
from prankfilter.classifier.explain import MOST_REASONS, margin_contributions, reasons
from prankfilter.features.places import Place
from prankfilter.features.row import Feature, Source, Unit
from prankfilter.vocabulary import Moment, Reason
from tests.builders import evidence, feature, heard_look

IS_PRANK = np.array([False, False, True, True, True])
GENUINE = 0
SUMS = st.floats(-12, 12)


def margin(raw: np.ndarray) -> float:
    """The margin as CERTIFICATE.md has it, written with probabilities."""
    chances = np.exp(raw - raw.max())
    return float(np.log(chances[IS_PRANK].sum()) - np.log(chances[GENUINE]))


@given(base=arrays(float, 5, elements=SUMS), moved=arrays(float, (5, 4), elements=SUMS))
def test_contributions_add_up_to_the_change_of_the_margin(base: np.ndarray, moved: np.ndarray) -> None:
    shared = margin_contributions(base, moved, is_prank=IS_PRANK, genuine=GENUINE)
    assert shared.sum() == pytest.approx(margin(base + moved.sum(axis=1)) - margin(base), abs=1e-8)


def test_what_moves_no_prank_and_no_genuine_sum_moves_nothing() -> None:
    moved = np.zeros((5, 2))
    moved[1, 0] = 3.0
    assert not margin_contributions(np.zeros(5), moved, is_prank=IS_PRANK, genuine=GENUINE).any()


def test_all_pranks_alike_count_in_full() -> None:
    moved = np.zeros((5, 2))
    moved[2:, 0], moved[0, 1] = 0.75, 2.0
    shared = margin_contributions(np.zeros(5), moved, is_prank=IS_PRANK, genuine=GENUINE)
    np.testing.assert_allclose(shared, [0.75, -2.0])


def test_one_prank_among_three_equal_ones_counts_by_its_mean_share() -> None:
    """Two pranks stay and the third rises by 1: the integral of e^t / (2 + e^t) is log((2 + e) / 3)."""
    moved = np.zeros((5, 1))
    moved[2, 0] = 1.0
    shared = margin_contributions(np.zeros(5), moved, is_prank=IS_PRANK, genuine=GENUINE)
    assert shared[0] == pytest.approx(math.log((2 + math.e) / 3), abs=1e-12)


@given(moved=arrays(float, (5, 3), elements=SUMS))
def test_a_feature_that_moves_pranks_up_and_genuine_down_speaks_for_a_prank(moved: np.ndarray) -> None:
    moved[IS_PRANK, 0], moved[GENUINE, 0] = 0.5, -0.5
    assert margin_contributions(np.zeros(5), moved, is_prank=IS_PRANK, genuine=GENUINE)[0] == pytest.approx(
        1.0
    )


ROWS = (
    feature("calls_1h_count", says="panggilan dari nomor ini dalam 1 jam terakhir: {value}"),
    feature(
        "leading_silence_s",
        unit=Unit.SECONDS,
        source=Source.SOUND,
        known_from=Moment.AUDIO,
        says="hening {value} detik di awal panggilan",
        where=Place("its silence", lambda heard: (0.0, 3.2)),
    ),
    feature(
        "speech_s",
        unit=Unit.SECONDS,
        source=Source.SOUND,
        known_from=Moment.AUDIO,
        says="ada suara orang selama {value} detik",
        where=Place("speech", lambda heard: None),
    ),
    feature("received_weekday", unit=Unit.WEEKDAY, source=Source.CALENDAR, says="hari panggilan: {value}"),
)


def explained(
    row: list[float], contributions: list[float], rows: tuple[Feature, ...] = ROWS, look_s: float | None = 5.0
) -> tuple[Reason, ...]:
    return reasons(evidence(heard=heard_look(look_s)), rows, np.array(row), np.array(contributions))


def test_the_largest_changes_come_first_word_for_word() -> None:
    found = explained([3.0, 3.2, 1.0, 4.0], [0.5, -2.0, 1.0, 0.25])
    assert [(reason.feature, reason.contribution, reason.text) for reason in found] == [
        ("leading_silence_s", -2.0, "Hening 3,2 detik di awal panggilan, pada detik 0,0–3,2"),
        ("speech_s", 1.0, "Ada suara orang selama 1 detik, pada detik 0,0–5,0"),
        ("calls_1h_count", 0.5, "Panggilan dari nomor ini dalam 1 jam terakhir: 3"),
        ("received_weekday", 0.25, "Hari panggilan: Jumat"),
    ]


def test_a_reason_carries_value_unit_and_seconds() -> None:
    calls, silence, speech, _ = explained([3.0, 3.2, 1.0, 4.0], [3.0, -2.0, 1.0, 0.5])
    assert (silence.value, silence.unit, silence.start_s, silence.end_s) == (3.2, "s", 0.0, 3.2)
    assert (calls.start_s, calls.end_s) == (None, None)
    assert (speech.start_s, speech.end_s) == (0.0, 5.0), (
        "what has no place of its own speaks of the whole look"
    )


def test_the_unknown_can_be_a_reason_and_has_the_seconds_that_were_searched() -> None:
    _, silence, speech = explained([3.0, math.nan, math.nan, 4.0], [0.9, 0.4, 0.2, 0.0])
    assert silence.text == "Tidak diketahui: hening … detik di awal panggilan, pada detik 0,0–3,2"
    assert math.isnan(silence.value)
    assert (speech.start_s, speech.end_s) == (0.0, 5.0)


def test_what_was_not_heard_yet_is_no_reason() -> None:
    found = explained([3.0, math.nan, math.nan, 4.0], [0.5, 9.0, -9.0, 0.25], look_s=None)
    assert [reason.feature for reason in found] == ["calls_1h_count", "received_weekday"]


def test_what_changed_nothing_is_no_reason() -> None:
    assert explained([3.0, 3.2, 1.0, 4.0], [0.0, 0.0, 0.0, 0.0]) == ()


def test_there_are_no_more_than_five() -> None:
    rows = tuple(feature(f"x{place}_count") for place in range(8))
    found = explained([1.0] * 8, [0.1 * place for place in range(8)], rows)
    assert [reason.feature for reason in found] == [f"x{place}_count" for place in (7, 6, 5, 4, 3)]
    assert len(found) == MOST_REASONS


def test_equal_changes_keep_the_order_of_the_table() -> None:
    found = explained([1.0] * 4, [0.5, -0.5, 0.5, -0.5])
    assert [reason.feature for reason in found] == [row.name for row in ROWS]


def test_seconds_are_asked_of_the_sound_that_was_judged() -> None:
    asked: list[Heard] = []

    def find(seen: Heard) -> None:
        asked.append(seen)

    judged = evidence(heard=heard_look())
    reasons(judged, (feature(where=Place("where", find)),), np.array([1.0]), np.array([1.0]))
    assert asked == [judged.heard]
