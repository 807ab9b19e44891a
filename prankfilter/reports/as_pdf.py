"""A report to print and to sign: tagged PDF (PDF/UA-1, archivable), set by Typst.

The words are written here and handed over as data, so nothing that somebody typed is ever taken for markup.
Typst fetches nothing: its fonts are its own, and the layout names no package.
"""

from __future__ import annotations

import datetime as dt
import json
from importlib import resources
from typing import cast

import typst

from prankfilter.language.words import Words
from prankfilter.reports.charts import Look
from prankfilter.reports.laid_out import laid_out
from prankfilter.reports.report import Report
from prankfilter.reports.writing import Writer

STANDARDS: typst.PDFStandards = ["a-2a", "ua-1"]
FONT = "Libertinus Serif"


def as_pdf(report: Report, words: Words) -> bytes:
    """Set it."""
    layout = (resources.files(__package__) / "report.typ").read_bytes()
    told = json.dumps(laid_out(report, Writer(words), Look(font=FONT)))
    compiler = typst.Compiler(layout, ignore_system_fonts=True, sys_inputs={"report": told})
    at = report.made_at.astimezone(dt.UTC).replace(microsecond=0)
    made = compiler.compile(format="pdf", pdf_standards=STANDARDS, timestamp=at)
    return cast(bytes, made)
