"""The rows of a log that have faults, as they came, so that they can be mended and checked again.

Numbers stand in it as they stood in the log: it is written where its owner says, for its owner alone.
"""

from __future__ import annotations

import csv
import os
from collections import defaultdict
from collections.abc import Iterator, Sequence
from pathlib import Path

import polars as pl

from prankfilter.errors import BadInput
from prankfilter_training.log.columns import REJECT_COLUMN
from prankfilter_training.log.faults import Fault
from prankfilter_training.log.files import BrokenRow, Cells, find_log
from prankfilter_training.log.logbook import cells_of


def write_rejects(log: Path, faults: Sequence[Fault], out: Path) -> int:
    """Write the rejected rows as CSV, in the log's own columns and `REJECT_COLUMN`; returns how many.

    Parameters
    ----------
    log : Path
        Folder or file, as it was checked.
    faults : sequence of Fault
        Those that speak of the whole file reject no row.
    out : Path
        Is written anew, readable by its owner only. Nothing is written where no row is rejected.
    """
    cells = cells_of(find_log(log))
    if out.exists() and out.samefile(find_log(log)):
        raise BadInput(f"{out} is the log itself; give another name for the rejected rows")
    said = _said(faults)
    if not said:
        return 0
    separator = cells.separator or ","
    handle = os.open(out, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    with os.fdopen(handle, "w", encoding="utf-8-sig", errors="replace", newline="") as file:
        lines = csv.writer(file, delimiter=separator)
        names = [name for name in cells.table.columns if name != REJECT_COLUMN]
        lines.writerow([*names, REJECT_COLUMN])
        lines.writerows(_rows(cells, names, said))
        lines.writerows(_broken(row, len(names), said, separator) for row in cells.broken)
    return len(said)


def _said(faults: Sequence[Fault]) -> dict[int, str]:
    by_row: defaultdict[int, list[str]] = defaultdict(list)
    for fault in faults:
        if fault.row:
            by_row[fault.row].append(fault.problem)
    return {row: f"row {row}: " + " | ".join(problems) for row, problems in by_row.items()}


def _rows(cells: Cells, names: list[str], said: dict[int, str]) -> Iterator[list[str]]:
    chosen = cells.rows.is_in(list(said))
    plain = cells.table.filter(chosen).select(_text(name, kind) for name, kind in cells.table.schema.items())
    for row, values in zip(cells.rows.filter(chosen), plain.select(names).iter_rows(), strict=True):
        yield [*(value or "" for value in values), said[row]]


def _text(name: str, kind: pl.DataType) -> pl.Expr:
    if kind == pl.List(pl.String):
        return pl.col(name).list.join(",")
    if isinstance(kind, pl.Datetime):
        return pl.col(name).dt.strftime(
            "%Y-%m-%dT%H:%M:%S%.f%:z" if kind.time_zone else "%Y-%m-%dT%H:%M:%S%.f"
        )
    return pl.col(name).cast(pl.String, strict=False)


def _broken(row: BrokenRow, width: int, said: dict[int, str], separator: str) -> list[str]:
    """A row that does not fit the header, as far as it does; cells that are left over follow its fault."""
    parted = next(csv.reader([row.text], delimiter=separator), []) if row.row in said else []
    return [*parted[:width], *[""] * (width - len(parted)), said.get(row.row, ""), *parted[width:]]
