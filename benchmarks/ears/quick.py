"""The part ``ears`` of ``python -m benchmarks``: speed and memory, which need no recordings."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from pathlib import Path

from benchmarks.ears import memory, report, speed
from benchmarks.ears.rivals import RIVALS, missing_in_words
from benchmarks.tables import show
from prankfilter.classifier.running import Library
from prankfilter.settings import read_settings
from prankfilter.vocabulary import CallRecord


@dataclass(frozen=True, slots=True)
class Quick:
    """Speed and memory."""

    timed: list[speed.Timed]
    parts: speed.Timed
    memory: memory.Memory

    @property
    def tables(self) -> list[report.Table]:
        """In the order of reading."""
        return [
            report.speed_table(self.timed),
            report.parts_table(self.parts),
            report.memory_table(self.memory),
        ]


def measure(models: Path) -> Quick:
    """Measure the ears that run here, and every rival that is installed."""
    ears = Library(models).load().ears
    record = CallRecord(call_id="ears", received_at=dt.datetime.now(read_settings({}).zone))
    rivals = tuple(rival for rival in RIVALS if not rival.missing)
    timed = [speed.compare(ears, record, rivals, length_s) for length_s in speed.LENGTHS_S]
    return Quick(timed, speed.parts(ears, record), memory.measure(models))


def main(models: Path) -> None:
    """Print the tables."""
    for table in measure(models).tables:
        show(table.title, table.columns, table.rows, table.note)
    absent = missing_in_words(RIVALS)
    print(f"\n{absent}" if absent else "")
