"""Cells of a CSV file as spreadsheets write it: any of three separators, with or without a byte-order mark.

A file that is no UTF-8 is read as Windows-1252, which is what an older spreadsheet means by CSV, and a
caution says so: a log is made of words, numbers and times, so at worst an agency's name is spelt oddly.
"""

from __future__ import annotations

import codecs
import csv
import io
from collections import Counter
from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import polars as pl
import pyarrow as pa
from pyarrow import csv as arrow_csv

from prankfilter.errors import BadInput
from prankfilter_training.log.faults import Caution, shown
from prankfilter_training.log.files import BrokenRow, Cells

SEPARATORS = (";", "\t", ",")
_MARKS = ((codecs.BOM_UTF8, "utf-8-sig"), (codecs.BOM_UTF16_LE, "utf-16"), (codecs.BOM_UTF16_BE, "utf-16"))
UNNAMED = "unnamed column"
"""With its place, what a column without a name is called here."""

_BLOCK_BYTES = 1 << 24
_HINT = "sep="
"""First line by which a spreadsheet tells itself the separator; it does not count it as a row."""

_OLD_ENCODING = Caution("", "the file is no UTF-8 and was read as Windows-1252; save it as CSV UTF-8")


@dataclass(frozen=True, slots=True)
class Dialect:
    """How a file is written."""

    encoding: str
    separator: str
    header: tuple[str, ...]
    header_lines: int
    """Lines before the first call."""


def read_csv(path: Path, wanted: Collection[str] | None = None) -> Cells:
    """Read the cells of a CSV file, all of them texts.

    Raises
    ------
    BadInput
        If the file is empty, has two columns of one name, or is not text.
    """
    dialect = dialect_of(path)
    names = [name or f"{UNNAMED} {place}" for place, name in enumerate(dialect.header, start=1)]
    included = [name for name in names if wanted is None or name in wanted or name.startswith(UNNAMED)]
    table, broken = _read(path, dialect, names, included, threads=True)
    if broken:  # only one thread tells where
        table, broken = _read(path, dialect, names, included, threads=False)
    return _cells(table, broken, dialect)


def _read(
    path: Path, dialect: Dialect, names: list[str], included: list[str], *, threads: bool
) -> tuple[pl.DataFrame, list[arrow_csv.InvalidRow]]:
    broken: list[arrow_csv.InvalidRow] = []

    def set_aside(row: arrow_csv.InvalidRow) -> str:
        broken.append(row)
        return "skip"

    try:
        table = arrow_csv.read_csv(
            path,
            read_options=arrow_csv.ReadOptions(
                use_threads=threads,
                block_size=_BLOCK_BYTES,
                skip_rows=dialect.header_lines,
                column_names=names,
                encoding="utf-8" if dialect.encoding == "utf-8-sig" else dialect.encoding,
            ),
            parse_options=arrow_csv.ParseOptions(
                delimiter=dialect.separator,
                newlines_in_values=True,
                ignore_empty_lines=False,
                invalid_row_handler=set_aside,
            ),
            convert_options=arrow_csv.ConvertOptions(
                column_types=dict.fromkeys(names, pa.string()),
                strings_can_be_null=False,
                include_columns=included,
            ),
        )
    except pa.ArrowException as problem:
        raise BadInput(f"{path} cannot be read as CSV; is every quote closed?") from problem
    return pl.DataFrame(pl.from_arrow(table)), broken


def dialect_of(path: Path) -> Dialect:
    """Find encoding, separator and header."""
    encoding = _encoding_of(path)
    with path.open(encoding=encoding, newline="") as file:
        first = file.readline()
        hint = first.strip().removeprefix(_HINT) if first.startswith(_HINT) else ""
        hinted = hint in SEPARATORS
        line = file.readline() if hinted else first
        separator = hint if hinted else _separator_of(line)
        reader = csv.reader(_chained(line, file), delimiter=separator)
        header = tuple(" ".join(name.split()).lower() for name in next(reader, []))
    if not any(header):
        raise BadInput(f"{path}: row 1 is empty; it must name the columns")
    twice = [name for name, count in Counter(filter(None, header)).items() if count > 1]
    if twice:
        raise BadInput(f"{path}: two columns are named {shown(twice[0])}; rename or remove one")
    return Dialect(encoding, separator, header, reader.line_num + int(hinted))


def _chained(line: str, file: io.TextIOBase) -> Iterator[str]:
    yield line
    yield from file


def _encoding_of(path: Path) -> str:
    with path.open("rb") as file:
        head = file.read(4)
        for mark, encoding in _MARKS:
            if head.startswith(mark):
                return encoding
        decoder = codecs.getincrementaldecoder("utf-8")()
        try:
            file.seek(0)
            while block := file.read(_BLOCK_BYTES):
                decoder.decode(block)
            decoder.decode(b"", final=True)
        except UnicodeDecodeError:
            return _old_encoding_of(path)
    return "utf-8"


def _old_encoding_of(path: Path) -> str:
    try:
        path.read_bytes().decode("cp1252")
    except UnicodeDecodeError as problem:
        raise BadInput(f"{path} is no text in UTF-8; save it as CSV UTF-8") from problem
    return "cp1252"


def _separator_of(line: str) -> str:
    """The separator that occurs most often in the header, outside of quotes."""
    outside = "".join(line.split('"')[::2])
    return max(SEPARATORS[::-1], key=outside.count)


def _cells(table: pl.DataFrame, invalid: Sequence[arrow_csv.InvalidRow], dialect: Dialect) -> Cells:
    expected = len(dialect.header)
    broken = tuple(
        BrokenRow(row.number - dialect.header_lines + 1, _ragged(row.actual_columns, expected), row.text)
        for row in invalid
    )
    rows = pl.int_range(2, len(table) + len(broken) + 2, eager=True).alias("row")
    rows = rows.filter(~rows.is_in([one.row for one in broken]))
    table, rows = _without_empty_rows(table, rows)
    hollow = [name for name in table.columns if name.startswith(UNNAMED) and not (table[name] != "").any()]
    table = table.drop(hollow)
    unnamed = (name for name in table.columns if name.startswith(UNNAMED))
    cautions = (_OLD_ENCODING,) if dialect.encoding == "cp1252" else ()
    return Cells(table, (*filter(None, dialect.header), *unnamed), rows, broken, cautions, dialect.separator)


def _without_empty_rows(table: pl.DataFrame, rows: pl.Series) -> tuple[pl.DataFrame, pl.Series]:
    """Spreadsheets write rows of empty cells, most often at the end of a sheet."""
    if not table.width or not (table.to_series() == "").any():
        return table, rows
    filled = table.select(pl.any_horizontal(pl.all() != "")).to_series()
    return table.filter(filled), rows.filter(filled)


def _ragged(actual: int, expected: int) -> str:
    return (
        f"has {actual} cells where the header has {expected}; "
        "put quotes around a value that holds a separator, and close every quote"
    )
