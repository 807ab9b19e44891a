"""When the call was received, on the centre's own clock: hour, weekday, school hours, holidays.

The hour stays one number, without sine and cosine: trees cut it where they need to, and a reason can say it.
Its jump at midnight costs one more cut. The school calendar is an approximation of our own (`almanac_days`):
provinces fix their own dates each year, usually within a week of these.
"""

from __future__ import annotations

import datetime as dt
import math
from functools import lru_cache, partial

from prankfilter.features import almanac_days as days
from prankfilter.features.evidence import Evidence
from prankfilter.features.row import Feature, Source, Unit
from prankfilter.vocabulary import Moment

_EID = tuple(dt.date.fromisoformat(day) for day in days.EID_AL_FITR)


@lru_cache(maxsize=64)
def public_holidays(year: int) -> frozenset[dt.date] | None:
    """Return the public holidays of a year, None where they are not on record."""
    listed = days.PUBLIC_HOLIDAYS.get(year)
    if listed is None:
        return None
    return frozenset(dt.date(year, int(day[:2]), int(day[2:])) for day in listed.split())


@lru_cache(maxsize=1024)
def is_school_holiday(day: dt.date) -> bool:
    """Tell whether schools are closed for a break: year's end, between semesters, around Eid al-Fitr."""
    month_day = (day.month, day.day)
    between_semesters = month_day >= days.SEMESTER_BREAK_STARTS or month_day <= days.SEMESTER_BREAK_ENDS
    year_end = month_day >= days.YEAR_END_BREAK_STARTS and day < _school_year_starts(day.year)
    return between_semesters or year_end or any(abs(day - eid) <= days.EID_BREAK for eid in _EID)


@lru_cache(maxsize=1024)
def is_school_day(day: dt.date) -> bool | None:
    """Tell whether schools teach on a day, None where its public holidays are not on record."""
    holidays = public_holidays(day.year)
    if holidays is None:
        return None
    return day.weekday() in days.SCHOOL_WEEKDAYS and day not in holidays and not is_school_holiday(day)


def _school_year_starts(year: int) -> dt.date:
    earliest = dt.date(year, *days.NEW_YEAR_STARTS_FROM)
    return earliest + dt.timedelta(days=-earliest.weekday() % 7)


def hour(evidence: Evidence) -> float:
    """Return the hour of the day with its fraction, in [0, 24): 13.5 is half past one."""
    at = evidence.record.received_at
    return at.hour + at.minute / 60 + at.second / 3600


def weekday(evidence: Evidence) -> float:
    """Return the day of the week: 0 is Monday, 6 is Sunday."""
    return float(evidence.record.received_at.weekday())


def public_holiday(evidence: Evidence) -> float:
    """Tell whether the day is a public holiday in all of Indonesia."""
    day = evidence.record.received_at.date()
    holidays = public_holidays(day.year)
    return math.nan if holidays is None else float(day in holidays)


def school_holiday(evidence: Evidence) -> float:
    """Tell whether schools are closed for a break."""
    day = evidence.record.received_at.date()
    return math.nan if public_holidays(day.year) is None else float(is_school_holiday(day))


def school_hours(evidence: Evidence) -> float:
    """Tell whether children sit in class: a school day from seven to one o'clock."""
    return _on_school_day(evidence, days.SCHOOL_STARTS, days.SCHOOL_ENDS)


def after_school(evidence: Evidence) -> float:
    """Tell whether it is the afternoon of a school day, from one to five o'clock."""
    return _on_school_day(evidence, days.SCHOOL_ENDS, days.AFTERNOON_ENDS)


def _on_school_day(evidence: Evidence, start: dt.time, end: dt.time) -> float:
    at = evidence.record.received_at
    school_day = is_school_day(at.date())
    return math.nan if school_day is None else float(school_day and start <= at.time() < end)


_YEAR_UNKNOWN = "The public holidays of that year are not on record."

_row = partial(Feature, source=Source.CALENDAR, known_from=Moment.RING, version=1, low=0.0)
_flag_row = partial(_row, unit=Unit.FLAG, high=1.0, missing=_YEAR_UNKNOWN)

CALENDAR_FEATURES: tuple[Feature, ...] = (
    _row(
        name="received_hour",
        unit=Unit.HOUR_OF_DAY,
        compute=hour,
        meaning="Hour of the day on the centre's clock, with its fraction.",
        missing="Never.",
        high=24.0,
        says="jam panggilan: {value}",
    ),
    _row(
        name="received_weekday",
        unit=Unit.WEEKDAY,
        compute=weekday,
        meaning="Day of the week; 0 is Monday.",
        missing="Never.",
        high=6.0,
        says="hari panggilan: {value}",
    ),
    _flag_row(
        name="public_holiday_flag",
        compute=public_holiday,
        meaning="A public holiday in all of Indonesia.",
        says="hari libur nasional: {value}",
    ),
    _flag_row(
        name="school_holiday_flag",
        compute=school_holiday,
        meaning="Schools are closed for a break (approximate calendar).",
        says="masa libur sekolah: {value}",
    ),
    _flag_row(
        name="school_hours_flag",
        compute=school_hours,
        meaning="A school day between 07:00 and 13:00.",
        says="jam sekolah: {value}",
    ),
    _flag_row(
        name="after_school_flag",
        compute=after_school,
        meaning="The afternoon of a school day, 13:00 to 17:00.",
        says="sore pada hari sekolah: {value}",
    ),
)
