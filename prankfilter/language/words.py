"""What people at centres read, in their language.

The source language is Indonesian: a message is its own key, and other languages come from a catalog beside
this file (``python -m prankfilter_api.console.catalog`` keeps it whole).
"""

from __future__ import annotations

import datetime as dt
import gettext
import importlib
import math
from functools import cache
from importlib import resources
from typing import TYPE_CHECKING

from prankfilter.errors import BadSetting

if TYPE_CHECKING:
    from prankfilter.language.forms import Forms

SOURCE = "id"
LANGUAGES = ("id", "en")
LANGUAGE_NAMES = {"id": "Bahasa Indonesia", "en": "English"}
"""In their own words."""

UNKNOWN = "–"
"""What stands for a number or a time that is not known; never a zero."""

_PRECISE_S, _MINUTE_S, _HOUR_S = 10, 60, 3600
_LONG_MONTH = "d MMMM y"


class Words:
    """One language of one centre.

    Parameters
    ----------
    language : str
        One of `LANGUAGES`.
    zone : tzinfo
        Of the centre; moments are shown in it.
    """

    def __init__(self, language: str, zone: dt.tzinfo) -> None:
        self.language = language
        self.zone = zone
        self._catalog = _catalog(language)
        self._forms = _forms(language, zone)

    def __call__(self, message: str, /, **values: object) -> str:
        """Say a message; ``{name}`` in it stands for a value, a number being written as the language does.

        A message with ``{count}`` in it has a singular and a plural where the language has them.
        """
        count = values.get("count")
        if isinstance(count, int | float):
            said = self._catalog.ngettext(message, message, 1 if count == 1 else 2)
        else:
            said = self._catalog.gettext(message)
        return said.format_map({name: self._written(value) for name, value in values.items()})

    def number(self, value: float | None, places: int = 1, *, fixed: bool = False) -> str:
        """Write a number: 1234.5 is ``1.234,5``; None and NaN are `UNKNOWN`.

        ``fixed`` keeps the zeros at its end, for numbers that stand below each other.
        """
        if value is None or math.isnan(value):
            return UNKNOWN
        return self._forms.number(value, places, fixed=fixed)

    def percent(self, share: float | None, places: int = 1) -> str:
        """Write a share of 1: 0.234 is ``23,4%``."""
        return UNKNOWN if share is None or math.isnan(share) else self._forms.percent(share, places)

    def date(self, day: dt.date | None) -> str:
        """Write ``22 November 2026``; a moment is taken in the centre's zone."""
        return UNKNOWN if day is None else self._forms.day(day, _LONG_MONTH)

    def day(self, day: dt.date | None) -> str:
        """Write ``Minggu, 22 November 2026``."""
        return UNKNOWN if day is None else self._forms.day(day, f"EEEE, {_LONG_MONTH}")

    def month(self, day: dt.date | None) -> str:
        """Write ``November 2026``."""
        return UNKNOWN if day is None else self._forms.day(day, "MMMM y")

    def clock(self, at: dt.datetime | None, *, seconds: bool = False) -> str:
        """Write ``22.05`` in the centre's zone."""
        return UNKNOWN if at is None else self._forms.clock(at, seconds=seconds)

    def moment(self, at: dt.datetime | None) -> str:
        """Write ``22 November 2026 22.05 WITA``."""
        if at is None:
            return UNKNOWN
        return f"{self.date(at)} {self.clock(at)} {self.zone_name(at)}"

    def zone_name(self, at: dt.datetime) -> str:
        """Name the centre's zone at a moment: WIB, WITA, WIT."""
        return at.astimezone(self.zone).tzname() or ""

    def duration(self, seconds: float | None) -> str:
        """Write ``6 detik``, ``3 menit 20 detik``, ``2 jam 5 menit``."""
        if seconds is None or math.isnan(seconds):
            return UNKNOWN
        words = self
        if round(seconds) < _MINUTE_S:
            return words("{count} detik", count=round(seconds, 1 if seconds < _PRECISE_S else 0))
        if round(seconds) < _HOUR_S:
            minutes, rest = divmod(round(seconds), _MINUTE_S)
            parts = [words("{count} menit", count=minutes), words("{count} detik", count=rest)]
        else:
            hours, rest = divmod(round(seconds / _MINUTE_S), 60)
            parts = [words("{count} jam", count=hours), words("{count} menit", count=rest)]
        return " ".join(parts if rest else parts[:1])

    def _written(self, value: object) -> object:
        if isinstance(value, int | float) and not isinstance(value, bool):
            return self.number(value, places=3)
        return value


@cache
def _catalog(language: str) -> gettext.NullTranslations:
    if language == SOURCE:
        return gettext.NullTranslations()
    with (resources.files(__package__) / f"{language}.mo").open("rb") as file:
        return gettext.GNUTranslations(file)


def _forms(language: str, zone: dt.tzinfo) -> Forms:
    try:
        # By name: only who shows pages or writes reports has Babel, and nobody else waits for it.
        made: Forms = importlib.import_module("prankfilter.language.forms").Forms(language, zone)
    except ImportError as missing:
        raise BadSetting(f"pages and reports need the extra `console`: {missing}") from missing
    return made
