"""One row of another system → a call with what was said of it, or a refusal that names field and remedy.

Values are read by the readers of the call record, so that a word or a time means the same everywhere. As
there, no message repeats a value, which may be personal.
"""

from __future__ import annotations

import datetime as dt
import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from prankfilter.errors import BadInput
from prankfilter.privacy import readers
from prankfilter.privacy.intake import CLOCK_SKEW, MISSING_WORDS, Pseudonymise, read_record
from prankfilter.privacy.readers import Reader
from prankfilter.store.port import ImportedCall, Ruling
from prankfilter.vocabulary import CallRecord, CallSource, EndedBy, Label, LabelSource, Outcome, Verdict

RULING_AFTER = dt.timedelta(days=1)
"""When a verdict without a time of its own was given, counted from the call: it never counts earlier."""

_WEEK_S = 7 * 86_400
_CALL_ID = readers.call_id()


def _flag() -> Reader:
    def read(raw: object) -> bool:
        if raw not in (True, False):
            raise ValueError
        return bool(raw)

    return Reader(read, {"type": "boolean"})


@dataclass(frozen=True, slots=True)
class Column:
    """A column beside those of the call record: how it is read, and what an unusable value is told."""

    name: str
    reader: Reader
    remedy: str


def _word(name: str, kind: type[Label | LabelSource | EndedBy | Verdict]) -> Column:
    return Column(name, readers.word(kind), "must be one of " + ", ".join(kind))


def _time(name: str) -> Column:
    return Column(name, readers.moment(), "must be a time, such as 2026-11-22T07:30:00+08:00")


def _truth(name: str) -> Column:
    return Column(name, _flag(), "must be true or false")


def _who(name: str) -> Column:
    return Column(name, readers.text(), f"must be text of at most {readers.LONGEST_TEXT} characters")


OUTCOME_COLUMNS = (
    _word("label", Label),
    _word("label_source", LabelSource),
    _who("label_by"),
    _time("label_at"),
    Column("duration_s", readers.number(0, _WEEK_S), f"must be a number of seconds from 0 to {_WEEK_S}"),
    _time("answered_at"),
    _time("ended_at"),
    _word("ended_by", EndedBy),
    _truth("cut_off"),
    _truth("unfounded"),
    _truth("advice_shown"),
)
RULING_COLUMNS = (
    _word("verdict", Verdict),
    _who("verdict_by"),
    _time("verdict_at"),
    _word("verdict_label", Label),
)
COLUMNS = frozenset(column.name for column in OUTCOME_COLUMNS + RULING_COLUMNS)


def read_row(
    line: str, *, now: dt.datetime, zone: dt.tzinfo, pseudonymise: Pseudonymise
) -> tuple[ImportedCall, tuple[str, ...]]:
    """Read one JSON line; the second part names what was left out or guessed. Raises `BadInput`."""
    body = _object(line)
    call_id = _call_id(body.pop("call_id", None))
    call = {"source": CallSource.IMPORT.value} | {
        name: value for name, value in body.items() if name not in COLUMNS
    }
    record, faults = read_record(call_id, call, now=now, zone=zone, pseudonymise=pseudonymise)
    _check_received(body.get("received_at"), faults)
    outcome, guesses = _outcome(_values(body, OUTCOME_COLUMNS, now=now, zone=zone), record)
    ruling = _ruling(_values(body, RULING_COLUMNS, now=now, zone=zone), record)
    imported = ImportedCall(
        record=record,
        outcomes=(outcome,) if outcome else (),
        rulings=(ruling,) if ruling else (),
    )
    return imported, faults + guesses


def _object(line: str) -> dict[str, Any]:
    try:
        line.encode()
        body = json.loads(line)
    except UnicodeEncodeError:
        raise BadInput("no UTF-8; save the file in that encoding") from None
    except (ValueError, RecursionError):
        raise BadInput("no JSON; write one JSON object a line") from None
    if not isinstance(body, dict):
        raise BadInput("no JSON object; write one JSON object a line")
    return body


def _call_id(raw: object) -> str:
    if _is_missing(raw):
        raise BadInput("call_id: missing; every call needs its own id")
    try:
        call_id: str = _CALL_ID.read(raw)
    except ValueError:
        remedy = f"must be text of at most {readers.LONGEST_CALL_ID} bytes that can be printed"
        raise BadInput(f"call_id: {remedy}") from None
    return call_id


def _check_received(raw: object, faults: tuple[str, ...]) -> None:
    """An imported call needs its own time: none of ours can stand for it."""
    if _is_missing(raw):
        raise BadInput("received_at: missing; an imported call needs its own time")
    for fault in faults:
        if fault.startswith("received_at") and fault.endswith("counted as missing"):
            raise BadInput(fault.removesuffix("; counted as missing"))


def _is_missing(raw: object) -> bool:
    return raw is None or (isinstance(raw, str) and raw.strip() in MISSING_WORDS)


def _values(
    body: Mapping[str, Any], columns: tuple[Column, ...], *, now: dt.datetime, zone: dt.tzinfo
) -> dict[str, Any]:
    values: dict[str, Any] = {}
    for column in columns:
        raw = body.get(column.name)
        if _is_missing(raw):
            continue
        try:
            value = column.reader.read(raw.strip() if isinstance(raw, str) else raw)
        except (ValueError, TypeError):
            raise BadInput(f"{column.name}: {column.remedy}") from None
        values[column.name] = _settled(column.name, value, now, zone)
    return values


def _settled(name: str, value: Any, now: dt.datetime, zone: dt.tzinfo) -> Any:
    """A time without an offset is the centre's own; what is yet to come was not said by anybody."""
    if not isinstance(value, dt.datetime):
        return value
    moment = value if value.tzinfo else value.replace(tzinfo=zone)
    if moment > now + CLOCK_SKEW:
        raise BadInput(f"{name}: lies in the future; give the time at which it was")
    return moment


def _outcome(values: dict[str, Any], record: CallRecord) -> tuple[Outcome | None, tuple[str, ...]]:
    if not values:
        return None, ()
    said = {name: values.pop(f"label_{name}", None) for name in ("source", "by", "at")}
    lasted = dt.timedelta(seconds=values.get("duration_s", 0.0))
    ended_at = values.get("ended_at", record.received_at + lasted)
    guessed = said["at"] is None and "label" in values
    outcome = Outcome(
        source=said["source"] or LabelSource.IMPORT, by=said["by"], at=said["at"] or ended_at, **values
    )
    return outcome, ("label_at: missing; taken as the end of the call",) if guessed else ()


def _ruling(values: dict[str, Any], record: CallRecord) -> Ruling | None:
    if not values:
        return None
    if "verdict" not in values:
        raise BadInput("verdict: missing; without it the other columns of a verdict say nothing")
    return Ruling(
        verdict=values["verdict"],
        at=values.get("verdict_at", record.received_at + RULING_AFTER),
        by=values.get("verdict_by", LabelSource.IMPORT.value),
        label=values.get("verdict_label"),
    )
