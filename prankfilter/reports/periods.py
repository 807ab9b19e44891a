"""Which stretch of time a report is about: a shift, a day or a month on the centre's own clock.

Edges are wall times. Where a clock is set forward or back, a shift or a day is an hour shorter or longer; the
end of one stretch is always the start of the next, so no call falls between two or into both.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum
from itertools import pairwise

from prankfilter.errors import BadInput


class ReportKind(StrEnum):
    """What reports there are."""

    SHIFT = "shift"
    DAILY = "daily"
    MONTHLY = "monthly"
    OUTREACH = "outreach"
    """A month again, laid out for those who visit schools and villages."""


@dataclass(frozen=True, slots=True)
class Period:
    """A half-open stretch of time [start, end), both in the centre's zone."""

    start: dt.datetime
    end: dt.datetime

    @property
    def length(self) -> dt.timedelta:
        """How long it really lasts, whatever the clock was set to in between."""
        return self.end.astimezone(dt.UTC) - self.start.astimezone(dt.UTC)


Shifts = Sequence[dt.time]
"""When shifts begin, in the order of the day; the last one runs across midnight until the first."""

EARLIEST_YEAR = 2000

_REMEDY = (
    "give a day (2026-11-22), a time in it (2026-11-22T15:30) or, for a month, 2026-11; "
    "for a shift a day means the last shift that began on it"
)


def period_of(kind: ReportKind, when: str, *, zone: dt.tzinfo, shifts: Shifts, now: dt.datetime) -> Period:
    """Return the stretch that somebody asks for.

    Parameters
    ----------
    when : str
        A day, a local time, or a month; empty for now. A shift that is named by its day alone is the last
        that began on it, and today the one that is running.
    now : datetime
        Aware.

    Raises
    ------
    BadInput
        Where ``when`` is none of these, or has not begun.
    """
    local_now = now.astimezone(zone)
    moment, is_day = _read(when.strip(), zone, local_now)
    if moment.year < EARLIEST_YEAR:
        raise BadInput(f"date: before {EARLIEST_YEAR}; {_REMEDY}")
    if kind is ReportKind.SHIFT:
        at = _last_of(moment.date(), zone, local_now) if is_day else moment
        period = _shift_at(at, shifts, zone)
    elif kind is ReportKind.DAILY:
        period = _day(moment.date(), zone)
    else:
        period = _month(moment.date(), zone)
    if _utc(period.start) > _utc(now):
        raise BadInput(f"date: this period has not begun; {_REMEDY}")
    return period


def earlier(kind: ReportKind, period: Period, shifts: Shifts) -> tuple[Period, Period]:
    """Return the two stretches that a report is held against.

    The shift before and the same shift a day ago; the day before and the same weekday a week ago; last month
    and the same month last year.
    """
    zone = period.start.tzinfo
    assert zone is not None  # noqa: S101 - `period_of` made it
    day = period.start.date()
    if kind is ReportKind.SHIFT:
        before = _shift_at(period.start - dt.timedelta(minutes=1), shifts, zone)
        return before, _shift_at(_local(day - dt.timedelta(days=1), period.start.time(), zone), shifts, zone)
    if kind is ReportKind.DAILY:
        return _day(day - dt.timedelta(days=1), zone), _day(day - dt.timedelta(days=7), zone)
    return _month(day - dt.timedelta(days=1), zone), _month(day.replace(year=day.year - 1), zone)


def is_over(period: Period, now: dt.datetime) -> bool:
    """Whether nothing more can happen in it."""
    return _utc(now) >= _utc(period.end)


def _read(when: str, zone: dt.tzinfo, now: dt.datetime) -> tuple[dt.datetime, bool]:
    """Return a local moment, and whether a whole day was meant."""
    if not when:
        return now, False
    try:
        if len(when) == len("2026-11"):
            return _local(dt.date.fromisoformat(f"{when}-01"), dt.time(), zone), True
        if len(when) == len("2026-11-22"):
            return _local(dt.date.fromisoformat(when), dt.time(), zone), True
        moment = dt.datetime.fromisoformat(when)
    except (ValueError, OverflowError):
        raise BadInput(f"date: no date; {_REMEDY}") from None
    return (moment.replace(tzinfo=zone) if moment.tzinfo is None else moment.astimezone(zone)), False


def _last_of(day: dt.date, zone: dt.tzinfo, now: dt.datetime) -> dt.datetime:
    if day == now.date():
        return now
    return _local(day, dt.time(23, 59, 59), zone)


def _shift_at(moment: dt.datetime, shifts: Shifts, zone: dt.tzinfo) -> Period:
    """Return the shift in which a moment lies."""
    day = moment.date()
    days = (day - dt.timedelta(days=1), day, day + dt.timedelta(days=1))
    edges = [_local(one, time, zone) for one in days for time in shifts]
    for start, end in pairwise(edges):
        if _utc(start) <= _utc(moment) < _utc(end):
            return Period(start, end)
    raise BadInput(f"date: in no shift; {_REMEDY}")


def _day(day: dt.date, zone: dt.tzinfo) -> Period:
    return Period(_local(day, dt.time(), zone), _local(day + dt.timedelta(days=1), dt.time(), zone))


def _month(day: dt.date, zone: dt.tzinfo) -> Period:
    first = day.replace(day=1)
    after = (first + dt.timedelta(days=32)).replace(day=1)
    return Period(_local(first, dt.time(), zone), _local(after, dt.time(), zone))


def _local(day: dt.date, time: dt.time, zone: dt.tzinfo) -> dt.datetime:
    return dt.datetime.combine(day, time, tzinfo=zone)


def _utc(moment: dt.datetime) -> dt.datetime:
    """Python compares times of one zone by their wall clocks, which is wrong where clocks are set back."""
    return moment.astimezone(dt.UTC)
