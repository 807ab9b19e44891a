"""Planted label errors and a labeller who errs are found; where calls are few, nobody is named."""

from __future__ import annotations

import csv
import json
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from prankfilter_training import cli
from prankfilter_training.life.label_audit import doubtful, suspects
from prankfilter_training.life.labellers import LEAST_CALLS, agreement, kappa, labellers, stray_share
from prankfilter_training.life.out_of_fold import FOLDS, OutOfFold, cross_fitted
from prankfilter_training.proof.review import COLUMNS
from sklearn.metrics import cohen_kappa_score

from prankfilter.vocabulary import KINDS, Label
from tests.training.flips import Flipped, flipped
from tests.training.logs import written

MODELS = Path(__file__).parents[2] / "models"
PAIRS = st.lists(st.tuples(st.integers(0, 3), st.integers(0, 3)), min_size=2, max_size=60)


# --- two people ------------------------------------------------------------------------------------


@given(PAIRS)
def test_kappa_is_that_of_scikit_learn(pairs: list[tuple[int, int]]) -> None:
    first, second = (np.array(column) for column in zip(*pairs, strict=True))
    same, beyond = kappa(first, second, np.ones((1, len(first)), np.int32))
    assert same[0] == pytest.approx((first == second).mean())
    if len(set(first) | set(second)) > 1:
        assert beyond[0] == pytest.approx(cohen_kappa_score(first, second), abs=1e-12)
    else:
        assert np.isnan(beyond[0])


# --- one labeller ----------------------------------------------------------------------------------


@pytest.mark.parametrize("share", [0.0, 0.05, 0.2])
@pytest.mark.parametrize("hard", [0.0, 0.8])
def test_stray_labels_are_told_from_hard_calls(share: float, hard: float) -> None:
    """A hard mix of calls, where the likeliest kind is often not the true one, is held against nobody."""
    rng = np.random.default_rng(3)
    n, kinds = 8000, 7
    chance = np.where(
        (rng.random(n) < hard)[:, None], rng.dirichlet(np.ones(kinds), n), rng.dirichlet([0.05] * kinds, n)
    )
    true = np.array([rng.choice(kinds, p=row) for row in chance])
    stray = rng.random(n) < share
    said = np.where(stray, (true + rng.integers(1, kinds, n)) % kinds, true)
    likely = chance[np.arange(n), said]
    found = stray_share(likely, (1 - likely) / (kinds - 1), np.ones((1, n), np.int32))
    assert found[0] == pytest.approx(share, abs=0.03)


# --- probabilities ---------------------------------------------------------------------------------


def test_no_forest_has_seen_the_caller_it_is_asked_about() -> None:
    """The only column names the caller, and a caller has one kind: whoever saw the caller would know."""
    rng = np.random.default_rng(0)
    caller = np.repeat(np.arange(40), 60)
    kind = rng.integers(0, 2, 40)[caller]
    chance = cross_fitted(caller[:, None].astype(float), kind, caller)
    np.testing.assert_allclose(chance.sum(axis=1), 1.0)
    right = chance[np.arange(len(kind)), kind] > 0.5
    assert right.mean() < 0.75
    alone = cross_fitted(caller[:, None].astype(float), kind, np.arange(len(kind)))
    assert (alone[np.arange(len(kind)), kind] > 0.5).mean() > 0.9


def test_only_confident_words_contradict() -> None:
    chance = np.array([[0.9, 0.1], [0.8, 0.2], [0.05, 0.95], [0.45, 0.55], [0.1, 0.9], [0.2, 0.8]])
    found = doubtful(np.array([0, 0, 0, 0, 1, 1]), chance)
    assert (found.rows.tolist(), found.likelier.tolist()) == ([2], [1])


def test_a_rare_kind_is_not_doubtful_for_being_rare() -> None:
    """The forest finds the rare kind (third column) nowhere; a call labelled so is no surprise."""
    usual = np.tile([0.6, 0.395, 0.005], (60, 1))
    rare = np.tile([0.95, 0.045, 0.005], (5, 1))
    wrong = np.array([[0.97, 0.025, 0.005]])
    chance, kind = np.vstack([usual, rare, wrong]), np.array([0] * 40 + [1] * 20 + [2] * 5 + [1])
    assert doubtful(kind, chance).rows[0] == 65


