"""Reading a labelled log: a folder with ``calls.parquet``, ``calls.csv`` or ``calls.jsonl``, one row a call.

A call record in a log is read by the very code that reads it in service. Whatever is wrong is named with
row, column, value and remedy; nothing is dropped silently.
"""

from __future__ import annotations

import datetime as dt
import json
from collections.abc import Callable, Collection, Mapping
from pathlib import Path
from types import MappingProxyType
from typing import Any
from zoneinfo import ZoneInfo

from prankfilter.errors import BadInput
from prankfilter_training.log.columns import EVERY_COLUMN
from prankfilter_training.log.csv_cells import read_csv
from prankfilter_training.log.files import Cells, digest_of, find_log, folder_of, read_parquet
from prankfilter_training.log.json_cells import read_json_lines
from prankfilter_training.log.reading import NEEDED, faults_of_header, read_cells
from prankfilter_training.log.rules import cautions_of, faults_of
from prankfilter_training.log.table import Log

SIMULATION_FILE = "simulation.json"

READERS: Mapping[str, Callable[[Path, Collection[str] | None], Cells]] = MappingProxyType(
    {".parquet": read_parquet, ".csv": read_csv, ".jsonl": read_json_lines}
)


def read_log(path: Path, *, zone: dt.tzinfo | None = None) -> Log:
    """Read a log.

    Parameters
    ----------
    path : Path
        A folder that holds ``calls.parquet``, ``calls.csv`` or ``calls.jsonl``, or such a file itself.
    zone : tzinfo, optional
        The centre's own; a simulated log tells its own. Times without an offset are read in it.

    Raises
    ------
    BadInput
        If there is no log, it cannot be read at all, or it has no ``call_id`` or ``received_at`` column.
    """
    file = find_log(path)
    simulation = _simulation(folder_of(path))
    zone = ZoneInfo(simulation["profile"]["zone"]) if simulation else zone
    if zone is None:
        raise BadInput(f"{path}: in which zone is the centre? Give --zone, such as Asia/Makassar")
    cells = cells_of(file, EVERY_COLUMN)
    missing = [name for name in NEEDED if name not in cells.names]
    if missing:
        raise BadInput(
            f"{file} has no column {' and no column '.join(missing)}; its first row must name the columns, "
            "and every call needs its own id and its own time"
        )
    reading = read_cells(cells, zone)
    broken = (*faults_of_header(cells.names), *reading.faults, *faults_of(reading.table))
    return Log(
        reading.table,
        zone,
        simulation is not None,
        tuple(sorted(broken, key=lambda fault: fault.row)),
        digest_of(file),
        cautions=(*reading.cautions, *cautions_of(reading.table)),
    )


def cells_of(file: Path, wanted: Collection[str] | None = None) -> Cells:
    """A file's cells as they came; of all columns, or of those that are wanted and there."""
    return READERS[file.suffix.lower()](file, wanted)


def _simulation(folder: Path) -> Any:
    path = folder / SIMULATION_FILE
    return json.loads(path.read_text(encoding="utf-8")) if path.exists() else None
