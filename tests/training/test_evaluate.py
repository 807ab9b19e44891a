"""Figures against scikit-learn's and against values known beforehand; intervals against what they promise."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from prankfilter_training.evaluation.intervals import (
    clopper_pearson,
    count_figure,
    drawn,
    drawn_means,
    figure,
    share_figure,
    unit_of,
)
from prankfilter_training.evaluation.metrics import Ranked, average_precision, recall_at, threshold_at
from sklearn.metrics import average_precision_score

ROWS = st.lists(
    st.tuples(st.booleans(), st.integers(-3, 3), st.integers(0, 3)), min_size=1, max_size=60
).filter(lambda rows: any(truth and weight for truth, _, weight in rows))


def ranked(prank: list[bool], margin: list[float]) -> Ranked:
    truth = np.array(prank)
    return Ranked.of(np.array(margin, float), truth, ~truth)


@given(ROWS)
def test_average_precision_is_that_of_scikit_learn_with_ties_and_weights(
    rows: list[tuple[bool, int, int]],
) -> None:
    prank, margin, weight = (list(column) for column in zip(*rows, strict=True))
    ours = average_precision(ranked(prank, margin).tally(np.array([weight], np.int32)))
    assert ours[0] == pytest.approx(average_precision_score(prank, margin, sample_weight=weight))


@given(ROWS)
def test_a_weight_is_so_many_copies_of_a_row(rows: list[tuple[bool, int, int]]) -> None:
    copies = [row for row in rows for _ in range(row[2])]
    weighted = ranked([row[0] for row in rows], [row[1] for row in rows]).tally(
        np.array([[row[2] for row in rows]], np.int32)
    )
    copied = ranked([row[0] for row in copies], [row[1] for row in copies]).tally(
        np.ones((1, len(copies)), np.int32)
    )
    for share in (0.0, 0.1, 0.5):
        np.testing.assert_allclose(recall_at(weighted, share), recall_at(copied, share), equal_nan=True)


def test_average_precision_without_pranks_is_unknown() -> None:
    assert np.isnan(average_precision(ranked([False], [1.0]).tally(np.ones((1, 1), np.int32)))[0])


@pytest.mark.parametrize(
    ("share", "recall"), [(0.0, 0.25), (0.009, 0.25), (0.01, 0.75), (0.49, 0.75), (0.5, 1.0)]
)
def test_recall_counts_pranks_above_the_lowest_threshold_that_a_share_of_genuine_calls_exceeds(
    share: float, recall: float
) -> None:
    genuine, pranks = [*map(float, range(100))], [49.5, 98.5, 98.5, 200.0]
    rows = ranked([False] * 100 + [True] * 4, genuine + pranks)
    assert recall_at(rows.tally(np.ones((1, 104), np.int32)), share)[0] == pytest.approx(recall)
    threshold = threshold_at(np.array(genuine), np.ones(100, bool), share)
    assert np.mean([margin > threshold for margin in pranks]) == pytest.approx(recall)


@given(st.lists(st.tuples(st.integers(0, 5), st.booleans(), st.booleans()), min_size=1, max_size=40))
def test_means_summed_by_caller_first_are_the_means_over_rows(rows: list[tuple[int, bool, bool]]) -> None:
    caller, value, of = (np.array(column) for column in zip(*rows, strict=True))
    caller = np.unique(caller, return_inverse=True)[1]
    units = (unit_of("caller", caller, draws=20),)

    def metric(weights: np.ndarray) -> dict[str, np.ndarray]:
        with np.errstate(invalid="ignore"):
            return {"share": (weights @ (value & of)) / (weights @ of)}

    slow, fast = drawn(metric, units)["share"], drawn_means({"share": (value, of)}, units)["share"]
    np.testing.assert_allclose([slow.value, *slow.draws[0]], [fast.value, *fast.draws[0]], equal_nan=True)


# --- intervals -------------------------------------------------------------------------------------


def test_a_draw_draws_as_many_callers_as_there_are() -> None:
    weights = unit_of("caller", np.array([0, 1, 1, 2]), draws=50).weights
    assert (weights.sum(axis=1) == 3).all() and weights.std() > 0


def test_many_calls_of_one_caller_are_one_piece_of_evidence() -> None:
    """A hundred calls of a hundred callers, and of four callers: the second is known worse."""
    value = np.arange(100) % 4 == 0
    widths = []
    for caller in (np.arange(100), np.arange(100) % 4):
        of = drawn_means({"share": (value, None)}, (unit_of("caller", caller),))["share"]
        widths.append(np.ptp(of.interval()))
    assert widths[1] > 3 * widths[0]


def test_of_callers_and_speakers_the_wider_interval_is_reported() -> None:
    value = np.arange(100) % 4 == 0
    callers, speakers = unit_of("caller", np.arange(100)), unit_of("speaker", np.arange(100) % 4)
    one, both = (
        drawn_means({"share": (value, None)}, units)["share"] for units in ((speakers,), (callers, speakers))
    )
    assert both.interval() == one.interval()


def test_nothing_hit_is_never_known_to_be_nothing() -> None:
    """59 callers without a hit: two-sided, at most 6.1 % at 95 %; a bootstrap alone would say zero."""
    rows = np.zeros(118, bool)
    of = drawn_means({"share": (rows, None)}, (unit_of("caller", np.arange(118) % 59),))["share"]
    assert of.interval() == (0.0, 0.0)
    assert share_figure(of, n=118, callers=59) == {"value": 0.0, "low": 0.0, "high": 0.060609, "n": 118}


def test_the_exact_interval_covers_as_often_as_it_says() -> None:
    """All outcomes of 40 trials at p = 0.1, weighted by how likely they are."""
    intervals = [clopper_pearson(hits, 40) for hits in range(41)]
    covered = np.array([low <= 0.1 <= high for low, high in intervals])
    likely = np.array([math.comb(40, hits) * 0.1**hits * 0.9 ** (40 - hits) for hits in range(41)])
    assert 0.95 <= likely @ covered <= 0.995


def test_without_trials_nothing_is_known() -> None:
    assert count_figure(0, 0) == {"value": None, "low": None, "high": None, "n": 0}


def test_a_difference_is_taken_draw_by_draw() -> None:
    units = (unit_of("caller", np.arange(50)),)
    flags = np.arange(50) % 2 == 0
    of = drawn_means({"a": (flags, None), "b": (flags, None)}, units)
    assert figure(of["a"].minus(of["b"]), 50) == {"value": 0.0, "low": 0.0, "high": 0.0, "n": 50}
