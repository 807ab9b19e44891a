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
def test_the_shipped_model_is_rebuilt_from_the_repository(tmp_path: Path) -> None:
    models = tmp_path / "models"
    shutil.copytree(MODELS, models)
    rebuilt = rebuild(models, created_at=NOW)
    shipped = Model.load(MODELS / read_current(MODELS), read_trust(MODELS))
    rng = np.random.default_rng(1)
    rows = np.array([[rng.uniform(f.low, f.high) for f in shipped.features] for _ in range(2000)])
    rows[rng.random(rows.shape) < 0.3] = np.nan
    # On another type of CPU the id may differ in a last bit; the scores may not.
    for look_s in (None, *LOOKS_S):
        ours, theirs = (model.score_rows(rows, look_s) for model in (rebuilt.trained.model, shipped))
        np.testing.assert_allclose(ours.margin, theirs.margin, atol=1e-6)
        np.testing.assert_allclose(ours.kinds, theirs.kinds, atol=1e-6)
    assert rebuilt.trained.model.model_id == shipped.model_id
    certificates = {path.name for path in (MODELS / "certificates").glob("*.json")}
    assert {f"{certificate.id}.json" for certificate in rebuilt.certificates} == certificates
    assert (models / "trusted" / "shipped.sha256").read_text().count("\n") == 2 + len(certificates)
