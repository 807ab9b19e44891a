"""History in training is history in service: the same values, and nothing after the call."""

from __future__ import annotations

import dataclasses
import datetime as dt
import math
from collections.abc import Callable, Iterator
from functools import partial
from zoneinfo import ZoneInfo

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from prankfilter_training.log.call import LoggedCall
from prankfilter_training.rows.columnar.clock import DAY_US
from prankfilter_training.rows.history import histories, observed_since, window_counts

from prankfilter.features.evidence import Evidence
from prankfilter.features.history import area_load, surge_windows
from prankfilter.features.row import Source
from prankfilter.features.table import FEATURES, extract
from prankfilter.store.doubts import keep_doubts
from prankfilter.store.instants import microseconds
from prankfilter.store.memory import MemoryStore
from prankfilter.store.past import NEWEST
from prankfilter.store.port import Ruling
from prankfilter.vocabulary import CallRecord, EndedBy, Label, LabelSource, Outcome, Verdict
from tests.training.logs import logged

RING_HISTORY = tuple(f for f in FEATURES if f.source in (Source.CALLER, Source.AREA))

WORDS = st.sampled_from([Label.GENUINE, Label.JOKE_OR_ABUSE, Label.CHILD_PLAY, Label.SILENT, Label.ABANDONED])
MINUTES = st.lists(
    st.integers(0, 60 * 24 * 50) | st.integers(0, 60 * 24 * 6), min_size=2, max_size=14, unique=True
)
"""Some of them within few days, so that one call follows soon on another."""


def row_of(call: LoggedCall, *, everything: list[LoggedCall]) -> np.ndarray:
    for one, known in zip(everything, histories(everything), strict=True):
        if one is call:
            return extract(Evidence(one.record, known), RING_HISTORY)
    raise AssertionError("the call is not in the log")


def a_log(
    minutes: list[int],
    words: list[Label],
    numbers: list[int],
    incidents: list[str | None],
    rulings: list[Label | None],
) -> list[LoggedCall]:
    calls = []
    drawn = zip(sorted(minutes), words, numbers, incidents, rulings, strict=False)
    for minute, word, number, incident, ruled in drawn:
        over = {"answered_at": None, "duration_s": None} if word is Label.ABANDONED else {}
        record = {"caller": f"caller-{number}", "incident_id": incident}
        call = logged(word, minutes=minute, record=record, ended_by=EndedBy.CALLER, **over)
        if ruled is not None and word is not Label.ABANDONED:
            at = call.record.received_at + dt.timedelta(days=2)
            call = dataclasses.replace(
                call, verdict=Verdict.CONFIRMED, verdict_label=ruled, verdict_at=at, verdict_by="ratna"
            )
        calls.append(call)
    return calls


LOGS = st.builds(
    a_log,
    MINUTES,
    st.lists(WORDS, min_size=14, max_size=14),
    st.lists(st.integers(0, 2), min_size=14, max_size=14),
    st.lists(st.sampled_from((None, None, "fire", "flood")), min_size=14, max_size=14),
    st.lists(
        st.sampled_from((None, None, Label.JOKE_OR_ABUSE, Label.GENUINE, Label.SILENT)),
        min_size=14,
        max_size=14,
    ),
)


def stored(calls: list[LoggedCall]) -> MemoryStore:
    """The same calls as a service would have stored them: how one ended as soon as it did, what it was later.

    A log does not tell when an end was reported; it stands for a router that reports it at once.
    """
    store = MemoryStore()
    words: list[tuple[dt.datetime, CallRecord, Callable[[], None]]] = []
    for call in calls:
        store.put_record(call.record)
        words += [(at, call.record, put) for at, put in said_of(store, call)]
    for at, record, put in sorted(words, key=lambda word: word[0]):
        put()
        keep_doubts(store, record, at=at)
    return store


def said_of(store: MemoryStore, call: LoggedCall) -> Iterator[tuple[dt.datetime, Callable[[], None]]]:
    """What was said of a call, and when."""
    call_id, record = call.record.call_id, call.record
    ended = {name: getattr(call, name) for name in ("answered_at", "ended_at", "duration_s", "ended_by")}
    told = {name: value for name, value in ended.items() if value is not None}
    if call.ended_at is not None:
        yield call.ended_at, partial(store.put_facts, call_id, told, by="router", at=call.ended_at)
    outcome = Outcome(
        label=call.label or Label.UNKNOWN,
        source=call.label_source or LabelSource.IMPORT,
        at=call.label_at or record.received_at,
        by=call.label_by,
        **ended,
    )
    yield outcome.at, partial(store.put_outcome, call_id, outcome)
    if call.verdict is not None and call.verdict_at is not None:
        ruling = Ruling(
            verdict=call.verdict, at=call.verdict_at, by=call.verdict_by or "", label=call.verdict_label
        )
        yield ruling.at, partial(store.put_ruling, call_id, ruling)


@given(LOGS)
@settings(max_examples=60)
def test_a_log_tells_what_a_store_would_have_told(calls: list[LoggedCall]) -> None:
    store = stored(calls)
    since = observed_since(calls)
    for call, known in zip(calls, histories(calls), strict=True):
        record = call.record
        caller = store.caller(record.caller or "", before=record.received_at, except_call=record.call_id)
        caller = dataclasses.replace(caller, observed_since=since)
        counts = store.arrivals(record.area, surge_windows(record.received_at), except_call=record.call_id)
        served = dataclasses.replace(known, caller=caller, area=area_load(counts, since, record.received_at))
        np.testing.assert_array_equal(
            extract(Evidence(record, known), RING_HISTORY), extract(Evidence(record, served), RING_HISTORY)
        )


