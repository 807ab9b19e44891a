"""The interface for notebooks goes from a log to a refusal or a certificate, as the commands do."""

from __future__ import annotations

import datetime as dt
import inspect
import shutil
from pathlib import Path

import polars as pl
import pytest
from prankfilter_training import notebook
from prankfilter_training.bank.table import read_bank, voices_of
from prankfilter_training.log.table import Log
from prankfilter_training.proof.certify import NotEnough
from prankfilter_training.proof.ledger import Purpose, read_uses
from prankfilter_training.simulation.profiles import CITY
from prankfilter_training.simulation.simulate import simulate, write_log
from prankfilter_training.training import Trained

from prankfilter.errors import BadInput
from prankfilter.features.table import FEATURES
from prankfilter.vocabulary import LOOKS_S
from tests.training.test_cli import MODELS, small_recipe


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with the shipped ears and two simulated logs, one after the other."""
    home = tmp_path_factory.mktemp("notebook")
    shutil.copytree(MODELS, home / "models")
    voices = voices_of(read_bank())
    for name, seed, start in (("first", 1, dt.date(2025, 1, 1)), ("later", 2, dt.date(2025, 6, 1))):
        write_log(simulate(CITY, start=start, days=25, seed=seed, voices=voices), home / name)
    return home


@pytest.fixture(autouse=True)
def at_home(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PRANKFILTER_MODELS", str(home / "models"))
    monkeypatch.setenv("PRANKFILTER_KEYS", str(home / "keys"))


@pytest.fixture(scope="module")
def later(home: Path) -> Log:
    return notebook.load_log(home / "later")


@pytest.fixture(scope="module")
def trained(home: Path) -> Trained:
    with pytest.MonkeyPatch.context() as patched:
        patched.setenv("PRANKFILTER_MODELS", str(home / "models"))
        patched.setenv("PRANKFILTER_KEYS", str(home / "keys"))
        return notebook.fit(notebook.load_log(home / "first"), recipe=small_recipe(home))


def test_the_names_are_stable() -> None:
    assert notebook.__all__ == ["certify", "evaluate", "features", "fit", "load_log"]
    for name in notebook.__all__:
        assert inspect.getdoc(getattr(notebook, name))


def test_a_log_with_faults_is_refused(tmp_path: Path) -> None:
    (tmp_path / "calls.csv").write_text("call_id,received_at,label\n1,2025-01-01T00:00:00+08:00,prank\n")
    with pytest.raises(BadInput, match="label"):
        notebook.load_log(tmp_path, zone="Asia/Makassar")


def test_features_are_a_table_with_a_row_a_look(later: Log) -> None:
    table = notebook.features(later)
    assert table.columns == ["call_id", "look_s", "label", *(feature.name for feature in FEATURES)]
    assert set(table["look_s"].drop_nulls()) == set(LOOKS_S)
    ring = table.filter(pl.col("look_s").is_null())
    assert ring["call_id"].is_unique().all()
    assert ring["heard_s"].is_nan().all()
    assert set(table["call_id"]) <= set(later.table["call_id"])


def test_from_a_fit_to_figures_or_a_plain_refusal(home: Path, trained: Trained, later: Log) -> None:
    with pytest.raises(NotEnough, match="of 4380 genuine callers"):
        notebook.certify(trained.model, [later])
    figures = notebook.evaluate(trained.model, later)
    assert figures["basis"] == "simulated"
    assert Purpose.EVALUATE in {use.purpose for use in read_uses(home / "models")}
    with pytest.raises(BadInput):
        notebook.certify(trained.model, [later], alpha=0.3, confidence=0.7)


def test_a_certificate_comes_with_what_stands_beside_it(home: Path, trained: Trained) -> None:
    certificate, told = notebook.certify(
        trained.model, [notebook.load_log(home / "first")], alpha=0.3, confidence=0.7
    )
    assert certificate.strata
    assert certificate.model_id == trained.model.model_id
    assert certificate.period_start >= dt.datetime.fromisoformat(
        trained.model.manifest.extra["learnt"]["until"]
    )
    assert told["policy"] == "queue"
