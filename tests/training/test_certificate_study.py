"""The study in small: a valid method exceeds as often as chance allows, and each planted break is seen."""

from __future__ import annotations

import pytest

from benchmarks.certificate_waiting import months_until, pool_months, smallest_alpha
from benchmarks.certificate_worlds import BREAKS, POOLS, VALID, Drawn, Scenario, drawn

TRUTH = 100_000
BY_NAME = {scenario.name: scenario for scenario in (*VALID, *BREAKS, *POOLS)}


def result(name: str, draws: int) -> Drawn:
    return drawn(BY_NAME[name], draws, truth_callers=TRUTH)


def test_five_hundred_certificates_exceed_as_often_as_they_may_and_waste_no_calls() -> None:
    found = drawn(VALID[0], 500)
    assert (found.least_expected, found.most_allowed) == (14, 37)
    assert found.certified == 500
    assert 14 <= found.exceeding <= 37
    assert sum(found.recalls) / 500 > 0.3


@pytest.mark.parametrize(
    "name",
    [
        "naive: the calibration's own share is alpha",
        "label errors that rise with the margin",
        "repeat callers, calls counted",
        "drift: genuine margins 1 higher afterwards",
        "one of ten centres 3 higher: that centre's rate",
    ],
)
def test_what_breaks_it_is_seen(name: str) -> None:
    assert not result(name, 100).holds


@pytest.mark.parametrize(
    "name",
    [
        "the same, `verify` strictly above it",
        "the same, top 50 reviewed, among 40 true pranks",
        "repeat callers, each counted once",
        "one of ten centres 3 higher: the pool's rate",
    ],
)
def test_its_guard_holds(name: str) -> None:
    assert result(name, 100).holds


def test_a_method_that_never_verifies_shows_in_its_recall() -> None:
    found = drawn(Scenario("never", lambda rng: 1e9), 10, truth_callers=TRUTH)
    assert (found.exceeding, sum(found.recalls)) == (0, 0.0)


def test_months_of_calls() -> None:
    assert months_until(0.001, 1094) == pytest.approx(4380 / 1094)
    assert months_until(0.001, 17) is None
    assert pool_months(0.01, 17) == pytest.approx(59 / 17)
    assert pool_months(0.01, 1.3) is None
    assert smallest_alpha(510) == pytest.approx(0.00855, abs=1e-5)
