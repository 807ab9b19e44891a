"""The centre's own clock for whole columns: what Python's time zones say of one moment, said of millions.

Moments are microseconds since 1970 in UTC, clock readings are microseconds since 1970 on the wall. Nearly all
days have one offset from beginning to end, and that is looked up once a day; only on days on which the clock
is changed is each moment asked for by itself.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from dataclasses import dataclass

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
        return moments_us + _by_day(moments_us, self._offset_at)

    def moment(self, wall_us: Ints) -> Ints:
        """When the clock shows each reading; the first time where it does so twice (`fold` is 0)."""
        return wall_us - _by_day(wall_us, self._offset_of_reading)

    def _offset_at(self, moment_us: int) -> int:
        moment = _EPOCH + dt.timedelta(microseconds=moment_us)
        return _offset_us(moment.astimezone(self.zone))

    def _offset_of_reading(self, wall_us: int) -> int:
        reading = _EPOCH + dt.timedelta(microseconds=wall_us)
        return _offset_us(reading.replace(tzinfo=self.zone))


def _offset_us(moment: dt.datetime) -> int:
    return microseconds(moment.utcoffset() or dt.timedelta(0))


def _by_day(values_us: Ints, offset_of: Callable[[int], int]) -> Ints:
    """Look the offset of each value up: once a day, or by itself on a day at whose ends it differs."""
    if not len(values_us):
        return np.empty(0, np.int64)
    days = values_us // DAY_US
    first, last = int(days.min()), int(days.max())
    asked = np.zeros(last - first + 2, bool)
    asked[days - first] = True
    asked[1:] |= asked[:-1]
    at_midnight = np.zeros(len(asked), np.int64)
    for place in np.flatnonzero(asked):
        at_midnight[place] = offset_of((first + int(place)) * DAY_US)
    offsets = at_midnight[days - first]
    for place in np.flatnonzero(offsets != at_midnight[days - first + 1]):
        offsets[place] = offset_of(int(values_us[place]))
    return offsets
