"""``prankfilter report``: what a shift, a day or a month came to."""

from __future__ import annotations

import argparse
import datetime as dt
import getpass
import importlib
import os
import sys
from collections.abc import Mapping
from contextlib import closing
from pathlib import Path
from types import MappingProxyType

from prankfilter.errors import BadInput, BadSetting
from prankfilter.language.words import Words
from prankfilter.reports.as_json import as_json
from prankfilter.reports.districts import read_districts
from prankfilter.reports.periods import ReportKind
from prankfilter.reports.report import Report
from prankfilter.settings import Settings
from prankfilter.store.deeds import Act, Deed, Deeds
from prankfilter.store.sql import SqlStore
from prankfilter.wiring.report_child import confine
from prankfilter.wiring.reporting import Reporter

FORMATS: Mapping[str, str] = MappingProxyType(
    {name: f"prankfilter.reports.as_{name}" for name in ("text", "csv", "xlsx", "pdf")}
)
"""Loaded by name: some need the extra `console`, which a service without pages does not have."""

RECORDED = frozenset({"csv", "xlsx", "pdf"})
"""Files that leave the installation: who takes one out is on record before it is handed over."""


def report(options: argparse.Namespace, settings: Settings) -> int:
    """Make one report and write it, or show it."""
    if options.confined:
        confine()
    now, by = dt.datetime.now(dt.UTC), options.by or getpass.getuser()
    if options.out is None and options.format in {"xlsx", "pdf"} and sys.stdout.isatty():
        raise BadInput(f"{options.format} is no text for a terminal; give a file with --out")
    with closing(SqlStore.open(settings.store)) as store:
        reporter = Reporter(
            store,
            models=settings.models,
            zone=settings.zone,
            shifts=settings.shifts,
            letterhead=settings.letterhead,
            districts=read_districts(settings.districts),
        )
        made = reporter.report(ReportKind(options.kind), options.date, now=now, by=options.signed or by)
        content = _written(made, options.format, options.language or settings.language, settings)
        if options.format in RECORDED:
            what = f"{options.kind} {made.period.start:%Y-%m-%dT%H:%M} {options.format}"
            Deeds(store).put(Deed(at=now, by=by, what=Act.EXPORTED, details={"what": what}))
    _hand_over(content, options.out)
    return 0


def _written(made: Report, form: str, language: str, settings: Settings) -> bytes:
    if form == "json":
        return as_json(made).encode()
    try:
        write = getattr(importlib.import_module(FORMATS[form]), f"as_{form}")
    except ImportError as missing:
        raise BadSetting(f"this format needs the extra `console`: {missing}") from missing
    written: str | bytes = write(made, Words(language, settings.zone))
    return written.encode() if isinstance(written, str) else written


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
