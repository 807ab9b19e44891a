"""Bring calls, outcomes and verdicts of another system into the store, with their own times.

One JSON object a line: the fields of a call record, of its outcome and of its verdict, flat, under the
names of the labelled log. A row is taken whole or not at all; what is not taken is named with its row,
field and remedy and goes into a reject file, so that it can be mended and imported again. Names and free
text are not imported.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from itertools import islice

from prankfilter.errors import BadInput
from prankfilter.privacy.intake import Pseudonymise
from prankfilter.store.doubts import keep_doubts
from prankfilter.store.imported import read_row
from prankfilter.store.port import ImportedCall, Store

ROWS_AT_ONCE = 200
"""Kept with one wait for the disk; a row by itself would cost three."""


@dataclass(frozen=True, slots=True)
class RowFault:
    """What is wrong with one row, and what to do about it."""

    row: int
    problem: str

    def __str__(self) -> str:
        return f"row {self.row}: {self.problem}"


@dataclass(slots=True)
class ImportReport:
    """What an import did, or in a dry run would do."""

    rows: int = 0
    calls: int = 0
    outcomes: int = 0
    verdicts: int = 0
    rejected: list[tuple[RowFault, str]] = field(default_factory=list)
    """Fault and the row as it came."""
    warnings: list[RowFault] = field(default_factory=list)
    """What was left out of rows that were taken, or guessed."""

    def took(self, call: ImportedCall) -> None:
        """Count a row that was kept."""
        self.calls += 1
        self.outcomes += len(call.outcomes)
        self.verdicts += len(call.rulings)


@dataclass(frozen=True, slots=True)
class _Row:
    number: int
    line: str
    call: ImportedCall


def import_lines(
    lines: Iterable[str],
    store: Store | None,
    *,
    now: dt.datetime,
    zone: dt.tzinfo,
    pseudonymise: Pseudonymise,
    progress: Callable[[int], None] = lambda _rows: None,
) -> ImportReport:
    """Import JSON lines; importing the same file twice changes nothing. Without a store it only checks.

    Raises `StoreUnavailable` where the disk gives out; the same file can then be imported again.
    """
    report = ImportReport()

    def rows() -> Iterator[_Row]:
        for number, line in enumerate(lines, start=1):
            if not line.strip():
                continue
            report.rows += 1
            try:
                call, faults = read_row(line, now=now, zone=zone, pseudonymise=pseudonymise)
            except BadInput as refusal:
                report.rejected.append((RowFault(number, str(refusal)), line))
                continue
            report.warnings += [RowFault(number, fault) for fault in faults]
            yield _Row(number, line, call)

    read = rows()
    while batch := list(islice(read, ROWS_AT_ONCE)):
        if store is not None:
            batch = _keep(batch, store, report)
            for row in batch:
                keep_doubts(store, row.call.record, at=now)
        for row in batch:
            report.took(row.call)
        progress(report.rows)
    report.rejected.sort(key=lambda rejected: rejected[0].row)
    return report


def _keep(rows: Sequence[_Row], store: Store, report: ImportReport) -> list[_Row]:
    """Keep rows; returns those that the store took."""
    try:
        store.put_calls([row.call for row in rows])
    except BadInput as refusal:
        if len(rows) > 1:
            return [kept for row in rows for kept in _keep([row], store, report)]
        report.rejected.append((RowFault(rows[0].number, str(refusal)), rows[0].line))
        return []
    return list(rows)
