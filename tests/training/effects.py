"""For every parameter of a simulated centre, the figure of a log that finds it again."""

from __future__ import annotations

import datetime as dt
import math
from collections.abc import Callable
from dataclasses import dataclass
from functools import cache
from typing import NamedTuple

import numpy as np
import pandas as pd
from prankfilter_training.bank.table import read_bank, voices_of
from prankfilter_training.simulation.labels import PRANKS
from prankfilter_training.simulation.profiles import Profile
from prankfilter_training.simulation.simulate import simulate

from prankfilter.features.almanac import is_school_day
from prankfilter.vocabulary import Label
from tests.training.logs import START, answered, city, year

Calls = pd.DataFrame

PLAIN = city()
LOUD = city(
    genuine_child_share="0.1",
    genuine_silent_share="0.2",
    text_telephone_share="0.05",
    silent_genuine_share="0.2",
    accidental_weight="0.05",
    holiday_factor="2.0",
    weekend_factor="1.5",
    incident_callers_mean="2.0",
    sim_less_share="0.1",
    withheld_share="0.05",
    unverified_share="0.1",
    super_caller_share="0.1",
    label_noise_share="0.05",
    noise_slope="2.0",
    display_share="0.2",
)
"""Many effects larger than life: each has draws of its own, so that they do not disturb each other."""
NUMBERED = city(super_caller_share="0", shared_number_share="0", sim_less_share="0", withheld_share="0")
FADING = city(prank_half_life_days="183", calls_per_day="120")
SURGING = city(surges_per_year="14", sim_less_share="0", withheld_share="0")
PROMPTING = city(
    prompted_share="0.7",
    audit_share="0.2",
    prompt_hang_up_share="0.6",
    genuine_prompt_hang_up_share="0.2",
    super_caller_share="0.3",
    prank_zeta="2.0",
    shared_number_share="1",
    repeat_share="0.6",
    sim_less_share="0",
    withheld_share="0",
)
JUDGED = city(
    display_share="1",
    label_noise_share="0.2",
    verdict_error_share="0.3",
    super_caller_share="0.1",
    super_caller_days="10",
    shared_number_share="0.5",
)
BUSY = city(seats_day="1", calls_per_day="200", night_overflow_waiting="1", overflow_waiting="3")


class Found(NamedTuple):
    """A figure of a log and its sampling error."""

    value: float
    error: float


@dataclass(frozen=True)
class Effect:
    """One parameter, found again."""

    parameter: str
    profile: Profile
    figure: Callable[[Profile], Found]
    wanted: float | None = None
    """The parameter itself where nothing else is said."""

    def target(self) -> float:
        return float(getattr(self.profile, self.parameter)) if self.wanted is None else self.wanted


# --- figures ---------------------------------------------------------------------------------------------


def share(condition: pd.Series) -> Found:
    mean = float(condition.mean())
    return Found(mean, math.sqrt(max(mean * (1 - mean), 1e-4) / max(len(condition), 1)))


def ratio(many: float, few: float, scale: float = 1.0) -> Found:
    return Found(scale * many / few, scale * many / few * math.sqrt(1 / many + 1 / few))


def median(values: pd.Series, sigma: float) -> Found:
    middle = float(values.median())
    return Found(middle, 1.25 * middle * sigma / math.sqrt(len(values)))


def mean(values: pd.Series) -> Found:
    return Found(float(values.mean()), float(values.std()) / math.sqrt(len(values)))


@cache
def calls(profile: Profile) -> Calls:
    return answered(year(profile))


@cache
def attempts(profile: Profile) -> Calls:
    every = year(profile).calls
    return every[every["priority"].isna()]


@cache
def heard(profile: Profile) -> Calls:
    log = simulate(profile, start=START, days=60, seed=5, voices=voices_of(read_bank()))
    return answered(log)


def of(profile: Profile, *labels: str) -> Calls:
    found = calls(profile)
    return found[found["sim_true_label"].isin(labels)]


def of_genuine(groups: list[str]) -> Callable[[Profile], Found]:
    def figure(profile: Profile) -> Found:
        genuine = of(profile, "genuine")
        return share(genuine.loc[genuine["verdict"] != "was_emergency", "sim_group"].isin(groups))

    return figure


def weight(*labels: str) -> Callable[[Profile], Found]:
    return lambda profile: share(calls(profile)["sim_true_label"].isin(labels))


