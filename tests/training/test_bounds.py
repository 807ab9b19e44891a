"""The arithmetic of the proof, against values computed by hand and by other means."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from mapie.risk_control import BinaryClassificationController
from numpy.typing import NDArray
from prankfilter_training.proof.bounds import (
    LOWEST_THRESHOLD,
    allowed_hits,
    callers_needed,
    delta_of_use,
    label_errors_to_break,
    lowest_threshold,
    worst_case,
)

WITHOUT_HITS = {0.05: 59, 0.02: 149, 0.01: 299, 0.005: 598, 0.002: 1497, 0.001: 2995}
"""Genuine calls needed with none flagged, at 95 % (SIMULATION.md, Bounds)."""

WITH_HITS = {1: 4742, 2: 6294, 3: 7752, 5: 10511}
"""The same at 0.1 %, with k flagged."""


def tail_by_hand(hits: int, callers: int, alpha: float) -> float:
    """P(Bin(callers, alpha) <= hits), summed term by term."""
    logs = (
        math.lgamma(callers + 1)
        - math.lgamma(k + 1)
        - math.lgamma(callers - k + 1)
        + k * math.log(alpha)
        + (callers - k) * math.log1p(-alpha)
        for k in range(hits + 1)
    )
    return math.fsum(map(math.exp, logs))


class TestCallersNeeded:
    @pytest.mark.parametrize(("alpha", "needed"), WITHOUT_HITS.items())
    def test_without_hits(self, alpha: float, needed: int) -> None:
        assert callers_needed(alpha, 0.05) == needed
        assert (1 - alpha) ** needed <= 0.05 < (1 - alpha) ** (needed - 1)

    @pytest.mark.parametrize(("hits", "needed"), WITH_HITS.items())
    def test_with_hits(self, hits: int, needed: int) -> None:
        assert callers_needed(0.001, 0.05, hits) == needed
        assert tail_by_hand(hits, needed, 0.001) <= 0.05 < tail_by_hand(hits, needed - 1, 0.001)

    @pytest.mark.parametrize(("use", "needed"), [(1, 4380), (2, 5073), (3, 5766)])
    def test_each_of_two_strata_at_half_of_what_the_use_leaves_of_delta(self, use: int, needed: int) -> None:
        assert callers_needed(0.001, delta_of_use(0.95, use, 2)) == needed

    def test_all_uses_together_never_err_by_more_than_delta(self) -> None:
        assert 0.0499 < 2 * sum(delta_of_use(0.95, use, 2) for use in range(1, 50)) <= 0.05


class TestAllowedHits:
    def test_too_few_callers_allow_nothing(self) -> None:
        assert allowed_hits(2994, 0.001, 0.05) == -1

    @pytest.mark.parametrize(("callers", "hits"), [(300, 0), (1000, 4), (3000, 20), (10_000, 83)])
    def test_at_one_percent(self, callers: int, hits: int) -> None:
        assert allowed_hits(callers, 0.01, 0.05) == hits

    @given(st.integers(1, 20_000), st.sampled_from([0.001, 0.01, 0.05]), st.sampled_from([0.025, 0.05]))
    def test_it_is_the_largest_that_holds(self, callers: int, alpha: float, delta: float) -> None:
        hits = allowed_hits(callers, alpha, delta)
        assert hits == -1 or tail_by_hand(hits, callers, alpha) <= delta * (1 + 1e-9)
        assert tail_by_hand(hits + 1, callers, alpha) > delta * (1 - 1e-9)


class TestLabelErrors:
    @given(st.integers(0, 3), st.integers(3000, 12_000))
    def test_one_fewer_would_not_break_it(self, hits: int, callers: int) -> None:
        errors = label_errors_to_break(hits, callers, 0.001, 0.05)
        assert worst_case(hits + errors, callers + errors, 0.05) > 0.001
        if errors > 1:
            assert worst_case(hits + errors - 1, callers + errors - 1, 0.05) <= 0.001


class TestWorstCase:
    def test_without_hits_it_is_the_closed_form(self) -> None:
        assert worst_case(0, 3688, 0.025) == pytest.approx(1 - 0.025 ** (1 / 3688))

    def test_it_never_exceeds_what_was_certified(self) -> None:
        assert worst_case(allowed_hits(10_000, 0.01, 0.025), 10_000, 0.025) <= 0.01


class TestLowestThreshold:
    def test_too_few_callers_give_none(self) -> None:
        assert lowest_threshold(np.zeros(3687), 0.001, 0.025) is None

    def test_with_no_hit_allowed_it_is_the_largest_margin(self) -> None:
        margins = np.linspace(-5, 5, 3688)
        found = lowest_threshold(margins, 0.001, 0.025)
        assert found is not None
        assert (found.value, found.hits, found.callers) == (5.0, 0, 3688)

    def test_it_spends_every_hit_that_is_allowed(self) -> None:
        margins = np.arange(1.0, 10_001.0)
        found = lowest_threshold(margins, 0.01, 0.05)
        assert found is not None
        assert found.hits == allowed_hits(10_000, 0.01, 0.05) == 83

    def test_ties_err_to_the_safe_side(self) -> None:
        margins = np.r_[np.full(200, 3.0), np.full(9800, 1.0)]
        found = lowest_threshold(margins, 0.01, 0.05)
        assert found is not None
        assert (found.value, found.hits) == (3.0, 0)

    def test_callers_whom_history_rules_out_bring_it_down_to_even_odds_and_no_further(self) -> None:
        found = lowest_threshold(np.full(4000, -np.inf), 0.001, 0.025)
        assert found is not None
        assert found.value == LOWEST_THRESHOLD
        assert found.worst_case_share <= 0.001

    def test_who_is_in_doubt_counts_against_and_never_for_it(self) -> None:
        margins = np.linspace(-5, 5, 4742)
        doubtful = np.array([7.0, 8.0])
        found = lowest_threshold(margins, 0.001, 0.05, doubtful)
        assert found is not None
        assert (found.value, found.hits, found.callers) == (7.0, 1, 4742)
        assert lowest_threshold(margins[:2994], 0.001, 0.05, doubtful) is None
        assert lowest_threshold(margins, 0.001, 0.05, np.array([np.inf] * 2)) is None

    def test_in_most_draws_the_true_share_keeps_to_alpha(self) -> None:
        """500 calibrations; 5 % of them are 25, and 14-37 are the middle 98 % of what chance allows."""
        rng = np.random.default_rng(112)
        broken = 0
        for _ in range(500):
            found = lowest_threshold(10 + rng.standard_normal(473), 0.01, 0.05)
            assert found is not None
            true_share = 0.5 * math.erfc((found.value - 10) / math.sqrt(2))
            broken += true_share > 0.01
        assert 14 <= broken <= 37


def controller(alpha: float, delta: float, candidates: NDArray[np.float64]) -> BinaryClassificationController:
    """MAPIE's, asked about the share of genuine callers at or above each candidate, the highest first."""
    return BinaryClassificationController(
        lambda column: np.column_stack([1 - column[:, 0], column[:, 0]]),
        "fpr",
        alpha,
        confidence_level=1 - delta,
        best_predict_param_choice="recall",
        list_predict_params=candidates,
        fwer_method="fixed_sequence",
    )


