"""What is swept names parameters that there are, and the study says what is missing from it."""

from __future__ import annotations

from pathlib import Path

import pytest
from prankfilter_training.simulation.profiles import CITY, with_changes

from benchmarks.sweep.shown import AS_IS, write_picture, write_study
from benchmarks.sweep.swings import QUICK, SWINGS, Swing

FIGURES = {
    "recall": 0.3,
    "recall_low": 0.2,
    "recall_high": 0.4,
    "true_hit": 0.01,
    "pr_auc": 0.5,
    "certified_recall": float("nan"),
    "certified_true_hit": float("nan"),
    "pranks": 900.0,
    "genuine": 1600.0,
}


@pytest.mark.parametrize("swing", SWINGS, ids=[swing.parameter for swing in SWINGS])
def test_both_ends_can_be_simulated_and_differ_from_the_profile(swing: Swing) -> None:
    ends = [value for value in (swing.low, swing.high) if value is not None]
    assert ends
    for value in ends:
        changed = with_changes(CITY, {swing.parameter: value})
        assert getattr(changed, swing.parameter) != getattr(CITY, swing.parameter)


def test_the_quick_ones_are_among_all() -> None:
    assert set(QUICK) <= {swing.parameter for swing in SWINGS}
    assert len({swing.parameter for swing in SWINGS}) == len(SWINGS)


def test_the_study_is_simulated_and_names_what_is_missing(tmp_path: Path) -> None:
    done, missing = SWINGS[:2]
    figures = {AS_IS: FIGURES} | {(done.parameter, str(end)): FIGURES for end in (done.low, done.high)}
    write_study(tmp_path / "sweep.md", (done, missing), figures, 120)
    write_picture(tmp_path / "sweep.png", (done, missing), figures, 120)
    page = (tmp_path / "sweep.md").read_text()
    assert "SIMULATED" in page
    assert f"Not swept yet, for want of time: `{missing.parameter}`." in page
    assert "| 30.0% (20.0%–40.0%) | 1.00% | 0.500 | – | – | 900 | 1600 |" in page
    assert (tmp_path / "sweep.png").stat().st_size > 10_000
