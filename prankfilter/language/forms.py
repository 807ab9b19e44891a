"""Numbers, dates and times in the form of a language, by Babel (extra ``console``).

Only `words` imports this, and only when its first `Words` is made: what serves routers never does.
"""

from __future__ import annotations

import datetime as dt

from babel import Locale
from babel.dates import format_date, format_datetime, format_time
from babel.numbers import format_decimal

LOCALES = {"id": "id_ID", "en": "en_GB"}
"""British English: a 24-hour clock, the day before the month."""


class Forms:
    """How one language writes what is no word."""

    def __init__(self, language: str, zone: dt.tzinfo) -> None:
        self._locale = Locale.parse(LOCALES[language])
        self._zone = zone

    def number(self, value: float, places: int, *, fixed: bool = False) -> str:
        """Write with so many decimal places at most, trailing zeros left out; or with exactly so many."""
        pattern = "#,##0." + ("0" if fixed else "#") * places
        return format_decimal(round(value, places) + 0.0, pattern, locale=self._locale)

    def percent(self, share: float, places: int) -> str:
        """Write a share of 1 in per cent, with so many decimal places at most."""
        pattern = "#,##0." + "#" * places + "%"
        return format_decimal(round(share, places + 2) + 0.0, pattern, locale=self._locale)

    def day(self, day: dt.date, pattern: str) -> str:
        """Write a date by a pattern of CLDR."""
        return format_date(self._local(day), pattern, locale=self._locale)

    def clock(self, at: dt.datetime, *, seconds: bool) -> str:
        """Write hours and minutes in the zone of the centre."""
        local = at.astimezone(self._zone)
        return format_time(local.time(), "medium" if seconds else "short", locale=self._locale)

    def moment(self, at: dt.datetime, pattern: str) -> str:
        """Write a moment by a pattern of CLDR, in the zone of the centre."""
        return format_datetime(at.astimezone(self._zone).replace(tzinfo=None), pattern, locale=self._locale)

    def _local(self, day: dt.date) -> dt.date:
        return day.astimezone(self._zone).date() if isinstance(day, dt.datetime) else day
