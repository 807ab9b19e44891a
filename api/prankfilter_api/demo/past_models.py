"""The demonstration's own folder of models: a copy of the shipped one, with a past.

Two models ship. The past is that of a centre that began with the one for regencies and let the one for cities
take its place, after both had been compared. It is made by what ``prankfilter-train`` runs: the gates are
asked both times, and what they find is what there is to find. ``comparison.json`` is what
``prankfilter-train compare`` measured on the calls of ``prankfilter-train simulate --profile city --start
2026-01-01 --days 120 --seed 77``; only its date is moved, since a comparison counts for thirty days.
"""

from __future__ import annotations

import dataclasses
import datetime as dt
import json
import shutil
import time
from importlib import resources
from pathlib import Path

from prankfilter.bundle.comparisons import Comparison, comparison_of, write_comparison
from prankfilter.bundle.pointer import CURRENT, named_by_pointer
from prankfilter.bundle.trust import SHIPPED
from prankfilter.classifier.promotion import Order, promote
from prankfilter.classifier.trusting import trust_key
from prankfilter.privacy.keyring import Keyring, Purpose
from prankfilter.privacy.signing import Signer
from prankfilter.settings import Settings
from prankfilter_api.console.models_view import POLICY_NAMES

SHIPPED_MODELS = Path("models")
"""Where they are as long as nobody names another folder (`Settings.models`)."""

DATA_STAFF = "data-1"
BEGAN, COMPARED, CHANGED = (dt.timedelta(days=days) for days in (12, 6, 5))


def own_models(settings: Settings, *, now: dt.datetime) -> Settings:
    """Return the settings with the demonstration's own folder of models; a folder that was named stays."""
    shipped, own = settings.models, settings.data / "demo-models"
    if shipped != SHIPPED_MODELS or not (shipped / SHIPPED).exists():
        return settings
    if not _is_of(shipped, own):
        made = settings.data / "demo-models.new"
        for folder in (own, made):
            shutil.rmtree(folder, ignore_errors=True)
        shutil.copytree(shipped, made)
        if not _has_past(made, settings, now):
            shutil.rmtree(made)
            shutil.copytree(shipped, made)
        made.rename(own)
    return dataclasses.replace(settings, models=own)


def _is_of(shipped: Path, own: Path) -> bool:
    """Whether the folder was made from these models."""
    return (own / SHIPPED).exists() and (own / SHIPPED).read_bytes() == (shipped / SHIPPED).read_bytes()


def _has_past(models: Path, settings: Settings, now: dt.datetime) -> bool:
    """Give a copy its past; False where a gate refused it, or other models ship than were compared."""
    comparison = _comparison()
    if named_by_pointer(models) != comparison.challenger or not (models / comparison.champion).exists():
        return False
    # Nothing happened before it could have.
    began, compared, changed = (max(now - ago, comparison.made_at) for ago in (BEGAN, COMPARED, CHANGED))
    (models / CURRENT).unlink()
    signer = Signer(Keyring.open(settings.keys, create=True, purposes=(Purpose.SIGNING,)))
    trust_key(models, signer.public, _order("Kunci staf data pusat ini.", began))
    write_comparison(models, dataclasses.replace(comparison, made_at=compared), sign=signer.sign)
    return all(
        promote(
            models,
            model_id,
            _order(reason, at),
            clock=time.perf_counter,
            policy_names=POLICY_NAMES,
            simulated_is_honoured=True,
        ).done
        for model_id, reason, at in (
            (comparison.champion, "Model pertama pusat ini.", began),
            (comparison.challenger, "Lebih tepat dalam perbandingan.", changed),
        )
    )


def _comparison() -> Comparison:
    text = (resources.files("prankfilter_api.demo") / "comparison.json").read_text(encoding="utf-8")
    return comparison_of(json.loads(text))


def _order(reason: str, at: dt.datetime) -> Order:
    return Order(by=DATA_STAFF, reason=reason, at=at)
