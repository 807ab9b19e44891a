"""From what the store keeps of a call to a row of a log."""

from __future__ import annotations

import datetime as dt
from pathlib import Path
from typing import Any

import polars as pl
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from prankfilter_training.life.export import pages, write_export
from prankfilter_training.life.exported import COLUMNS, LEFT_OUT, Pseudonyms, logged_call
from prankfilter_training.log.call import LoggedCall
from prankfilter_training.log.columns import EVERY_COLUMN

from prankfilter.privacy.keyring import Keyring, Purpose
from prankfilter.privacy.pseudonym import KeyedHash
from prankfilter.store.memory import MemoryStore
from prankfilter.vocabulary import Advice, AudioCapture, EndedBy, Guard, Label, LabelSource, Verdict
from tests.builders import NOW, ago, call_record, outcome, ruling, screening

SINCE, UNTIL = ago(days=1), NOW + dt.timedelta(days=1)
NAMES = Pseudonyms(KeyedHash(Keyring.ephemeral(), Purpose.EXPORT))


def exported(store: MemoryStore) -> LoggedCall:
    """The one call of a store."""
    (file,) = store.calls(since=SINCE, until=UNTIL)
    assert file.record is not None
    return logged_call(file.record, file, NAMES, cleared_at=None)


def one_call(**over: Any) -> MemoryStore:
    store = MemoryStore()
    store.put_record(call_record(**over))
    return store


def test_every_column_of_a_log_is_exported_or_left_out_by_name() -> None:
    assert set(COLUMNS) <= set(EVERY_COLUMN)
    assert not set(COLUMNS) & LEFT_OUT
    assert {"note", "number_tail", "calling_number"}.isdisjoint(COLUMNS)


def test_the_last_word_is_the_label() -> None:
    store = one_call()
    store.put_outcome("call-1", outcome(label=Label.SILENT, at=ago(minutes=9), by="budi"))
    store.put_outcome(
        "call-1",
        outcome(label=Label.GENUINE, at=ago(minutes=5), source=LabelSource.FIELD_UNIT, unfounded=True),
    )
    call = exported(store)
    assert (call.label, call.label_source, call.label_at) == (
        Label.GENUINE,
        LabelSource.FIELD_UNIT,
        ago(minutes=5),
    )
    assert call.unfounded


def test_a_router_that_tells_how_long_it_took_says_nothing_of_what_it_was() -> None:
    store = one_call()
    store.put_outcome("call-1", outcome(label=Label.SILENT, at=ago(minutes=9), by="budi"))
    store.put_outcome("call-1", outcome(label=Label.UNKNOWN, at=ago(minutes=5), by=None, duration_s=84.0))
    call = exported(store)
    assert (call.label, call.duration_s) == (Label.SILENT, 84.0)


def test_an_attempt_that_nobody_answered_is_abandoned() -> None:
    store = one_call()
    store.put_facts("call-1", {"ended_at": NOW, "ended_by": EndedBy.CALLER}, by="router", at=NOW)
    call = exported(store)
    assert (call.label, call.label_source, call.label_at) == (Label.ABANDONED, LabelSource.IMPORT, NOW)
    assert call.answered is False


def test_a_length_follows_from_answer_and_end() -> None:
    store = one_call()
    store.put_facts("call-1", {"answered_at": ago(minutes=3)}, by="router", at=NOW)
    store.put_facts("call-1", {"ended_at": ago(minutes=1)}, by="router", at=NOW)
    assert exported(store).duration_s == 120.0


