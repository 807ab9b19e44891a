"""A report for a terminal."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import groupby
from typing import Any

from prankfilter.language.words import Words
from prankfilter.reports.lists import List
from prankfilter.reports.report import ADVICE_NOT_ACCUSATION, Report
from prankfilter.reports.row import Figure
from prankfilter.reports.summary import summary
from prankfilter.reports.writing import COMPARED, Writer

WIDEST = 60


def as_text(report: Report, words: Words) -> str:
    """Write all of it, figures first."""
    return "\n".join(_lines(report, Writer(words))) + "\n"


def _lines(report: Report, writer: Writer) -> Iterator[str]:
    words = writer.words
    yield from report.letterhead
    yield f"{writer.title(report.kind)}: {writer.period(report.kind, report.period)}"
    yield writer.signed(report.made_at, report.made_by)
    yield ""
    yield from (f"! {words(remark)}" for remark in report.remarks)
    yield from (f"* {sentence}" for sentence in summary(report, words))
    printed = [one for one in report.tables if report.kind in one.reports]
    yield from (line for one in printed if one.is_first for line in _list(report, one, writer))
    yield from _figures(report, writer)
    yield from (line for one in printed if not one.is_first for line in _list(report, one, writer))
    yield ""
    yield words(ADVICE_NOT_ACCUSATION)


def _figures(report: Report, writer: Writer) -> Iterator[str]:
    words = writer.words
    for section, figures in groupby(report.counted, key=lambda figure: figure.section):
        heads = ["", *(words(one) for one in COMPARED[report.kind])]
        rows = [_row(report, figure, writer) for figure in figures]
        yield from ("", words(section).upper())
        yield from _table(["", *heads], rows)


def _row(report: Report, figure: Figure, writer: Writer) -> list[str]:
    values = report.figures[figure.name]
    label = ("  " if figure.is_part else "") + writer.words(figure.label)
    return [label, *(writer.figure(figure, one) for one in values.all)]


def _list(report: Report, one: List[Any], writer: Writer) -> Iterator[str]:
    words, rows = writer.words, report.lists[one.name]
    yield from ("", words(one.title).upper())
    if not rows:
        yield words(one.empty)
        return
    cells = [
        [writer.cell(column, cell) for column, cell in zip(one.columns, row, strict=True)] for row in rows
    ]
    yield from _table([words(column.label) for column in one.columns], cells)


def _table(heads: Sequence[str], rows: Sequence[Sequence[str]]) -> Iterator[str]:
    lines = [heads, *rows]
    widths = [min(max(map(len, column)), WIDEST) for column in zip(*lines, strict=True)]
    for line in lines:
        cells = (cell.ljust(width) for cell, width in zip(line, widths, strict=True))
        yield "  ".join(cells).rstrip()
