"""``prankfilter import``: calls of another system, with what was said of them."""

from __future__ import annotations

import argparse
import datetime as dt
import os
import sys
from collections import Counter
from collections.abc import Iterable
from pathlib import Path

from prankfilter.commands.opening import open_keyring, open_store
from prankfilter.errors import BadInput
from prankfilter.privacy.keyring import Keyring
from prankfilter.privacy.pseudonym import Pseudonymiser
from prankfilter.settings import Settings
from prankfilter.store.importing import ImportReport, RowFault, import_lines
from prankfilter.store.port import Store

SUFFIX = ".jsonl"


def bring_in(options: argparse.Namespace, settings: Settings) -> int:
    """Import a file, or only check it; 1 where a row was rejected."""
    path: Path = options.file
    if path.suffix.lower() != SUFFIX:
        raise BadInput(f"{path}: only JSON lines ({SUFFIX}) are read so far")
    try:
        # What is no UTF-8 is for its row to say, not for the whole file.
        with path.open(encoding="utf-8-sig", errors="surrogateescape") as lines:
            report = _check(lines, settings) if options.dry_run else _keep(lines, settings)
    except OSError as problem:
        raise BadInput(f"{path}: {problem.strerror}") from problem
    _tell(report, path, dry_run=options.dry_run)
    return int(bool(report.rejected))


def _check(lines: Iterable[str], settings: Settings) -> ImportReport:
    return _import(lines, settings, None, Keyring.ephemeral())


def _keep(lines: Iterable[str], settings: Settings) -> ImportReport:
    keyring = open_keyring(settings)
    with open_store(settings) as store:
        return _import(lines, settings, store, keyring)


def _import(lines: Iterable[str], settings: Settings, store: Store | None, keyring: Keyring) -> ImportReport:
    return import_lines(
        lines,
        store,
        now=dt.datetime.now(dt.UTC),
        zone=settings.zone,
        pseudonymise=Pseudonymiser(keyring).pseudonym,
        progress=_show_progress if sys.stderr.isatty() else lambda _rows: None,
    )


def _show_progress(rows: int) -> None:
    print(f"\r{rows} rows", end="", file=sys.stderr, flush=True)


def _tell(report: ImportReport, path: Path, *, dry_run: bool) -> None:
    _tell_warnings(report.warnings)
    for fault, _line in report.rejected:
        print(f"rejected, {fault}", file=sys.stderr)
    if report.rejected and not dry_run:
        rejects = _write_rejects(report, path)
        print(f"rejected rows are in {rejects}; mend them and import that file", file=sys.stderr)
    verb = "would import" if dry_run else "imported"
    print(
        f"{verb} {report.calls} calls, {report.outcomes} outcomes, {report.verdicts} verdicts; "
        f"{len(report.rejected)} of {report.rows} rows rejected"
    )


def _tell_warnings(warnings: list[RowFault]) -> None:
    """Say each thing once: one column that is not known would otherwise be named in every row."""
    counts = Counter(warning.problem for warning in warnings)
    first: dict[str, int] = {}
    for warning in warnings:
        first.setdefault(warning.problem, warning.row)
    for problem, count in counts.items():
        others = f" and {count - 1} more" if count > 1 else ""
        print(f"warning, row {first[problem]}{others}: {problem}", file=sys.stderr)


def _write_rejects(report: ImportReport, path: Path) -> Path:
    """Write the rows as they came, for nobody else to read: there are numbers in them."""
    rejects = path.with_name(f"{path.stem}.rejected{SUFFIX}")
    try:
        handle = os.open(rejects, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
        with os.fdopen(handle, "w", encoding="utf-8", errors="surrogateescape") as file:
            file.writelines(line.rstrip("\n") + "\n" for _fault, line in report.rejected)
    except OSError as problem:
        raise BadInput(f"{rejects}: {problem.strerror}; the rejected rows are named above") from problem
    return rejects