def weight_of(profile: Profile, name: str) -> float:
    names = ("genuine", "information", "silent", "prank", "accidental")
    weights = {one: getattr(profile, f"{one}_weight") for one in names}
    silent_kept = weights["silent"] * (1 - profile.silent_genuine_share)
    found_out = weights["silent"] * profile.silent_genuine_share
    adjusted = weights | {"silent": silent_kept, "genuine": weights["genuine"] + found_out}
    return float(adjusted[name] / sum(weights.values()))


def hour_of(*, quietest: bool) -> Callable[[Profile], Found]:
    def figure(profile: Profile) -> Found:
        others = calls(profile)[calls(profile)["sim_true_label"] != "child_play"]
        counts = others["received_at"].dt.hour.value_counts().reindex(range(24), fill_value=0).to_numpy()
        around = counts + np.roll(counts, 1) + np.roll(counts, -1)
        return Found(float(around.argmin() if quietest else around.argmax()), 0.25)

    return figure


def night_level(profile: Profile) -> Found:
    hours = calls(profile)[calls(profile)["sim_true_label"] != "child_play"]["received_at"].dt.hour
    return ratio((hours == profile.quiet_hour).sum(), (hours == profile.busy_hour).sum())


def weekend(profile: Profile) -> Found:
    days = calls(profile)[calls(profile)["sim_true_label"] != "child_play"]["received_at"].dt.day_of_week
    return ratio((days >= 5).sum(), (days < 5).sum(), scale=261 / 104)


def after_school(profile: Profile) -> Found:
    play = of(profile, "child_play")
    hour = play.loc[play["received_at"].dt.date.map(is_school_day).astype(bool), "received_at"].dt.hour
    other = hour.between(9, 12) | hour.between(17, 19)
    return ratio(hour.between(13, 16).sum(), other.sum(), scale=7 / 4)


def without_school(profile: Profile) -> Found:
    school = of(profile, "child_play")["received_at"].dt.date.map(is_school_day).astype(bool)
    days = [bool(is_school_day(START + dt.timedelta(days=day))) for day in range(365)]
    return ratio((~school).sum(), school.sum(), scale=sum(days) / (365 - sum(days)))


def half_life(profile: Profile) -> Found:
    day = (of(profile, *PRANKS)["received_at"] - pd.Timestamp(START, tz=profile.zone)).dt.days
    first, last = (day < 91).sum(), day.between(183, 273).sum()
    falling = ratio(last, first)
    return Found(-183 / math.log2(falling.value), 183 * falling.error / falling.value / math.log(2))


def incident_size(profile: Profile) -> Found:
    known = calls(profile).dropna(subset=["incident_id", "caller"])
    return mean(known.groupby("incident_id")["caller"].nunique())


def known_incidents(profile: Profile) -> Found:
    genuine = of(profile, "genuine")
    return share(genuine.loc[genuine["verdict"] != "was_emergency", "incident_id"].notna())


def zeta(profile: Profile) -> Found:
    # P(1 call) / P(2 calls) = 2 ** s.
    counts = of(profile, *PRANKS).groupby("caller").size().value_counts()
    found = ratio(counts[1], counts[2])
    return Found(math.log2(found.value), found.error / found.value / math.log(2))


def eras(profile: Profile) -> Found:
    pranks = of(profile, *PRANKS)
    numbers = pranks.loc[pranks["sim_super_caller"], "caller"].nunique()
    return Found(365 / numbers, 365 / numbers**1.5)


def repeats(profile: Profile) -> Found:
    # Calls of residents from a number that called before; redials come on top.
    residents = of(profile, "information", "silent", "accidental")
    every = of(profile, "information", "silent", "accidental", "genuine")
    again = every.duplicated("caller").reindex(residents.index)
    return share(again[residents["received_at"] > residents["received_at"].quantile(0.5)])


def redials(profile: Profile) -> Found:
    genuine = of(profile, "genuine").sort_values("received_at")
    gap = genuine.groupby("caller")["received_at"].diff()
    soon = gap < pd.Timedelta(minutes=30)
    first = len(genuine) - soon.sum()
    return Found(soon.sum() / first, math.sqrt(soon.sum()) / first)


def shared_numbers(profile: Profile) -> Found:
    earnest = set(of(profile, "genuine", "information", "silent", "accidental")["caller"].dropna())
    pranks = of(profile, *PRANKS)["caller"].dropna().drop_duplicates()
    return share(pranks.isin(earnest))


def sim_less_genuine(profile: Profile) -> Found:
    bare = calls(profile)[calls(profile)["access_state"] == "sim_less"]
    return share(bare["sim_true_label"] == "genuine")


def number_kind(kind: str) -> Callable[[Profile], Found]:
    return lambda profile: share(calls(profile)["number_kind"] == kind)


