"""Every column says what the functions that serve say, call for call, whatever the log holds."""

from __future__ import annotations

import dataclasses
import datetime as dt
from collections.abc import Mapping
from pathlib import Path
from zoneinfo import ZoneInfo

import numpy as np
import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from prankfilter_training.log import statements
from prankfilter_training.log.call import LoggedCall
from prankfilter_training.log.table import Calls, Log
from prankfilter_training.rows.build import build_rows, call_rows
from prankfilter_training.rows.columnar import facts
from prankfilter_training.rows.columnar.columns import COLUMNS, LOOK_COLUMNS
from prankfilter_training.rows.columnar.sheet import Sheet
from prankfilter_training.rows.history import histories
from prankfilter_training.rows.slices import slices_of
from prankfilter_training.sound.source import CHILD_VOICE, SOUND_COLUMNS, CallSound

from prankfilter.features.evidence import Evidence
from prankfilter.features.history import verify_is_earned
from prankfilter.features.row import Feature
from prankfilter.features.table import FEATURES, by_name
from prankfilter.routing.strata import is_repeat
from prankfilter.store.past import NEWEST
from prankfilter.vocabulary import CallerHistory, Label, Moment, Verdict
from tests.builders import call_record
from tests.training.logs import log_of, logged, written
from tests.training.messy import INCIDENT_LOGS, MESSY_LOGS, PRANK_LOGS

BERLIN = ZoneInfo("Europe/Berlin")
LOGS = MESSY_LOGS | PRANK_LOGS | INCIDENT_LOGS
RING_FEATURES = tuple(feature for feature in FEATURES if feature.known_from is Moment.RING)
Sounds = Mapping[int, CallSound]


def renamed(name: str) -> Feature:
    """The feature under a name that no column has."""
    return dataclasses.replace(by_name[name], name=f"other_{name}")


def each(log: Log) -> list[tuple[LoggedCall, CallerHistory]]:
    return list(zip(log.calls, histories(log.calls), strict=True))


def served(log: Log, sounds: Sounds, features: tuple[Feature, ...], every: int = 1) -> np.ndarray:
    """What the functions that serve say of each look at every n-th call."""
    some = [(n, *one) for n, one in enumerate(each(log)) if n % every == 0]
    return np.concatenate([call_rows(call, known, sounds.get(n), features) for n, call, known in some])


def in_columns(log: Log, sounds: Sounds, features: tuple[Feature, ...]) -> np.ndarray:
    return build_rows(Sheet(log), sounds, np.ones(len(log.table), bool), features).values


def assert_same(log: Log, sounds: Sounds, features: tuple[Feature, ...] = RING_FEATURES) -> None:
    columns, calls = in_columns(log, sounds, features), served(log, sounds, features)
    for place, feature in enumerate(features):
        np.testing.assert_allclose(
            columns[:, place], calls[:, place], rtol=1e-12, atol=0, err_msg=feature.name
        )


@given(LOGS)
@settings(max_examples=60)
def test_every_column_says_what_serving_says(log: Log) -> None:
    assert_same(log, {})


@given(INCIDENT_LOGS)
@settings(max_examples=60)
def test_every_column_says_what_serving_says_of_shared_incidents(log: Log) -> None:
    assert_same(log, {}, tuple(one for one in RING_FEATURES if one.name.startswith("confirmed_")))


