"""The steps of data staff's commands as functions: a log in, a bundle out."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from prankfilter.bundle.ears import Ears
from prankfilter.classifier.model import Model
from prankfilter.classifier.score_drift import REFERENCE
from prankfilter_training.evaluation.evaluate import evaluation
from prankfilter_training.evaluation.model_card import model_card
from prankfilter_training.fitting.account import Account, account
from prankfilter_training.fitting.artefacts import Sign, as_model, model_draft, write_model
from prankfilter_training.fitting.fit import fit, prepare
from prankfilter_training.fitting.leaks import must_not_leak
from prankfilter_training.fitting.recipe import Recipe
from prankfilter_training.life.reference import reference_of
from prankfilter_training.log.table import Log
from prankfilter_training.rows.slices import Slice, span
from prankfilter_training.sound.source import SoundSource


@dataclass(frozen=True, slots=True, eq=False)
class Trained:
    """What a fit left behind."""

    folder: Path
    model: Model
    evaluation: Mapping[str, Any]
    account: Account


def learnt(log: Log, until: float) -> Mapping[str, str]:
    """What a model has seen of a log: a certificate needs calls that were received later."""
    first, last = span(log.calls)
    return {
        "log": log.digest,
        "first": first.isoformat(),
        "until": (first + until * (last - first)).isoformat(),
    }


def train(
    log: Log,
    source: SoundSource,
    recipe: Recipe,
    recipe_document: Mapping[str, Any],
    *,
    ears: Ears,
    models: Path,
    sign: Sign,
    created_at: dt.datetime,
    described_as: str,
) -> Trained:
    """Fit, calibrate, evaluate, and write a bundle below ``models``; refuse a log that leaks."""
    edges = (recipe.fit_until, recipe.calibrate_until, recipe.evaluate_until)
    prepared = must_not_leak(prepare(log, source, edges))
    fitted = fit(prepared, recipe)
    draft = model_draft(
        fitted,
        recipe={**recipe_document, "log": log.digest},
        ears=ears.digest,
        simulated=log.simulated,
        learnt=learnt(log, recipe.evaluate_until),
        created_at=created_at,
    )
    model = as_model(draft)
    figures = evaluation(model, prepared, prepared.part(Slice.EVALUATE), simulated=log.simulated)
    card = model_card(model, figures, source=described_as, calls=len(log.calls))
    usual = reference_of(
        model, prepared, seen_until=recipe.calibrate_until, until=recipe.evaluate_until
    ).as_json()
    folder = write_model(
        models, draft, fitted, evaluation={**figures, REFERENCE: usual}, card=card, sign=sign
    )
    return Trained(folder, model, figures, account(prepared, fitted))
