"""Bring calls, outcomes and verdicts of another system into the store, with their own times.

One JSON object a line: the fields of a call record, of its outcome and of its verdict, flat, under the
names of the labelled log. A row is taken whole or not at all; what is not taken is named with its row,
field and remedy and goes into a reject file, so that it can be mended and imported again. Names and free
text are not imported.
"""

from __future__ import annotations

import datetime as dt
import json
import math
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any, TypeVar

from prankfilter.errors import BadInput, PrankfilterError
from prankfilter.privacy.intake import Pseudonymise, read_record
from prankfilter.store.port import Ruling, Store
from prankfilter.vocabulary import CallRecord, EndedBy, Label, LabelSource, Outcome, Verdict

Name = TypeVar("Name", bound=StrEnum)

OUTCOME_FIELDS = frozenset(
    {
        "label",
        "label_source",
        "label_by",
        "label_at",
        "duration_s",
        "answered_at",
        "ended_at",
        "ended_by",
        "cut_off",
        "unfounded",
        "advice_shown",
    }
)
RULING_FIELDS = frozenset({"verdict", "verdict_by", "verdict_at", "verdict_label"})


@dataclass(frozen=True, slots=True)
class RowFault:
    """What is wrong with one row, and what to do about it."""

    row: int
    problem: str

    def __str__(self) -> str:
        return f"row {self.row}: {self.problem}"


@dataclass(slots=True)
class ImportReport:
    """What an import did, or in a dry run would do."""

    rows: int = 0
    calls: int = 0
    outcomes: int = 0
    verdicts: int = 0
    rejected: list[tuple[RowFault, str]] = field(default_factory=list)
    """Fault and the row as it came."""
    warnings: list[RowFault] = field(default_factory=list)
    """Fields that were left out of rows that were taken."""


@dataclass(frozen=True, slots=True)
class _Row:
    record: CallRecord
    outcome: Outcome | None
    ruling: Ruling | None


def import_lines(
    lines: Iterable[str],
    store: Store,
    *,
    now: dt.datetime,
    zone: dt.tzinfo,
    pseudonymise: Pseudonymise,
    dry_run: bool = False,
    progress: Callable[[int], None] = lambda _rows: None,
) -> ImportReport:
    """Import JSON lines; importing the same file twice changes nothing."""
    report = ImportReport()
    for number, line in enumerate(lines, start=1):
        if not line.strip():
            continue
        report.rows += 1
        progress(report.rows)
        try:
            row, faults = _read_row(line, now=now, zone=zone, pseudonymise=pseudonymise)
        except PrankfilterError as refusal:
            report.rejected.append((RowFault(number, str(refusal)), line))
            continue
        report.warnings += [RowFault(number, fault) for fault in faults]
        report.calls += 1
        report.outcomes += row.outcome is not None
        report.verdicts += row.ruling is not None
        if not dry_run:
            _keep(row, store)
    return report


def _keep(row: _Row, store: Store) -> None:
    store.put_record(row.record)
    if row.outcome is not None:
        store.put_outcome(row.record.call_id, row.outcome)
    if row.ruling is not None:
        store.put_ruling(row.record.call_id, row.ruling)


def _read_row(
    line: str, *, now: dt.datetime, zone: dt.tzinfo, pseudonymise: Pseudonymise
) -> tuple[_Row, tuple[str, ...]]:
    try:
        body = json.loads(line)
    except ValueError as problem:
        raise BadInput(f"no JSON: {problem}; write one JSON object a line") from problem
    if not isinstance(body, dict):
        raise BadInput("no JSON object; write one JSON object a line")
    call_id = body.pop("call_id", None)
    if not isinstance(call_id, str) or not call_id:
        raise BadInput("call_id: missing; every call needs its own id")
    if not body.get("received_at"):
        raise BadInput("received_at: missing; an imported call needs its own time")
    call = {name: value for name, value in body.items() if name not in OUTCOME_FIELDS | RULING_FIELDS}
    record, faults = read_record(call_id, call, now=now, zone=zone, pseudonymise=pseudonymise)
    if any(fault.startswith("received_at") for fault in faults):
        raise BadInput("; ".join(fault for fault in faults if fault.startswith("received_at")))
    return _Row(record, _read_outcome(body, record, zone), _read_ruling(body, record, zone)), faults


def _read_outcome(body: Mapping[str, Any], record: CallRecord, zone: dt.tzinfo) -> Outcome | None:
    if all(body.get(name) is None for name in OUTCOME_FIELDS):
        return None
    ended_at = _time(body, "ended_at", zone)
    return Outcome(
        label=_name(body, "label", Label) or Label.UNKNOWN,
        source=_name(body, "label_source", LabelSource) or LabelSource.IMPORT,
        at=_time(body, "label_at", zone) or ended_at or record.received_at,
        by=_text(body, "label_by"),
        duration_s=_seconds(body, "duration_s"),
        answered_at=_time(body, "answered_at", zone),
        ended_at=ended_at,
        ended_by=_name(body, "ended_by", EndedBy),
        cut_off=_flag(body, "cut_off"),
        unfounded=_flag(body, "unfounded"),
        advice_shown=_flag(body, "advice_shown"),
    )


def _read_ruling(body: Mapping[str, Any], record: CallRecord, zone: dt.tzinfo) -> Ruling | None:
    verdict = _name(body, "verdict", Verdict)
    if verdict is None:
        return None
    return Ruling(
        verdict=verdict,
        at=_time(body, "verdict_at", zone) or record.received_at + dt.timedelta(days=1),
        by=_text(body, "verdict_by") or "import",
        label=_name(body, "verdict_label", Label),
    )


def _name(body: Mapping[str, Any], field_name: str, names: type[Name]) -> Name | None:
    value = body.get(field_name)
    if value in (None, ""):
        return None
    try:
        return names(value)
    except ValueError:
        raise BadInput(f"{field_name}: {value!r} is none of {', '.join(names)}") from None


def _time(body: Mapping[str, Any], field_name: str, zone: dt.tzinfo) -> dt.datetime | None:
    value = body.get(field_name)
    if value in (None, ""):
        return None
    try:
        time = dt.datetime.fromisoformat(value)
    except (TypeError, ValueError):
        raise BadInput(f"{field_name}: no time; write RFC 3339, such as 2026-11-22T07:30:00+08:00") from None
    return time if time.tzinfo else time.replace(tzinfo=zone)


def _seconds(body: Mapping[str, Any], field_name: str) -> float | None:
    value = body.get(field_name)
    if value in (None, ""):
        return None
    if isinstance(value, bool) or not isinstance(value, int | float) or not math.isfinite(value) or value < 0:
        raise BadInput(f"{field_name}: {value!r} is no number of seconds; write 12.5, or leave it out")
    return float(value)


def _flag(body: Mapping[str, Any], field_name: str) -> bool | None:
    value = body.get(field_name)
    if value not in (None, "", True, False):
        raise BadInput(f"{field_name}: {value!r} is neither true nor false")
    return None if value in (None, "") else bool(value)


def _text(body: Mapping[str, Any], field_name: str) -> str | None:
    value = body.get(field_name)
    if value is not None and not isinstance(value, str):
        raise BadInput(f"{field_name}: {value!r} is no text")
    return value or None
