"""Simpler models, ablations and the learning curve, fitted on a log of six weeks."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from prankfilter_training.bank.table import read_bank
from prankfilter_training.evaluation.evaluate import evaluation
from prankfilter_training.evaluation.pictures import pictures
from prankfilter_training.evaluation.study import REFITS, SHARES, study
from prankfilter_training.fitting.artefacts import as_model, model_draft
from prankfilter_training.fitting.fit import fit, prepare
from prankfilter_training.fitting.recipe import read_recipe, recipe_of
from prankfilter_training.rows.slices import Slice
from prankfilter_training.sound.source import BankSound
from prankfilter_training.training import learnt

from tests.builders import NOW
from tests.training.logs import written

pytestmark = pytest.mark.long


@pytest.fixture(scope="module")
def found(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    log = written(tmp_path_factory.mktemp("log"), days=42)
    recipe, document = read_recipe()
    assert recipe_of(document, "here") == recipe
    recipe = replace(recipe, rounds=6)
    prepared = prepare(log, BankSound(read_bank()), (0.5, 0.6, 1.0))
    draft = model_draft(
        fit(prepared, recipe),
        recipe=document,
        ears="c" * 16,
        simulated=True,
        learnt=learnt(log, 0.6),
        created_at=NOW,
    )
    model, chosen = as_model(draft), prepared.part(Slice.EVALUATE)
    of = evaluation(model, prepared, chosen, simulated=True)
    return of | {"study": study(model, recipe, learnt=prepared, tested=prepared, chosen=chosen)}


def test_every_rival_is_judged_on_the_same_calls(found: dict[str, Any]) -> None:
    refits = found["study"]["refits"]
    assert set(refits) == {"logistic regression", *REFITS}
    for looks in refits.values():
        assert {name: look["pr_auc"]["n"] for name, look in looks.items()} == {
            name: look["calls"] for name, look in found["looks"].items()
        }


def test_without_sound_nothing_new_is_known_after_the_ring(found: dict[str, Any]) -> None:
    """A refit that hears nothing finds no more at 10 s than at 5 s, but for calls that ended between."""
    deaf = found["study"]["refits"]["without sound"]
    assert deaf["10 s"]["pr_auc"]["value"] == pytest.approx(deaf["5 s"]["pr_auc"]["value"], abs=0.03)


def test_sound_and_history_both_help_the_simulated_model(found: dict[str, Any]) -> None:
    for name in ("without sound", "history only"):
        assert found["study"]["refits"][name]["5 s"]["difference"]["pr_auc"]["value"] < 0


def test_a_difference_is_known_better_than_its_parts(found: dict[str, Any]) -> None:
    """Drawn together: the interval of a difference is narrower than those of both figures added up."""
    rival, own = found["study"]["refits"]["without child voice"]["5 s"], found["looks"]["5 s"]
    parts = np.hypot(*(of["pr_auc"]["high"] - of["pr_auc"]["low"] for of in (rival, own)))
    apart = rival["difference"]["pr_auc"]
    assert apart["high"] - apart["low"] < parts


def test_the_learning_curve_ends_at_the_model_itself(found: dict[str, Any]) -> None:
    curve = found["study"]["learning_curve"]
    assert list(curve["looks"]) == [*(f"{share:g}" for share in SHARES), "1"]
    calls = list(curve["calls"].values())
    assert calls == sorted(calls)
    assert curve["looks"]["1"]["5 s"]["pr_auc"] == found["looks"]["5 s"]["pr_auc"]


def test_a_study_is_drawn(found: dict[str, Any], tmp_path: Path) -> None:
    drawn = {picture.name: picture for picture in pictures(found)}
    assert {"rules", "refits", "learning_curve"} <= set(drawn)
    (tmp_path / "refits.png").write_bytes(drawn["refits"].png())
    assert (tmp_path / "refits.png").stat().st_size > 10_000
