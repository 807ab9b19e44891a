"""How Indonesian spreadsheets write times, numbers and truth, put into the spelling that serving reads.

Nothing is guessed: a date is day first or year first, never month first, and what can be read in two ways is
refused with its remedy.
"""

from __future__ import annotations

import datetime as dt
import re

ZONE_WORDS = {"WIB": "+07:00", "WITA": "+08:00", "WIT": "+09:00"}
"""Indonesia's own names of its zones."""

TRUTH_WORDS = {
    **dict.fromkeys(("true", "1", "ya", "benar"), True),
    **dict.fromkeys(("false", "0", "tidak", "salah"), False),
}
"""``BENAR`` and ``SALAH`` are what an Indonesian spreadsheet makes of TRUE and FALSE."""

MISSING_LOOKALIKES = frozenset(
    {"nan", "nat", "na", "n/a", "#n/a", "null", "none", "-", "--", "#value!", "#ref!"}
)
"""Words by which programs say that a cell is empty. Read as text, they would be one caller, one cell, …"""

REWRITTEN = r"^[+-]?\d([.,]\d+)?E\+\d\d+$"
"""What a spreadsheet makes of a long row of digits, most of which are lost then."""

_DATE = re.compile(
    r"(?:(?P<year>\d{4})(?P<dash>[/-])(?P<month>\d\d)(?P=dash)(?P<day>\d\d)"
    r"|(?P<d>\d{1,2})(?P<gap>[/.-])(?P<m>\d{1,2})(?P=gap)(?P<y>\d{4}))"
    r"(?:(?:[ T]|, )(?P<hour>\d{1,2})[:.](?P<minute>\d\d)(?:[:.](?P<second>\d\d)(?P<part>[.,]\d{1,9})?)?"
    r" ?(?P<offset>[Zz]|[+-]\d\d:?\d\d|WIB|WITA|WIT)?)?",
    re.ASCII,
)
_SHORT_YEAR = re.compile(r"\d{1,2}[/.-]\d{1,2}[/.-]\d{2}\b.*", re.ASCII)
_SERIAL_DAY = re.compile(r"[3-6]\d{4}([.,]\d+)?", re.ASCII)
_GROUPED = re.compile(r"[+-]?\d{1,3}(\.\d{3})+,\d+", re.ASCII)
_COMMA = re.compile(r"[+-]?\d+,\d+", re.ASCII)
_THREE_AFTER_COMMA = re.compile(r"[+-]?\d{1,3},\d{3}", re.ASCII)
_THREE_AFTER_DOT = re.compile(r"[+-]?[1-9]\d{0,2}\.\d{3}", re.ASCII)
_LAST_MONTH = 12


class Misspelt(ValueError):
    """A value with a remedy of its own, better than its column's."""


def plain_time(text: str) -> str:
    """A date and time as RFC 3339, with its offset if it was given; a bare date stays ``yyyy-mm-dd``.

    Examples
    --------
    >>> plain_time("5/3/2025 8.15"), plain_time("05/03/2025 08:15:30 WITA"), plain_time("31-12-2025")
    ('2025-03-05T08:15', '2025-03-05T08:15:30+08:00', '2025-12-31')
    """
    found = _DATE.fullmatch(text)
    if found is None:
        raise _unlike_a_time(text)
    day, month, year = (
        found[long] or found[short] for long, short in (("day", "d"), ("month", "m"), ("year", "y"))
    )
    if int(month) > _LAST_MONTH >= int(day):
        raise Misspelt("has the month first; write the whole column day first (dd/mm/yyyy) or year first")
    date = f"{year}-{int(month):02d}-{int(day):02d}"
    if found["hour"] is None:
        return date
    clock = ":".join(part.zfill(2) for part in (found["hour"], found["minute"], found["second"]) if part)
    offset = found["offset"] or ""
    return f"{date}T{clock}{found['part'] or ''}{ZONE_WORDS.get(offset, offset)}"


def end_of_day(date: str) -> dt.datetime:
    """The midnight after a bare date, naive: what was said on a day was surely said by then."""
    return dt.datetime.fromisoformat(date) + dt.timedelta(days=1)


def plain_number(text: str, *, decimal_comma: bool) -> str:
    """A number with a decimal point.

    Parameters
    ----------
    text : str
        As the cell holds it.
    decimal_comma : bool
        Whether the column is known to write a comma before decimals; then three digits after a point may be
        thousands, else three digits after a comma may be.

    Examples
    --------
    >>> plain_number("12,5", decimal_comma=True), plain_number("1.234,5", decimal_comma=True)
    ('12.5', '1234.5')
    """
    if _GROUPED.fullmatch(text):
        return text.replace(".", "").replace(",", ".")
    unclear = _THREE_AFTER_DOT if decimal_comma else _THREE_AFTER_COMMA
    if unclear.fullmatch(text):
        raise Misspelt("may mean thousands or decimals; write it without a separator of thousands")
    return text.replace(",", ".") if _COMMA.fullmatch(text) else text


def rewritten_by_a_spreadsheet(text: str) -> bool:
    """Whether a text is a long row of digits in scientific notation, such as ``8,12E+10``."""
    return re.match(REWRITTEN, text, re.ASCII) is not None


def truth(raw: object) -> bool:
    """True or false, in English or Indonesian."""
    try:
        return TRUTH_WORDS[str(raw).strip().lower()]
    except KeyError:
        raise ValueError from None


def _unlike_a_time(text: str) -> ValueError:
    if _SERIAL_DAY.fullmatch(text):
        return Misspelt("is a spreadsheet's serial day; give the cells the format dd/mm/yyyy hh:mm:ss")
    if _SHORT_YEAR.fullmatch(text):
        return Misspelt("has a year of two digits; write dd/mm/yyyy")
    return ValueError()
