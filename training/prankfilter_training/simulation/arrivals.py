"""When calls arrive: curves over the day and the week, school time, drift, incidents.

Times are seconds of local time since midnight of the log's first day.
"""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from prankfilter.features.almanac import is_school_day
from prankfilter_training.simulation.profiles import Profile

DAY_S = 86_400.0
HOUR_S = 3_600.0

Array = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Days:
    """The days of a log: how many there are, which are weekends, which are school days."""

    start: dt.date
    weekend: NDArray[np.bool_]
    school: NDArray[np.bool_]

    @property
    def count(self) -> int:
        return len(self.weekend)


def days_of(start: dt.date, count: int) -> Days:
    """Look up ``count`` days from ``start`` in the calendar that the features go by."""
    dates = [start + dt.timedelta(days=offset) for offset in range(count)]
    weekend = np.array([date.weekday() >= 5 for date in dates])
    school = np.array([bool(is_school_day(date)) for date in dates])
    return Days(start, weekend, school)


def day_curve(profile: Profile) -> Array:
    """Share of a day's calls in each local hour.

    A half cosine rises from the quiet hour to the busy hour and another falls back to it.

    Returns
    -------
    ndarray of shape (24,)
        Sums to 1.
    """
    hours = np.arange(24)
    rise = (profile.busy_hour - profile.quiet_hour) % 24
    since_quiet = (hours - profile.quiet_hour) % 24
    phase = np.where(since_quiet <= rise, since_quiet / rise, (24 - since_quiet) / (24 - rise))
    level = profile.night_level_ratio + (1 - profile.night_level_ratio) * (1 - np.cos(np.pi * phase)) / 2
    return np.asarray(level / level.sum())


def child_curve(profile: Profile, *, school_day: bool) -> Array:
    """Share of a day's child play in each local hour: flat 9-20 h, and a peak after school."""
    hours = np.arange(24)
    level = np.where((hours >= 9) & (hours < 20), 1.0, 0.05)
    if school_day:
        level = np.where((hours >= 13) & (hours < 17), profile.school_out_factor, level)
    return np.asarray(level / level.sum())


def hourly_rates(profile: Profile, days: Days, per_day: float) -> Array:
    """Expected calls in each hour of each day, shape (days, 24), for everything but child play."""
    return per_day * _week(profile, days)[:, None] * day_curve(profile)[None, :]


def child_rates(profile: Profile, days: Days, per_day: float) -> Array:
    """Expected child play in each hour of each day, shape (days, 24)."""
    factor = np.where(days.school, 1.0, profile.holiday_factor)
    shape = np.where(
        days.school[:, None], child_curve(profile, school_day=True), child_curve(profile, school_day=False)
    )
    return np.asarray(per_day * (factor / factor.mean())[:, None] * shape)


def with_drift(profile: Profile, rates: Array) -> Array:
    """Let pranks halve in every ``prank_half_life_days``; the first day keeps its rate."""
    return np.asarray(rates * np.exp2(-np.arange(len(rates)) / profile.prank_half_life_days)[:, None])


def draw_times(rng: np.random.Generator, rates: Array) -> Array:
    """Draw the times of a Poisson process whose rate is constant within each hour, sorted."""
    counts = rng.poisson(rates).ravel()
    hour = np.repeat(np.arange(counts.size), counts)
    return np.sort((hour + rng.random(len(hour))) * HOUR_S)


def _week(profile: Profile, days: Days) -> Array:
    factor = np.where(days.weekend, profile.weekend_factor, 1.0)
    return np.asarray(factor / factor.mean())
