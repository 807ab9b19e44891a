"""The rules that keep simulated calls honest: sound tells age at most, and no speaker is on two sides."""

from __future__ import annotations

from functools import cache
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from numpy.typing import NDArray
from prankfilter_training.bank.table import read_bank, voices_of
from prankfilter_training.simulation.picture import write_picture
from prankfilter_training.simulation.profiles import CITY, PROFILES
from prankfilter_training.simulation.simulate import SimulatedLog, made, simulate
from prankfilter_training.sound.source import SOUND_COLUMNS
from sklearn.ensemble import HistGradientBoostingClassifier
from sklearn.metrics import roc_auc_score
from sklearn.model_selection import GroupKFold, cross_val_predict
from threadpoolctl import threadpool_limits

from tests.training.logs import START

pytestmark = pytest.mark.long

DRAWS = 200
LOOK_S = 5.0


@cache
def log(profile: str = "city", days: int = 90) -> SimulatedLog:
    return simulate(PROFILES[profile], start=START, days=days, seed=4, voices=voices_of(read_bank()))


@cache
def adults() -> tuple[pd.DataFrame, NDArray[np.float64]]:
    """Answered calls of adults that were heard for five seconds, and their sound."""
    calls = log().calls
    labels = ["genuine", "information", "joke_or_abuse", "false_report"]
    calls = calls[calls["sim_group"].eq("adult") & calls["sim_true_label"].isin(labels)]
    calls = calls[calls["bank_key"].notna() & (calls["audio_s"] >= LOOK_S) & calls["answered_at"].notna()]
    bank = read_bank()
    at_look = bank[bank["look_s"] == LOOK_S].set_index("key")[[column.name for column in SOUND_COLUMNS]]
    return calls, at_look.loc[calls["bank_key"]].to_numpy()


@pytest.mark.parametrize("label", ["genuine", "information", "joke_or_abuse", "false_report"])
def test_sound_tells_no_kind_of_adult_call_from_the_others(label: str) -> None:
    calls, sound = adults()
    wanted = calls["sim_true_label"].eq(label).to_numpy()
    speaker = np.unique(calls["sim_speaker"].astype(str), return_inverse=True)[1]
    forest = HistGradientBoostingClassifier(max_iter=20, max_leaf_nodes=6, random_state=0)
    with threadpool_limits(limits=1):
        said = cross_val_predict(
            forest, sound, wanted, groups=speaker, cv=GroupKFold(4), method="predict_proba"
        )[:, 1]
    rng, count = np.random.default_rng(1), int(speaker.max()) + 1
    drawn = (rng.multinomial(count, np.full(count, 1 / count))[speaker] for _ in range(DRAWS))
    areas = [roc_auc_score(wanted, said, sample_weight=weight) for weight in drawn]
    low, high = np.quantile(areas, (0.005, 0.995))
    assert low <= 0.5 <= high
    assert high - low < 0.2, "so wide an interval would forbid nothing"


def test_no_speaker_is_on_two_sides() -> None:
    voiced = log().calls.dropna(subset=["sim_speaker"])
    people = voiced[voiced["sim_group"].isin(["adult", "child", "youth"])]
    assert (people.groupby("sim_speaker")["sim_pool"].nunique() == 1).all()
    assert set(people["sim_pool"]) == {"fit", "calibration", "test"}


def test_a_number_is_one_household_of_one_pool() -> None:
    numbered = log().calls.dropna(subset=["caller", "sim_speaker"])
    assert (numbered.groupby("caller")["sim_pool"].nunique() == 1).all()
    for group, most in (("adult", CITY.household_adults), ("child", 1), ("youth", 1)):
        speakers = numbered[numbered["sim_group"] == group].groupby("caller")["sim_speaker"].nunique()
        assert speakers.max() <= most


@pytest.mark.parametrize("profile", PROFILES)
@pytest.mark.parametrize("days", [1, 9])
def test_a_log_may_be_as_short_as_a_day(profile: str, days: int, tmp_path: Path) -> None:
    short = log(profile, days)
    assert made(short)["days"] == days
    assert set(short.calls["sim_pool"]) <= {"fit", "calibration", "test"}
    write_picture(short, tmp_path / "log.png")
    assert (tmp_path / "log.png").stat().st_size > 10_000


def test_what_was_made_is_told_in_numbers() -> None:
    told = made(log())
    assert sum(told["labels"].values()) == told["calls"] == len(log().calls)
    assert told["answered_share"] == pytest.approx(1 - CITY.unanswered_share, abs=0.02)
    assert (told["last_day"] - told["first_day"]).days == 89
    assert told["notice"].startswith("SIMULATED")
