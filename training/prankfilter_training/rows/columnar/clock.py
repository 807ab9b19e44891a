"""The centre's own clock for whole columns: what Python's time zones say of one moment, said of millions.

Moments are microseconds since 1970 in UTC, clock readings are microseconds since 1970 on the wall. Nearly all
days have one offset from beginning to end, and that is looked up once a day; only on days on which the clock
is changed is each moment asked for by itself.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from dataclasses import dataclass
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

Ints = NDArray[np.int64]

SECOND_US = 1_000_000
DAY_US = 86_400 * SECOND_US
_EPOCH = dt.datetime(1970, 1, 1, tzinfo=dt.UTC)
_MICROSECOND = dt.timedelta(microseconds=1)


def microseconds(length: dt.timedelta) -> int:
    """A length of time in whole microseconds."""
    return length // _MICROSECOND


def microseconds_since_1970(moment: dt.datetime) -> int:
    """An aware moment in whole microseconds."""
    return microseconds(moment.astimezone(dt.UTC) - _EPOCH)


@dataclass(frozen=True, slots=True)
class Clock:
    """A time zone, for columns."""

    zone: dt.tzinfo

    def wall(self, moments_us: Ints) -> Ints:
        """What the clock on the wall shows at each moment."""
        return moments_us + _by_day(moments_us, self.zone, _offset_at)

    def moment(self, wall_us: Ints) -> Ints:
        """When the clock shows each reading; the first time where it does so twice (`fold` is 0)."""
        return wall_us - _by_day(wall_us, self.zone, _offset_of_reading)


def _offset_at(zone: dt.tzinfo, moment_us: int) -> int:
    return _offset_us((_EPOCH + dt.timedelta(microseconds=moment_us)).astimezone(zone))


def _offset_of_reading(zone: dt.tzinfo, wall_us: int) -> int:
    return _offset_us((_EPOCH + dt.timedelta(microseconds=wall_us)).replace(tzinfo=zone))


def _offset_us(moment: dt.datetime) -> int:
    return microseconds(moment.utcoffset() or dt.timedelta(0))


Offset = Callable[[dt.tzinfo, int], int]


@lru_cache(maxsize=2**17)
def _at_midnight(zone: dt.tzinfo, day: int, offset_of: Offset) -> int:
    return offset_of(zone, day * DAY_US)


def _by_day(values_us: Ints, zone: dt.tzinfo, offset_of: Offset) -> Ints:
    """Look the offset of each value up: once a day, or by itself on a day at whose ends it differs."""
    if not len(values_us):
        return np.empty(0, np.int64)
    first, last = int(values_us.min()) // DAY_US, int(values_us.max()) // DAY_US
    at_midnight = np.array([_at_midnight(zone, day, offset_of) for day in range(first, last + 2)])
    if (at_midnight == at_midnight[0]).all():
        return at_midnight[:1]
    day = values_us // DAY_US - first
    offsets: Ints = at_midnight[day]
    for place in np.flatnonzero(offsets != at_midnight[day + 1]):
        offsets[place] = offset_of(zone, int(values_us[place]))
    return offsets
