"""Values as JSON and back, moments as whole microseconds and back: nothing is lost on the way."""

from __future__ import annotations

import dataclasses
import datetime as dt
import json
import math
from collections.abc import Mapping
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from prankfilter.store.codec import from_plain, from_text, plain, to_text
from prankfilter.store.instants import instant, microseconds, span
from prankfilter.store.port import Ruling
from prankfilter.vocabulary import CallRecord, Decision, Outcome, Reason
from tests.builders import NOW, ZONE, call_record, decision, outcome

offsets = st.integers(-14 * 60, 14 * 60).map(lambda minutes: dt.timezone(dt.timedelta(minutes=minutes)))
moments = st.datetimes(
    min_value=NOW.replace(year=1971, tzinfo=None),
    max_value=NOW.replace(year=2200, tzinfo=None),
    timezones=offsets | st.just(ZONE),
)


def whole(kind: type[Any], **times: st.SearchStrategy[Any]) -> st.SearchStrategy[Any]:
    """Values with anything in every field; hypothesis knows no aware times by itself."""
    others = {field.name: ... for field in dataclasses.fields(kind) if field.name not in times}
    return st.builds(kind, **others, **times)


VALUES = {
    CallRecord: whole(CallRecord, received_at=moments, audio_started_at=st.none() | moments),
    Decision: whole(Decision),
    Outcome: whole(Outcome, at=moments, answered_at=st.none() | moments, ended_at=st.none() | moments),
    Ruling: whole(Ruling, at=moments),
    Reason: whole(Reason),
}


def alike(one: Any, other: Any) -> bool:
    """Equal, where an unknown number equals an unknown number."""
    if isinstance(one, float) and isinstance(other, float):
        return one == other or (math.isnan(one) and math.isnan(other))
    if dataclasses.is_dataclass(one) and type(one) is type(other):
        return all(
            alike(getattr(one, field.name), getattr(other, field.name)) for field in dataclasses.fields(one)
        )
    if isinstance(one, Mapping) and isinstance(other, Mapping):
        return one.keys() == other.keys() and all(alike(one[name], other[name]) for name in one)
    if isinstance(one, tuple) and isinstance(other, tuple):
        return len(one) == len(other) and all(map(alike, one, other))
    return bool(one == other)


@pytest.mark.parametrize("kind", VALUES, ids=lambda kind: kind.__name__)
@given(data=st.data())
def test_every_value_comes_back_from_json_that_is_valid_for_any_reader(
    kind: type[Any], data: st.DataObject
) -> None:
    def refuse(constant: str) -> None:
        raise AssertionError(constant)

    value = data.draw(VALUES[kind])
    text = to_text(value)
    back = from_text(kind, text)
    assert alike(back, value)
    assert to_text(back) == text
    json.loads(text, parse_constant=refuse)
    text.encode("ascii")


def test_what_is_unknown_takes_no_room() -> None:
    bare = CallRecord(call_id="a", received_at=NOW)
    assert to_text(bare) == '{"call_id":"a","received_at":"2026-09-16T10:30:00+08:00"}'


def test_what_a_newer_program_added_is_passed_over() -> None:
    assert from_plain(Outcome, plain(outcome()) | {"later": 1}) == outcome()


def test_what_an_older_program_did_not_know_takes_its_default() -> None:
    older = plain(decision())
    del older["stratum"], older["faults"]
    back = from_plain(Decision, older)
    assert (back.stratum, back.margin) == (None, -2.0)


def test_what_has_no_place_is_refused() -> None:
    with pytest.raises(TypeError, match="object has no place"):
        to_text({"a": object()})


def test_an_offset_stays() -> None:
    back = from_text(CallRecord, to_text(call_record()))
    assert back.received_at.utcoffset() == dt.timedelta(hours=8)


@given(moment=moments)
def test_microseconds_are_exact(moment: dt.datetime) -> None:
    assert instant(microseconds(moment)) == moment


@given(one=moments, other=moments)
def test_microseconds_keep_the_order(one: dt.datetime, other: dt.datetime) -> None:
    assert (one < other) == (microseconds(one) < microseconds(other))
    assert microseconds(one) - microseconds(other) == span(one.astimezone(dt.UTC) - other.astimezone(dt.UTC))
