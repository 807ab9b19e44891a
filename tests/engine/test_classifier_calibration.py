"""Calibration: smooth maps of probabilities, one a look."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.typing import NDArray

from prankfilter.classifier.calibration import BIAS, LOOK_COUNT, WEIGHTS, Calibration, log_softmax, look_index
from prankfilter.errors import ArtefactCorrupt
from prankfilter.vocabulary import LOOKS_S

LOOKS = (None, *LOOKS_S)
SUMS = st.lists(st.floats(-700, 700), min_size=3, max_size=3)


def identity(kinds: int = 3) -> Calibration:
    return Calibration(np.tile(np.eye(kinds), (LOOK_COUNT, 1, 1)), np.zeros((LOOK_COUNT, kinds)))


def test_every_look_has_a_place_of_its_own() -> None:
    assert sorted(look_index(look_s) for look_s in LOOKS) == list(range(LOOK_COUNT))


def test_a_look_that_was_never_calibrated_has_none() -> None:
    with pytest.raises(ValueError, match="not in tuple"):
        look_index(2.0)


@given(raw=SUMS)
def test_probabilities_sum_to_one_however_far_apart(raw: list[float]) -> None:
    chances = np.exp(log_softmax(np.array([raw])))
    assert chances.sum() == pytest.approx(1.0, abs=1e-12)
    assert ((chances >= 0) & (chances <= 1)).all()


def test_log_probabilities_have_these_values() -> None:
    np.testing.assert_allclose(np.exp(log_softmax(np.log([[1.0, 2.0, 5.0]]))), [[0.125, 0.25, 0.625]])


@pytest.mark.parametrize("look_s", LOOKS)
def test_identity_changes_nothing(look_s: float | None) -> None:
    log_p = log_softmax(np.array([[0.3, -2.0, 1.0], [5.0, 5.0, -9.0]]))
    np.testing.assert_allclose(identity().probabilities(log_p, look_s), np.exp(log_p), atol=1e-15)


def test_the_map_is_that_of_its_look() -> None:
    """Halving the log probabilities takes the square root; a bias of log 2 doubles the odds."""
    maps = identity(2)
    maps.weights[look_index(3.0)] /= 2
    maps.bias[look_index(None), 1] = np.log(2)
    log_p = np.log([[0.2, 0.8]])
    np.testing.assert_allclose(maps.probabilities(log_p, 3.0), [[1 / 3, 2 / 3]])
    np.testing.assert_allclose(maps.probabilities(log_p, None), [[1 / 9, 8 / 9]])
    np.testing.assert_allclose(maps.probabilities(log_p, 10.0), [[0.2, 0.8]])


def test_rows_of_the_matrix_make_kinds() -> None:
    """``W @ log p``: row 0 of the weights makes kind 0."""
    maps = identity(2)
    maps.weights[0] = [[0.0, 1.0], [0.0, 0.0]]
    np.testing.assert_allclose(maps.probabilities(np.log([[0.2, 0.8]]), None), [[0.8 / 1.8, 1 / 1.8]])


def test_arrays_go_there_and_back() -> None:
    maps = Calibration.from_arrays(identity().to_arrays(), kind_count=3)
    assert maps is not None
    np.testing.assert_array_equal(maps.weights, identity().weights)


def test_a_bundle_may_have_none() -> None:
    assert Calibration.from_arrays({}, kind_count=3) is None


@pytest.mark.parametrize(
    ("wrong", "arrays"),
    [
        (BIAS, {WEIGHTS: np.zeros((5, 3, 3))}),
        (WEIGHTS, {BIAS: np.zeros((5, 3))}),
        (WEIGHTS, {WEIGHTS: np.zeros((4, 3, 3)), BIAS: np.zeros((5, 3))}),
        (BIAS, {WEIGHTS: np.zeros((5, 3, 3)), BIAS: np.zeros((5, 2))}),
        (WEIGHTS, {WEIGHTS: np.full((5, 3, 3), np.nan), BIAS: np.zeros((5, 3))}),
        (BIAS, {WEIGHTS: np.zeros((5, 3, 3)), BIAS: np.zeros((5, 3), np.float32)}),
    ],
)
def test_arrays_that_do_not_fit_are_refused(wrong: str, arrays: dict[str, NDArray[Any]]) -> None:
    with pytest.raises(ArtefactCorrupt, match=f"{wrong} is not finite float64"):
        Calibration.from_arrays(arrays, kind_count=3)
