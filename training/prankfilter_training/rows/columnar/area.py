"""How busy each call's area was, as columns: `features.history.area_load` for all calls at once."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from types import MappingProxyType

import numpy as np

from prankfilter.features import area, memory
from prankfilter_training.rows.columnar.clock import DAY_US, Ints, microseconds
from prankfilter_training.rows.columnar.sheet import AREA, Floats, Sheet

_WINDOW_US = microseconds(memory.SURGE_WINDOW)
_MOST_US = 2**61
"""Times of day and stretches added up stay far below what 63 bits hold."""


@dataclass(frozen=True, slots=True, eq=False)
class Loads:
    """`AreaLoad` of each call, NaN where it is unknown."""

    recent: Floats
    usual: Floats


def loads(sheet: Sheet) -> Loads:
    """Count the calls of each call's area in the windows of `features.history.surge_windows`."""
    recent, usual = np.full(len(sheet), np.nan), np.full(len(sheet), np.nan)
    if sheet.since_us is not None:
        for areas in _some_areas_at_once(sheet):
            recent[areas.row] = areas.recent(sheet.since_us)
            usual[areas.row] = areas.usual(sheet.since_us)
    return Loads(recent, usual)


def recent(sheet: Sheet) -> Floats:
    """`features.area.recent`."""
    return np.minimum(sheet.once(loads).recent, area.MOST_CALLS)


def usual(sheet: Sheet) -> Floats:
    """`features.area.usual`."""
    return np.minimum(sheet.once(loads).usual, area.MOST_CALLS)


def load_ratio(sheet: Sheet) -> Floats:
    """`features.area.load_ratio`."""
    return np.minimum((recent(sheet) + 1.0) / (usual(sheet) + 1.0), area.LARGEST_RATIO)


class _Areas:
    """Calls of some areas, each area on a stretch of time of its own, so that one search counts in all."""

    def __init__(self, sheet: Sheet, row: Ints, stretch_us: Ints) -> None:
        """Take the calls of ``row``, by area and time; ``stretch_us`` is added to all times of an area."""
        self.row = row
        self._clock, self._wall_us, self._stretch_us = sheet.clock, sheet.wall_us[row], stretch_us
        self._calls = (sheet.received_us[row] + stretch_us)[~sheet.is_call_back[row]]

    def recent(self, since_us: int) -> Floats:
        """How many calls the area received in the window before each call; NaN if it is not on record."""
        start, end = self._window(days_back=0)
        return np.where(start >= since_us, self._between(start, end), np.nan)

    def usual(self, since_us: int) -> Floats:
        """Their mean in the same window of the days before; NaN if too few of them are on record."""
        total, days = np.zeros(len(self.row), np.int64), np.zeros(len(self.row), np.int64)
        for days_back in range(1, memory.SURGE_DAYS + 1):
            start, end = self._window(days_back=days_back)
            on_record = start >= since_us
            total += np.where(on_record, self._between(start, end), 0)
            days += on_record
        enough = days >= memory.SURGE_DAYS_NEEDED
        mean: Floats = np.divide(total, days, out=np.full(len(total), np.nan), where=enough)
        return mean

    def _window(self, *, days_back: int) -> tuple[Ints, Ints]:
        """Start and end of the window so many days before each call, by the clock on the centre's wall."""
        end = self._wall_us - days_back * DAY_US
        return self._clock.moment(end - _WINDOW_US), self._clock.moment(end)

    def _between(self, start: Ints, end: Ints) -> Ints:
        first = np.searchsorted(self._calls, start + self._stretch_us)
        last = np.searchsorted(self._calls, end + self._stretch_us)
        # Where the clock was put forward a window may begin after its end; there is nothing in it then.
        return np.where(last > first, last - first, 0)


def _some_areas_at_once(sheet: Sheet) -> Iterator[_Areas]:
    """All calls by area and time, as many areas at once as a whole number of 63 bits has stretches for."""
    codes = sheet.codes(AREA)
    order = np.argsort(codes, kind="stable")
    area = np.cumsum(np.diff(codes[order], prepend=codes[order[:1]]) != 0)
    length_us = int(sheet.received_us[-1] - sheet.received_us[0]) + 2 * memory.SURGE_DAYS * DAY_US
    at_once = _MOST_US // length_us
    for first in range(0, int(area[-1]) + 1, at_once):
        chosen = slice(*np.searchsorted(area, (first, first + at_once)))
        yield _Areas(sheet, order[chosen], (area[chosen] - first) * length_us)


AREA_COLUMNS: Mapping[str, Callable[[Sheet], Floats]] = MappingProxyType(
    {"area_recent_count": recent, "area_usual_count": usual, "area_load_ratio": load_ratio}
)