def household(profile: Profile) -> Found:
    adults = heard(profile)[heard(profile)["sim_group"] == "adult"].dropna(subset=["caller", "sim_speaker"])
    return Found(float(adults.groupby(["caller", "sim_pool"])["sim_speaker"].nunique().max()), 0.01)


def youth(profile: Profile) -> Found:
    young = calls(profile)[calls(profile)["sim_group"].isin(["child", "youth"])]
    return share(young["sim_group"] == "youth")


def cells(profile: Profile) -> Found:
    return Found(float(calls(profile)["cell_id"].nunique()), 0.01)


def home_cells(profile: Profile) -> Found:
    # Two information calls of a number share the cell if both are from home, or else by chance.
    found = of(profile, "information").dropna(subset=["caller"])
    pairs = found.groupby("caller").filter(lambda one: len(one) == 2).sort_values("caller")
    same = pairs["cell_id"].to_numpy()[::2] == pairs["cell_id"].to_numpy()[1::2]
    alike = share(pd.Series(same))
    chance = 1 / profile.cells
    both = (alike.value - chance) / (1 - chance)
    return Found(math.sqrt(both), alike.error / (2 * math.sqrt(both)))


def waiting(*, night: bool) -> Callable[[Profile], Found]:
    def figure(profile: Profile) -> Found:
        hour = attempts(profile)["received_at"].dt.hour
        chosen = (hour >= 23) | (hour < 5) if night else hour.between(8, 20)
        return share(attempts(profile).loc[chosen, "calls_waiting"] > 0)

    return figure


def most_waiting(*, night: bool) -> Callable[[Profile], Found]:
    def figure(profile: Profile) -> Found:
        found = attempts(profile)
        hour = found["received_at"].dt.hour
        chosen = found[(hour >= 23) | (hour < 6)] if night else found[hour.between(8, 21)]
        return Found(float(chosen["calls_waiting"].max()), 0.01)

    return figure


def pick_up(profile: Profile) -> Found:
    found = calls(profile)
    quiet = found[(found["calls_waiting"] == 0) & (found["received_at"].dt.hour < 6)]
    wait_s = (quiet["answered_at"] - quiet["received_at"]).dt.total_seconds()
    # The median of an exponential is ln 2 of its mean, and hardly moved by the few who had to queue.
    middle = float(wait_s.median()) / math.log(2)
    return Found(middle, middle / math.sqrt(len(wait_s)))


def unanswered(profile: Profile) -> Found:
    return share(attempts(profile)["answered_at"].isna())


def redial_share(profile: Profile) -> Found:
    found = attempts(profile).dropna(subset=["caller"]).sort_values("received_at", kind="stable")
    later = found.groupby("caller")["received_at"].shift(-1) - found["received_at"]
    lost = found["answered_at"].isna()
    return share((later[lost] < pd.Timedelta(minutes=10)).astype(bool))


def call_backs(profile: Profile) -> Found:
    every = year(profile).calls
    back = (every["priority"] == "psap-callback").sum()
    lost = every["answered_at"].isna().sum()
    return Found(back / lost, math.sqrt(back) / lost)


def call_backs_wanted(profile: Profile) -> float:
    alone = (1 - profile.redial_share) * profile.call_back_share
    return alone + profile.redial_share * profile.called_back_first_share


def called_back_first(profile: Profile) -> Found:
    # The centre called in the seconds before a caller who rings again.
    every = year(profile).calls.dropna(subset=["caller"]).sort_values("received_at", kind="stable")
    grouped = every.groupby("caller")
    soon = (grouped["received_at"].shift(-1) - every["received_at"]) < pd.Timedelta(seconds=6)
    lost = every["answered_at"].isna()
    first = lost & soon & (grouped["priority"].shift(-1) == "psap-callback")
    return Found(first.sum() / (lost.sum() * profile.redial_share), math.sqrt(first.sum()) / lost.sum())


def due(profile: Profile) -> Calls:
    every = year(profile).calls
    return every[every["would_verify"]]


def prompted(profile: Profile) -> Found:
    every = attempts(profile).sort_values("received_at", kind="stable")
    prank = every["sim_true_label"].isin(PRANKS).astype(int)
    earlier = prank.groupby(every["caller"]).cumsum() - prank
    heard_or_prompted = every["answered_at"].notna() | (every["ended_by"] == "prompt")
    return share(every.loc[heard_or_prompted & (earlier >= 3), "would_verify"])


def hung_up(*, genuine: bool) -> Callable[[Profile], Found]:
    def figure(profile: Profile) -> Found:
        found = due(profile)[due(profile)["audit_probability"].isna()]
        chosen = found[(found["sim_true_label"] == "genuine") == genuine]
        return share(chosen["ended_by"] == "prompt")

    return figure


