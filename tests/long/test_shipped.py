"""Anyone rebuilds the shipped model from the committed bank and ears, and gets the same one."""

from __future__ import annotations

import shutil
from pathlib import Path

import numpy as np
import pytest
from prankfilter_training.shipped import rebuild

from prankfilter.bundle.pointer import read_current
from prankfilter.bundle.trust import read_trust
from prankfilter.classifier.model import Model
from prankfilter.vocabulary import LOOKS_S
from tests.builders import NOW

MODELS = Path(__file__).parents[2] / "models"


@pytest.mark.long
def test_what_ships_is_rebuilt_from_the_repository(tmp_path: Path) -> None:
    models = tmp_path / "models"
    shutil.copytree(MODELS, models)
    rebuilt = rebuild(models, created_at=NOW)
    assert read_current(models) == read_current(MODELS) == rebuilt[0].trained.model.model_id
    for one in rebuilt:
        assert_same_scores(
            one.trained.model, Model.load(MODELS / one.trained.folder.name, read_trust(MODELS))
        )
    certificates = {path.name for path in (MODELS / "certificates").glob("*.json")}
    assert {f"{proof.id}.json" for one in rebuilt for proof in one.certificates} == certificates
    trusted = (models / "trusted" / "shipped.sha256").read_text()
    assert trusted.count("\n") == len(rebuilt) + 1 + len(certificates)


def assert_same_scores(ours: Model, theirs: Model) -> None:
    """On another type of CPU the id may differ in a last bit; the scores may not."""
    rng = np.random.default_rng(1)
    rows = np.array([[rng.uniform(f.low, f.high) for f in theirs.features] for _ in range(2000)])
    rows[rng.random(rows.shape) < 0.3] = np.nan
    for look_s in (None, *LOOKS_S):
        one, other = (model.score_rows(rows, look_s) for model in (ours, theirs))
        np.testing.assert_allclose(one.margin, other.margin, atol=1e-6)
        np.testing.assert_allclose(one.kinds, other.kinds, atol=1e-6)
