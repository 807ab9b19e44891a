"""How long reports take: a shift and a month of a large city, from the command to the last byte."""

from __future__ import annotations

import contextlib
import datetime as dt
import os
import random
import resource
import sqlite3
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

from tqdm import tqdm

from benchmarks.tables import show
from prankfilter.store.codec import to_text
from prankfilter.store.instants import microseconds
from prankfilter.store.sql import SqlStore
from prankfilter.vocabulary import (
    Advice,
    Assessed,
    CallRecord,
    Decision,
    Guard,
    Label,
    Moment,
    NumberKind,
    Reason,
)

ZONE = ZoneInfo("Asia/Jakarta")
FIRST = dt.datetime(2026, 9, 1, tzinfo=ZONE)
MONTH_CALLS = 100_000
LOOKS = 3
"""Of each call; the month before has as many calls and looks."""

CHUNK = 10_000
ANY_CALL, ANY_RESULT = "(call)", "(result)"
WANTED = (
    ("shift", "2026-10-15T15:00", "text"),
    ("shift", "2026-10-15T15:00", "pdf"),
    ("daily", "2026-10-15", "pdf"),
    ("monthly", "2026-10", "json"),
    ("monthly", "2026-10", "pdf"),
    ("monthly", "2026-10", "xlsx"),
)
Row = tuple[Any, ...]

INSERTS = {
    "calls": "INSERT INTO calls (call_id, received_at, caller, number_is_verified, area, centre_id, "
    "record) VALUES (?, ?, ?, ?, ?, ?, ?)",
    "decisions": "INSERT INTO decisions (result_id, call_id, at, known_from, audio_s, assessed, advice, "
    "flagged, child_like, strata, policy, decision) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
    "said": "INSERT INTO said (call_id, at, by, what, label, details) VALUES (?, ?, ?, ?, ?, ?)",
}


def main(models: Path) -> None:
    """Fill a store, then make each report in a process of its own, as a service does."""
    with tempfile.TemporaryDirectory() as folder:
        data = Path(folder)
        fill(data / "prankfilter.sqlite")
        show(
            f"Reports of a city with {MONTH_CALLS:,} calls a month, {LOOKS} looks each",
            ("report", "wall s", "processor s", "memory MB", "kB written"),
            (_measured(data, models, *wanted) for wanted in WANTED),
            note="The command from its start to its end; three periods are counted each time. "
            f"Load {os.getloadavg()[0]:.1f}.",
        )


def _measured(data: Path, models: Path, kind: str, when: str, form: str) -> tuple[str, ...]:
    out = data / "report"
    before, started = resource.getrusage(resource.RUSAGE_CHILDREN), time.perf_counter()
    subprocess.run(
        [
            sys.executable,
            "-m",
            "prankfilter.cli",
            "report",
            kind,
            "--date",
            when,
            "--format",
            form,
            "--out",
            out,
        ],
        env={
            **os.environ,
            "PRANKFILTER_DATA": str(data),
            "PRANKFILTER_MODELS": str(models),
            "PRANKFILTER_ZONE": ZONE.key,
        },
        check=True,
        stdout=subprocess.DEVNULL,
    )
    wall_s, after = time.perf_counter() - started, resource.getrusage(resource.RUSAGE_CHILDREN)
    processor_s = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
    return (
        f"{kind}, {form}",
        f"{wall_s:.1f}",
        f"{processor_s:.1f}",
        f"{after.ru_maxrss / 1000:.0f}",
        f"{out.stat().st_size / 1000:.0f}",
    )


def fill(path: Path) -> None:
    """Fill two months."""
    SqlStore.open(f"sqlite:///{path}").close()
    with contextlib.closing(sqlite3.connect(path)) as connection:
        connection.execute("PRAGMA synchronous=OFF")
        for tables in tqdm(_chunks(), total=2 * MONTH_CALLS // CHUNK, desc="store", leave=False):
            for table, rows in tables.items():
                connection.executemany(INSERTS[table], rows)
            connection.commit()


def _chunks() -> Iterator[dict[str, list[Row]]]:
    rng = random.Random(112)
    days = (dt.datetime(2026, 11, 1, tzinfo=ZONE) - FIRST) / dt.timedelta(seconds=1)
    moments = sorted(rng.uniform(0, days) for _ in range(2 * MONTH_CALLS))
    for start in range(0, len(moments), CHUNK):
        tables: dict[str, list[Row]] = {"calls": [], "decisions": [], "said": []}
        for number, seconds in enumerate(moments[start : start + CHUNK], start):
            _call(number, FIRST + dt.timedelta(seconds=seconds), rng, tables)
        yield tables


def _call(number: int, received: dt.datetime, rng: random.Random, tables: dict[str, list[Row]]) -> None:
    call_id, at, caller = f"call-{number}", microseconds(received), f"caller-{rng.randrange(60_000)}"
    label = rng.choices(list(Label)[:8], (4, 16, 30, 2, 0, 12, 30, 4))[0]
    record = CallRecord(
        call_id=call_id,
        received_at=received,
        caller=caller,
        number_tail="890",
        number_kind=NumberKind.ASSERTED,
        trunk="trunk-1",
        cell_id=f"510-10-{4100 + rng.randrange(20)}-{rng.randrange(9)}",
        centre_id="centre-1",
        calls_waiting=0,
    )
    tables["calls"].append((call_id, at, caller, 1, record.area, "centre-1", to_text(record)))
    flagged = rng.random() < 0.1
    for look in range(LOOKS):
        tables["decisions"].append(_look(call_id, f"{number}-{look}", at, flagged))
    details = {"label": label, "source": "call_taker", "by": "petugas-7", "duration_s": rng.uniform(5, 200)}
    told = details | {"answered_at": (received + dt.timedelta(seconds=rng.uniform(1, 30))).isoformat()}
    tables["said"].append((call_id, at + 200_000_000, "petugas-7", "outcome", label.value, to_text(told)))


def _look(call_id: str, result_id: str, at: int, flagged: bool) -> Row:
    text = _decision(flagged).replace(ANY_CALL, call_id).replace(ANY_RESULT, result_id)
    facts = (0.0, "full", "normal", flagged, 0, "other", "observe", text)
    return (result_id, call_id, at + 20_000, at, *facts)


@cache
def _decision(flagged: bool) -> str:
    reason = Reason(
        feature="calls_24h_count", value=3.0, unit="count", contribution=1.2, text="3 kali dalam 24 jam"
    )
    decision = Decision(
        call_id=ANY_CALL,
        result_id=ANY_RESULT,
        moment=Moment.RING,
        audio_s=0.0,
        assessed=Assessed.FULL,
        prank_score=0.9 if flagged else 0.2,
        call_suspicion=90 if flagged else 20,
        kinds={Label.GENUINE: 0.5, Label.JOKE_OR_ABUSE: 0.5},
        advice=Advice.NORMAL,
        flagged=flagged,
        guards=(Guard.NO_CERTIFICATE,),
        reasons=(reason,) * 5,
        certificate=None,
        policy="observe",
        model_id="0123456789abcdef",
        faults=(),
        elapsed_ms=3.5,
    )
    return to_text(decision)
