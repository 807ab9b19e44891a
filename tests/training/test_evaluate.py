"""Figures against scikit-learn's and against values known beforehand."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from prankfilter_training.evaluation.evaluate import Judged, average_precision, brier, recall_at
from sklearn.metrics import average_precision_score

ROWS = st.lists(st.tuples(st.booleans(), st.integers(-3, 3)), min_size=1, max_size=60)


def judged(prank: list[bool], margin: list[float], score: list[float] | None = None) -> Judged:
    truth = np.array(prank)
    return Judged(
        truth, ~truth, np.array(score or margin, float), np.array(margin, float), np.arange(len(truth))
    )


@given(ROWS)
def test_average_precision_is_that_of_scikit_learn_ties_included(rows: list[tuple[bool, int]]) -> None:
    prank, margin = [truth for truth, _ in rows], [float(value) for _, value in rows]
    if any(prank):
        assert average_precision(judged(prank, margin)) == pytest.approx(
            average_precision_score(prank, margin)
        )
    else:
        assert np.isnan(average_precision(judged(prank, margin)))


def test_brier_is_the_mean_squared_error() -> None:
    assert brier(judged([True, False], [0, 0], score=[0.8, 0.4])) == pytest.approx((0.04 + 0.16) / 2)


def test_recall_counts_pranks_above_all_but_a_share_of_genuine_calls() -> None:
    genuine, pranks = list(range(100)), [50.0, 98.5, 98.5, 200.0]
    rows = judged([False] * 100 + [True] * 4, [*map(float, genuine), *pranks])
    assert recall_at(0.01)(rows) == pytest.approx(0.25)
    assert recall_at(0.02)(rows) == pytest.approx(0.75)
