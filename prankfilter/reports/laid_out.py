"""A report in words, laid out in parts: what the PDF and the page both show, each in its own way."""

from __future__ import annotations

import textwrap
from itertools import groupby
from typing import Any

from prankfilter.language.words import Words
from prankfilter.reports.charts import Look
from prankfilter.reports.list_rows import Cell
from prankfilter.reports.lists import Column, List, Write
from prankfilter.reports.periods import ReportKind
from prankfilter.reports.pictures import pictures
from prankfilter.reports.report import ADVICE_NOT_ACCUSATION, Report
from prankfilter.reports.summary import summary
from prankfilter.reports.table import FIGURES_BY_NAME
from prankfilter.reports.writing import COMPARED, Writer

TILES = ("calls", "genuine", "pranks", "genuine_delayed")
"""What stands large at the top; the last one is the number that must be zero."""

_NUMBERS = frozenset({Write.COUNT, Write.SHARE, Write.SECONDS})


def laid_out(report: Report, writer: Writer, look: Look) -> dict[str, Any]:
    """Return all that is shown, in words."""
    words = writer.words
    printed = [one for one in report.tables if report.kind in one.reports]
    return {
        **_frame(report, writer),
        "remarks": [words(remark) for remark in report.remarks],
        "tiles": [_tile(report, name, writer) for name in TILES if name in report.figures],
        "summary": summary(report, words),
        "first": [_list(report, one, writer) for one in printed if one.is_first],
        "pictures": [
            {"title": one.title, "summary": one.summary, "svg": one.svg}
            for one in pictures(report, words, look)
        ],
        "sections": _sections(report, writer),
        "lists": [
            _list(report, one, writer) for one in printed if not one.is_first and one.name not in _DRAWN
        ],
        "meanings": _meanings(report, words),
        "signatures": [
            {"above": words("Mengetahui"), "office": words("Kepala Dinas"), "name": " "},
            {"above": words("Dibuat oleh"), "office": words("Supervisor"), "name": report.made_by},
        ],
    }


_DRAWN = frozenset({"hours", "weekday_hours"})
"""Shown as pictures."""


def _frame(report: Report, writer: Writer) -> dict[str, Any]:
    words = writer.words
    return {
        "language": words.language,
        "title": writer.title(report.kind),
        "author": report.letterhead[-1] if report.letterhead else "",
        "letterhead": report.letterhead,
        "period": writer.period(report.kind, report.period),
        "made": words(
            "Dibuat {moment} oleh {name}", moment=words.moment(report.made_at), name=report.made_by
        ),
        "printed": words("dicetak {moment}", moment=words.moment(report.made_at)),
        "page": words("halaman {page} dari {pages}", page="{page}", pages="{pages}"),
        "advice": words(ADVICE_NOT_ACCUSATION),
        "figure": words("Angka"),
        "now": words("Periode ini"),
        "compared": [words(one) for one in COMPARED[report.kind]],
        "meanings_title": words("Arti angka"),
    }


def _tile(report: Report, name: str, writer: Writer) -> dict[str, Any]:
    figure, values = FIGURES_BY_NAME[name], report.figures[name]
    before = ""
    if values.before is not None:
        before = f"{writer.words(COMPARED[report.kind][0])}: {writer.figure(figure, values.before)}"
    return {
        "label": writer.words(figure.label),
        "value": "–" if values.now is None else writer.figure(figure, values.now),
        "before": before,
        "strong": name == TILES[-1],
    }


def _sections(report: Report, writer: Writer) -> list[dict[str, Any]]:
    return [
        {
            "title": writer.words(section),
            "rows": [
                {
                    "label": writer.words(figure.label),
                    "part": figure.is_part,
                    "values": [writer.figure(figure, one) for one in report.figures[figure.name].all],
                }
                for figure in figures
            ],
        }
        for section, figures in groupby(report.counted, key=lambda figure: figure.section)
    ]


def _list(report: Report, one: List[Any], writer: Writer) -> dict[str, Any]:
    return {
        "title": writer.words(one.title),
        "empty": writer.words(one.empty),
        "columns": [_column(column, writer) for column in one.columns],
        "rows": [
            [_cell(column, cell, writer) for column, cell in zip(one.columns, row, strict=True)]
            for row in report.lists[one.name]
        ],
    }


def _cell(column: Column, cell: Cell, writer: Writer) -> str:
    text = writer.cell(column, cell)
    return "\u200b".join(textwrap.wrap(text, 8)) if column.write is Write.ID else text


def _column(column: Column, writer: Writer) -> dict[str, Any]:
    return {
        "label": writer.words(column.label),
        "number": column.write in _NUMBERS,
        "room": column.room,
    }


def _meanings(report: Report, words: Words) -> list[dict[str, str]]:
    """Monthly reports go to people who do not see the others, and explain themselves."""
    if report.kind is not ReportKind.MONTHLY:
        return []
    return [{"label": words(one.label), "meaning": words(one.meaning)} for one in report.counted]
