"""Cells of a file of JSON lines: one object a line, one line a call."""

from __future__ import annotations

import json
from codecs import BOM_UTF8
from collections.abc import Collection
from itertools import chain, islice
from pathlib import Path
from types import NoneType
from typing import Any

import polars as pl

from prankfilter_training.log.files import BrokenRow, Cells

_LINES_AT_ONCE = 2_000
"""Few enough to stay in the processor's cache: 50,000 take twice as long."""

_NOTHING = BOM_UTF8 + b" \t\r\n"
_SCALARS = frozenset({str, bool, NoneType})
_DECODER = json.JSONDecoder(parse_float=str, parse_int=str, parse_constant=lambda _: None)
"""Numbers stay as they are spelt; NaN is nothing."""

_NO_JSON = "is no JSON object; write one object a line, in UTF-8"
_NO_VALUE = "must be text, a number, true, false, null or a list of texts"


def read_json_lines(path: Path, wanted: Collection[str] | None = None) -> Cells:
    """Read the values of every line as texts, spelt as JSON spells them; a list's items parted by commas."""
    rows: list[int] = []
    broken: list[BrokenRow] = []
    parts: list[pl.DataFrame] = []
    names: dict[str, None] = {}
    with path.open("rb") as file:
        lines = enumerate(file, start=1)
        while block := list(islice(lines, _LINES_AT_ONCE)):
            objects = []
            for number, line in block:
                if line.strip(_NOTHING):
                    try:
                        objects.append(_object(line))
                        rows.append(number)
                    except ValueError as problem:
                        text = line.decode("utf-8", "replace").rstrip("\r\n")
                        broken.append(BrokenRow(number, str(problem), text))
            here = dict.fromkeys(chain.from_iterable(objects))
            names |= here
            parts.append(_table(objects, [name for name in here if wanted is None or name in wanted]))
    table = pl.concat(parts, how="diagonal") if parts else pl.DataFrame()
    return Cells(table, tuple(names), pl.Series("row", rows, dtype=pl.Int64), tuple(broken))


def _table(objects: list[dict[str, Any]], names: list[str]) -> pl.DataFrame:
    texts = dict.fromkeys(names, pl.String)
    return pl.from_dicts(objects, schema=texts, strict=False) if objects else pl.DataFrame()


def _object(line: bytes) -> dict[str, Any]:
    """The values of a line: texts, True, False and None."""
    try:
        values = _DECODER.decode(line.removeprefix(BOM_UTF8).decode())
    except (ValueError, RecursionError):
        raise ValueError(_NO_JSON) from None
    if not isinstance(values, dict) or (b"\\u" in line and _holds_half_a_character(values)):
        raise ValueError(_NO_JSON)
    if set(map(type, values.values())) <= _SCALARS:
        return values
    return {name: _scalar(value) for name, value in values.items()}


def _scalar(value: Any) -> Any:
    if type(value) in _SCALARS:
        return value
    if isinstance(value, list) and all(isinstance(item, str) for item in value):
        return ",".join(value)
    raise ValueError(f"holds an object or a mixed list; a value {_NO_VALUE}")


def _holds_half_a_character(values: Any) -> bool:
    """Whether an escape such as ``\\ud800`` stands alone, which no text can hold."""
    try:
        json.dumps(values, ensure_ascii=False).encode()
    except UnicodeEncodeError:
        return True
    return False