def lasting(label: str) -> Effect:
    def figure(profile: Profile) -> Found:
        found = of(profile, label)
        return median(found["duration_s"], getattr(profile, f"{label}_s")[1])

    return Effect(f"{label}_s", PLAIN, figure, wanted=getattr(PLAIN, f"{label}_s")[0])


def talk_of_call_backs(profile: Profile) -> Found:
    every = year(profile).calls
    return median(every.loc[every["priority"] == "psap-callback", "duration_s"], profile.unknown_s[1])


# --- surges ----------------------------------------------------------------------------------------------


def surging(profile: Profile) -> Calls:
    return calls(profile)[calls(profile)["sim_surge"] >= 0]


def surges(profile: Profile) -> Found:
    count = surging(profile)["sim_surge"].nunique()
    return Found(float(count), math.sqrt(count))


def surge_length(profile: Profile) -> Found:
    at = surging(profile).groupby("sim_surge")["received_at"]
    hours = (at.max() - at.min()).dt.total_seconds() / 3600
    return mean(hours.clip(lower=0.5).map(math.log))


def surge_volume(profile: Profile) -> Found:
    # Calls of a surge against what comes in as many usual hours.
    found = surging(profile).groupby("sim_surge")["received_at"]
    hours = found.agg(lambda at: (at.max() - at.min()) / pd.Timedelta(hours=1))
    return mean(np.log(1 + found.size() / (hours * profile.calls_per_day / 24)))


def surge_repeats(profile: Profile) -> Found:
    found = surging(profile)
    return share(found.duplicated("caller"))


def surge_cells(profile: Profile) -> Found:
    return Found(float(surging(profile).groupby("sim_surge")["cell_id"].nunique().max()), 0.01)


def log_middle(bounds: tuple[float, float]) -> float:
    return (math.log(bounds[0]) + math.log(bounds[1])) / 2


# --- what is written -------------------------------------------------------------------------------------


def by_call_takers(profile: Profile) -> Calls:
    found = calls(profile)
    return found[found["label_source"] == "call_taker"]


def confused(profile: Profile, *, known: bool) -> Found:
    found = by_call_takers(profile)
    pranks = found[found["sim_true_label"].isin(PRANKS)]
    first = ~pranks.duplicated("caller") & ~pranks["sim_super_caller"]
    shown = pranks["advice_shown"].astype(bool)
    chosen = pranks[(pranks["sim_super_caller"] if known else first) & ~shown]
    return share(chosen["label"] == "silent")


def pulled(profile: Profile) -> Found:
    # Truly earnest calls of numbers that had pranked, labelled after a score was seen.
    every = calls(profile).dropna(subset=["caller"])
    prank = every["sim_true_label"].isin(PRANKS).astype(int)
    known = (prank.groupby(every["caller"]).cumsum() - prank) > 0
    found = every[known & every["sim_true_label"].isin(["genuine", "information"])]
    found = found[(found["label_source"] == "call_taker") & found["advice_shown"].astype(bool)]
    return share(found["label"] == "joke_or_abuse")


def written_after(profile: Profile, *, late: bool) -> pd.Series:
    found = by_call_takers(profile)
    delay_s = (found["label_at"] - found["ended_at"]).dt.total_seconds()
    return delay_s[(delay_s > 6 * 3600) == late]


def reviewed(profile: Profile) -> Found:
    labelled = calls(profile)[
        calls(profile)["label"].isin(PRANKS) & (calls(profile)["label_source"] == "call_taker")
    ]
    return share(labelled["verdict"].notna())


def ruled_after(profile: Profile) -> Found:
    ruled = calls(profile)[calls(profile)["verdict"].notna()]
    days = (ruled["verdict_at"] - ruled["ended_at"]).dt.total_seconds() / 86_400
    return median(days, profile.verdict_delay_days[1])


def ruled_wrongly(profile: Profile) -> Found:
    # Truly silent calls that a call taker took for pranks: a supervisor who errs agrees with that.
    silent = of(profile, "silent")
    ruled = silent[silent["label"].isin(PRANKS) & silent["verdict"].notna()]
    return share(ruled["verdict"] == "confirmed")


def reported(profile: Profile) -> Found:
    genuine = of(profile, "genuine")
    return share(genuine.loc[genuine["verdict"] != "was_emergency", "label_source"] == "field_unit")


def unwritten(profile: Profile) -> Found:
    found = by_call_takers(profile)
    return share(found.loc[found["sim_true_label"].isin(PRANKS), "label"] == Label.UNKNOWN)
