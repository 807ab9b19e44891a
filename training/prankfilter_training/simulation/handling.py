"""What the centre does with the calls: unanswered attempts, call-backs, the queue, how long calls last."""

from __future__ import annotations

import heapq

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from prankfilter.vocabulary import EndedBy, Label
from prankfilter_training.simulation.arrivals import DAY_S, HOUR_S, Array, Days, draw_times, hourly_rates
from prankfilter_training.simulation.profiles import Profile
from prankfilter_training.simulation.randomness import lognormal, stream

FIRST_UNANSWERED_CALLER = 2_000_000_000
"""Numbers that only ever hung up start here."""
REDIAL_GAP_S = 45.0
"""* Mean time from hanging up to the call that gets through."""
CALL_BACK_DELAY_S = 150.0
"""* Mean time from a hang-up to the call-back."""
RING_S = (7.0, 0.6)
"""* How long an unanswered attempt rings: median and sigma of the logarithm."""
NETWORK_SHARE = 0.05
"""* Of unanswered attempts: ended by the network."""
NIGHT_HOURS = (22, 6)


def with_unanswered(profile: Profile, days: Days, calls: pd.DataFrame, seed: int) -> pd.DataFrame:
    """Add the attempts that nobody answered and the centre's call-backs; sorted by time.

    New columns: ``answered``, ``call_back``.
    """
    rng = stream(seed, "unanswered")
    calls = calls.assign(answered=True, call_back=False)
    share = profile.unanswered_share
    count = round(len(calls) * share / (1 - share))
    redials = _redialled(calls, rng, round(count * profile.redial_share))
    lone = _lone_attempts(profile, days, rng, count - len(redials), calls)
    called_back = lone[rng.random(len(lone)) < profile.call_back_share]
    called_first = redials[rng.random(len(redials)) < profile.called_back_first_share]
    back = _call_backs(called_back, rng, CALL_BACK_DELAY_S)
    # A call-back comes between the attempt and the redial, which is a few seconds later on average.
    first_back = _call_backs(called_first, rng, 0.0)
    every = pd.concat([calls, redials, lone, back, first_back], ignore_index=True)
    every = every[every["time_s"].between(0, days.count * DAY_S, inclusive="left")]
    return every.sort_values("time_s", kind="stable", ignore_index=True)


def handled(profile: Profile, calls: pd.DataFrame, seed: int) -> pd.DataFrame:
    """Let calls queue and be answered.

    New columns: ``calls_waiting`` on arrival, ``wait_s`` until the answer or the end of an unanswered
    attempt, ``duration_s`` after the answer, ``ended_by``.
    """
    rng = stream(seed, "handling")
    talk_s = durations(profile, calls["label"].to_numpy(), rng)
    busy_s = talk_s + lognormal(rng, (profile.wrap_up_s, 0.5), len(calls))
    pick_up_s = rng.exponential(profile.pick_up_s, size=len(calls))
    ring_s = np.clip(lognormal(rng, RING_S, len(calls)), 0.5, 60.0)
    waiting, wait_s = queue(profile, calls, busy_s, pick_up_s, ring_s)
    answered = calls["answered"].to_numpy()
    # NaN stays where nobody answered: a length of zero would be a fact.
    by_network = rng.random(len(calls)) < np.where(answered, 0.01, NETWORK_SHARE)
    by_centre = answered & (rng.random(len(calls)) < 0.4)
    ended_by = np.where(by_network, EndedBy.NETWORK, np.where(by_centre, EndedBy.CENTRE, EndedBy.CALLER))
    return calls.assign(
        calls_waiting=waiting,
        wait_s=wait_s,
        duration_s=np.where(answered, talk_s, np.nan),
        ended_by=[str(by) for by in ended_by],
    )


def durations(profile: Profile, labels: NDArray[np.object_], rng: np.random.Generator) -> Array:
    """Draw how long each call lasts after the answer: one lognormal for each true label."""
    draw = rng.standard_normal(len(labels))
    out = np.full(len(labels), np.nan)
    for label in Label:
        shape = getattr(profile, f"{label}_s", None)
        if shape is not None:
            where = labels == label
            out[where] = shape[0] * np.exp(shape[1] * draw[where])
    return np.asarray(np.clip(out, 1.0, HOUR_S))


