"""One column's cells → values, each distinct cell read once, by the very readers that serve.

The cells that nearly every log is made of (times of one plain shape, plain ASCII text, floats of a Parquet
file) are read by the column; every other one goes through its reader. A property test holds both to the
reading of one row after the other.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import polars as pl

from prankfilter.privacy.intake import EARLIEST, MISSING_WORDS
from prankfilter_training.log.cell_times import DAY_ONLY, in_utc, moment_of, quick_times
from prankfilter_training.log.columns import Column, Kind
from prankfilter_training.log.spellings import (
    MISSING_LOOKALIKES,
    REWRITTEN,
    Misspelt,
    plain_number,
    rewritten_by_a_spreadsheet,
)
from prankfilter_training.log.table import MOMENT

_PLAIN_NUMBER = r"^[+-]?\d{1,15}(\.\d{1,15})?$"
_PLAIN_NUMBER_WITH_COMMA = r"^[+-]?\d{1,15}(,\d{1,15})?$"
_PLAIN_TEXT = r"^[!-~]([ -~]{0,198}[!-~])?$"
_COMMA_NUMBER = r"\d,\d"
_NEVER_SET = f"lies before the year {EARLIEST.year}; that clock was never set"
_LOOKS_EMPTY = "looks like an empty cell, but is text; leave the cell empty"
_REWRITTEN = "was rewritten by a spreadsheet and has lost digits; write it as text"


@dataclass(frozen=True, slots=True)
class Spelling:
    """What a reader must know of the file: the centre's zone, and whether decimals may follow a comma."""

    zone: dt.tzinfo
    decimal_commas: bool = False


@dataclass(frozen=True, slots=True, eq=False)
class ReadColumn:
    """A column's values, and what could not be read."""

    values: pl.Series
    """Null where unknown or unusable."""
    unusable: pl.DataFrame
    """Columns ``place`` (of the row), ``cell`` (text) and ``remedy``."""


_UNUSABLE_SCHEMA = {"place": pl.UInt32(), "cell": pl.String(), "remedy": pl.String()}


def read_column(cells: pl.Series, column: Column, kind: pl.DataType, spelling: Spelling) -> ReadColumn:
    """Read one column.

    Parameters
    ----------
    cells : Series of shape (rows,)
        As they came: text, or typed from a Parquet file.
    column : Column
        Its declaration.
    kind : DataType
        What the values become.
    spelling : Spelling
        Of the file.
    """
    if column.kind is Kind.TIME and cells.dtype in (pl.Datetime, pl.Date):
        return _typed_times(cells, column, spelling)
    texts = _as_texts(cells, column)
    if texts is None:
        return ReadColumn(
            pl.repeat(None, len(cells), dtype=kind, eager=True), _all_unusable(cells, column.remedy)
        )
    quick = _quick(texts, column, spelling, kind)
    distinct = texts.filter(quick.is_null() & texts.is_not_null()).unique(maintain_order=True)
    values, unusable = _read_distinct(texts, distinct, column, kind, spelling)
    read = ReadColumn(quick if values is None else quick.zip_with(quick.is_not_null(), values), unusable)
    return _since_clocks_were_set(read, texts) if column.kind is Kind.TIME else read


# --- text ------------------------------------------------------------------------------------------


def _as_texts(cells: pl.Series, column: Column) -> pl.Series | None:
    """The cells as text; None where the file's type cannot hold such a column's values."""
    kind = cells.dtype
    if kind == pl.String:
        return cells
    if kind.is_integer() or kind in (pl.Categorical, pl.Enum, pl.Null):
        return cells.cast(pl.String)
    if kind == pl.List(pl.String) and column.kind is Kind.WORDS:
        return cells.list.join(",")
    if kind.is_numeric() and column.kind in (Kind.NUMBER, Kind.COUNT):
        return cells.cast(pl.Float64).fill_nan(None).cast(pl.String)
    if kind == pl.Boolean and column.kind is Kind.TRUTH:
        return cells.cast(pl.String)
    return None


def _all_unusable(cells: pl.Series, remedy: str) -> pl.DataFrame:
    known = cells.fill_nan(None) if cells.dtype.is_float() else cells
    places = known.is_not_null().arg_true()
    texts = [str(value) for value in known.gather(places)]
    return pl.DataFrame({"place": places, "cell": texts, "remedy": [remedy] * len(places)}, _UNUSABLE_SCHEMA)