@pytest.mark.parametrize(
    ("said", "ruled", "wanted"),
    [
        ({}, {"verdict": Verdict.CONFIRMED}, Label.JOKE_OR_ABUSE),
        ({"advice_shown": True}, {"verdict": Verdict.CONFIRMED}, Label.UNKNOWN),
        ({}, {"verdict": Verdict.OVERTURNED}, Label.UNKNOWN),
        ({}, {"verdict": Verdict.OVERTURNED, "label": Label.SILENT}, Label.SILENT),
        ({}, {"verdict": Verdict.WAS_EMERGENCY}, Label.GENUINE),
        ({}, {"verdict": Verdict.UNSURE}, Label.UNKNOWN),
    ],
)
def test_a_verdict_says_what_it_says_in_service(
    said: dict[str, Any], ruled: dict[str, Any], wanted: Label
) -> None:
    store = one_call()
    store.put_outcome("call-1", outcome(label=Label.JOKE_OR_ABUSE, at=ago(hours=2), by="budi", **said))
    store.put_ruling("call-1", ruling(at=ago(hours=1), **{"label": None} | ruled))
    assert exported(store).verdict_label is wanted


@pytest.mark.parametrize(
    ("looks", "wanted"),
    [
        ([{}], False),
        ([{"advice": Advice.VERIFY}, {}], True),
        ([{"guards": (Guard.AUDIT_SAMPLE,)}], True),
        ([{"guards": (Guard.NO_QUEUE,)}], False),
        ([], None),
    ],
    ids=["normal", "verify once", "audited", "another guard", "never screened"],
)
def test_it_says_whether_a_call_would_have_got_verify(looks: list[Any], wanted: bool | None) -> None:
    store = one_call() if not looks else MemoryStore()
    for number, look in enumerate(looks):
        store.remember(screening(call_record(), result_id=f"look-{number}", **look))
    assert exported(store).would_verify is wanted


def test_how_sound_was_captured_comes_from_the_look_that_had_it() -> None:
    store = MemoryStore()
    store.remember(screening(call_record(), result_id="ring"))
    capture = AudioCapture.CALLER_BEFORE_ANSWER
    store.remember(screening(call_record(), result_id="heard", capture=capture, audio_s=5.0))
    call = exported(store)
    assert (call.record.audio_capture, call.audio_s) == (capture, 5.0)


def test_a_citizen_that_the_centre_calls_is_the_caller_of_the_call_back() -> None:
    citizen = "k1:" + 64 * "a"
    call = exported(one_call(caller=None, called_number=citizen, priority="psap-callback"))
    assert call.record.called_number is None
    assert call.record.caller == NAMES.caller(citizen)


def test_a_short_code_is_kept_as_it_is() -> None:
    assert exported(one_call(called_number="112")).record.called_number == "112"


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=40)
@given(minutes=st.lists(st.integers(0, 4), max_size=24), page=st.integers(1, 6))
def test_pages_hold_every_call_once_however_many_share_a_moment(minutes: list[int], page: int) -> None:
    store = MemoryStore()
    for number, minute in enumerate(minutes):
        store.put_record(call_record(call_id=f"c{number:02d}", received_at=ago(minutes=minute)))
    found = [file.call_id for part in pages(store, SINCE, UNTIL, page) for _, file in part]
    assert found == [file.call_id for file in store.calls(since=SINCE, until=UNTIL)]


def test_a_number_is_cleared_at_its_last_call_before(tmp_path: Path) -> None:
    store = MemoryStore()
    for hours in (9, 6, 3):
        store.put_record(call_record(call_id=f"{hours}", received_at=ago(hours=hours)))
    for hours in (5, 4):
        store.put_cleared("caller-1", by="ratna", reason="bukan dia", at=ago(hours=hours))
    store.put_cleared("nobody", by="ratna", reason="", at=ago(hours=1))
    found = write_export(store, tmp_path / "calls.parquet", NAMES, since=SINCE, until=UNTIL)
    assert found.calls == 3
    cleared = pl.read_parquet(tmp_path / "calls.parquet")["cleared_at"].to_list()
    assert cleared == [None, ago(hours=4), None]


def test_what_breaks_in_the_middle_leaves_no_log(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    store = one_call()
    monkeypatch.setattr("prankfilter_training.life.export.logged_call", _stop)
    with pytest.raises(KeyboardInterrupt):
        write_export(store, tmp_path / "calls.parquet", NAMES, since=SINCE, until=UNTIL)
    assert not list(tmp_path.iterdir())


def _stop(*_: object, **__: object) -> None:
    raise KeyboardInterrupt
