"""Ears bundles."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray

from prankfilter.bundle.ears import KIND, Ears, ears_arrays, load_ears
from prankfilter.bundle.trust import Trust
from prankfilter.bundle.writing import Draft, write_folder
from prankfilter.errors import ArtefactCorrupt, ArtefactUntrusted
from tests.builders import NOW
from tests.nets import net_arrays

TRUST = Trust(signed=lambda message, signature: signature == b"signed")
BANK = np.linspace(0.0, 1.0, 40 * 129).reshape(40, 129)
HEAD = {"mean": np.zeros(3), "scale": np.ones(3), "weights": np.ones(3), "bias": np.zeros(1)}
LINE = {
    "calibration_s": np.arange(1.0, 3.0),
    "calibration_slope": np.ones(2),
    "calibration_offset": np.zeros(2),
}
NET = net_arrays()


def written(models: Path, arrays: dict[str, NDArray[Any]]) -> Path:
    return write_folder(
        models, Draft(kind=KIND, arrays=arrays, created_at=NOW), sign=lambda content: b"signed"
    )


@pytest.mark.parametrize(
    "head", [HEAD, HEAD | LINE, NET, NET | LINE], ids=["linear", "its line", "nets", "theirs"]
)
def test_reads_what_was_written(tmp_path: Path, head: dict[str, NDArray[Any]]) -> None:
    folder = written(tmp_path, ears_arrays(Ears("written", BANK, head)))
    ears = load_ears(folder, TRUST)
    assert ears.digest == folder.name
    np.testing.assert_array_equal(ears.mel_bank, BANK)
    assert ears.child is not None
    assert ears.child.keys() == head.keys()
    for name, array in head.items():
        np.testing.assert_array_equal(ears.child[name], array)
        assert ears.child[name].dtype == array.dtype


def test_without_a_child_voice_head(tmp_path: Path) -> None:
    assert load_ears(written(tmp_path, ears_arrays(Ears("written", BANK, None))), TRUST).child is None


def test_other_ears_have_another_name(tmp_path: Path) -> None:
    assert written(tmp_path, ears_arrays(Ears("written", BANK, HEAD))) != written(
        tmp_path, ears_arrays(Ears("written", BANK, None))
    )


def test_ears_are_trusted_like_models(tmp_path: Path) -> None:
    with pytest.raises(ArtefactUntrusted):
        load_ears(written(tmp_path, ears_arrays(Ears("written", BANK, HEAD))), Trust())


@pytest.mark.parametrize(
    ("complaint", "arrays"),
    [
        ("no mel bank", {"child.bias": np.zeros(1)}),
        ("no mel bank", {"mel_bank": BANK.T}),
        ("mel_bank is not all finite", {"mel_bank": np.where(BANK == 0, np.nan, BANK)}),
        ("mel_bank is not all finite float64", {"mel_bank": BANK.astype(np.float32)}),
    ],
)
def test_arrays_that_cannot_hear_are_refused(
    tmp_path: Path, complaint: str, arrays: dict[str, NDArray[Any]]
) -> None:
    with pytest.raises(ArtefactCorrupt, match=complaint):
        load_ears(written(tmp_path, arrays), TRUST)


@pytest.mark.parametrize(
    ("complaint", "head", "over"),
    [
        ("child.scale is missing", HEAD, {"scale": None}),
        ("child.calibration_slope is missing", HEAD | LINE, {"calibration_slope": None}),
        ("child.net.out.bias is missing", NET, {"net.out.bias": None}),
        ("child.net.fifth.weight belongs to no", NET, {"net.fifth.weight": np.zeros(1, np.float32)}),
        ("child.bias belongs to no", NET, HEAD),
        ("child.bias is not all finite", HEAD, {"bias": np.array([np.inf])}),
        ("child.bias is not all finite float64", HEAD, {"bias": np.zeros(1, np.int64)}),
        ("child.net.out.bias is not all finite float32", NET, {"net.out.bias": np.zeros(2)}),
        (r"child.weights has shape \(4,\), expected \(3,\)", HEAD, {"weights": np.ones(4)}),
        (r"child.bias has shape \(2,\), expected \(1,\)", HEAD, {"bias": np.ones(2)}),
        (
            r"child.net.second.bias has shape \(2, 9\), expected \(2, 8\)",
            NET,
            {"net.second.bias": np.zeros((2, 9), np.float32)},
        ),
        (
            r"child.net.out.bias has shape \(3,\), expected \(2,\)",
            NET,
            {"net.out.bias": np.zeros(3, np.float32)},
        ),
        (
            r"child.net.first.bias has shape \(2, 8, 1\), expected 2 axes",
            NET,
            {"net.first.bias": np.zeros((2, 8, 1), np.float32)},
        ),
        (
            "child.net.dense.weight takes 11 values, not twice 6",
            NET,
            {"net.dense.weight": np.zeros((2, 11, 5), np.float32)},
        ),
        ("is no .stride, dilation. of four", NET, {"net.geometry": np.zeros((4, 2), np.float32)}),
        ("is no .stride, dilation. of four", NET, {"net.geometry": np.full((4, 2), 2, np.float32)}),
        ("larger than 5 members", net_arrays(members=6), {}),
        ("larger than 5 members of width 256", net_arrays(members=1, hidden=257), {}),
        ("array is empty", net_arrays(members=0), {}),
        (
            "array is empty",
            {name: array[:0] if name != "bias" else array for name, array in HEAD.items()},
            {},
        ),
        ("calibration_s does not rise", NET | LINE, {"calibration_s": np.ones(2)}),
        ("scale is not all positive", HEAD, {"scale": np.zeros(3)}),
    ],
)
def test_heads_that_cannot_be_run_are_refused(
    tmp_path: Path, complaint: str, head: dict[str, NDArray[Any]], over: dict[str, Any]
) -> None:
    arrays = {name: array for name, array in (head | over).items() if array is not None}
    with pytest.raises(ArtefactCorrupt, match=complaint):
        load_ears(written(tmp_path, ears_arrays(Ears("written", BANK, arrays))), TRUST)