def _read_distinct(
    texts: pl.Series, distinct: pl.Series, column: Column, kind: pl.DataType, spelling: Spelling
) -> tuple[pl.Series | None, pl.DataFrame]:
    """Read each distinct text once; the values of all texts, and where there is one that cannot be used."""
    read = _reader(column, texts, spelling)
    values: list[Any] = []
    remedies: list[str | None] = []
    for text in distinct:
        value, remedy = _tried(read, text.strip(), column.remedy)
        values.append(value)
        remedies.append(remedy)
    if not values:
        return None, pl.DataFrame(schema=_UNUSABLE_SCHEMA)
    known = pl.DataFrame(
        {"cell": distinct, "value": values, "remedy": remedies},
        schema={"cell": pl.String(), "value": kind, "remedy": pl.String()},
    )
    placed = (
        pl.DataFrame({"cell": texts})
        .with_row_index("place")
        .join(known, on="cell", how="left", maintain_order="left")
    )
    unusable = placed.filter(pl.col("remedy").is_not_null()).select(*_UNUSABLE_SCHEMA)
    return placed["value"], unusable


def _tried(read: Callable[[str], Any], text: str, remedy: str) -> tuple[Any, str | None]:
    if text in MISSING_WORDS:
        return None, None
    try:
        return read(text), None
    except Misspelt as problem:
        return None, str(problem)
    except (ValueError, OverflowError):
        return None, remedy


def _reader(column: Column, texts: pl.Series, spelling: Spelling) -> Callable[[str], Any]:
    """How a text of the column is read: put into the spelling that serving knows, then as it serves."""
    serve = column.reader.read
    match column.kind:
        case Kind.TIME:
            return lambda text: moment_of(text, column, spelling.zone)
        case Kind.NUMBER | Kind.COUNT:
            commas = _has_decimal_commas(texts, spelling)
            return lambda text: serve(plain_number(text, decimal_comma=commas))
        case Kind.TEXT:
            return lambda text: serve(_own_text(text))
        case Kind.WORD:
            return lambda text: str(serve(text))
        case Kind.WORDS:
            return lambda text: _list_or_text(serve(text))
    return serve


def _own_text(text: str) -> str:
    if text.lower() in MISSING_LOOKALIKES:
        raise Misspelt(_LOOKS_EMPTY)
    if rewritten_by_a_spreadsheet(text):
        raise Misspelt(_REWRITTEN)
    return text


def _list_or_text(value: Any) -> Any:
    return list(value) if isinstance(value, tuple) else value


def _quick(texts: pl.Series, column: Column, spelling: Spelling, kind: pl.DataType) -> pl.Series:
    """What can be read by the column; null where only the reader knows."""
    if column.kind is Kind.TIME:
        return quick_times(texts, spelling.zone).alias(column.name)
    if column.kind is Kind.NUMBER:
        return _quick_numbers(texts, column, spelling).alias(column.name)
    if not column.verbatim:
        return pl.repeat(None, len(texts), dtype=kind, eager=True).alias(column.name)
    plain = (
        pl.col("text").str.contains(_PLAIN_TEXT)
        & ~pl.col("text").str.contains(REWRITTEN)
        & ~pl.col("text").str.to_lowercase().is_in([*MISSING_LOOKALIKES, *MISSING_WORDS])
    )
    return pl.DataFrame({"text": texts}).select(pl.when(plain).then("text").alias(column.name)).to_series()


def _quick_numbers(texts: pl.Series, column: Column, spelling: Spelling) -> pl.Series:
    commas = _has_decimal_commas(texts, spelling)
    fits = texts.str.contains(_PLAIN_NUMBER_WITH_COMMA if commas else _PLAIN_NUMBER)
    plain = texts.set(~fits, None)
    values = (plain.str.replace(",", ".", literal=True) if commas else plain).cast(pl.Float64, strict=False)
    low, high = column.reader.schema["minimum"], column.reader.schema["maximum"]
    return values.set(~values.is_between(low, high), None) + 0.0  # -0.0 is 0.0


def _has_decimal_commas(texts: pl.Series, spelling: Spelling) -> bool:
    return spelling.decimal_commas and bool(texts.str.contains(_COMMA_NUMBER).any())


# --- time ------------------------------------------------------------------------------------------


def _typed_times(cells: pl.Series, column: Column, spelling: Spelling) -> ReadColumn:
    if cells.dtype == pl.Date:
        if not column.day_will_do:
            nothing = pl.repeat(None, len(cells), dtype=MOMENT, eager=True)
            return ReadColumn(nothing, _all_unusable(cells, DAY_ONLY))
        cells = cells.cast(pl.Datetime("us")) + dt.timedelta(days=1)
    read = ReadColumn(in_utc(cells, spelling.zone), pl.DataFrame(schema=_UNUSABLE_SCHEMA))
    return _since_clocks_were_set(read, cells)


def _since_clocks_were_set(read: ReadColumn, cells: pl.Series) -> ReadColumn:
    early = (read.values < EARLIEST).fill_null(value=False)
    if not early.any():
        return read
    unusable = _all_unusable(cells.set(~early, None), _NEVER_SET)
    return ReadColumn(read.values.set(early, None), pl.concat([read.unusable, unusable]))
