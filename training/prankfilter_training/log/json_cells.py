"""Cells of a file of JSON lines: one object a line, one line a call."""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Collection
from pathlib import Path
from typing import Any

import polars as pl

from prankfilter_training.log.files import BrokenRow, Cells

_NO_JSON = "is no JSON object; write one object a line, in UTF-8"
_NO_VALUE = "must be text, a number, true, false, null or a list of texts"


def read_json_lines(path: Path, wanted: Collection[str] | None = None) -> Cells:
    """Read the values of every line as texts, spelt as JSON spells them; a list's items parted by commas."""
    columns: defaultdict[str, list[str | None]] = defaultdict(list)
    names: dict[str, None] = {}
    rows: list[int] = []
    broken: list[BrokenRow] = []
    with path.open("rb") as file:
        for number, line in enumerate(file, start=1):
            if not line.strip(b"\xef\xbb\xbf \t\r\n"):
                continue
            try:
                values = _texts(line)
            except ValueError as problem:
                broken.append(BrokenRow(number, str(problem), line.decode("utf-8", "replace").rstrip("\r\n")))
                continue
            names |= dict.fromkeys(values)
            for name, value in values.items():
                if wanted is None or name in wanted:
                    column = columns[name]
                    column += [None] * (len(rows) - len(column))
                    column.append(value)
            rows.append(number)
    table = {name: column + [None] * (len(rows) - len(column)) for name, column in columns.items()}
    return Cells(
        pl.DataFrame(table, schema=dict.fromkeys(table, pl.String())),
        tuple(names),
        pl.Series("row", rows, dtype=pl.Int64),
        tuple(broken),
    )


def _texts(line: bytes) -> dict[str, str | None]:
    try:
        values = json.loads(line.decode("utf-8-sig"))
    except (ValueError, RecursionError):
        raise ValueError(_NO_JSON) from None
    if not isinstance(values, dict) or (b"\\u" in line and _holds_half_a_character(values)):
        raise ValueError(_NO_JSON)
    return {name: value if type(value) is str else _text(value) for name, value in values.items()}


def _text(value: Any) -> str | None:
    if value is None:
        return None
    if isinstance(value, str):
        return value
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, int | float):
        return repr(value)
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
