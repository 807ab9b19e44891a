"""The service with a disk that can stall and a clock that can be set: ``python -m tests.breakable FOLDER …``.

While ``FOLDER/stalled`` exists no commit comes to an end; ``FOLDER/clock`` says by how many seconds the
clock is set. Everything else is `prankfilter-serve`.
"""

from __future__ import annotations

import datetime as dt
import importlib
import sys
import time
from collections.abc import Sequence
from pathlib import Path

from prankfilter.store.database import SqlDisk
from prankfilter.store.writer import Job

STALLED, CLOCK = "stalled", "clock"


def main(folder: Path) -> int:
    """Break what can be broken, then serve."""
    _let_the_disk_stall(folder / STALLED)
    _let_the_clock_be_set(folder / CLOCK)
    return int(importlib.import_module("prankfilter_api.serve").main())


def _let_the_disk_stall(stalled: Path) -> None:
    commit = SqlDisk.commit

    def stalling(self: SqlDisk, jobs: Sequence[Job]) -> None:
        while stalled.exists():
            time.sleep(0.01)
        commit(self, jobs)

    SqlDisk.commit = stalling  # type: ignore[method-assign]


def _let_the_clock_be_set(clock: Path) -> None:
    """Before anything that takes the time by name is imported."""

    def off_by_s() -> float:
        return float(clock.read_text()) if clock.exists() else 0.0

    def now() -> dt.datetime:
        return dt.datetime.now(dt.UTC) + dt.timedelta(seconds=off_by_s())

    importlib.import_module("prankfilter_api.state").utc_now = now
    steps = importlib.import_module("prankfilter_api.clock").ClockSteps
    steps.__init__.__kwdefaults__["clock"] = lambda: time.time() + off_by_s()
    screener = importlib.import_module("prankfilter.wiring.screener").Screener
    screener.__init__.__kwdefaults__["now"] = now


if __name__ == "__main__":
    sys.exit(main(Path(sys.argv.pop(1))))