@given(LOGS, st.data())
@settings(max_examples=60)
def test_nothing_after_a_call_changes_what_was_known_at_it(
    calls: list[LoggedCall], data: st.DataObject
) -> None:
    call = data.draw(st.sampled_from(calls))
    place = calls.index(call)
    cut = calls[: place + 1]
    if observed_since(cut) != observed_since(calls):
        return
    later = [
        dataclasses.replace(
            one, label=Label.FALSE_REPORT, label_at=one.record.received_at + dt.timedelta(days=300)
        )
        if one.verdict is None and one.label is not Label.ABANDONED and one in calls[place:]
        else one
        for one in calls
    ]
    np.testing.assert_array_equal(row_of(call, everything=cut), row_of(later[place], everything=later))


def test_a_ruling_counts_from_its_own_time_on_and_not_before() -> None:
    pranks = [
        logged(
            Label.JOKE_OR_ABUSE,
            minutes=60 * 24 * day,
            verdict=Verdict.CONFIRMED,
            verdict_at=dt.datetime(2025, 9, 10, tzinfo=dt.UTC),
        )
        for day in range(3)
    ]
    days = {8: 0.0, 12: 3.0}
    column = next(place for place, f in enumerate(RING_HISTORY) if f.name == "confirmed_pranks_decayed_count")
    for day, counted in days.items():
        call = logged(minutes=60 * 24 * day)
        assert row_of(call, everything=[*pranks, call])[column] == pytest.approx(counted, rel=0.3)


def test_a_call_of_its_incident_puts_a_call_in_doubt_from_its_own_label_on() -> None:
    fire = {"incident_id": "fire"}
    first = logged(Label.CHILD_PLAY, record=fire)
    second = logged(Label.GENUINE, minutes=120, record={"caller": "caller-2", **fire})
    calls = [first, second, *(logged(None, minutes=minute) for minute in (121, 122, 123))]
    store = stored(calls)
    for call, known in list(zip(calls, histories(calls), strict=True))[2:]:
        (past, *_) = known.caller.past_calls if known.caller else ()
        (served, *_) = store.caller(
            "caller-1", before=call.record.received_at, except_call=call.record.call_id
        ).past_calls
        expected = second.label_at if call is calls[-1] else None
        assert past.doubted_at == served.doubted_at == expected


def test_counts_are_unknown_in_a_log_without_unanswered_attempts() -> None:
    calls = [logged(minutes=minute) for minute in (0, 60 * 24 * 40)]
    row = dict(zip((f.name for f in RING_HISTORY), row_of(calls[1], everything=calls), strict=True))
    assert math.isnan(row["calls_24h_count"])
    assert math.isnan(row["area_recent_count"])
    assert row["confirmed_genuine_decayed_count"] == pytest.approx(0.5 ** (40 / 30))


def test_a_call_back_is_remembered_and_is_no_call_of_the_number() -> None:
    back = logged(None, minutes=5, record={"priority": "psap-callback"}, answered_at=None, label_at=None)
    call = logged(minutes=20)
    *_, known = histories([logged(minutes=0), back, call])
    assert known.caller is not None
    assert known.caller.called_back_at == back.record.received_at
    assert len(known.caller.past_calls) == 1


@pytest.mark.parametrize("zone", ["Asia/Makassar", "Europe/Berlin"])
def test_the_quick_count_of_windows_is_the_plain_one(zone: str) -> None:
    at = dt.datetime(2025, 4, 10, 12, 0, tzinfo=ZoneInfo(zone))
    rng = np.random.default_rng(1)
    times = np.sort(microseconds(at) - rng.integers(-DAY_US, 30 * DAY_US, size=5000))
    plain = [
        int(((times >= microseconds(start)) & (times < microseconds(end))).sum())
        for start, end in surge_windows(at)
    ]
    assert window_counts(times, at) == plain


def test_no_more_is_looked_back_at_than_a_store_does() -> None:
    """A number that calls more often than `NEWEST`, for longer than `HORIZON`."""
    days = [*range(3), *(405 + place / 24 for place in range(NEWEST + 20))]
    calls = [logged(minutes=1440.0 * day, ended_by=EndedBy.CALLER) for day in days]
    store, known = stored(calls), list(histories(calls))
    for place in (3, 4, 400, len(calls) - 1):
        record = calls[place].record
        assert known[place].caller is not None
        served = store.caller(record.caller or "", before=record.received_at, except_call=record.call_id)
        ours = [call.call_id for call in known[place].caller.past_calls]
        assert ours == [call.call_id for call in served.past_calls]
    assert len(ours) == NEWEST


def test_a_clearing_counts_though_a_later_one_is_yet_to_come() -> None:
    def cleared(day: int, on: int) -> LoggedCall:
        at = dt.datetime(2025, 9, 1, tzinfo=dt.UTC) + dt.timedelta(days=on)
        return logged(minutes=1440 * day, cleared_at=at)

    *_, known = histories([cleared(0, on=2), cleared(1, on=20), logged(minutes=1440 * 10)])
    assert known.caller is not None
    assert known.caller.cleared_at == dt.datetime(2025, 9, 3, tzinfo=dt.UTC)
