"""``prankfilter report``: what a shift, a day or a month came to."""

from __future__ import annotations

import argparse
import datetime as dt
import getpass
import os
import sys
from collections.abc import Callable, Mapping
from pathlib import Path
from types import MappingProxyType

from prankfilter.commands.opening import open_store
from prankfilter.errors import BadInput
from prankfilter.language.words import Words
from prankfilter.reports.as_csv import as_csv
from prankfilter.reports.as_json import as_json
from prankfilter.reports.as_pdf import as_pdf
from prankfilter.reports.as_text import as_text
from prankfilter.reports.as_xlsx import as_xlsx
from prankfilter.reports.periods import ReportKind
from prankfilter.reports.report import Report
from prankfilter.settings import Settings
from prankfilter.store.deeds import Act, Deed, Deeds
from prankfilter.wiring.reporting import Reporter

FORMATS: Mapping[str, Callable[[Report, Words], bytes]] = MappingProxyType(
    {
        "text": lambda report, words: as_text(report, words).encode(),
        "json": lambda report, _: as_json(report).encode(),
        "csv": as_csv,
        "xlsx": as_xlsx,
        "pdf": as_pdf,
    }
)
RECORDED = frozenset({"csv", "xlsx", "pdf"})
"""Files that leave the installation: who takes one out is on record before it is handed over."""


def report(options: argparse.Namespace, settings: Settings) -> int:
    """Make one report and write it, or show it."""
    now, by = dt.datetime.now(dt.UTC), options.by or getpass.getuser()
    if options.out is None and options.format in {"xlsx", "pdf"} and sys.stdout.isatty():
        raise BadInput(f"{options.format} is no text for a terminal; give a file with --out")
    with open_store(settings) as store:
        reporter = Reporter(
            store,
            models=settings.models,
            zone=settings.zone,
            shifts=settings.shifts,
            letterhead=settings.letterhead,
        )
        made = reporter.report(ReportKind(options.kind), options.date, now=now, by=by)
        content = FORMATS[options.format](made, Words(options.language or settings.language, settings.zone))
        if options.format in RECORDED:
            what = f"{options.kind} {made.period.start.isoformat()} {options.format}"
            Deeds(store).put(Deed(at=now, by=by, what=Act.EXPORTED, details={"what": what}))
    _hand_over(content, options.out)
    return 0


def _hand_over(content: bytes, path: Path | None) -> None:
    if path is None:
        sys.stdout.flush()
        sys.stdout.buffer.write(content)
        return
    try:
        # Nobody else may read it: it lists calls one by one.
        handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
        with os.fdopen(handle, "wb") as file:
            file.write(content)
    except OSError as problem:
        raise BadInput(f"{path} cannot be written: {problem.strerror}") from problem
    print(path)
