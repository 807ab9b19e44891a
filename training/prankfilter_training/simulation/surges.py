"""Surges: hours in which one area calls many times as often as usual, mostly in earnest."""

from __future__ import annotations

import numpy as np
import pandas as pd

from prankfilter.vocabulary import Label
from prankfilter_training.simulation.arrivals import DAY_S, HOUR_S, Days
from prankfilter_training.simulation.callers import Numbers, resident_callers
from prankfilter_training.simulation.contacts import frame
from prankfilter_training.simulation.profiles import Profile
from prankfilter_training.simulation.randomness import stream

OTHER_LABELS = (Label.INFORMATION, Label.SILENT, Label.JOKE_OR_ABUSE)
OTHER_WEIGHTS = (0.7, 0.2, 0.1)
"""* What the calls of a surge are that are no emergencies."""
FIRST_SURGE_CALLER = 1_000_000_000
"""Numbers of surge callers start here, out of the way of all others."""


def surge_calls(profile: Profile, days: Days, seed: int) -> pd.DataFrame:
    """The extra calls of all surges, with a column ``surge`` that counts the surges."""
    rng = stream(seed, "surges")
    starts = np.sort(
        rng.random(rng.poisson(profile.surges_per_year * days.count / 365.25)) * days.count * DAY_S
    )
    numbers = Numbers()
    parts = [
        _one_surge(profile, rng, start, numbers).assign(surge=place) for place, start in enumerate(starts)
    ]
    empty = frame(np.empty(0), Label.GENUINE).assign(surge=pd.Series(dtype=np.int64))
    calls = pd.concat(parts, ignore_index=True) if parts else empty
    return calls[calls["time_s"] < days.count * DAY_S].reset_index(drop=True)


def _one_surge(profile: Profile, rng: np.random.Generator, start: float, numbers: Numbers) -> pd.DataFrame:
    length_s = _between(rng, profile.surge_hours) * HOUR_S
    extra = _between(rng, profile.surge_factor) - 1
    count = rng.poisson(extra * profile.calls_per_day * length_s / DAY_S)
    times = np.sort(start + length_s * rng.beta(1.0, 2.0, size=count))
    calls = frame(times, Label.GENUINE)
    earnest = rng.random(count) < profile.surge_genuine_share
    other = rng.choice([str(label) for label in OTHER_LABELS], size=count, p=OTHER_WEIGHTS)
    calls["label"] = np.where(earnest, str(Label.GENUINE), other)
    callers = resident_callers(rng, times, profile.surge_repeat_share, numbers)
    calls["caller"] = FIRST_SURGE_CALLER + callers
    return calls


def _between(rng: np.random.Generator, bounds: tuple[float, float]) -> float:
    low, high = np.log(bounds)
    return float(np.exp(rng.uniform(low, high)))