def test_in_the_hour_that_a_clock_shows_twice_a_doubt_is_known_in_time() -> None:
    """One call of the number, a genuine one of its incident, and a later one of the number an hour after that
    was said: by the clock on the wall, at that very minute."""
    calls = []
    began = dt.datetime(2025, 10, 25, 20, 15, tzinfo=dt.UTC)
    told = ((0.0, "a", Label.JOKE_OR_ABUSE, 0.5), (2.0, "b", Label.GENUINE, 2.0), (5.0, "a", None, 0.0))
    for place, (hours, caller, label, label_hours) in enumerate(told):
        at = began + dt.timedelta(hours=hours)
        record = call_record(
            call_id=f"call-{place}", caller=caller, received_at=at.astimezone(BERLIN), incident_id="fire"
        )
        label_at = (at + dt.timedelta(hours=label_hours)).astimezone(BERLIN)
        calls.append(LoggedCall(record=record, row=place, label=label, label_at=label_at, label_by="budi"))
    assert calls[1].label_at is not None and calls[1].label_at.fold == 0
    assert calls[2].record.received_at.replace(fold=0) == calls[1].label_at
    log = log_of(calls, BERLIN)
    assert_same(log, {})
    genuine = [feature.name for feature in RING_FEATURES].index("confirmed_genuine_decayed_count")
    assert served(log, {}, RING_FEATURES)[2, genuine] > 0.9


@pytest.mark.long
@given(LOGS)
@settings(max_examples=500)
def test_every_column_says_what_serving_says_of_many_logs(log: Log) -> None:
    assert_same(log, {})


def test_every_feature_of_the_ring_has_its_column() -> None:
    assert set(COLUMNS) == {feature.name for feature in RING_FEATURES}
    assert all(by_name[name].known_from is Moment.AUDIO for name in LOOK_COLUMNS)


def sound(*child_voices: float) -> CallSound:
    values = np.zeros((len(child_voices), len(SOUND_COLUMNS)))
    values[:, CHILD_VOICE] = child_voices
    return CallSound(values, np.zeros(len(child_voices), bool))


SOUNDS = st.dictionaries(
    st.integers(0, 11),
    st.lists(st.sampled_from((0.0, 0.4, 0.5, 0.9, np.nan)), min_size=1, max_size=4).map(lambda v: sound(*v)),
)


@given(LOGS, SOUNDS)
@settings(max_examples=20)
def test_every_look_says_what_serving_says(log: Log, sounds: Sounds) -> None:
    heard = {place: one for place, one in sounds.items() if place < len(log.table)}
    assert_same(log, heard, FEATURES)


@given(LOGS, SOUNDS)
@settings(max_examples=10)
def test_a_feature_without_a_column_is_asked_of_what_serves(log: Log, sounds: Sounds) -> None:
    heard = {place: one for place, one in sounds.items() if place < len(log.table)}
    names = ("since_last_call_h", "confirmed_pranks_decayed_count", "confirmed_child_play_decayed_count")
    others = in_columns(log, heard, tuple(map(renamed, names)))
    known = in_columns(log, heard, tuple(by_name[name] for name in names))
    np.testing.assert_allclose(others, known, rtol=1e-12)


@given(LOGS, st.sampled_from((1.0, 30.0)))
@settings(max_examples=40)
def test_what_else_is_known_of_a_call_is_what_serving_knows(log: Log, genuine_days: float) -> None:
    repeats = facts.is_repeat(Sheet(log))
    earned = facts.verify_is_earned(Sheet(log), genuine_days=genuine_days)
    for place, (call, known) in enumerate(each(log)):
        assert repeats[place] == is_repeat(Evidence(call.record, known))
        assert earned[place] == (
            known.caller is not None
            and verify_is_earned(
                known.caller,
                call.record.received_at,
                verified=call.record.number_is_verified,
                child_like=False,
                genuine_days=genuine_days,
            )
        )


def test_verify_is_earned_by_three_confirmed_pranks_on_two_days() -> None:
    hours = (0, 1, 25, 100)
    calls = [
        logged(
            Label.JOKE_OR_ABUSE,
            minutes=60.0 * hour,
            verdict=Verdict.CONFIRMED,
            verdict_at=dt.datetime(2025, 9, 2, 6, tzinfo=dt.UTC),
        )
        for hour in hours
    ]
    assert facts.verify_is_earned(Sheet(log_of(calls)), genuine_days=30.0).tolist() == [False] * 3 + [True]


@given(LOGS)
@settings(max_examples=30)
def test_labels_are_learnt_as_one_by_one(log: Log) -> None:
    # In UTC, where a day is a day: between moments of one zone Python reckons by the clock on the wall.
    one_by_one = statements.learnt_labels(Calls(log.table, dt.UTC))
    assert statements.learnt_label(log.table).to_list() == one_by_one


