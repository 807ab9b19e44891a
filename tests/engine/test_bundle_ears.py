"""Ears bundles."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray

from prankfilter.bundle.ears import KIND, ears_arrays, load_ears
from prankfilter.bundle.trust import Trust
from prankfilter.bundle.writing import Draft, write_folder
from prankfilter.errors import ArtefactCorrupt, ArtefactUntrusted
from tests.builders import NOW

TRUST = Trust(signed=lambda message, signature: signature == b"signed")
BANK = np.linspace(0.0, 1.0, 40 * 129).reshape(40, 129)
HEAD = {"weights": np.ones(3), "bias": np.zeros(1)}


def written(models: Path, arrays: dict[str, NDArray[Any]]) -> Path:
    return write_folder(
        models, Draft(kind=KIND, arrays=arrays, created_at=NOW), sign=lambda content: b"signed"
    )


def test_reads_what_was_written(tmp_path: Path) -> None:
    folder = written(tmp_path, ears_arrays(BANK, HEAD))
    ears = load_ears(folder, TRUST)
    assert ears.digest == folder.name
    np.testing.assert_array_equal(ears.mel_bank, BANK)
    assert ears.child is not None
    assert ears.child.keys() == HEAD.keys()
    np.testing.assert_array_equal(ears.child["weights"], HEAD["weights"])


def test_without_a_child_voice_head(tmp_path: Path) -> None:
    assert load_ears(written(tmp_path, ears_arrays(BANK, None)), TRUST).child is None


def test_other_ears_have_another_name(tmp_path: Path) -> None:
    assert written(tmp_path, ears_arrays(BANK, HEAD)) != written(tmp_path, ears_arrays(BANK, None))


def test_ears_are_trusted_like_models(tmp_path: Path) -> None:
    with pytest.raises(ArtefactUntrusted):
        load_ears(written(tmp_path, ears_arrays(BANK, HEAD)), Trust())


@pytest.mark.parametrize(
    ("complaint", "arrays"),
    [
        ("no mel bank", {"child.bias": np.zeros(1)}),
        ("no mel bank", {"mel_bank": BANK.T}),
        ("mel_bank is not all finite", {"mel_bank": np.where(BANK == 0, np.nan, BANK)}),
        ("mel_bank is not all finite float64", {"mel_bank": BANK.astype(np.float32)}),
        ("child.bias is not all finite", {"mel_bank": BANK, "child.bias": np.array([np.inf])}),
        ("child.bias is not all finite float64", {"mel_bank": BANK, "child.bias": np.zeros(1, np.int64)}),
    ],
)
def test_arrays_that_cannot_hear_are_refused(
    tmp_path: Path, complaint: str, arrays: dict[str, NDArray[Any]]
) -> None:
    with pytest.raises(ArtefactCorrupt, match=complaint):
        load_ears(written(tmp_path, arrays), TRUST)
