"""What is wrong with a log: where, what the value was, and what to do about it.

A value is shown so that it can be found again, but never one that may hold a calling number (SAFETY,
personal data): cells slip into the wrong column, so that a number may stand anywhere.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

LONGEST_SHOWN = 40
_FEWEST_DIGITS_OF_A_NUMBER = 6
_HIDDEN = "(not shown: it may hold a number)"
_CLOCK = r"\d{1,2}[:.]\d{2}([:.]\d{2}([.,]\d{1,9})?)?"
_PLAIN_TIME = re.compile(
    r"((19|20)\d\d[-/.]\d{1,2}[-/.]\d{1,2}|\d{1,2}[-/.]\d{1,2}[-/.](19|20)\d\d|\d{1,2}/\d{1,2}/\d\d)"
    rf"([T ]{_CLOCK} ?(Z|[+-]\d\d:?\d\d|WIB|WITA|WIT|AM|PM)?)?",
    re.ASCII,
)


@dataclass(frozen=True, slots=True)
class Fault:
    """One thing that is wrong with a log."""

    row: int
    """As a spreadsheet counts: the first call is row 2. In JSON lines the line. 0 speaks of the file."""
    column: str
    """Empty where the row itself is broken."""
    remedy: str
    value: str | None = None
    """As it may be shown."""

    @property
    def problem(self) -> str:
        """Column, value and remedy."""
        return _problem(self.column, self.value, self.remedy)

    def __str__(self) -> str:
        return f"row {self.row}: {self.problem}" if self.row else self.problem


@dataclass(frozen=True, slots=True)
class Caution:
    """Something that was guessed or looks odd; the log is read all the same."""

    column: str
    remedy: str
    rows: tuple[int, ...] = ()
    """Empty where it speaks of the whole file."""

    def __str__(self) -> str:
        where = f"{rows_in_words(self.rows)}: " if self.rows else ""
        return where + _problem(self.column, None, self.remedy)


def shown(value: object) -> str:
    """A value as it may be shown: cut to a sane length, and hidden where it may hold a number."""
    text = " ".join(str(value).split())
    if sum(map(str.isdigit, text)) >= _FEWEST_DIGITS_OF_A_NUMBER and not _PLAIN_TIME.fullmatch(text):
        return _HIDDEN
    cut = text if len(text) <= LONGEST_SHOWN else text[: LONGEST_SHOWN - 1] + "…"
    return f'"{cut}"'


def rows_in_words(rows: tuple[int, ...], most: int = 5) -> str:
    """``row 2``, ``rows 2, 3 and 9``, or ``1,204 rows (2, 3, 5, 8, 9, …)``."""
    if len(rows) == 1:
        return f"row {rows[0]}"
    listed = [str(row) for row in rows[:most]]
    if len(rows) <= most:
        return f"rows {', '.join(listed[:-1])} and {listed[-1]}"
    return f"{len(rows):,} rows ({', '.join(listed)}, …)"


def _problem(column: str, value: str | None, remedy: str) -> str:
    named = " ".join(part for part in (column, value) if part)
    return f"{named}: {remedy}" if named else remedy
