"""Drift: what did not change raises no alarm, what did is named; chance is known beforehand."""

from __future__ import annotations

import dataclasses
import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from prankfilter_training import cli
from prankfilter_training.bank.table import read_bank
from prankfilter_training.evaluation.intervals import unit_of
from prankfilter_training.evaluation.judged import Judged
from prankfilter_training.fitting.fit import Prepared, prepare
from prankfilter_training.life.drift import drift
from prankfilter_training.life.drift_pictures import drift_pictures
from prankfilter_training.life.drift_text import drift_text
from prankfilter_training.life.recalibration import recalibration
from prankfilter_training.life.reference import Reference, described, reference_of
from prankfilter_training.life.thresholds import BY_NAME, THRESHOLDS, Level
from prankfilter_training.rows.slices import elapsed
from prankfilter_training.sound.source import BankSound
from scipy.stats import chi2

from prankfilter.bundle.pointer import read_current
from prankfilter.bundle.trust import read_trust
from prankfilter.classifier.model import Model
from prankfilter.classifier.population import Distribution, distribution, edges_of, shift
from prankfilter.vocabulary import KINDS, Label
from tests.training.logs import ONE_POOL, city, written

MODELS = Path(__file__).parents[2] / "models"
NEW_FROM = 0.8
"""Share of the log's time after which calls are new."""


def one_in_20(freedom: int) -> float:
    return float(chi2.ppf(0.95, freedom))


ONE_LOG = Distribution(np.array([0.0]), np.array([0.5, 0.5, 0.0]), n=1_000_000, spread=1.0)


# --- the index -------------------------------------------------------------------------------------


def test_the_index_is_the_sum_that_it_is_defined_as() -> None:
    now = dataclasses.replace(ONE_LOG, shares=np.array([0.6, 0.4, 0.0]))
    expected = 0.1 * np.log(0.6 / 0.5) - 0.1 * np.log(0.4 / 0.5)
    assert shift(ONE_LOG, now, reached=one_in_20).psi == pytest.approx(expected, rel=1e-4)
    assert shift(ONE_LOG, ONE_LOG, reached=one_in_20).corrected == 0


@pytest.mark.parametrize(
    ("column", "edges"),
    [
        ([0, 0, 1, np.nan], [0]),
        ([1, 1, 0], [0]),
        ([3, 3], []),
        ([np.nan], []),
        (range(100), range(9, 99, 10)),
    ],
)
def test_few_values_get_a_bin_each_and_many_get_tenths(column: Any, edges: Any) -> None:
    assert edges_of(np.array(list(column), float)).tolist() == list(edges)


def test_unknown_values_are_a_bin_of_their_own() -> None:
    found = distribution(np.array([0.0, 1.0, np.nan, np.nan]), np.array([0.0]), ())
    assert found.shares.tolist() == [0.25, 0.25, 0.5]


