"""``prankfilter-train`` from a log to a certificate or a plain refusal; exit codes."""

from __future__ import annotations

import datetime as dt
import json
import shutil
from pathlib import Path

import pandas as pd
import pytest
from prankfilter_training import cli
from prankfilter_training.commands import check, door
from prankfilter_training.fitting.recipe import SHIPPED

MODELS = Path(__file__).parents[2] / "models"


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder of its own with the shipped ears."""
    shutil.copytree(MODELS, tmp_path / "models")
    monkeypatch.setenv("PRANKFILTER_MODELS", str(tmp_path / "models"))
    monkeypatch.setenv("PRANKFILTER_KEYS", str(tmp_path / "keys"))
    return tmp_path


def run(capsys: pytest.CaptureFixture[str], *arguments: object) -> tuple[int, str, str]:
    code = cli.main([str(argument) for argument in arguments])
    out, err = capsys.readouterr()
    return code, out, err


def small_recipe(folder: Path) -> Path:
    path = folder / "recipe.toml"
    text = SHIPPED.read_text(encoding="utf-8")
    path.write_text(
        text.replace("rounds = 57", "rounds = 4").replace("min_samples_leaf = 40", "min_samples_leaf = 10")
    )
    return path


def test_from_simulation_to_certificate(home: Path, capsys: pytest.CaptureFixture[str]) -> None:
    first, later = home / "first", home / "later"
    for folder, start, seed in ((first, "2025-01-01", 1), (later, "2025-03-01", 2)):
        code, out, _ = run(
            capsys,
            "simulate",
            "--profile",
            "city",
            "--start",
            start,
            "--days",
            30,
            "--seed",
            seed,
            "--out",
            folder,
            "--json",
        )
        assert code == 0
        assert "SIMULATED" in json.loads(out)["notice"]

    code, out, _ = run(capsys, "check", first, "--json")
    assert (code, json.loads(out)["faults"]) == (0, 0)

    code, out, _ = run(capsys, "fit", first, "--recipe", small_recipe(home), "--json")
    assert code == 0
    bundle = Path(json.loads(out)["bundle"])
    assert bundle.parent == home / "models"

    code, out, _ = run(capsys, "certify", bundle, later)
    assert code == 1
    assert "of 4380 genuine callers" in out

    code, out, _ = run(capsys, "certify", bundle, later, "--alpha", "0.2", "--confidence", "0.8", "--json")
    assert code == 0
    certificate = json.loads(out)
    assert certificate["basis"] == "simulated"
    assert certificate["strata"]
    path = home / "models" / "certificates" / f"{certificate['id']}.json"
    assert path.exists()
    assert path.with_suffix(".sig").exists()

    code, out, _ = run(capsys, "evaluate", bundle, later, "--certificate", path, "--json")
    assert code == 0
    measured = json.loads(out)
    assert measured["genuine_callers"] > 50
    assert 0 <= measured["pranks_verified"] <= measured["prank_calls"]
    assert measured["looks"]["5 s"]["pr_auc"]["low"] <= measured["looks"]["5 s"]["pr_auc"]["value"]


def test_a_log_ends_yesterday_unless_a_start_is_given(
    home: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(door, "today", lambda: dt.date(2026, 3, 10))
    run(capsys, "simulate", "--profile", "regency", "--days", 3, "--seed", 1, "--out", home / "log")
    received = pd.read_parquet(home / "log" / "calls.parquet")["received_at"]
    assert received.dt.date.max() <= dt.date(2026, 3, 9)
    assert received.dt.date.min() >= dt.date(2026, 3, 7)


def test_parameters_can_be_swept(home: Path, capsys: pytest.CaptureFixture[str]) -> None:
    arguments = ("simulate", "--profile", "city", "--start", "2025-01-01", "--days", 3, "--seed", 1)
    code, _, _ = run(capsys, *arguments, "--out", home / "log", "--set", "sim_less_share=1.0", "--csv")
    assert code == 0
    calls = pd.read_csv(home / "log" / "calls.csv")
    assert (calls.loc[calls["sim_true_label"] == "joke_or_abuse", "access_state"] == "sim_less").all()
    code, _, err = run(capsys, *arguments, "--out", home / "log", "--set", "simless=1")
    assert (code, "no parameter 'simless'" in err) == (1, True)


@pytest.mark.parametrize(
    "arguments",
    [("simulate",), ("fly",), (), ("certify", "x", "y", "--alpha", "2"), ("simulate", "--days", "0")],
)
def test_wrong_usage_is_two(arguments: tuple[str, ...]) -> None:
    with pytest.raises(SystemExit) as stopped:
        cli.main(arguments)
    assert stopped.value.code == 2


def test_a_refusal_is_one_and_says_what_to_do(home: Path, capsys: pytest.CaptureFixture[str]) -> None:
    code, out, err = run(capsys, "check", home)
    assert (code, out) == (1, "")
    assert "holds neither calls.parquet nor calls.csv" in err


def test_faults_are_all_named(home: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (home / "calls.csv").write_text(
        "call_id,received_at,label\n1,2025-01-01T00:00:00+08:00,prank\n1,2025-01-01T00:00:00+08:00,genuine\n"
    )
    code, out, _ = run(capsys, "check", home, "--zone", "Asia/Makassar")
    assert code == 1
    assert 'row 2: label "prank": must be one of genuine' in out
    assert 'row 3: call_id "1": stands in row 2 too' in out


def test_stopping_is_one_hundred_and_thirty(
    home: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    def stop(*_: object, **__: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(check, "read_log", stop)
    code, _, err = run(capsys, "check", home)
    assert code == 130
    assert "stopped" in err
