"""The study compares both systems on the same draws of speakers, and its page is what its numbers say."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from benchmarks import child_voice_study as study


def odds(better_by: float, *, seed: int = 4) -> pd.DataFrame:
    """Forty speakers, a third of them children; the nets hear the age better by so much than the baseline."""
    rng = np.random.default_rng(seed)
    speaker = np.repeat(np.arange(40), 3)
    child = speaker % 3 == 0
    table = {
        "speaker": [f"{number:04d}" for number in speaker],
        "age": np.where(child, 8, 30),
        "sex": np.where(speaker % 2, "f", "m"),
    }
    own = rng.standard_normal(40)[speaker]
    for length_s in study.LENGTHS_S:
        table[f"baseline_{length_s}_s"] = child + own
        table[f"nets_{length_s}_s"] = (1 + better_by) * child + own
    return pd.DataFrame(table)


def test_the_same_odds_differ_by_nothing() -> None:
    for one in study.compared(odds(0.0), draws=20):
        assert (one.low, one.high) == (0.0, 0.0)
        assert one.nets == one.baseline


def test_better_odds_are_better_in_every_draw() -> None:
    first = study.compared(odds(2.0), draws=50)[0]
    assert first.name == "AUC, 4 s"
    assert 0.0 < first.low <= first.nets - first.baseline <= first.high


def test_the_page_holds_every_figure_and_its_picture(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    odds(1.0).to_csv(tmp_path / study.ODDS, index=False)
    monkeypatch.setattr(study, "FOLDER", tmp_path)
    monkeypatch.setattr(study, "DRAWS", 5)
    study.main(["--out", str(tmp_path / "page")])
    page = (tmp_path / "page" / study.PAGE).read_text()
    assert capsys.readouterr().out.strip().endswith(study.PAGE)
    assert page.count("| AUC, ") == 4
    assert "14 children of 9 years or younger" in page
    assert "SIMULATED telephone lines; no Indonesian children" in page
    assert (tmp_path / "page" / study.PICTURE).read_bytes().startswith(b"\x89PNG")