@pytest.mark.parametrize("repeats", [1, 6])
def test_chance_exceeds_its_mark_as_often_as_it_says(repeats: int) -> None:
    """Also where every call stands in the log several times: the design effect is found."""
    rng = np.random.default_rng(repeats)
    edges = np.linspace(0, 1, 11)[1:-1]
    exceeded, spreads = 0, []
    for _ in range(400):
        samples = []
        for n in (2000, 300):
            values = np.repeat(rng.random(n // repeats), repeats)
            samples.append(distribution(values, edges, [np.repeat(np.arange(n // repeats), repeats)]))
        moved = shift(*samples, reached=one_in_20)
        exceeded += moved.is_real
        spreads.append(samples[1].spread)
    assert 4 <= exceeded <= 40
    assert np.mean(spreads) == pytest.approx(repeats, rel=0.15)


def test_a_level_needs_size_and_more_than_chance() -> None:
    psi = BY_NAME["feature_psi"]
    assert [psi.level(value, is_real=True) for value in (0.09, 0.1, 0.25)] == [
        Level.STEADY,
        Level.WARN,
        Level.ALARM,
    ]
    assert psi.level(5.0, is_real=False) is Level.STEADY


@pytest.mark.parametrize("row", THRESHOLDS, ids=lambda row: row.name)
def test_every_threshold_has_an_order_a_source_and_a_meaning(row: Any) -> None:
    assert 0 < row.warn < row.alarm
    assert row.source
    assert row.meaning.endswith(".")


# --- calibration -----------------------------------------------------------------------------------


def scored(odds: float, boldness: float, n: int = 6000) -> Judged:
    """Calls whose scores say more log odds of a prank than are true, and are bolder than they should be."""
    rng = np.random.default_rng(7)
    truth = rng.normal(-0.5, 1.5, size=n)
    prank = rng.random(n) < 1 / (1 + np.exp(-truth))
    kind = np.where(prank, KINDS.index(Label.JOKE_OR_ABUSE), KINDS.index(Label.GENUINE))
    score = 1 / (1 + np.exp(-(boldness * truth + odds)))
    numbers = np.arange(n)
    return Judged(numbers, numbers, kind, score, truth, kind, (unit_of("caller", numbers),))


def test_honest_scores_have_intercept_0_and_slope_1() -> None:
    found = recalibration(scored(0.0, 1.0))
    for name, honest in (("intercept", 0.0), ("slope", 1.0)):
        assert found["standard_errors"][name] < 3
        assert found[name]["low"] < found[name]["value"] < found[name]["high"]
        assert found[name]["value"] == pytest.approx(honest, abs=0.08)


def test_scores_that_say_too_much_or_too_boldly_are_measured() -> None:
    assert recalibration(scored(0.5, 1.0))["intercept"]["value"] == pytest.approx(-0.5, abs=0.08)
    assert recalibration(scored(0.0, 2.0))["slope"]["value"] == pytest.approx(0.5, abs=0.05)


def test_few_calls_get_no_slope() -> None:
    assert "slope" not in recalibration(scored(0.0, 1.0, n=40))


# --- a log -----------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def prepared(tmp_path_factory: pytest.TempPathFactory) -> Prepared:
    """130 days of a city in which nothing changes."""
    log = written(tmp_path_factory.mktemp("log"), days=130, profile=city(), pools=ONE_POOL)
    return prepare(log, BankSound(read_bank()), (0.5, 0.6))


@pytest.fixture(scope="module")
def model() -> Model:
    return Model.load(MODELS / read_current(MODELS), read_trust(MODELS))


def new(prepared: Prepared) -> np.ndarray:
    return elapsed(prepared.log)[prepared.rows.call] >= NEW_FROM


def found(prepared: Prepared, **over: Any) -> dict[str, Any]:
    """What drifted, without scores."""
    reference = over.pop("reference", None) or reference_of(None, prepared, until=NEW_FROM)
    return drift(reference, None, prepared, new(prepared))


def with_values(prepared: Prepared, change: dict[str, float]) -> Prepared:
    """The new calls with something added to some columns."""
    values = prepared.rows.values.copy()
    names = [feature.name for feature in prepared.rows.features]
    for name, by in change.items():
        values[new(prepared), names.index(name)] += by
    return dataclasses.replace(prepared, rows=dataclasses.replace(prepared.rows, values=values))


def test_where_nothing_changed_nothing_alarms(prepared: Prepared) -> None:
    values = found(prepared)
    assert values["alarms"] == []
    assert len(values["columns"]) > 100
    assert {column["level"] for column in values["columns"]} <= {"steady", "season", "cannot_tell", "warn"}


def test_lines_that_became_quieter_are_named(prepared: Prepared) -> None:
    levels = dict.fromkeys(("speech_level_db", "loudest_db", "noise_floor_db"), -8.0)
    values = found(with_values(prepared, levels))
    assert {alarm["where"].split(" ")[0] for alarm in values["alarms"]} == set(levels)
    assert {alarm["name"] for alarm in values["alarms"]} == {"feature_psi"}
    assert "ALARM: feature_psi, speech_level_db" in drift_text(values)


def test_a_column_that_is_no_longer_known_is_named(prepared: Prepared) -> None:
    values = found(with_values(prepared, {"calls_waiting_count": np.nan}))
    assert [alarm["where"] for alarm in values["alarms"]] == ["calls_waiting_count (ring)"]


def test_fewer_pranks_are_named(prepared: Prepared) -> None:
    pranks = [KINDS.index(label) for label in (Label.JOKE_OR_ABUSE, Label.CHILD_PLAY)]
    rows = prepared.rows
    gone = new(prepared) & np.isin(prepared.kind, pranks) & (rows.call % 3 > 0)
    fewer = dataclasses.replace(
        prepared, rows=rows.at(~gone), kind=prepared.kind[~gone], slice_of=prepared.slice_of[~gone]
    )
    values = found(fewer, reference=reference_of(None, prepared, until=NEW_FROM))
    assert ("prank_share", "all pranks") in {(alarm["name"], alarm["where"]) for alarm in values["alarms"]}
    assert next(a for a in values["alarms"] if a["name"] == "prank_share")["value"] < -0.1


def test_history_is_compared_only_where_it_is_whole(prepared: Prepared) -> None:
    """Calls of the first 90 days have no whole past; on a log as short as that nothing is left to compare."""
    share = 85 / 130
    young = elapsed(prepared.log)[prepared.rows.call] < share
    values = described(None, prepared, young, young).columns["ring"]
    assert "calls_30d_count" not in values
    assert "received_hour" in values


def test_what_a_bundle_keeps_says_the_same_as_the_log_did(prepared: Prepared) -> None:
    kept = reference_of(None, prepared, until=NEW_FROM)
    text = json.dumps(kept.as_json())
    assert len(text) < 300_000
    again = found(prepared, reference=Reference.from_json(json.loads(text)))
    for one, other in zip(found(prepared)["columns"], again["columns"], strict=True):
        assert one["psi"] == pytest.approx(other["psi"], abs=2e-3)


def test_scores_and_their_honesty_with_a_model(prepared: Prepared, model: Model) -> None:
    reference = reference_of(model, prepared, seen_until=0.7, until=NEW_FROM)
    values = drift(reference, model, prepared, new(prepared))
    scores = [column for column in values["columns"] if column["name"] == "prank_score"]
    assert [column["look"] for column in scores] == ["ring", "5 s"]
    assert all(column["level"] != "alarm" for column in scores)
    for look in ("ring", "5 s"):
        at = values["calibration"][look]
        assert at["slope"]["low"] < at["slope"]["value"] < at["slope"]["high"]
        assert 0 < at["brier"]["value"] < 0.25
    assert "SIMULATED" in drift_text(values)
    pictures = {picture.name: picture.png() for picture in drift_pictures(values)}
    assert set(pictures) == {"drift-columns", "drift-scores", "drift-calibration"}
    assert all(png.startswith(b"\x89PNG") for png in pictures.values())
    json.dumps(values, allow_nan=False)


# --- the command -----------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def logs(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Three weeks as always, and three weeks in which nobody plays jokes."""
    folder = tmp_path_factory.mktemp("logs")
    written(folder / "usual", days=21, sound=False)
    written(folder / "quiet", days=21, seed=4, sound=False, profile=city(prank_weight="0.02"))
    return folder


def run(capsys: pytest.CaptureFixture[str], *arguments: object) -> tuple[int, str, str]:
    code = cli.main([str(argument) for argument in arguments])
    return code, *capsys.readouterr()


def test_alarms_are_values_and_an_exit_code_on_demand(
    logs: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PRANKFILTER_MODELS", str(MODELS))
    arguments = ("drift", logs / "quiet", "--reference", logs / "usual", "--report", tmp_path / "report")
    code, out, _ = run(capsys, *arguments, "--json")
    assert code == 0
    assert "prank_share" in {alarm["name"] for alarm in json.loads(out)["alarms"]}
    assert {path.name for path in (tmp_path / "report").iterdir()} == {
        "drift.json",
        "drift.txt",
        "drift-columns.png",
    }
    assert run(capsys, *arguments, "--fail-on-alarm")[0] == 1


def test_without_anything_to_compare_with_it_says_so(
    logs: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PRANKFILTER_MODELS", str(MODELS))
    code, _, err = run(capsys, "drift", logs / "usual")
    assert (code, "give --reference LOG0, or --since a later day" in err) == (1, True)
    code, out, _ = run(capsys, "drift", logs / "usual", "--since", "2025-01-12", "--json")
    assert code == 0
    assert json.loads(out)["compared_with"]["period"][1] < "2025-01-12"
    code, _, err = run(capsys, "drift", logs / "usual", "--since", "2026-01-01")
    assert (code, "no labelled calls since 2026-01-01" in err) == (1, True)
