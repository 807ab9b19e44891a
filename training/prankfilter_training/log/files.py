"""The files of a log: which one it is, and its cells as they came, in Parquet, CSV or JSON lines."""

from __future__ import annotations

import hashlib
from collections.abc import Collection
from dataclasses import dataclass
from pathlib import Path

import polars as pl

from prankfilter.errors import BadInput
from prankfilter_training.log.faults import Caution

FILE_NAMES = ("calls.parquet", "calls.csv", "calls.jsonl")

_SPREADSHEETS = (".xlsx", ".xls", ".ods", ".xlsm")


@dataclass(frozen=True, slots=True)
class BrokenRow:
    """A row whose cells do not fit the header, or a line that is no JSON object."""

    row: int
    remedy: str
    text: str
    """As it came."""


@dataclass(frozen=True, slots=True, eq=False)
class Cells:
    """A file's cells, nothing read from them yet."""

    table: pl.DataFrame
    """One row a call. Texts from CSV and JSON lines; typed from Parquet."""
    names: tuple[str, ...]
    """Of all columns of the file, read or not."""
    rows: pl.Series
    """Number of each row, as a spreadsheet counts; of JSON lines, the line's."""
    broken: tuple[BrokenRow, ...] = ()
    cautions: tuple[Caution, ...] = ()
    separator: str | None = None
    """Of a CSV file."""

    @property
    def decimal_commas(self) -> bool:
        """Whether the file may write decimals with a comma, being parted by something else."""
        return self.separator is not None and self.separator != ","


def find_log(path: Path) -> Path:
    """The file of a log, given its folder or itself."""
    if path.is_dir():
        found = [path / name for name in FILE_NAMES if (path / name).exists()]
        if not found:
            raise BadInput(f"{path} holds neither {' nor '.join(FILE_NAMES)}")
        if len(found) > 1:
            names = " and ".join(file.name for file in found)
            raise BadInput(f"{path} holds {names}; give the path of the one that is meant")
        return found[0]
    suffix = path.suffix.lower()
    if suffix in _SPREADSHEETS:
        raise BadInput(f"{path}: save the sheet as CSV (UTF-8) and give that file")
    if f"calls{suffix}" not in FILE_NAMES:
        raise BadInput(f"{path}: a log is a folder with {' or '.join(FILE_NAMES)}, or such a file itself")
    if not path.exists():
        raise BadInput(f"{path}: there is no such file")
    return path


def folder_of(path: Path) -> Path:
    """The folder that a log's recordings and its ``simulation.json`` are in."""
    return path if path.is_dir() else path.parent


def digest_of(path: Path) -> str:
    """SHA-256 of a file."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def read_parquet(path: Path, wanted: Collection[str] | None = None) -> Cells:
    """Read ``calls.parquet``; the first call is row 2, as in a spreadsheet of the same log."""
    try:
        lazy = pl.scan_parquet(path)
        names = lazy.collect_schema().names()
        table = lazy.select(name for name in names if wanted is None or name in wanted).collect()
    except pl.exceptions.PolarsError as problem:
        raise BadInput(f"{path} is no Parquet file that can be read: {problem}") from problem
    return Cells(table, tuple(names), _counted(len(table)))


def _counted(count: int) -> pl.Series:
    return pl.Series("row", range(2, count + 2), dtype=pl.Int64)
