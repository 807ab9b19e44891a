"""A simulated labelled log. It shows that the software works; it is no evidence of accuracy on real calls.

Every effect is a named parameter of `profiles.Profile`, and a test finds each again in the output.
"""

from __future__ import annotations

import dataclasses
import datetime as dt
import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from prankfilter.vocabulary import Label
from prankfilter_training.simulation.arrivals import DAY_S, Array, Days, days_of
from prankfilter_training.simulation.contacts import contacts
from prankfilter_training.simulation.handling import handled, with_unanswered
from prankfilter_training.simulation.labels import statements
from prankfilter_training.simulation.line_facts import with_line_facts
from prankfilter_training.simulation.profiles import Profile
from prankfilter_training.simulation.prompts import with_prompts
from prankfilter_training.simulation.randomness import stream
from prankfilter_training.simulation.surges import surge_calls
from prankfilter_training.simulation.voices import Group, Voices, choose_clips, groups
from prankfilter_training.simulation.written import as_calls

NOTICE = "SIMULATED: shows that the software works; it is no evidence of accuracy on real calls."

SPLIT_POOLS = (("fit", 0.5), ("calibration", 0.6), ("test", 1.0))
"""Pools of speakers by share of the log's days, as the shipped recipe splits them."""


@dataclass(frozen=True, slots=True)
class SimulatedLog:
    """A log, with what made it."""

    calls: pd.DataFrame
    """One row a call, the columns of the labelled log; columns beginning with ``sim_`` tell the truth."""
    made_by: Mapping[str, object]


def simulate(
    profile: Profile,
    *,
    start: dt.date,
    days: int,
    seed: int,
    voices: Mapping[str, Voices] | None = None,
    pools: tuple[tuple[str, float], ...] = SPLIT_POOLS,
) -> SimulatedLog:
    """Simulate one centre.

    Parameters
    ----------
    profile : Profile
        Every effect and its size.
    start : date
        First day, in the centre's own zone.
    days, seed : int
        Length of the log; the same seed gives the same log.
    voices : mapping of str to Voices, optional
        Clips of the feature bank, by pool. Without them the calls have no sound.
    pools : tuple of (name, end)
        A caller speaks with voices of the first pool whose end (share of the log's days) lies behind the
        caller's last call; so splits by time and caller never share a speaker.
    """
    calendar = days_of(start, days)
    calls = true_contacts(profile, calendar, seed)
    calls = handled(profile, with_unanswered(profile, calendar, calls, seed), seed)
    calls = with_prompts(profile, calls, seed)
    calls = with_line_facts(profile, calls, seed)
    calls["ended_s"] = calls["time_s"] + calls["wait_s"] + calls["duration_s"].fillna(0.0)
    calls = _with_sound(profile, calls, seed, days, voices or {}, pools)
    said = statements(profile, calls, seed)
    midnight = pd.Timestamp(start, tz=profile.zone)
    return SimulatedLog(as_calls(profile, calls, said, midnight, seed), _made_by(profile, start, days, seed))


def write_log(log: SimulatedLog, folder: Path, *, csv: bool = False) -> None:
    """Write ``calls.parquet`` (or ``calls.csv``) and ``simulation.json``."""
    folder.mkdir(parents=True, exist_ok=True)
    if csv:
        log.calls.to_csv(folder / "calls.csv", index=False)
    else:
        log.calls.to_parquet(folder / "calls.parquet", index=False)
    (folder / "simulation.json").write_text(json.dumps(log.made_by, indent=2, sort_keys=True) + "\n")


def made(log: SimulatedLog) -> dict[str, Any]:
    """What a log holds, in a few numbers: calls by label, answered share, span, and what it is worth."""
    calls = log.calls
    placed = calls[calls["priority"].isna()]
    counts = calls["label"].value_counts()
    start = dt.date.fromisoformat(str(log.made_by["start"]))
    days = int(str(log.made_by["days"]))
    return {
        "calls": len(calls),
        "callers": int(calls["caller"].nunique()),
        "first_day": start,
        "last_day": start + dt.timedelta(days=days - 1),
        "days": days,
        "answered_share": float(placed["answered_at"].notna().mean()) if len(placed) else None,
        "labels": {str(label): int(counts[label]) for label in Label if label in counts},
        "notice": log.made_by["notice"],
    }


def true_contacts(profile: Profile, calendar: Days, seed: int) -> pd.DataFrame:
    """All calls that got through, surges and emergencies that pass for silent calls included."""
    usual = contacts(profile, calendar, seed).assign(surge=-1)
    surges = surge_calls(profile, calendar, seed)
    calls = pd.concat([usual, surges] if len(surges) else [usual], ignore_index=True)
    calls = calls.sort_values("time_s", kind="stable", ignore_index=True)
    found_out = stream(seed, "found out later").random(len(calls)) < profile.silent_genuine_share
    hidden = (calls["label"] == Label.SILENT).to_numpy() & found_out
    calls["found_out_later"] = hidden
    calls.loc[hidden, "label"] = str(Label.GENUINE)
    return calls


def _with_sound(
    profile: Profile,
    calls: pd.DataFrame,
    seed: int,
    days: int,
    voices: Mapping[str, Voices],
    pools: tuple[tuple[str, float], ...],
) -> pd.DataFrame:
    rng = stream(seed, "sound")
    heard_as = np.where(calls["found_out_later"], str(Label.SILENT), calls["true_label"])
    calls["group"] = groups(profile, heard_as, rng)
    captured = (rng.random(len(calls)) < profile.sound_share) & ~calls["call_back"].to_numpy()
    if not voices:
        return calls.assign(bank_key=None, speaker=None, pool=None, audio_s=np.nan)
    calls["pool"] = _pool_of(calls, days, pools)
    calls = calls.join(choose_clips(profile, calls, voices, rng))
    calls.loc[~captured, ["bank_key", "speaker"]] = None
    calls["audio_s"] = np.where(calls["bank_key"].notna(), calls["ended_s"] - calls["time_s"], np.nan)
    return calls


def _pool_of(calls: pd.DataFrame, days: int, pools: tuple[tuple[str, float], ...]) -> NDArray[np.object_]:
    # Calls without a number have no caller in the log: only their own time tells where they belong.
    known = calls["time_s"].where(calls["has_number"])
    last_s = known.groupby(calls["caller"]).transform("max").where(calls["has_number"], calls["time_s"])
    last: Array = last_s.to_numpy() / (days * DAY_S)
    ends = np.array([end for _, end in pools])
    place = np.minimum(np.searchsorted(ends, last, side="left"), len(ends) - 1)
    return np.array([name for name, _ in pools], dtype=object)[place]


def _made_by(profile: Profile, start: dt.date, days: int, seed: int) -> dict[str, object]:
    return {
        "notice": NOTICE,
        "profile": {
            name: str(value) if value == float("inf") else value
            for name, value in dataclasses.asdict(profile).items()
        },
        "start": start.isoformat(),
        "days": days,
        "seed": seed,
        "groups": [str(group) for group in Group],
    }