class TestAgainstMapie:
    """Another implementation, Learn then Test with a fixed sequence, finds the same threshold."""

    @pytest.mark.parametrize(
        ("callers", "alpha", "delta"),
        [
            (59, 0.05, 0.05),
            (400, 0.05, 0.0125),
            (2995, 0.001, 0.05),
            (4742, 0.001, 0.05),
            (3000, 0.01, 0.025),
        ],
    )
    def test_the_same_threshold(self, callers: int, alpha: float, delta: float) -> None:
        scores = np.random.default_rng(callers).random(callers)
        found = lowest_threshold(scores, alpha, delta)
        assert found is not None
        # It predicts from a threshold on, we above one: its candidates lie a hair above ours.
        candidates = np.nextafter(np.sort(scores)[::-1][:100], 2.0)
        oracle = controller(alpha, delta, candidates)
        oracle.calibrate(np.r_[scores, 1.0][:, None], np.r_[np.zeros(callers, int), 1])
        assert oracle.valid_predict_params.min() == np.nextafter(found.value, 2.0)

    def test_too_few_for_both(self) -> None:
        scores = np.random.default_rng(0).random(2994)
        oracle = controller(0.001, 0.05, np.nextafter(np.sort(scores)[::-1][:5], 2.0))
        with pytest.warns(UserWarning, match="No predict parameters were found"):
            oracle.calibrate(np.r_[scores, 1.0][:, None], np.r_[np.zeros(2994, int), 1])
        assert lowest_threshold(scores, 0.001, 0.05) is None
