"""Measure a model on a log, without the calls that it learned from; what it measured certifies nothing."""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import Any

import numpy as np
import polars as pl
from numpy.typing import NDArray

from prankfilter.bundle.certificates import read_certificate
from prankfilter.bundle.ears import Ears
from prankfilter.classifier.model import Model
from prankfilter.errors import BadInput
from prankfilter.routing.policies import POLICIES, Policy, policy_digest
from prankfilter.settings import Settings
from prankfilter_training.commands import door, sound_options
from prankfilter_training.commands.door import Answer
from prankfilter_training.evaluation import words
from prankfilter_training.evaluation.delayed import Proof
from prankfilter_training.evaluation.evaluate import evaluation
from prankfilter_training.evaluation.month import month
from prankfilter_training.evaluation.report import write_report
from prankfilter_training.evaluation.study import study
from prankfilter_training.evaluation.unseen import unseen
from prankfilter_training.fitting.fit import Prepared, prepare
from prankfilter_training.fitting.recipe import recipe_of
from prankfilter_training.log.logbook import read_log
from prankfilter_training.log.table import Log
from prankfilter_training.proof.effect import under_certificate
from prankfilter_training.proof.ledger import Purpose, record_use
from prankfilter_training.proof.replay import replayed
from prankfilter_training.sound.source import SoundSource

NAME, HELP = "evaluate", "measure a model on a log"

WHOLE = (0.0, 0.0)
"""Edges of slices that put every call into the last one."""


def arguments(parser: argparse.ArgumentParser) -> None:
    """What it takes."""
    parser.add_argument("bundle", type=Path)
    door.log_argument(parser)
    sound_options.arguments(parser)
    parser.add_argument("--certificate", type=Path, help="count what this certificate would have done")
    parser.add_argument("--policy", default="queue", choices=("queue", "always"))
    parser.add_argument(
        "--fitted-on",
        type=Path,
        metavar="LOG",
        help="the log that the model was fitted on: adds simpler models, ablations and the learning curve",
    )
    parser.add_argument(
        "--report", type=Path, metavar="FOLDER", help="folder that gets a page, pictures and figures"
    )


def run(options: argparse.Namespace) -> Answer:
    """Measure; with a certificate, also what it would have done."""
    here, policy = door.settings(), POLICIES[options.policy]
    log = read_log(options.log, zone=options.zone).must_be_sound()
    model, ears = door.model_and_ears(options.bundle, here)
    left = unseen(model.manifest.extra.get("learnt"), log)
    source = sound_options.sound_of(log, options.log, options, ears)
    prepared = prepare(log, source, WHOLE)
    chosen = left.calls[prepared.rows.call]
    proof = _proof(options.certificate, model, policy, here, log, source, left.calls)
    found = evaluation(model, prepared, chosen, simulated=log.simulated, policy=policy, proof=proof)
    measured = log.table[np.unique(prepared.rows.call[chosen])]
    found |= {
        "policy": policy.name,
        "log": _described(options.log.name, log, measured),
        "left_out": left.left_out,
        "warnings": [left.warning] if left.warning else [],
        "month": month(log, left.calls, found, proof),
    }
    if options.fitted_on is not None:
        found["study"] = _study(options, model, ears, prepared, chosen)
    asked = {"log": log.digest, "certificate": proof and proof.certificate.id}
    record_use(
        here.models,
        measured,
        purpose=Purpose.EVALUATE,
        model_ids=[model.model_id],
        now=door.now(),
        question=asked,
    )
    if proof is not None:
        found |= under_certificate(proof.replays, proof.certificate)
    written = write_report(options.report, found) if options.report is not None else ()
    return Answer(found, _text(found, written))


def _proof(
    path: Path | None,
    model: Model,
    policy: Policy,
    here: Settings,
    log: Log,
    source: SoundSource,
    calls: NDArray[np.bool_],
) -> Proof | None:
    """The certificate with the unseen calls, replayed; refuses one that is of another model or policy."""
    if path is None:
        return None
    certificate = read_certificate(path, door.trust(path.parent.parent, here))
    if certificate.model_id != model.model_id:
        raise BadInput(f"{path} is of model {certificate.model_id}, not of {model.model_id}")
    if certificate.policy_digest != policy_digest(policy):
        raise BadInput(f"{path} is of another policy than {policy.name}; try --policy")
    ids = set(log.table["call_id"].filter(pl.Series(calls)))
    replays = replayed(model, log, source, policy)
    return Proof(certificate, [replay for replay in replays if replay.call.record.call_id in ids])


def _study(
    options: argparse.Namespace, model: Model, ears: Ears, tested: Prepared, chosen: NDArray[np.bool_]
) -> dict[str, Any]:
    log = read_log(options.fitted_on, zone=options.zone).must_be_sound()
    if log.digest != model.manifest.extra.get("learnt", {}).get("log"):
        raise BadInput(f"{options.fitted_on} is not the log that model {model.model_id} was fitted on")
    document = {name: part for name, part in model.manifest.recipe.items() if name != "log"}
    recipe = recipe_of(document, f"model {model.model_id}")
    edges = (recipe.fit_until, recipe.calibrate_until, recipe.evaluate_until)
    learnt = prepare(log, sound_options.sound_of(log, options.fitted_on, options, ears), edges)
    return study(model, recipe, learnt=learnt, tested=tested, chosen=chosen)


def _described(name: str, log: Log, measured: pl.DataFrame) -> dict[str, Any]:
    days = measured["received_at"].dt.convert_time_zone(str(log.zone)).dt.date()
    return {
        "name": name,
        "digest": log.digest,
        "calls": len(measured),
        "from": str(days[0]),
        "to": str(days[-1]),
    }


def _text(found: dict[str, Any], written: tuple[Path, ...]) -> str:
    left_out = (
        f"{found['left_out']:,} calls left out: the model learned from them" if found["left_out"] else ""
    )
    lines = [
        words.leading(found),
        words.caution(found),
        found["notice"],
        *found["warnings"],
        left_out if found["left_out"] else "",
        words.compact_table(found),
        found["month"]["words_en"],
        found["month"]["words_id"],
        *map(str, written),
    ]
    return "\n".join(line for line in lines if line)
