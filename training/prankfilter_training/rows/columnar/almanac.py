"""Hour, weekday, holidays and school hours as columns: `prankfilter.features.almanac`, asked once a day."""

from __future__ import annotations

import datetime as dt
import math
from collections.abc import Callable, Mapping
from functools import partial
from types import MappingProxyType

import numpy as np

from prankfilter.features import almanac, almanac_days
from prankfilter_training.rows.columnar.clock import DAY_US, SECOND_US, Ints
from prankfilter_training.rows.columnar.sheet import Floats, Sheet, day_of


def _hour(sheet: Sheet) -> Floats:
    second = _time_of_day_us(sheet) // SECOND_US
    return second // 3600 + second // 60 % 60 / 60 + second % 60 / 3600


def _weekday(sheet: Sheet) -> Floats:
    return _by_day(sheet, lambda day: float(day.weekday()))


def _public_holiday(sheet: Sheet) -> Floats:
    def flag(day: dt.date) -> float:
        holidays = almanac.public_holidays(day.year)
        return math.nan if holidays is None else float(day in holidays)

    return _by_day(sheet, flag)


def _school_holiday(sheet: Sheet) -> Floats:
    def flag(day: dt.date) -> float:
        return (
            math.nan if almanac.public_holidays(day.year) is None else float(almanac.is_school_holiday(day))
        )

    return _by_day(sheet, flag)


def _on_school_day(sheet: Sheet, *, start: dt.time, end: dt.time) -> Floats:
    def flag(day: dt.date) -> float:
        school_day = almanac.is_school_day(day)
        return math.nan if school_day is None else float(school_day)

    at = _time_of_day_us(sheet)
    return _by_day(sheet, flag) * ((_us(start) <= at) & (at < _us(end)))


def _us(time: dt.time) -> int:
    return ((time.hour * 60 + time.minute) * 60 + time.second) * SECOND_US + time.microsecond


def _time_of_day_us(sheet: Sheet) -> Ints:
    return sheet.wall_us % DAY_US


def _by_day(sheet: Sheet, value: Callable[[dt.date], float]) -> Floats:
    days, place = np.unique(sheet.day, return_inverse=True)
    return np.array([value(day_of(int(day))) for day in days], dtype=np.float64)[place]


ALMANAC_COLUMNS: Mapping[str, Callable[[Sheet], Floats]] = MappingProxyType(
    {
        "received_hour": _hour,
        "received_weekday": _weekday,
        "public_holiday_flag": _public_holiday,
        "school_holiday_flag": _school_holiday,
        "school_hours_flag": partial(
            _on_school_day, start=almanac_days.SCHOOL_STARTS, end=almanac_days.SCHOOL_ENDS
        ),
        "after_school_flag": partial(
            _on_school_day, start=almanac_days.SCHOOL_ENDS, end=almanac_days.AFTERNOON_ENDS
        ),
    }
)