DAY = 1440.0


def column(log: Log, name: str) -> list[float]:
    assert_same(log, {})
    return in_columns(log, {}, (by_name[name],))[:, 0].tolist()


def unanswered(minutes: float, *, known_after: float) -> LoggedCall:
    """An attempt whose end is not on record, and of which somebody said later that nobody answered it."""
    call = logged(Label.ABANDONED, minutes=minutes, answered_at=None, ended_at=None, duration_s=None)
    assert call.label_at is not None
    known_at = call.record.received_at + dt.timedelta(minutes=known_after)
    return dataclasses.replace(call, label_at=known_at)


def test_an_unanswered_attempt_counts_once_it_is_known() -> None:
    first, attempt = unanswered(0, known_after=1), unanswered(40 * DAY, known_after=20)
    calls = [logged(minutes=40 * DAY + minutes) for minutes in (10, 30)]
    log = log_of([first, attempt, *calls])
    assert column(log, "unanswered_1h_count")[2:] == [0.0, 1.0]
    assert column(log, "unanswered_share_30d_ratio")[3] == pytest.approx(0.5)


def test_a_prank_is_forgotten_after_ninety_days_and_an_emergency_never() -> None:
    prank, emergency = (
        logged(word, verdict=Verdict.CONFIRMED, verdict_at=dt.datetime(2025, 9, 3, tzinfo=dt.UTC))
        for word in (Label.JOKE_OR_ABUSE, Label.GENUINE)
    )
    later = [logged(minutes=day * DAY) for day in (30, 90, 90.001)]
    pranks = column(log_of([prank, *later]), "confirmed_pranks_decayed_count")
    assert pranks[1:] == pytest.approx([0.5, 0.125, 0.0])
    unlabelled = [dataclasses.replace(call, label=None) for call in later]
    genuine = column(log_of([emergency, *unlabelled]), "confirmed_genuine_decayed_count")
    assert genuine[1:] == pytest.approx([0.5, 0.125, 0.125], rel=1e-3)


def test_an_emergency_of_its_incident_puts_a_number_s_prank_in_doubt_while_it_stands() -> None:
    """From another number: that it was genuine is known a day long, and then taken back."""
    fire = {"incident_id": "fire"}
    ruled = dt.datetime(2025, 9, 1, 3, tzinfo=dt.UTC)
    prank = logged(Label.JOKE_OR_ABUSE, verdict=Verdict.CONFIRMED, verdict_at=ruled, record=fire)
    emergency = logged(
        minutes=DAY,
        record={"caller": "caller-2", **fire},
        verdict=Verdict.OVERTURNED,
        verdict_label=Label.INFORMATION,
        verdict_at=dt.datetime(2025, 9, 3, tzinfo=dt.UTC),
    )
    later = [logged(None, minutes=DAY * days) for days in (1.0005, 1.5, 2.5)]
    log = log_of([prank, emergency, *later])
    pranks, genuine = (column(log, f"confirmed_{kind}_decayed_count")[2:] for kind in ("pranks", "genuine"))
    assert [count > 0 for count in pranks] == [True, False, True]
    assert [count > 0 for count in genuine] == [False, True, False]


@pytest.mark.parametrize(("hours", "pranks"), [(4.9, 0), (5.1, 1)])
def test_who_ruled_on_a_prank_knowing_of_the_emergency_settled_it(hours: float, pranks: int) -> None:
    prank, emergency = (
        logged(word, minutes=minutes, record={"caller": number, "incident_id": "fire"})
        for word, minutes, number in (
            (Label.JOKE_OR_ABUSE, 0, "caller-1"),
            (Label.GENUINE, 298, "caller-2"),
        )
    )
    ruled_at = prank.record.received_at + dt.timedelta(hours=hours)
    ruled = dataclasses.replace(prank, verdict=Verdict.CONFIRMED, verdict_at=ruled_at)
    log = log_of([ruled, emergency, logged(None, minutes=2 * DAY)])
    assert round(column(log, "confirmed_pranks_decayed_count")[-1]) == pranks


