"""Writes training/sample_log: 200 simulated calls as an Indonesian spreadsheet saves them.

For trying ``prankfilter-train check`` and for reading what a log looks like; far too small to fit on. With
``--check`` it only tells whether the files are what it would write.
"""

from __future__ import annotations

import csv
import datetime as dt
import io
import json
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from prankfilter.generated import write_or_check
from prankfilter_training.log.columns import EVERY_COLUMN
from prankfilter_training.log.logbook import SIMULATION_FILE
from prankfilter_training.simulation.profiles import REGENCY
from prankfilter_training.simulation.simulate import SimulatedLog, simulate

FOLDER = Path(__file__).parents[1] / "sample_log"
ROWS = 200

_START = dt.date(2025, 3, 1)
_DAYS = 30
_SEED = 112
_TIME = "%d/%m/%Y %H:%M:%S"
_TRUTH = {True: "BENAR", False: "SALAH"}


def files() -> dict[str, bytes]:
    """The sample's files by name."""
    log = simulate(REGENCY, start=_START, days=_DAYS, seed=_SEED)
    about = {
        **log.made_by,
        "rows": ROWS,
        "note": f"the first {ROWS} calls of these {_DAYS} days, without sound",
    }
    return {
        "calls.csv": _as_spreadsheet(log).encode("utf-8-sig"),
        SIMULATION_FILE: (json.dumps(about, indent=2, sort_keys=True) + "\n").encode(),
    }


def _as_spreadsheet(log: SimulatedLog) -> str:
    """Semicolons, decimal commas, the centre's own times day first, BENAR and SALAH."""
    calls = log.calls.head(ROWS)
    names = [name for name in EVERY_COLUMN if name in calls.columns and calls[name].notna().any()]
    text = io.StringIO(newline="")
    lines = csv.writer(text, delimiter=";", lineterminator="\r\n")
    lines.writerow(names)
    lines.writerows([_cell(value) for value in row] for row in calls[names].itertuples(index=False))
    return text.getvalue()


def _cell(value: Any) -> str:
    if pd.isna(value):
        return ""
    if value is True or value is False or isinstance(value, np.bool_):
        return _TRUTH[bool(value)]
    if isinstance(value, pd.Timestamp):
        return value.strftime(_TIME)
    return f"{value:.1f}".replace(".", ",") if isinstance(value, float) else str(value)


def main(arguments: Sequence[str]) -> int:
    """Write the files, or with ``--check`` compare them; 0 done, 1 stale, 2 usage."""
    made = {FOLDER / name: content for name, content in files().items()}
    return write_or_check(
        arguments, made, name="training/sample_log", module="prankfilter_training.sample_log"
    )


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