def queue(
    profile: Profile, calls: pd.DataFrame, busy_s: Array, pick_up_s: Array, ring_s: Array
) -> tuple[NDArray[np.int64], Array]:
    """Serve the calls first come, first served, and count who waits when a call arrives."""
    free_at: list[float] = []
    """When each busy seat gets free."""
    waiting_until: list[float] = []
    waiting = np.zeros(len(calls), dtype=np.int64)
    wait_s = np.zeros(len(calls))
    times, answered = calls["time_s"].to_numpy(), calls["answered"].to_numpy()
    for call, now in enumerate(times):
        while waiting_until and waiting_until[0] <= now:
            heapq.heappop(waiting_until)
        waiting[call] = len(waiting_until)
        if answered[call]:
            # Beyond this a neighbouring centre answers, as long as the surge lasts.
            seats, most_waiting = _capacity(profile, now)
            overflow = waiting[call] >= most_waiting and (waiting[call] > 0 or _all_busy(free_at, seats, now))
            begun = now if overflow else _next_seat(free_at, seats, now)
            wait_s[call] = begun - now + pick_up_s[call]
            if not overflow:
                heapq.heappush(free_at, now + wait_s[call] + busy_s[call])
        else:
            begun, wait_s[call] = now, ring_s[call]
        if begun > now:
            heapq.heappush(waiting_until, begun)
    return waiting, wait_s


def _next_seat(free_at: list[float], seats: int, now: float) -> float:
    """When a seat is free for a call that arrives now; takes the seat."""
    while free_at and free_at[0] <= now:
        heapq.heappop(free_at)
    if len(free_at) < seats:
        return now
    begun = now
    while len(free_at) >= seats:
        begun = heapq.heappop(free_at)
    return begun


def _all_busy(free_at: list[float], seats: int, now: float) -> bool:
    return sum(moment > now for moment in free_at) >= seats


def _capacity(profile: Profile, now: float) -> tuple[int, int]:
    """Seats, and how many calls may wait for one."""
    hour = now % DAY_S / HOUR_S
    if hour >= NIGHT_HOURS[0] or hour < NIGHT_HOURS[1]:
        return profile.seats_night, profile.night_overflow_waiting
    return profile.seats_day, profile.overflow_waiting


def _redialled(calls: pd.DataFrame, rng: np.random.Generator, count: int) -> pd.DataFrame:
    """Attempts of numbers that get through soon after."""
    if calls.empty:
        return calls
    chosen = calls.iloc[np.sort(rng.integers(len(calls), size=count))].copy()
    chosen["time_s"] -= rng.exponential(REDIAL_GAP_S, size=count) + 5.0
    return chosen.assign(label=str(Label.ABANDONED), answered=False, found_out_later=False)


def _lone_attempts(
    profile: Profile, days: Days, rng: np.random.Generator, count: int, calls: pd.DataFrame
) -> pd.DataFrame:
    """Attempts of numbers that do not get through: half of them from numbers that call at other times."""
    times = draw_times(rng, hourly_rates(profile, days, count / days.count))
    caller = FIRST_UNANSWERED_CALLER + np.arange(len(times))
    if not calls.empty:
        known = rng.choice(calls["caller"].to_numpy(), size=len(times))
        caller = np.where(rng.random(len(times)) < 0.5, known, caller)
    return pd.DataFrame(
        {
            "time_s": times,
            "label": str(Label.ABANDONED),
            "caller": caller,
            "incident": -1,
            "super_caller": False,
            "surge": -1,
            "found_out_later": False,
            "answered": False,
            "call_back": False,
        }
    )


def _call_backs(attempts: pd.DataFrame, rng: np.random.Generator, delay_s: float) -> pd.DataFrame:
    """The centre's own calls to numbers that hung up. What was said in them is not in the log."""
    back = attempts.copy()
    back["time_s"] += (
        rng.exponential(delay_s, size=len(back)) + 20.0 if delay_s else rng.uniform(1, 5, len(back))
    )
    return back.assign(label=str(Label.UNKNOWN), answered=True, call_back=True)
