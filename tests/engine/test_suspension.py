"""The watch over a certificate: it may look after every call, and is wrong as seldom as it says."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from prankfilter.routing.suspension import (
    FALSE_ALARM_SHARE,
    Tally,
    Watched,
    evidence_against,
    refuted,
    tallies,
)
from prankfilter.vocabulary import CERTIFIED_STRATA, Stratum

NEEDED = len(CERTIFIED_STRATA) / FALSE_ALARM_SHARE
PATHS, CALLERS = 2000, 4000


def first_alarm(rate: float, alpha: float, rng: np.random.Generator) -> int | None:
    """After how many genuine callers the watch suspends; it can only do so where one was hit."""
    hit = np.flatnonzero(rng.random(CALLERS) < rate)
    for hits, place in enumerate(hit, start=1):
        if evidence_against(Tally(int(place) + 1, hits), alpha) >= NEEDED:
            return int(place) + 1
    return None


@pytest.mark.parametrize("alpha", [0.01, 0.001])
def test_a_certificate_that_holds_is_hardly_ever_suspended_however_often_one_looks(alpha: float) -> None:
    rng = np.random.default_rng(1)
    alarms = sum(first_alarm(alpha, alpha, rng) is not None for _ in range(PATHS))
    assert alarms / PATHS <= FALSE_ALARM_SHARE / len(CERTIFIED_STRATA) + 0.01


def test_one_that_is_ten_times_too_high_is_suspended_within_a_few_hundred_callers() -> None:
    rng = np.random.default_rng(2)
    alarms = [first_alarm(0.1, 0.01, rng) for _ in range(200)]
    assert all(alarm is not None for alarm in alarms)
    assert np.median([alarm for alarm in alarms if alarm]) < 150


def test_no_hit_never_speaks_against_it() -> None:
    assert all(evidence_against(Tally(n, 0), 0.001) <= 1 for n in (0, 1, 100, 10**6))


def test_so_many_hits_that_a_float_overflows_are_still_counted() -> None:
    assert evidence_against(Tally(5000, 5000), 1e-6) > NEEDED


@given(st.integers(0, 300), st.integers(0, 300), st.floats(1e-4, 0.3))
def test_one_more_hit_speaks_more_against_it_and_one_more_miss_less(
    hits: int, misses: int, alpha: float
) -> None:
    now = evidence_against(Tally(hits + misses, hits), alpha)
    assert evidence_against(Tally(hits + misses + 1, hits + 1), alpha) >= now
    assert evidence_against(Tally(hits + misses + 1, hits), alpha) <= now


def test_a_caller_counts_once_by_the_worst_look() -> None:
    looks = [
        Watched("a", Stratum.OTHER, False),
        Watched("a", Stratum.OTHER, True),
        Watched("b", Stratum.OTHER, False),
        Watched("b", Stratum.REPEAT, False),
    ]
    assert tallies(looks) == {Stratum.OTHER: Tally(2, 1), Stratum.REPEAT: Tally(1, 0)}
    spared = [Watched(f"d{n}", Stratum.OTHER, False) for n in range(100)]
    hit = [Watched(f"c{n}", Stratum.REPEAT, True) for n in range(3)]
    assert refuted([*looks, *spared, *hit], 0.001) == {Stratum.REPEAT: Tally(4, 3)}
