"""The calls that get through, as they truly are: when, who, what, with which voice, from where."""

from __future__ import annotations

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from prankfilter.vocabulary import Label
from prankfilter_training.simulation import arrivals
from prankfilter_training.simulation.arrivals import Array, Days
from prankfilter_training.simulation.callers import Numbers, prank_callers, resident_callers, super_callers
from prankfilter_training.simulation.profiles import Profile
from prankfilter_training.simulation.randomness import stream

RESIDENT_LABELS = (Label.GENUINE, Label.INFORMATION, Label.SILENT, Label.ACCIDENTAL)
INCIDENT_GAP_S = 400.0
"""* Mean delay of the further callers of an incident."""
REDIAL_GAP_S = 240.0
"""* Mean delay until a worried caller calls again."""


def contacts(profile: Profile, days: Days, seed: int) -> pd.DataFrame:
    """All answered calls in order of time, surges left out.

    Columns: ``time_s``, ``label`` (the truth), ``caller`` (a whole number), ``incident`` (-1 for
    none), ``super_caller``.
    """
    numbers = Numbers()
    residents = _residents(profile, days, seed, numbers)
    pranks = _pranks(profile, days, seed, numbers)
    pranks["caller"] = _shared(profile, pranks, residents, stream(seed, "shared numbers"))
    calls = pd.concat([residents, pranks], ignore_index=True)
    return calls.sort_values("time_s", kind="stable", ignore_index=True)


def rates_per_day(profile: Profile) -> dict[Label, float]:
    """Answered calls a day by true label, before drift."""
    weights = {
        Label.GENUINE: profile.genuine_weight,
        Label.INFORMATION: profile.information_weight,
        Label.SILENT: profile.silent_weight,
        Label.ACCIDENTAL: profile.accidental_weight,
        Label.CHILD_PLAY: profile.prank_weight * profile.child_play_share,
        Label.FALSE_REPORT: profile.prank_weight * profile.false_report_share,
        Label.JOKE_OR_ABUSE: profile.prank_weight
        * (1 - profile.child_play_share - profile.false_report_share),
    }
    total = sum(weights.values())
    return {label: profile.calls_per_day * weight / total for label, weight in weights.items()}


def _residents(profile: Profile, days: Days, seed: int, numbers: Numbers) -> pd.DataFrame:
    parts = [_genuine(profile, days, stream(seed, "genuine"))]
    for label in RESIDENT_LABELS[1:]:
        rates = arrivals.hourly_rates(profile, days, rates_per_day(profile)[label])
        parts.append(frame(arrivals.draw_times(stream(seed, label), rates), label))
    calls = pd.concat(parts, ignore_index=True).sort_values("time_s", kind="stable", ignore_index=True)
    rng = stream(seed, "residents")
    calls["caller"] = resident_callers(rng, calls["time_s"].to_numpy(), profile.repeat_share, numbers)
    return _with_redials(profile, calls, stream(seed, "redials"))


def _genuine(profile: Profile, days: Days, rng: np.random.Generator) -> pd.DataFrame:
    """Calls about incidents: a cluster point process on the curve of day and week."""
    per_incident = profile.incident_callers_mean * (1 + profile.incident_redial_share)
    rates = arrivals.hourly_rates(profile, days, rates_per_day(profile)[Label.GENUINE] / per_incident)
    start = arrivals.draw_times(rng, rates)
    callers = rng.geometric(1 / profile.incident_callers_mean, size=len(start))
    incident = np.repeat(np.arange(len(start)), callers)
    first = np.r_[True, np.diff(incident) > 0][: len(incident)]
    delay = np.where(first, 0.0, rng.exponential(INCIDENT_GAP_S, size=len(incident)))
    return frame(start[incident] + delay, Label.GENUINE, incident=incident)


def _with_redials(profile: Profile, calls: pd.DataFrame, rng: np.random.Generator) -> pd.DataFrame:
    """Let some genuine callers call again within minutes."""
    again = (calls["label"] == Label.GENUINE) & (rng.random(len(calls)) < profile.incident_redial_share)
    more = calls[again].copy()
    more["time_s"] += rng.exponential(REDIAL_GAP_S, size=len(more))
    return pd.concat([calls, more], ignore_index=True)


def _pranks(profile: Profile, days: Days, seed: int, numbers: Numbers) -> pd.DataFrame:
    rates = rates_per_day(profile)
    parts = []
    for label in (Label.CHILD_PLAY, Label.JOKE_OR_ABUSE, Label.FALSE_REPORT):
        curve = arrivals.child_rates if label is Label.CHILD_PLAY else arrivals.hourly_rates
        rng = stream(seed, label)
        times = arrivals.draw_times(rng, arrivals.with_drift(profile, curve(profile, days, rates[label])))
        calls = frame(times, label)
        if label is Label.JOKE_OR_ABUSE:
            calls["caller"] = _super_callers(profile, times, stream(seed, "super-callers"), numbers)
            calls["super_caller"] = calls["caller"] >= 0
        taken = calls["super_caller"].to_numpy()
        others = prank_callers(rng, times, profile.prank_zeta, numbers, taken)
        calls["caller"] = np.where(taken, calls["caller"], others)
        parts.append(calls)
    return pd.concat(parts, ignore_index=True)


def _super_callers(
    profile: Profile, times: Array, rng: np.random.Generator, numbers: Numbers
) -> NDArray[np.int64]:
    joke_share = 1 - profile.child_play_share - profile.false_report_share
    return super_callers(rng, profile, times, min(1.0, profile.super_caller_share / joke_share), numbers)


def _shared(
    profile: Profile, pranks: pd.DataFrame, residents: pd.DataFrame, rng: np.random.Generator
) -> NDArray[np.int64]:
    """Let some prank numbers be those of households that also call in earnest."""
    callers = pranks["caller"].to_numpy().copy()
    prank_numbers, place = np.unique(callers, return_inverse=True)
    earnest = residents["caller"].to_numpy()
    if not len(earnest):
        return callers
    shared = rng.random(len(prank_numbers)) < profile.shared_number_share
    return np.where(shared, rng.choice(earnest, size=len(prank_numbers)), prank_numbers)[place]


def frame(times: Array, label: Label, incident: NDArray[np.int64] | None = None) -> pd.DataFrame:
    """A table of calls that have no number yet."""
    return pd.DataFrame(
        {
            "time_s": times,
            "label": pd.Series([str(label)] * len(times), dtype=object),
            "caller": np.full(len(times), -1),
            "incident": np.full(len(times), -1) if incident is None else incident,
            "super_caller": np.zeros(len(times), dtype=bool),
        }
    )