# --- a city ----------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def city(tmp_path_factory: pytest.TempPathFactory) -> Flipped:
    """Sixty days; one of six call takers flips one label in ten."""
    return flipped(tmp_path_factory.mktemp("log"), days=60, seed=2)


def test_the_one_who_flips_one_label_in_ten_comes_first(city: Flipped) -> None:
    found = labellers(city.prepared, city.of)
    assert len(found["labellers"]) == 6
    first = found["labellers"][0]
    assert first["labeller"] == city.labeller
    assert first["stands_out"]
    assert first["error"]["low"] <= 0.1 <= first["error"]["high"] + 0.02
    assert [one["labeller"] for one in found["labellers"] if one["stands_out"]] == [city.labeller]
    assert city.labeller in found["verdict"]


def test_the_most_doubtful_labels_are_mostly_wrong(city: Flipped) -> None:
    rows = doubtful(city.of.kind, city.of.chance).rows
    assert city.wrong[rows[:20]].mean() >= 0.8
    planted = int(city.wrong.sum())
    assert city.wrong[rows[:planted]].sum() > 0.4 * planted


def test_every_suspect_says_why(city: Flipped) -> None:
    found = doubtful(city.of.kind, city.of.chance)
    named = list(suspects(city.prepared, city.of, found, 10))
    assert [one["rank"] for one in named] == list(range(1, 11))
    for one in named:
        assert one["label"] != one["likelier"]
        assert f"labelled {one['label']}; of calls like it" in one["reason"]
        assert "unit was sent" in one["reason"]


def test_supervisors_and_call_takers_mostly_agree(city: Flipped) -> None:
    pairs = {pair["first"]: pair for pair in agreement(city.prepared, city.of)}
    found = pairs["call_taker"]
    assert found["calls"] > 100
    assert found["kappa"]["low"] < found["kappa"]["value"] < found["same"]["value"]
    assert 0.9 < found["same"]["value"] < 1


def test_nobody_is_named_on_few_calls(city: Flipped) -> None:
    few = slice(0, 6 * (LEAST_CALLS // 2))
    of = OutOfFold(*(getattr(city.of, name)[few] for name in OutOfFold.__slots__))
    found = labellers(city.prepared, of)
    assert found["labellers"] == []
    assert len(found["too_few_calls"]) == 6
    assert found["verdict"].startswith("Nothing can be said")


def test_every_labeller_alike_means_that_the_order_says_nothing(city: Flipped) -> None:
    others = city.prepared.log.table["label_by"].to_numpy()[city.of.place] != city.labeller
    of = OutOfFold(*(getattr(city.of, name)[others] for name in OutOfFold.__slots__))
    found = labellers(city.prepared, of)
    assert not any(one["stands_out"] for one in found["labellers"])
    assert "the order of the list means nothing" in found["verdict"]


# --- the command -----------------------------------------------------------------------------------


def test_the_sheet_is_blind_and_the_text_blames_nobody(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PRANKFILTER_MODELS", str(MODELS))
    written(tmp_path / "log", days=15)
    sheet = tmp_path / "sheet.csv"
    arguments = ["audit-labels", str(tmp_path / "log"), "--most", "30", "--out", str(sheet)]
    assert cli.main([*arguments, "--json"]) == 0
    values = json.loads(capsys.readouterr().out)
    with sheet.open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    assert tuple(rows[0]) == COLUMNS
    ranked = [one["call_id"] for one in values["suspects"]]
    assert {row["call_id"] for row in rows} == set(ranked)
    assert [row["call_id"] for row in rows] != ranked
    assert {(row["label"], row["reviewer"]) for row in rows} == {("", "")}
    assert "no judgement of people" in values["labelling"]["notice"]
    assert "SIMULATED" in values["notice"]


def test_a_log_of_one_kind_is_refused(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PRANKFILTER_MODELS", str(MODELS))
    (tmp_path / "calls.csv").write_text(
        "call_id,received_at,answered_at,label\n"
        + "".join(
            f"{n},2025-01-01T0{n}:00:00+08:00,2025-01-01T0{n}:00:05+08:00,{Label.GENUINE}\n" for n in range(9)
        )
    )
    assert cli.main(["audit-labels", str(tmp_path), "--zone", "Asia/Makassar"]) == 1
    assert f"from {4 * FOLDS} calls of each of two kinds on" in capsys.readouterr().err
    assert len(KINDS) == 7
