"""One measurement of `benchmarks.large_logs`: prints seconds, processor seconds and peak memory as JSON."""

from __future__ import annotations

import json
import sys
import time
from collections.abc import Callable, Mapping
from pathlib import Path
from zoneinfo import ZoneInfo

import numpy as np
import polars as pl
from prankfilter_training.fitting.fit import prepare
from prankfilter_training.log.logbook import read_log
from prankfilter_training.log.table import Log
from prankfilter_training.rows.build import build_rows, call_rows
from prankfilter_training.rows.columnar.sheet import Sheet
from prankfilter_training.rows.history import histories
from prankfilter_training.simulation.profiles import CITY
from prankfilter_training.sound.source import NoSound

from prankfilter.features.table import FEATURES
from prankfilter.vocabulary import Moment

EDGES = (0.5, 0.6, 0.7)
RING_FEATURES = tuple(feature for feature in FEATURES if feature.known_from is Moment.RING)


def _log(folder: Path, name: str) -> Log:
    table = pl.read_parquet(folder / f"{name}.parquet")
    return Log(table, ZoneInfo(CITY.zone), simulated=True, faults=(), digest="")


def _rows(log: Log) -> None:
    build_rows(Sheet(log), {}, np.ones(len(log.table), bool), RING_FEATURES)


def _call_by_call(log: Log) -> None:
    for call, known in zip(log.calls, histories(log.calls), strict=True):
        call_rows(call, known, None, RING_FEATURES)


WORK: Mapping[str, tuple[str, Callable[[Log], object]]] = {
    "rows": ("table", _rows),
    "one number": ("one number", _rows),
    "prepare": ("table", lambda log: prepare(log, NoSound(), EDGES)),
    "call by call": ("table", _call_by_call),
}


def main(work: str, folder: Path) -> None:
    """Do one kind of work once."""
    if work == "read":
        started, cpu = time.perf_counter(), time.process_time()
        read_log(folder).must_be_sound()
    else:
        name, do = WORK[work]
        log = _log(folder, name)
        started, cpu = time.perf_counter(), time.process_time()
        do(log)
    measured = {"seconds": time.perf_counter() - started, "cpu_s": time.process_time() - cpu}
    print(json.dumps(measured | {"peak_mb": _peak_mb()}))


def _peak_mb() -> float:
    """Peak memory of this very program; `ru_maxrss` would begin with that of the process that started it."""
    status = dict(line.split(":", 1) for line in Path("/proc/self/status").read_text().splitlines())
    return int(status["VmHWM"].split()[0]) / 1024


if __name__ == "__main__":
    main(sys.argv[1], Path(sys.argv[2]))
