"""Names made from content."""

from __future__ import annotations

import io
from pathlib import Path

import numpy as np
import pytest

from prankfilter.bundle.digest import arrays_digest, artefact_id, is_id
from prankfilter.bundle.folder import parse_arrays
from prankfilter.bundle.writing import pack_arrays

ARRAYS = {"b": np.array([1.5, np.nan, -0.0]), "a": np.array([[1, 2], [3, 4]], dtype=np.int32)}


def test_the_digest_is_this_one_on_every_machine() -> None:
    """A golden value: a change of it renames every model there is."""
    assert artefact_id(ARRAYS, {"trees": 3, "rate": 0.1}, [("ring_s", 1)]) == "91904171936fd622"


@pytest.mark.parametrize(
    "same",
    [
        dict(reversed(ARRAYS.items())),
        {"b": ARRAYS["b"].astype(">f8"), "a": ARRAYS["a"].astype(">i4")},
        {"b": ARRAYS["b"], "a": np.asfortranarray(ARRAYS["a"])},
        {"b": np.repeat(ARRAYS["b"], 2)[::2], "a": ARRAYS["a"]},
    ],
    ids=["order", "byte order", "memory layout", "strides"],
)
def test_only_content_counts(same: dict[str, np.ndarray]) -> None:
    assert arrays_digest(same) == arrays_digest(ARRAYS)


@pytest.mark.parametrize(
    "other",
    [
        {"b": ARRAYS["b"], "c": ARRAYS["a"]},
        {"b": ARRAYS["b"], "a": ARRAYS["a"].astype(np.int64)},
        {"b": ARRAYS["b"], "a": ARRAYS["a"].ravel()},
        {"b": ARRAYS["b"], "a": ARRAYS["a"].T},
        {"b": np.array([1.5, np.nan, 0.0]), "a": ARRAYS["a"]},
        {"a": ARRAYS["a"]},
    ],
    ids=["name", "type", "shape", "order of values", "sign of zero", "one less"],
)
def test_all_content_counts(other: dict[str, np.ndarray]) -> None:
    assert arrays_digest(other) != arrays_digest(ARRAYS)


def test_does_not_depend_on_the_file_format() -> None:
    stored = io.BytesIO()
    np.savez(stored, **ARRAYS)
    packed = pack_arrays(ARRAYS)
    assert packed != stored.getvalue()
    read = [parse_arrays(content, Path("x.npz")) for content in (packed, stored.getvalue())]
    assert {arrays_digest(arrays) for arrays in read} == {arrays_digest(ARRAYS)}


@pytest.mark.parametrize(
    ("recipe", "features"),
    [({"seed": 2}, [("ring_s", 1)]), ({"seed": 1}, [("ring_s", 2)]), ({"seed": 1}, [])],
    ids=["recipe", "version", "rows"],
)
def test_recipe_and_features_make_the_id_too(recipe: dict[str, int], features: list[tuple[str, int]]) -> None:
    assert artefact_id(ARRAYS, recipe, features) != artefact_id(ARRAYS, {"seed": 1}, [("ring_s", 1)])


def test_the_order_of_columns_makes_the_id_too() -> None:
    rows = [("ring_s", 1), ("calls_1h_count", 1)]
    assert artefact_id(ARRAYS, {}, rows) != artefact_id(ARRAYS, {}, rows[::-1])


def test_a_recipe_with_nan_is_refused() -> None:
    with pytest.raises(ValueError, match="not JSON compliant"):
        artefact_id(ARRAYS, {"rate": float("nan")}, [])


@pytest.mark.parametrize(
    "text", ["", "0123456789abcde", "0123456789abcdeF", "../0123456789abc", "0123456789abcdef\n"]
)
def test_is_no_id(text: str) -> None:
    assert not is_id(text)
    assert is_id("0123456789abcdef")