# --- larger logs -----------------------------------------------------------------------------------


def assert_some_same(log: Log, every: int) -> None:
    columns = in_columns(log, {}, RING_FEATURES)[::every]
    np.testing.assert_allclose(columns, served(log, {}, RING_FEATURES, every), rtol=1e-12, atol=0)


def test_a_simulated_month_says_what_serving_says(tmp_path: Path) -> None:
    assert_some_same(written(tmp_path, days=30, sound=False), every=5)


def test_what_a_simulated_log_teaches_does_not_hang_on_its_incidents(tmp_path: Path) -> None:
    """Only of genuine calls does it say of which incident they were: what was fitted on it stays so."""
    log = written(tmp_path, days=60, sound=False)
    assert log.table["incident_id"].n_unique() > 300
    without = dataclasses.replace(log, table=log.table.with_columns(incident_id=pl.lit(None, pl.String)))
    assert statements.learnt_label(log.table).equals(statements.learnt_label(without.table))
    np.testing.assert_array_equal(in_columns(log, {}, RING_FEATURES), in_columns(without, {}, RING_FEATURES))


@pytest.mark.long
def test_a_simulated_year_says_what_serving_says(tmp_path: Path) -> None:
    log = written(tmp_path, days=365, sound=False)
    assert_some_same(log, every=len(log.table) // 500)


def test_a_number_that_calls_too_often_is_known_by_its_newest_calls() -> None:
    """More than `NEWEST` calls in the windows; some emergencies among them slip out of sight."""
    words = [Label.GENUINE if n % 97 == 0 else Label.JOKE_OR_ABUSE for n in range(NEWEST + 150)]
    calls = [logged(word, minutes=31.0 * n) for n, word in enumerate(words)]
    calls[0] = dataclasses.replace(calls[0], label=Label.ABANDONED, answered_at=None)
    assert_some_same(log_of(calls), every=13)


# --- nothing from the future -----------------------------------------------------------------------


def has_unanswered(log: Log) -> bool:
    return Sheet(log).since_us is not None


def until(log: Log, calls: int) -> Log:
    return dataclasses.replace(log, table=log.table.head(calls))


@given(LOGS, st.data())
@settings(max_examples=30)
def test_calls_to_come_change_no_earlier_row(log: Log, data: st.DataObject) -> None:
    """Whether a log holds unanswered attempts at all is a property of all of it; that is held fast."""
    calls = data.draw(st.integers(1, len(log.table)))
    early = until(log, calls)
    if has_unanswered(early) == has_unanswered(log):
        np.testing.assert_array_equal(
            in_columns(early, {}, RING_FEATURES), in_columns(log, {}, RING_FEATURES)[:calls]
        )


@given(LOGS, st.data())
@settings(max_examples=30)
def test_words_to_come_change_no_earlier_row(log: Log, data: st.DataObject) -> None:
    calls = data.draw(st.integers(1, len(log.table)))
    now = pl.lit(log.table["received_at"][calls - 1])
    told = pl.col("label").is_not_null() & ~pl.col("label").is_in(["abandoned", "unknown"])
    label_at = pl.coalesce("label_at", "ended_at", "received_at")
    later = log.table.with_columns(
        label=pl.when(told & (label_at >= now)).then(pl.lit("false_report")).otherwise("label"),
        verdict=pl.when(pl.col("verdict_at") >= now).then(pl.lit("was_emergency")).otherwise("verdict"),
        cleared_at=pl.when(pl.col("cleared_at") < now).then("cleared_at"),
    )
    np.testing.assert_array_equal(
        in_columns(log, {}, RING_FEATURES)[:calls],
        in_columns(dataclasses.replace(log, table=later), {}, RING_FEATURES)[:calls],
    )


def test_slices_of_an_empty_log_are_none() -> None:
    assert slices_of(log_of([]), (0.5, 0.6)).tolist() == []
