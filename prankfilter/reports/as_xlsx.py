"""A report as a workbook: numbers stay numbers, times stay times, and nothing in it is computed or linked.

Rows are written as they come and kept nowhere, so that a month of a hundred thousand calls takes no more
memory than a shift.
"""

from __future__ import annotations

import datetime as dt
import io
from collections.abc import Iterable, Sequence
from typing import Any

import xlsxwriter
from xlsxwriter.format import Format
from xlsxwriter.worksheet import Worksheet

from prankfilter.language.words import Words
from prankfilter.reports.list_rows import Cell, call_row
from prankfilter.reports.lists import CALL_COLUMNS, Column, Write
from prankfilter.reports.report import ADVICE_NOT_ACCUSATION, Report
from prankfilter.reports.row import Unit
from prankfilter.reports.writing import COMPARED, Writer, reasons_in_words

MOST_ROWS = 1_048_575
"""What a sheet holds below its headings."""

DAY_S = 86_400.0
"""A spreadsheet counts time in days."""

_OPTIONS = {
    "constant_memory": True,
    "strings_to_formulas": False,
    "strings_to_urls": False,
    "strings_to_numbers": False,
    "in_memory": False,
}
_FORMATS = {
    Write.COUNT: "#,##0",
    Write.SHARE: "0.0%",
    Write.SECONDS: "[h]:mm:ss",
    Write.MOMENT: "dd/mm/yyyy hh:mm:ss",
}
_WIDTHS = {
    Write.COUNT: 11,
    Write.SHARE: 9,
    Write.SECONDS: 14,
    Write.MOMENT: 19,
    Write.WORD: 26,
    Write.TEXT: 30,
    Write.REASONS: 60,
    Write.ID: 24,
    Write.DAY: 12,
}
_UNITS = {Unit.COUNT: Write.COUNT, Unit.SHARE: Write.SHARE, Unit.SECONDS: Write.SECONDS}


def as_xlsx(report: Report, words: Words) -> bytes:
    """Write all of it, the list of all calls included."""
    file = io.BytesIO()
    with xlsxwriter.Workbook(file, _OPTIONS) as book:
        book.set_properties(
            {"title": Writer(words).title(report.kind), "comments": words(ADVICE_NOT_ACCUSATION)}
        )
        sheets = _Sheets(book, words)
        sheets.figures(report)
        for one in report.tables:
            sheets.list(one.title, one.columns, report.lists[one.name])
        if report.calls:
            sheets.list("Semua panggilan", CALL_COLUMNS, map(call_row, report.calls))
    return file.getvalue()


class _Sheets:
    def __init__(self, book: Any, words: Words) -> None:
        self._book = book
        self._words = words
        self._head: Format = book.add_format({"bold": True, "bottom": 1, "text_wrap": True, "valign": "top"})
        self._title: Format = book.add_format({"bold": True, "font_size": 14})
        self._plain: Format = book.add_format()
        self._formats = {write: book.add_format({"num_format": text}) for write, text in _FORMATS.items()}
        self._taken: set[str] = set()

    def figures(self, report: Report) -> None:
        """Write every figure of the table with its meaning."""
        words, writer = self._words, Writer(self._words)
        sheet = self._sheet("Ringkasan")
        sheet.set_column(0, 0, 26)
        sheet.set_column(1, 1, 46)
        sheet.set_column(2, 4, 18)
        sheet.set_column(5, 5, 90)
        made = writer.signed(report.made_at, report.made_by)
        title = f"{writer.title(report.kind)}: {writer.period(report.kind, report.period)}"
        above = [*report.letterhead, title, made, *map(words, (*report.remarks, ADVICE_NOT_ACCUSATION))]
        for place, text in enumerate(above):
            sheet.write_string(place, 0, text, self._title if text == title else self._plain)
        start = len(above) + 1
        heads = [words("Bagian"), words("Angka"), words("Nilai"), *map(words, COMPARED[report.kind])]
        sheet.write_row(start, 0, [*heads, words("Artinya")], self._head)
        for place, figure in enumerate(report.counted, start + 1):
            values = report.figures[figure.name]
            sheet.write_string(place, 0, words(figure.section))
            sheet.write_string(place, 1, words(figure.label))
            for column, value in enumerate(values.all, 2):
                self._number(sheet, place, column, _UNITS[figure.unit], value)
            sheet.write_string(place, 5, words(figure.meaning))

    def list(self, title: str, columns: Sequence[Column], rows: Iterable[tuple[Cell, ...]]) -> None:
        """Write one list on a sheet of its own; what does not fit on one goes on on the next."""
        sheet, place = self._list_sheet(title, columns), 0
        for row in rows:
            if place == MOST_ROWS:
                sheet, place = self._list_sheet(title, columns), 0
            place += 1
            for number, (column, cell) in enumerate(zip(columns, row, strict=True)):
                self._cell(sheet, place, number, column, cell)

    def _list_sheet(self, title: str, columns: Sequence[Column]) -> Worksheet:
        sheet = self._sheet(title)
        for number, column in enumerate(columns):
            sheet.set_column(number, number, _WIDTHS[column.write])
        sheet.write_row(0, 0, [self._words(column.label) for column in columns], self._head)
        return sheet

    def _sheet(self, title: str) -> Worksheet:
        """Add a sheet that prints across the page and repeats its headings."""
        name = base = self._words(title)[:28].strip()
        count = 1
        while name in self._taken:
            count += 1
            name = f"{base} {count}"
        self._taken.add(name)
        sheet: Worksheet = self._book.add_worksheet(name)
        sheet.set_landscape()
        sheet.set_paper(9)
        sheet.fit_to_pages(1, 0)
        sheet.freeze_panes(1, 0) if title != "Ringkasan" else None
        sheet.repeat_rows(0)
        sheet.set_footer(f"&L{self._words(ADVICE_NOT_ACCUSATION)}&R&P / &N")
        return sheet

    def _cell(self, sheet: Worksheet, row: int, number: int, column: Column, cell: Cell) -> None:
        if isinstance(cell, dt.datetime):
            local = cell.astimezone(self._words.zone).replace(tzinfo=None)
            sheet.write_datetime(row, number, local, self._formats[Write.MOMENT])
        elif isinstance(cell, str):
            sheet.write_string(row, number, _text(self._words(cell) if column.write is Write.WORD else cell))
        elif isinstance(cell, tuple):
            sheet.write_string(row, number, _text(reasons_in_words(cell, self._words)))
        else:
            self._number(sheet, row, number, column.write, cell)

    def _number(self, sheet: Worksheet, row: int, column: int, write: Write, value: float | None) -> None:
        """Write a number; an empty cell is unknown."""
        if value is not None:
            shown = value / DAY_S if write is Write.SECONDS else value
            sheet.write_number(row, column, shown, self._formats[write])


def _text(typed: str) -> str:
    """Return a text that the library writes as a text.

    What begins and ends like its own marks of a text in several styles it would write as it stands.
    """
    return f" {typed}" if typed.startswith("<r>") else typed
