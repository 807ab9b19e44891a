"""Over many seeds: how often a log that did not change alarms, and how often one that did is found out."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest
from prankfilter_training.bank.table import read_bank
from prankfilter_training.fitting.fit import prepare
from prankfilter_training.fitting.leaks import find_leaks
from prankfilter_training.life.drift import drift
from prankfilter_training.life.labellers import labellers
from prankfilter_training.life.reference import reference_of
from prankfilter_training.rows.slices import elapsed
from prankfilter_training.simulation.profiles import CITY, Profile
from prankfilter_training.sound.source import BankSound

from tests.training.flips import flipped
from tests.training.logs import ONE_POOL, regency, written

pytestmark = pytest.mark.long

UNTIL, SINCE = 0.65, (0.65, 0.92)
"""A year of a regency: eight months to compare with; then the last four, and the last one alone."""


def alarms(folder: Path, profile: Profile, seed: int) -> list[list[Any]]:
    log = written(folder, days=365, seed=seed, profile=profile, pools=ONE_POOL)
    prepared = prepare(log, BankSound(read_bank()), (0.0, 0.0))
    share = elapsed(log)[prepared.rows.call]
    reference = reference_of(None, prepared, until=UNTIL)
    return [drift(reference, None, prepared, share >= since)["alarms"] for since in SINCE]


def test_a_regency_that_stays_as_it_is_alarms_in_one_seed_of_twenty_at_most(tmp_path: Path) -> None:
    still = regency(prank_half_life_days="inf")
    found = [alarms(tmp_path / str(seed), still, seed) for seed in range(1, 21)]
    for number in range(len(SINCE)):
        assert sum(bool(one[number]) for one in found) <= 1


def test_pranks_that_halve_in_six_months_are_found(tmp_path: Path) -> None:
    for seed in range(1, 6):
        long, short = alarms(tmp_path / str(seed), regency(), seed)
        assert "prank_share" in {alarm["name"] for alarm in long}
        assert "prank_share" in {alarm["name"] for alarm in short}


def test_the_one_who_flips_one_label_in_ten_comes_first_in_nine_seeds_of_ten(tmp_path: Path) -> None:
    first = []
    for seed in range(1, 11):
        city = flipped(tmp_path / str(seed), days=60, seed=seed)
        found = labellers(city.prepared, city.of)["labellers"]
        first.append(found[0]["labeller"] == city.labeller and found[0]["stands_out"])
    assert np.sum(first) >= 9


@pytest.mark.parametrize("profile", [CITY, regency()], ids=lambda profile: profile.name)
def test_clean_logs_have_no_leak(tmp_path: Path, profile: Profile) -> None:
    for seed in range(1, 7):
        log = written(tmp_path / str(seed), days=90, seed=seed, profile=profile)
        assert find_leaks(prepare(log, BankSound(read_bank()), (0.5, 0.6, 0.7))) == ()
