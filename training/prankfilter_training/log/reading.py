"""A log's cells → its table, column by column, and everything that is wrong with them."""

from __future__ import annotations

import datetime as dt
import difflib
from collections.abc import Iterable
from dataclasses import dataclass

import polars as pl

from prankfilter.privacy.intake import WITHOUT_SERVICE
from prankfilter_training.log.cell_kinds import Spelling, read_column
from prankfilter_training.log.cell_times import local_times
from prankfilter_training.log.columns import COLUMNS_BY_NAME, EVERY_COLUMN, NOTE_PREFIX, Column, Kind, is_note
from prankfilter_training.log.csv_cells import UNNAMED
from prankfilter_training.log.faults import Caution, Fault, shown
from prankfilter_training.log.files import Cells
from prankfilter_training.log.settled import settle
from prankfilter_training.log.table import SCHEMA

NEEDED = ("call_id", "received_at")


@dataclass(frozen=True, slots=True, eq=False)
class Reading:
    """What a file says."""

    table: pl.DataFrame
    """Columns as in `SCHEMA`, in order of time; only rows that are calls."""
    faults: tuple[Fault, ...]
    cautions: tuple[Caution, ...]


def faults_of_header(names: Iterable[str]) -> list[Fault]:
    """Columns that nobody declared."""
    unknown = [name for name in names if name not in COLUMNS_BY_NAME and not is_note(name)]
    return [Fault(0, _column(name), _unknown(name)) for name in unknown]


def _column(name: str) -> str:
    """A name that nobody declared can hold anything, a number too."""
    return name if name.startswith(UNNAMED) else f"column {shown(name)}"


def read_cells(cells: Cells, zone: dt.tzinfo) -> Reading:
    """Read what the file holds under declared names; `NEEDED` must be among them."""
    spelling = Spelling(zone, cells.decimal_commas)
    faults = [Fault(broken.row, "", broken.remedy) for broken in cells.broken]
    given = [column for name, column in COLUMNS_BY_NAME.items() if name in cells.table.columns]
    values: dict[str, pl.Series] = {"row": cells.rows}
    for column in given:
        read = read_column(cells.table[column.name], column, SCHEMA.get(column.name, pl.String()), spelling)
        values[column.name] = read.values
        faults += _faults_of_column(column, read.unusable, cells.rows)
    told = {(fault.row, fault.column) for fault in faults}
    table, settled, mended = _settled(pl.DataFrame(values))
    table, missing = _identified(table, told)
    return Reading(
        _in_order(table.with_columns(ring_s=pl.lit(None, pl.Float64))),
        tuple(faults + missing + settled),
        (*cells.cautions, *_caution_of_times(cells.table, zone), *_caution_of_ring(values), *mended),
    )


def _settled(table: pl.DataFrame) -> tuple[pl.DataFrame, list[Fault], list[Caution]]:
    """Settle numbers; a pseudonym that the log gives itself stands before ours, if it can name a caller."""
    if "caller" not in table.columns:
        return settle(table)
    state = table.get_column("access_state", default=pl.Series([None] * len(table), dtype=pl.String))
    shared = state.is_in([str(one) for one in WITHOUT_SERVICE]).fill_null(value=False)
    rows = table.filter(shared & table["caller"].is_not_null())["row"]
    given = table["caller"].set(shared, None)
    table, faults, cautions = settle(table.drop("caller"))
    made = table.get_column("caller", default=given.clear(len(given)))
    table = table.with_columns(given.zip_with(given.is_not_null(), made).alias("caller"))
    twofold = table.filter(given.is_not_null() & made.is_not_null())["row"]
    cautions += [
        Caution("caller", why, tuple(which))
        for why, which in ((_NOBODY, rows), (_TWOFOLD, twofold))
        if len(which)
    ]
    return table, faults, cautions


def _in_order(table: pl.DataFrame) -> pl.DataFrame:
    absent = [pl.lit(None, kind).alias(name) for name, kind in SCHEMA.items() if name not in table.columns]
    whole = table.with_columns(absent).select(pl.col(name).cast(kind) for name, kind in SCHEMA.items())
    return whole.sort("received_at", "call_id", maintain_order=True)


def _identified(table: pl.DataFrame, unusable: set[tuple[int, str]]) -> tuple[pl.DataFrame, list[Fault]]:
    """Leave out rows that are no call: without an id of their own, or without a time."""
    faults = []
    for name in NEEDED:
        rows = table.filter(pl.col(name).is_null())["row"]
        told = (row for row in rows if (row, name) not in unusable)
        faults += [Fault(row, name, f"missing; every call needs its own {_THING[name]}") for row in told]
    table = table.filter(pl.all_horizontal(pl.col(name).is_not_null() for name in NEEDED))
    doubled = table["call_id"].is_duplicated()
    if not doubled.any():
        return table, faults
    later = table.filter(doubled).with_columns(first=pl.col("row").min().over("call_id"))
    later = later.filter(pl.col("row") != pl.col("first"))
    faults += [
        Fault(row, "call_id", f"stands in row {earlier} too; give every call its own id", shown(call_id))
        for row, call_id, earlier in later.select("row", "call_id", "first").iter_rows()
    ]
    return table.filter(~pl.col("row").is_in(later["row"].implode())), faults


_THING = {"call_id": "id", "received_at": "time"}
_NOBODY = "names nobody: a phone without service has no number of its own; passed over"
_TWOFOLD = "stands before calling_number, which is given too"
_RING = "passed over; the ring time of a finished call is not the ring time so far"


def _faults_of_column(column: Column, unusable: pl.DataFrame, rows: pl.Series) -> list[Fault]:
    numbers = rows.gather(unusable["place"])
    told = zip(numbers, unusable["cell"], unusable["remedy"], strict=True)
    return [
        Fault(row, column.name, remedy, None if column.private else shown(cell)) for row, cell, remedy in told
    ]


def _caution_of_times(table: pl.DataFrame, zone: dt.tzinfo) -> list[Caution]:
    times = [name for name, column in COLUMNS_BY_NAME.items() if column.kind is Kind.TIME]
    local = {name: local_times(table[name]) for name in times if name in table.columns}
    counts = ", ".join(f"{name} {count:,}" for name, count in local.items() if count)
    return [Caution("", f"times without an offset are read in {zone}: {counts}")] if counts else []


def _caution_of_ring(values: dict[str, pl.Series]) -> list[Caution]:
    given = values["ring_s"].is_not_null() if "ring_s" in values else pl.Series([False])
    return [Caution("ring_s", _RING, tuple(values["row"].filter(given)))] if given.any() else []


def _unknown(name: str) -> str:
    if name.startswith(UNNAMED):
        return "has values but no name; name it in row 1, or remove it"
    near = difflib.get_close_matches(name, EVERY_COLUMN, n=1)
    hint = f"is {near[0]} meant? " if near else ""
    return f"there is no such column; {hint}rename it, or begin its name with {NOTE_PREFIX}"
