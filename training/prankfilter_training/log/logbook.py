"""Reading a labelled log: a folder with ``calls.parquet`` or ``calls.csv``, one row a call.

A call record in a log is read by the very code that reads it in service. Whatever is wrong is named with
row, column and remedy; nothing is dropped silently.
"""

from __future__ import annotations

import csv
import datetime as dt
import hashlib
import json
import math
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pandas as pd

from prankfilter.errors import BadInput
from prankfilter.privacy.intake import MISSING_WORDS, read_record
from prankfilter_training.log.call import LoggedCall
from prankfilter_training.log.columns import EVERY_COLUMN, LOG_COLUMNS_BY_NAME, NOTE_PREFIX
from prankfilter_training.log.table import Fault, Log, table_of

SIMULATION_FILE = "simulation.json"
_END_OF_TIME = dt.datetime(9998, 12, 31, tzinfo=dt.UTC)
"""A log is about the past; its times are held against nothing."""


def read_log(folder: Path, *, zone: dt.tzinfo | None = None) -> Log:
    """Read a log.

    Parameters
    ----------
    folder : Path
        Holds ``calls.parquet`` or ``calls.csv``.
    zone : tzinfo, optional
        The centre's own; a simulated log tells its own. Times without an offset are read in it.

    Raises
    ------
    BadInput
        If there is no log, or it has no ``call_id`` or ``received_at`` column.
    """
    path, table = _read_table(folder)
    simulation = _simulation(folder)
    zone = ZoneInfo(simulation["profile"]["zone"]) if simulation else zone
    if zone is None:
        raise BadInput(f"{folder}: in which zone is the centre? Give --zone, such as Asia/Makassar")
    faults = _faults_of_header(table)
    calls: list[LoggedCall] = []
    seen: set[str] = set()
    table = table[[name for name in EVERY_COLUMN if name in table.columns and table[name].notna().any()]]
    names = list(table.columns)
    for number, values in enumerate(table.itertuples(index=False, name=None), start=2):
        call, found = _read_row(number, dict(zip(names, values, strict=True)), zone, seen)
        faults += found
        if call is not None:
            calls.append(call)
    calls.sort(key=lambda call: (call.record.received_at, call.record.call_id))
    digest = hashlib.sha256(path.read_bytes()).hexdigest()
    return Log(table_of(calls), zone, simulation is not None, tuple(faults), digest)


def _read_table(folder: Path) -> tuple[Path, pd.DataFrame]:
    parquet, text = folder / "calls.parquet", folder / "calls.csv"
    if parquet.exists():
        return parquet, pd.read_parquet(parquet)
    if not text.exists():
        raise BadInput(f"{folder} holds neither calls.parquet nor calls.csv")
    with text.open(encoding="utf-8-sig", newline="") as file:
        head = file.read(4096)
    separator = csv.Sniffer().sniff(head.splitlines()[0], delimiters=",;\t").delimiter if head else ","
    return text, pd.read_csv(text, dtype=str, keep_default_na=False, sep=separator, encoding="utf-8-sig")


def _simulation(folder: Path) -> Any:
    path = folder / SIMULATION_FILE
    return json.loads(path.read_text()) if path.exists() else None


def _faults_of_header(table: pd.DataFrame) -> list[Fault]:
    missing = [name for name in ("call_id", "received_at") if name not in table.columns]
    if missing:
        raise BadInput(f"the log has no column {missing[0]}; every call needs its own id and its own time")
    known = set(EVERY_COLUMN)
    unknown = [
        name for name in map(str, table.columns) if name not in known and not name.startswith(NOTE_PREFIX)
    ]
    return [
        Fault(0, f"column {name}: there is no such column; rename it, or begin its name with {NOTE_PREFIX}")
        for name in unknown
    ]


def _read_row(
    number: int, raw: Mapping[str, Any], zone: dt.tzinfo, seen: set[str]
) -> tuple[LoggedCall | None, list[Fault]]:
    body = {name: plain for name, value in raw.items() if (plain := _plain(value)) is not None}
    call_id = str(body.pop("call_id", ""))
    if not call_id or call_id in seen or "received_at" not in body:
        return None, [Fault(number, _identity_problem(call_id, seen))]
    seen.add(call_id)
    facts, problems = _facts(body, zone)
    caller = facts.pop("caller", None)
    line = {
        name: value.isoformat() if isinstance(value, dt.datetime) else value
        for name, value in body.items()
        if name not in LOG_COLUMNS_BY_NAME
    }
    record, faults = read_record(call_id, line, now=_END_OF_TIME, zone=zone, pseudonymise=_in_memory)
    if any(fault.startswith("received_at") and "offset" not in fault for fault in faults):
        return None, [Fault(number, fault) for fault in faults]
    # The ring time of a finished call is not the ring time so far.
    record = replace(record, ring_s=None, caller=caller if caller is not None else record.caller)
    return LoggedCall(record=record, row=number, **facts), [
        Fault(number, text) for text in (*faults, *problems)
    ]


def _facts(body: Mapping[str, Any], zone: dt.tzinfo) -> tuple[dict[str, Any], list[str]]:
    facts: dict[str, Any] = {}
    problems: list[str] = []
    for name, value in body.items():
        column = LOG_COLUMNS_BY_NAME.get(name)
        if column is None:
            continue
        if isinstance(value, dt.datetime):
            facts[name] = _in_zone(value, zone)
            continue
        try:
            read = column.reader.read(value)
        except ValueError:
            problems.append(f"{name}: {column.remedy}")
            continue
        facts[name] = _in_zone(read, zone) if isinstance(read, dt.datetime) else read
    return facts, problems


def _identity_problem(call_id: str, seen: set[str]) -> str:
    if not call_id:
        return "call_id: missing; every call needs its own id"
    if call_id in seen:
        return f"call_id: {call_id} stands in an earlier row too; give every call its own id"
    return "received_at: missing; every call needs its own time"


def _plain(value: Any) -> Any:
    """None for every way in which a table says that nothing is known; else what JSON could hold."""
    if value is None or value is pd.NaT or value is pd.NA:
        return None
    if isinstance(value, pd.Timestamp):
        return value.to_pydatetime()
    if isinstance(value, str):
        text = value.strip()
        return None if text in MISSING_WORDS else text
    if isinstance(value, float) and math.isnan(value):
        return None
    return value.item() if hasattr(value, "item") else value


def _in_zone(time: dt.datetime, zone: dt.tzinfo) -> dt.datetime:
    return time.replace(tzinfo=zone) if time.tzinfo is None else time.astimezone(zone)


def _in_memory(e164: str) -> str:
    """Tell numbers apart while a log is read; this never leaves memory, so it needs no key."""
    return hashlib.sha256(e164.encode()).hexdigest()
