"""A report for any spreadsheet program: one table below the other, raw numbers, nothing that runs.

Indonesian programs expect a semicolon between cells and a decimal comma, and read UTF-8 only with a mark at
the beginning.
"""

from __future__ import annotations

import csv
import datetime as dt
import io
from collections.abc import Iterator
from typing import Any

from prankfilter.language.words import SOURCE, Words
from prankfilter.reports.list_rows import Cell
from prankfilter.reports.lists import Column, List, Write
from prankfilter.reports.report import ADVICE_NOT_ACCUSATION, Report
from prankfilter.reports.writing import COMPARED, UNITS, Writer, reasons_in_words

STARTS_A_FORMULA = ("=", "+", "-", "@", "\t", "\r", "\n")
"""What a spreadsheet program would compute (OWASP); a quote before it makes it text."""

Line = list[str]


def as_csv(report: Report, words: Words) -> bytes:
    """Write all of it, every list included."""
    file = io.StringIO(newline="")
    writer = csv.writer(file, delimiter=";" if words.language == SOURCE else ",", lineterminator="\r\n")
    writer.writerows(_lines(report, Writer(words)))
    return file.getvalue().encode("utf-8-sig")


def _lines(report: Report, writer: Writer) -> Iterator[Line]:
    words = writer.words
    yield from ([harmless(line)] for line in report.letterhead)
    yield [f"{writer.title(report.kind)}: {writer.period(report.kind, report.period)}"]
    yield [writer.signed(report.made_at, report.made_by)]
    yield from ([words(remark)] for remark in (*report.remarks, ADVICE_NOT_ACCUSATION))
    yield []
    yield [
        words("Bagian"),
        words("Angka"),
        words("Satuan"),
        words("Nilai"),
        *map(words, COMPARED[report.kind]),
    ]
    for figure in report.counted:
        values = report.figures[figure.name]
        numbers = (number(one, words) for one in values.all)
        yield [words(figure.section), words(figure.label), words(UNITS[figure.unit]), *numbers]
    for one in report.tables:
        yield from _list(report, one, words)


def _list(report: Report, one: List[Any], words: Words) -> Iterator[Line]:
    yield []
    yield [words(one.title)]
    yield [words(column.label) for column in one.columns]
    for row in report.lists[one.name]:
        yield [_cell(column, cell, words) for column, cell in zip(one.columns, row, strict=True)]


def _cell(column: Column, cell: Cell, words: Words) -> str:
    if cell is None:
        return ""
    if isinstance(cell, dt.datetime):
        return f"{cell.astimezone(words.zone):%Y-%m-%d %H:%M:%S}"
    if isinstance(cell, tuple):
        return harmless(reasons_in_words(cell, words))
    if isinstance(cell, str):
        return harmless(words(cell) if column.write is Write.WORD else cell)
    return number(cell, words)


def number(value: float | None, words: Words) -> str:
    """Write a number so that the reader's spreadsheet program takes it for one; empty is unknown."""
    if value is None:
        return ""
    text = f"{value:.12g}" if isinstance(value, float) else str(value)
    return text.replace(".", ",") if words.language == SOURCE else text


def harmless(text: str) -> str:
    """Return a text that no spreadsheet program computes.

    >>> harmless("=1+1"), harmless("08.00")
    ("'=1+1", '08.00')
    """
    return f"'{text}" if text.startswith(STARTS_A_FORMULA) else text
