"""The study compares both systems on the same draws of speakers, and its page is what its numbers say."""

from __future__ import annotations

import io
import math
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from benchmarks import child_voice_clips as made
from benchmarks import child_voice_figures as figures
from benchmarks import child_voice_study as study
from benchmarks.child_voice_mistakes import most_mistaken
from benchmarks.ears.clips import LINES


def odds(better_by: float, *, seed: int = 4, clips: int = len(LINES)) -> pd.DataFrame:
    """Forty speakers, a third of them children; the nets hear the age better by so much than the baseline."""
    rng = np.random.default_rng(seed)
    speaker = np.repeat(np.arange(40), clips)
    child = speaker % 3 == 0
    codec, snr_db = zip(*[LINES[place % len(LINES)] for place in range(len(speaker))], strict=True)
    table = {
        "speaker": [f"{number:04d}" for number in speaker],
        "clip": np.tile(np.arange(clips), 40),
        "age": np.where(child, np.where(speaker % 4, 7, 9), 30),
        "sex": np.where(speaker % 2, "f", "m"),
        "codec": codec,
        "snr_db": np.array(snr_db, int),
        "pitch_hz": 200.0 + speaker,
    }
    own = rng.standard_normal(40)[speaker]
    for length_s in figures.LENGTHS_S:
        table[f"baseline_{length_s}_s"] = child + own
        table[f"nets_{length_s}_s"] = (1 + better_by) * child + own
    return pd.DataFrame(table)


def every(told: pd.DataFrame, draws: int) -> list[figures.Paired]:
    return [
        one
        for table in (figures.aimed_at, figures.by_length, figures.by_slice)
        for one in table(told, draws=draws)
    ]


def test_the_same_odds_differ_by_nothing() -> None:
    for one in every(odds(0.0), 10):
        assert (one.more.value, one.more.low, one.more.high) == (0.0, 0.0, 0.0)
        assert one.ours == one.baseline


def test_better_odds_are_better_in_every_draw() -> None:
    first = next(figures.aimed_at(odds(2.0), draws=50))
    assert first.name == "AUC"
    assert 0.0 < first.more.low <= first.more.value <= first.more.high
    assert first.more.value == pytest.approx(first.ours.value - first.baseline.value)


def test_slices_are_what_they_are_named() -> None:
    """Odds that are right on GSM lines alone, and for children of 6 and 7 there."""
    told = odds(0.0)
    right = (told["codec"] == "gsm") & (told["age"] != 9)
    told["nets_4_s"] = np.where(right, figures.is_child(told), 0.0)
    said = {one.name: one.ours.value for one in figures.by_slice(told, draws=2)}
    assert said["GSM 06.10"] > said["A-law"] == 0.5
    assert said["children of 6 and 7"] > said["children of 8 and 9"] == 0.5
    assert said["white noise, 10 dB"] == said["no noise"] == 0.5


def test_nothing_said_counts_as_even_odds(tmp_path: Path) -> None:
    told = odds(1.0)
    told.loc[5, "nets_1_s"] = math.nan
    told.loc[told["speaker"] == "0003", "age"] = 13
    told.to_csv(tmp_path / "odds.csv", index=False)
    read = figures.read_told(tmp_path / "odds.csv")
    assert read["nets_1_s"][5] == 0.0
    assert "0003" not in set(read["speaker"])


def test_the_most_mistaken_are_those_on_the_wrong_side() -> None:
    told = odds(0.0)
    told["nets_4_s"] = np.where(figures.is_child(told), 1.0, -1.0)
    told.loc[(told["speaker"] == "0002") & (told["snr_db"] == 10), "nets_4_s"] = 5.0
    told.loc[told["speaker"] == "0009", "nets_4_s"] = -9.0
    adults, children = most_mistaken(told, worst=3)
    assert (adults[0].speaker, adults[0].noisy, adults[0].quiet) == ("0002", 1.0, 0.0)
    assert (children[0].speaker, children[0].ours, children[0].pitch_hz) == ("0009", 1.0, 209.0)
    assert len(adults) == len(children) == 3


def test_our_columns_are_replaced_and_the_baseline_is_kept() -> None:
    before = odds(1.0, clips=2)
    rows = before[["speaker", "clip", "age", "sex", "nets_4_s"]].assign(nets_4_s=[math.nan] + [0.5] * 79)
    after = pd.read_csv(io.StringIO(made.replaced(before, rows.to_dict("records"))), dtype={"speaker": str})
    assert after["nets_4_s"].isna().tolist() == [True] + [False] * 79
    np.testing.assert_allclose(after["baseline_4_s"], before["baseline_4_s"], atol=1e-4)


def test_the_page_holds_every_figure_and_its_picture(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    odds(1.0).to_csv(tmp_path / study.ODDS, index=False)
    monkeypatch.setattr(study, "FOLDER", tmp_path)
    monkeypatch.setattr(study, "DRAWS", 5)
    monkeypatch.setattr(study, "SLICE_DRAWS", 3)
    study.main(["--out", str(tmp_path / "page")])
    page = (tmp_path / "page" / study.PAGE).read_text()
    assert capsys.readouterr().out.strip().endswith(study.PAGE)
    assert page.count(" s, against women |") == len(figures.LENGTHS_S)
    assert "| GSM 06.10 |" in page
    assert "14 children of 9 years or younger" in page
    assert "SIMULATED telephone lines; no Indonesian children" in page
    assert (tmp_path / "page" / study.PICTURE).read_bytes().startswith(b"\x89PNG")
