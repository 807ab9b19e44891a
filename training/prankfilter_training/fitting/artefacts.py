"""Writing what was fitted into the folder of models: ears, model, and what is shipped."""

from __future__ import annotations

import datetime as dt
import io
import json
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

import joblib
import numpy as np
from numpy.typing import NDArray

from prankfilter.bundle import ears as ears_bundle
from prankfilter.bundle.ears import Ears, ears_arrays
from prankfilter.bundle.folder import MANIFEST
from prankfilter.bundle.manifest import CARD, ESTIMATOR, EVALUATION, Manifest
from prankfilter.bundle.trust import SHIPPED, shipped_line
from prankfilter.bundle.writing import Draft, write_folder
from prankfilter.classifier import model as model_bundle
from prankfilter.classifier.model import Model, model_arrays
from prankfilter.vocabulary import LOOKS_S, Basis
from prankfilter_training.fitting.export import export_trees
from prankfilter_training.fitting.fit import Fitted

CALENDAR = "prankfilter.features.almanac_days"

Sign = Callable[[bytes], bytes] | None


def ears_draft(
    ears: Ears,
    *,
    recipe: Mapping[str, Any],
    card: str,
    report: Mapping[str, Any],
    created_at: dt.datetime,
) -> Draft:
    """The ears, ready to be written."""
    return Draft(
        kind=ears_bundle.KIND,
        arrays=ears_arrays(ears),
        created_at=created_at,
        recipe=recipe,
        files={CARD: card.encode(), EVALUATION: _json(report)},
    )


def model_draft(
    fitted: Fitted,
    *,
    recipe: Mapping[str, Any],
    ears: str,
    simulated: bool,
    learnt: Mapping[str, str],
    created_at: dt.datetime,
) -> Draft:
    """A model without its card, whose words need the model itself."""
    return Draft(
        kind=model_bundle.KIND,
        arrays=model_arrays(export_trees(fitted.estimator), fitted.kinds, fitted.calibration),
        created_at=created_at,
        features=tuple((feature.name, feature.version) for feature in fitted.features),
        recipe=recipe,
        ears=ears,
        calendar=CALENDAR,
        looks_s=LOOKS_S,
        kinds=tuple(str(kind) for kind in fitted.kinds),
        extra={"basis": str(Basis.SIMULATED if simulated else Basis.REAL), "learnt": dict(learnt)},
    )


def as_model(draft: Draft) -> Model:
    """The model that a draft will be, before it is written."""
    manifest = Manifest(
        kind=draft.kind,
        id=draft.id,
        created_at=draft.created_at,
        features=draft.features,
        recipe=draft.recipe,
        ears=draft.ears,
        kinds=draft.kinds,
        extra=draft.extra,
    )
    return Model(manifest, draft.arrays)


def write_model(
    models: Path, draft: Draft, fitted: Fitted, *, evaluation: Mapping[str, Any], card: str, sign: Sign
) -> Path:
    """Write a model with its card, its evaluation, and the estimator for data staff."""
    estimator = io.BytesIO()
    joblib.dump(fitted.estimator, estimator, compress=("zlib", 9))
    files = {CARD: card.encode(), EVALUATION: _json(evaluation), ESTIMATOR: estimator.getvalue()}
    return write_folder(models, _with_files(draft, files), sign=sign)


def write_shipped(models: Path, names: Sequence[str]) -> None:
    """Write the hashes of what is shipped: manifests and certificates, named relative to the folder."""
    lines = [shipped_line(name, (models / name).read_bytes()) for name in sorted(names)]
    path = models / SHIPPED
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text("".join(lines), encoding="ascii")


def manifest_name(folder: Path) -> str:
    """How a folder's manifest is called in `SHIPPED`."""
    return f"{folder.name}/{MANIFEST}"


def bare_ears(mel_bank: NDArray[np.float64]) -> Ears:
    """Ears that hear everything but age, to measure clips with before the head is fitted."""
    return Ears("", mel_bank)


def _with_files(draft: Draft, files: Mapping[str, bytes]) -> Draft:
    return Draft(
        **{name: getattr(draft, name) for name in Draft.__dataclass_fields__ if name != "files"}, files=files
    )


def _json(value: Mapping[str, Any]) -> bytes:
    return json.dumps(value, indent=1, ensure_ascii=False, allow_nan=False).encode() + b"\n"
