"""Who calls: fresh numbers, numbers that call again, prank numbers, super-callers.

A caller is a whole number here; what is written in the log is made from it and the seed.
"""

from __future__ import annotations

import itertools
from collections.abc import Iterator

import numpy as np
from numpy.typing import NDArray

from prankfilter_training.simulation.arrivals import DAY_S, Array
from prankfilter_training.simulation.profiles import Profile
from prankfilter_training.simulation.randomness import lognormal

Callers = NDArray[np.int64]
SESSION_S = 300.0
"""* Mean gap between calls of one evening."""
SESSION_SHARE = 0.5
"""* Of gaps between pranks of a number: within one evening."""
GAP_DAYS = (3.0, 1.2)
"""* Other gaps: median and sigma of the logarithm."""
ACTIVE_DAY_SHARE = 0.4
"""* Of days on which a super-caller calls."""


class Numbers:
    """Hands out numbers nobody had before."""

    def __init__(self) -> None:
        self._next: Iterator[int] = itertools.count()

    def fresh(self, count: int) -> Callers:
        """As many new numbers as asked for."""
        return np.fromiter(itertools.islice(self._next, count), np.int64, count)


def resident_callers(
    rng: np.random.Generator, times: Array, repeat_share: float, numbers: Numbers
) -> Callers:
    """Give each call, in order of time, a new number or that of a random earlier call.

    A Yule-Simon process: the calls per number get the heavy tail that real logs show.
    """
    callers = numbers.fresh(len(times))
    again = rng.random(len(times)) < repeat_share
    earlier = (rng.random(len(times)) * np.arange(len(times))).astype(int)
    for call in np.flatnonzero(again[1:]) + 1:
        callers[call] = callers[earlier[call]]
    return callers


def prank_callers(
    rng: np.random.Generator, times: Array, zeta: float, numbers: Numbers, taken: NDArray[np.bool_]
) -> Callers:
    """Share the calls not yet ``taken`` among numbers whose calls follow a zeta distribution.

    Parameters
    ----------
    times : ndarray of shape (n,)
        Sorted. A number's later calls take the free slot next after the gap that was drawn, so that
        the curves over day and week stay as they are.
    zeta : float > 1
        P(a number calls k times) is proportional to ``k ** -zeta``.

    Returns
    -------
    ndarray of shape (n,)
        -1 where the call was taken.
    """
    callers = np.full(len(times), -1)
    free = ~taken
    sizes = _sizes(rng, zeta, int(free.sum()))
    for size in np.sort(sizes[sizes > 1])[::-1]:
        slots = _slots(rng, times, free, int(size))
        callers[slots] = numbers.fresh(1)[0]
        free[slots] = False
    callers[free] = numbers.fresh(int(free.sum()))
    return callers


def super_callers(
    rng: np.random.Generator, profile: Profile, times: Array, share: float, numbers: Numbers
) -> Callers:
    """Give a share of the calls to one number at a time, on some days only; -1 elsewhere."""
    callers = np.full(len(times), -1)
    wanted = round(share * len(times))
    day = (times // DAY_S).astype(int)
    last_day = int(day[-1]) + 1 if len(day) else 0
    weight = np.where(rng.random(last_day) < ACTIVE_DAY_SHARE, 1.0, 0.0)[day] + 1e-9
    slots = np.sort(rng.choice(len(times), size=wanted, replace=False, p=weight / weight.sum()))
    edges = np.cumsum(lognormal(rng, (profile.super_caller_days, 0.5), last_day // 10 + 2))
    era = np.searchsorted(edges, times[slots] / DAY_S)
    callers[slots] = numbers.fresh(len(edges) + 1)[era]
    return callers


def _sizes(rng: np.random.Generator, zeta: float, calls: int) -> Callers:
    sizes = np.minimum(rng.zipf(zeta, size=calls), 50)
    return np.asarray(sizes[np.cumsum(sizes) <= calls])


def _slots(rng: np.random.Generator, times: Array, free: NDArray[np.bool_], size: int) -> list[int]:
    """Find ``size`` free slots for one number; fewer where the log ends."""
    slot = int(rng.choice(np.flatnonzero(free)))
    slots = [slot]
    while len(slots) < size:
        session = rng.random() < SESSION_SHARE
        gap = rng.exponential(SESSION_S) if session else lognormal(rng, GAP_DAYS, 1)[0] * DAY_S
        first = max(slots[-1] + 1, int(np.searchsorted(times, times[slots[-1]] + gap)))
        later = np.flatnonzero(free[first:])
        if not len(later):
            return slots
        slots.append(first + int(later[0]))
    return slots
