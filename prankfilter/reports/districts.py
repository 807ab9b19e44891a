"""Which district a cell is in: what the centre says in a file, else the location area of its number."""

from __future__ import annotations

import csv
from collections.abc import Mapping
from pathlib import Path

from prankfilter.errors import BadInput

UNKNOWN = "tidak diketahui"
PARTS_OF_A_CELL = 4
"""Country, network, location area, cell."""


def read_districts(path: Path | None) -> Mapping[str, str]:
    """Read a file with two columns, ``area`` (a cell's number or its beginning) and ``district``.

    Raises `BadInput`, naming the first line that cannot be read.
    """
    if path is None:
        return {}
    try:
        with path.open(encoding="utf-8-sig", newline="") as file:
            first = file.readline()
            file.seek(0)
            rows = list(csv.DictReader(file, delimiter=";" if ";" in first else ","))
    except (OSError, UnicodeDecodeError, csv.Error) as problem:
        raise BadInput(f"{path} cannot be read as CSV: {problem}") from problem
    return dict(_row(row, line, path) for line, row in enumerate(rows, start=2))


def _row(row: Mapping[str, str | None], line: int, path: Path) -> tuple[str, str]:
    area, district = ((row.get(name) or "").strip() for name in ("area", "district"))
    if not area or not district:
        raise BadInput(f"{path}, line {line}: give an area and its district under the heads area;district")
    return area, district


def district_of(cell_id: str | None, districts: Mapping[str, str]) -> str:
    """Return the district of a cell: the longest beginning in the file, else its location area.

    >>> district_of("510-10-4101-77", {"510-10": "Penajam", "510-10-4102": "Sepaku"})
    'Penajam'
    >>> district_of("510-10-4101-77", {}), district_of(None, {})
    ('510-10-4101', 'tidak diketahui')
    """
    if cell_id is None:
        return UNKNOWN
    for length in range(len(cell_id), 0, -1):
        if cell_id[:length] in districts:
            return districts[cell_id[:length]]
    if districts:
        return UNKNOWN
    parts = cell_id.split("-")
    return "-".join(parts[:-1]) if len(parts) == PARTS_OF_A_CELL else cell_id
