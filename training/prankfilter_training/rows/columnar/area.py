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


@dataclass(frozen=True, slots=True, eq=False)
class Loads:
    """`AreaLoad` of each call, NaN where it is unknown."""

    recent: Floats
    usual: Floats


def loads(sheet: Sheet) -> Loads:
    """Count the calls of each call's area in the windows of `features.history.surge_windows`."""
    unknown = np.full(len(sheet), np.nan)
    if sheet.since_us is None:
        return Loads(unknown, unknown)
    received, (start, end) = _Areas(sheet), _window(sheet, days_back=0)
    recent = np.where(start >= sheet.since_us, received.between(start, end), np.nan)
    total, days = np.zeros(len(sheet), np.int64), np.zeros(len(sheet), np.int64)
    for days_back in range(1, memory.SURGE_DAYS + 1):
        start, end = _window(sheet, days_back=days_back)
        on_record = start >= sheet.since_us
        total += np.where(on_record, received.between(start, end), 0)
        days += on_record
    enough = days >= memory.SURGE_DAYS_NEEDED
    return Loads(recent, np.divide(total, days, out=unknown, where=enough))


def recent(sheet: Sheet) -> Floats:
    """`features.area.recent`."""
    return np.minimum(sheet.once(loads).recent, area.MOST_CALLS)


def usual(sheet: Sheet) -> Floats:
    """`features.area.usual`."""
    return np.minimum(sheet.once(loads).usual, area.MOST_CALLS)


def load_ratio(sheet: Sheet) -> Floats:
    """`features.area.load_ratio`."""
    return np.minimum((recent(sheet) + 1.0) / (usual(sheet) + 1.0), area.LARGEST_RATIO)


def _window(sheet: Sheet, *, days_back: int) -> tuple[Ints, Ints]:
    """Start and end of the window so many days before each call, by the clock on the centre's wall."""
    end = sheet.wall_us - days_back * DAY_US
    return sheet.clock.moment(end - _WINDOW_US), sheet.clock.moment(end)


class _Areas:
    """When each area's calls were received."""

    def __init__(self, sheet: Sheet) -> None:
        codes = sheet.codes(AREA)
        self._size = len(codes)
        self._rows = list(_groups(codes))
        self._times = [sheet.received_us[rows[~sheet.is_call_back[rows]]] for rows in self._rows]

    def between(self, start: Ints, end: Ints) -> Ints:
        """How many calls each call's area received in its half-open window."""
        counts = np.empty(self._size, np.int64)
        for rows, times in zip(self._rows, self._times, strict=True):
            counts[rows] = np.searchsorted(times, end[rows]) - np.searchsorted(times, start[rows])
        return counts


def _groups(codes: Ints) -> Iterator[Ints]:
    """The rows of each code, ascending."""
    order = np.argsort(codes, kind="stable")
    bounds = np.flatnonzero(np.diff(codes[order])) + 1
    return iter(np.split(order, bounds))


AREA_COLUMNS: Mapping[str, Callable[[Sheet], Floats]] = MappingProxyType(
    {"area_recent_count": recent, "area_usual_count": usual, "area_load_ratio": load_ratio}
)
