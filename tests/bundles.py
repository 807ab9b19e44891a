"""Folders of models with small but real content: written, shipped, trusted and read as those of a service."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from prankfilter.bundle.certificates import FOLDER as CERTIFICATES
from prankfilter.bundle.certificates import write_certificate
from prankfilter.bundle.ears import ears_arrays
from prankfilter.bundle.pointer import write_current
from prankfilter.bundle.trust import SHIPPED, shipped_line
from prankfilter.bundle.writing import Draft, write_folder
from prankfilter.classifier.model import model_arrays
from prankfilter.features.table import by_name, feature_digest
from prankfilter.vocabulary import Certificate, Label
from tests.builders import NOW, certificate, model_draft, stumps
from tests.sounds import ears

COLUMNS = ("calls_1h_count", "silence_ratio", "child_voice_probability")
"""One that is known when it rings, and two of sound."""

GROWN_UP, CHILD = -8.0, 8.0
"""What ears may hear in every voice (log-odds of a child)."""


def shelve(
    models: Path,
    *,
    leaning: float = -1.0,
    seed: int = 1,
    voice: float | None = GROWN_UP,
    current: bool = True,
    **over: Any,
) -> str:
    """Ship a model and its ears, let it run if ``current``, and return its id.

    Its margin is twice ``leaning``, 2 more where the number called more than twice in an hour or nobody
    knows how often, 0.5 less where most of the sound is silence or there is none, and 0.25 more where a child
    speaks or nobody knows. ``voice`` is the age that its ears hear in every voice, None for ears that tell no
    age. Other fields of the draft may be given too.
    """
    hearing = ears(voice)
    arrays = ears_arrays(hearing)
    ears_id = _ship(models, Draft(kind="ears", arrays=arrays, created_at=NOW))
    kinds = (Label.GENUINE, Label.JOKE_OR_ABUSE)
    trees = stumps(
        (0, 0, 2.0, -leaning, -leaning - 1.0),
        (1, 0, 2.0, leaning, leaning + 1.0),
        (1, 1, 0.5, 0.0, -0.5),
        (1, 2, 0.5, 0.0, 0.25),
    )
    known: dict[str, Any] = {
        "arrays": model_arrays(trees, kinds),
        "features": tuple((name, by_name[name].version) for name in COLUMNS),
        "recipe": {"seed": seed},
        "ears": ears_id,
    }
    model = model_draft(**known | over)
    model_id = _ship(models, model)
    if current:
        write_current(models, model_id)
    return model_id


def certify(models: Path, model_id: str, *, policy: str, **over: Any) -> Certificate:
    """Ship a proof for a shelved model under a shipped policy: any margin above -50 may be verified."""
    fields = {"model_id": model_id, "feature_digest": feature_digest(by_name[name] for name in COLUMNS)}
    named = write_certificate(models, certificate(-50.0, policy=policy, **fields | over), sign=None)
    _trust(models, f"{CERTIFICATES}/{named.id}.json")
    return named


def _ship(models: Path, draft: Draft) -> str:
    write_folder(models, draft, sign=None)
    _trust(models, f"{draft.id}/manifest.json")
    return draft.id


def _trust(models: Path, name: str) -> None:
    shipped = models / SHIPPED
    shipped.parent.mkdir(exist_ok=True)
    with shipped.open("a", encoding="ascii") as lines:
        lines.write(shipped_line(name, (models / name).read_bytes()))
