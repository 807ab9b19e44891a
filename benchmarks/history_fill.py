"""Stores of any size, filled past the service: calls, decisions and outcomes of a made-up city."""

from __future__ import annotations

import contextlib
import datetime as dt
import sqlite3
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from itertools import islice
from pathlib import Path
from typing import Any, Protocol

import psycopg
from tqdm import tqdm

from prankfilter.store.codec import to_text
from prankfilter.store.instants import microseconds
from prankfilter.store.sql import SqlStore
from prankfilter.vocabulary import Advice, Assessed, CallRecord, Decision, Label, Moment, NumberKind
from tests.postgres import Postgres

NOW = dt.datetime(2026, 11, 2, 21, 0, tzinfo=dt.UTC)
DAY_CALLS = 1000
DAY_US = 86_400_000_000
AREAS, CENTRES = 40, 2
SUPER_CALLS = 500
"""The newest calls but for every other belong to one number."""

CHUNK = 20_000
COLUMNS = {
    "calls": "call_id, received_at, caller, number_is_verified, area, centre_id, record",
    "decisions": "result_id, call_id, at, known_from, audio_s, assessed, advice, flagged, child_like, "
    "prank_score, margin, stratum, strata, policy, model_id, decision",
    "said": "call_id, at, by, what, label, details",
}
OUTCOME = '{"label":"genuine","source":"call_taker","by":"petugas-7","duration_s":84.0,"ended_by":"caller"}'

Row = tuple[Any, ...]


class Filler(Protocol):
    """Makes a database with so many calls."""

    def fill(self, calls: int) -> str:
        """Return its address."""
        ...


@dataclass
class SqliteFiller:
    """One file a size."""

    folder: Path

    def fill(self, calls: int) -> str:
        """See `Filler`."""
        path = self.folder / f"{calls}.sqlite"
        SqlStore.open(f"sqlite:///{path}").close()
        with contextlib.closing(sqlite3.connect(path)) as connection:
            connection.execute("PRAGMA synchronous=OFF")
            connection.execute("PRAGMA cache_size=-500000")
            for tables in _chunks(calls):
                for table, rows in tables.items():
                    marks = ", ".join("?" for _ in COLUMNS[table].split(","))
                    connection.executemany(f"INSERT INTO {table} ({COLUMNS[table]}) VALUES ({marks})", rows)
                connection.commit()
        return f"sqlite:///{path}"


@dataclass
class PostgresFiller:
    """One database a size."""

    server: Postgres

    def fill(self, calls: int) -> str:
        """See `Filler`."""
        address = self.server.make_database()
        with psycopg.connect(address, autocommit=True) as connection:
            for tables in _chunks(calls):
                for table, rows in tables.items():
                    _copy(connection, table, rows)
            connection.execute("VACUUM ANALYZE")
        return address


def _copy(connection: psycopg.Connection[Any], table: str, rows: Iterable[Row]) -> None:
    statement = f"COPY {table} ({COLUMNS[table]}) FROM STDIN"
    with connection.cursor() as cursor, cursor.copy(statement.encode()) as copy:
        for row in rows:
            copy.write_row(row)


def _chunks(calls: int) -> Iterator[dict[str, list[Row]]]:
    """The rows of all tables, oldest first, so many calls at a time."""
    numbers = iter(tqdm(range(calls), desc=f"{calls:,} calls", unit="call", leave=False))
    while some := list(islice(numbers, CHUNK)):
        yield {
            "calls": [_call(number, calls) for number in some],
            "decisions": [_decision(number, calls) for number in some],
            "said": [_said(number, calls) for number in some if number % 2],
        }


def _received_us(number: int, calls: int) -> int:
    return microseconds(NOW) - (calls - number) * DAY_US // DAY_CALLS


def _caller(number: int, calls: int) -> str:
    """Four calls within four days each, but for one number that has half of the newest calls."""
    back = calls - number
    if back <= 2 * SUPER_CALLS and number % 2:
        return "super"
    block, place = divmod(back, 4 * DAY_CALLS)
    return f"usual-{block * DAY_CALLS + place % DAY_CALLS}"


def _call(number: int, calls: int) -> Row:
    at = _received_us(number, calls)
    area, centre = f"cell-{number % AREAS}", f"centre-{number % CENTRES}"
    return f"c{number}", at, _caller(number, calls), True, area, centre, RECORD


def _decision(number: int, calls: int) -> Row:
    at = _received_us(number, calls) + 2_000_000
    advice = "verify" if number % 20 == 1 else "normal"
    kept = (0.1, -2.0, "known", "known", "queue", "0123456789abcdef", DECISION)
    return f"r{number}", f"c{number}", at, at, 0.0, "metadata_only", advice, False, False, *kept


def _said(number: int, calls: int) -> Row:
    at = _received_us(number, calls) + 90_000_000
    return f"c{number}", at, "petugas-7", "outcome", "genuine", OUTCOME


RECORD = to_text(
    CallRecord(
        call_id="a84b4c76e66710@10.0.0.1",
        received_at=NOW,
        caller="k1.0123456789abcdef0123456789abcdef",
        number_kind=NumberKind.ASSERTED,
        trunk="telkomsel-1",
        cell_id="510-10-2041-77",
        centre_id="centre-1",
        ring_s=2.5,
        calls_waiting=1,
    )
)
DECISION = to_text(
    Decision(
        call_id="a84b4c76e66710@10.0.0.1",
        result_id="93ac890d50a21b6158fc60165c56f2b2",
        moment=Moment.RING,
        audio_s=0.0,
        assessed=Assessed.METADATA_ONLY,
        prank_score=0.1,
        call_suspicion=10,
        kinds={Label.GENUINE: 0.9, Label.JOKE_OR_ABUSE: 0.1},
        advice=Advice.NORMAL,
        flagged=False,
        guards=(),
        reasons=(),
        certificate=None,
        policy="queue",
        model_id="0123456789abcdef",
        faults=("x" * 400,),
        elapsed_ms=1.5,
    )
)
"""With as much text as reasons usually take."""
