"""What each command of ``prankfilter-train`` does. Clock, environment and arguments are the door's affair."""

from __future__ import annotations

import dataclasses
import datetime as dt
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from prankfilter.bundle.certificates import read_certificate, write_certificate
from prankfilter.bundle.ears import load_ears
from prankfilter.bundle.trust import Trust, read_trust
from prankfilter.bundle.writing import write_folder
from prankfilter.classifier.model import Model
from prankfilter.errors import BadInput
from prankfilter.privacy.keyring import Keyring, Purpose
from prankfilter.privacy.signing import Signer, signed_by
from prankfilter.routing.policies import POLICIES
from prankfilter.settings import Settings
from prankfilter_training import certify as proof
from prankfilter_training import ears as hearing
from prankfilter_training.artefacts import bare_ears, ears_draft, manifest_name, write_shipped
from prankfilter_training.bank import build
from prankfilter_training.bank.table import SHIPPED as SHIPPED_BANK
from prankfilter_training.bank.table import read_bank, voices_of
from prankfilter_training.cards import ears_card
from prankfilter_training.ears_report import report
from prankfilter_training.evaluate import evaluation
from prankfilter_training.fit import prepare
from prankfilter_training.logbook import read_log
from prankfilter_training.recipe import SHIPPED as SHIPPED_RECIPE
from prankfilter_training.recipe import read_recipe
from prankfilter_training.shipped import rebuild, shipped_ears
from prankfilter_training.simulation.profiles import PROFILES, with_changes
from prankfilter_training.simulation.simulate import simulate, write_log
from prankfilter_training.training import sound_source, train

CACHE = Path(".cache/bank")

Answer = Mapping[str, Any]


def simulate_log(
    profile: str,
    *,
    start: dt.date | None,
    days: int,
    seed: int,
    out: Path,
    csv: bool,
    changes: Mapping[str, str],
    today: dt.date,
) -> Answer:
    """Write a simulated log; without a start it ends yesterday."""
    begun = start or today - dt.timedelta(days=days)
    log = simulate(
        with_changes(PROFILES[profile], changes),
        start=begun,
        days=days,
        seed=seed,
        voices=voices_of(read_bank()),
    )
    write_log(log, out, csv=csv)
    return {"log": str(out), "calls": len(log.calls), "first_day": begun, "notice": log.made_by["notice"]}


def check(folder: Path, *, zone: dt.tzinfo | None) -> Answer:
    """Name all faults of a log; refuse if there are any."""
    log = read_log(folder, zone=zone)
    if log.faults:
        raise BadInput("\n".join(map(str, log.faults)))
    return {"calls": len(log.calls), "faults": 0}


def fit_model(
    folder: Path,
    *,
    zone: dt.tzinfo | None,
    audio_root: Path | None,
    recipe_path: Path | None,
    out: Path | None,
    settings: Settings,
    now: dt.datetime,
) -> Answer:
    """Fit a model on a log, with the ears that run now, signed by this installation."""
    log = read_log(folder, zone=zone).must_be_sound()
    recipe, document = read_recipe(recipe_path or SHIPPED_RECIPE)
    ears = shipped_ears(settings.models)
    trained = train(
        log,
        sound_source(log, audio_root=audio_root or folder, ears=ears),
        recipe,
        document,
        ears=ears,
        models=out or settings.models,
        sign=_signer(settings).sign,
        created_at=now,
        described_as=f"{'simulated, ' if log.simulated else ''}{folder.name}",
    )
    return {
        "model_id": trained.model.model_id,
        "bundle": str(trained.folder),
        "evaluation": trained.evaluation,
    }


def evaluate_model(
    bundle: Path,
    folder: Path,
    *,
    zone: dt.tzinfo | None,
    audio_root: Path | None,
    certificate: Path | None,
    policy: str,
    settings: Settings,
) -> Answer:
    """Measure a model on all calls of a log, which should be later than what it learned from."""
    log = read_log(folder, zone=zone).must_be_sound()
    model, ears = _model_and_ears(bundle, settings)
    source = sound_source(log, audio_root=audio_root or folder, ears=ears)
    prepared = prepare(log, source, (0.0, 0.0))
    answer = dict(evaluation(model, prepared, prepared.slice_of >= 0, simulated=log.simulated))
    if certificate is not None:
        trust = _trust(certificate.parent.parent, settings)
        replays = proof.replayed(model, [log], source, POLICIES[policy])
        answer |= proof.under_certificate(replays, read_certificate(certificate, trust))
    return answer


def certify_model(
    bundle: Path,
    folders: Sequence[Path],
    *,
    zone: dt.tzinfo | None,
    alpha: float,
    confidence: float,
    policy: str,
    out: Path | None,
    settings: Settings,
) -> Answer:
    """Make a certificate from later logs, signed by this installation."""
    logs = [read_log(folder, zone=zone).must_be_sound() for folder in folders]
    proof.refuse_real(logs)
    model, ears = _model_and_ears(bundle, settings)
    source = sound_source(logs[0], audio_root=folders[0], ears=ears)
    replays = proof.replayed(model, logs, source, POLICIES[policy])
    certificate, extra = proof.certify(model, replays, POLICIES[policy], alpha=alpha, confidence=confidence)
    written = write_certificate(
        out or settings.models, certificate, sign=_signer(settings).sign, extra={"policy": policy, **extra}
    )
    return {**proof.described(written), **extra}


def build_bank(audio_root: Path, *, out: Path | None, workers: int) -> Answer:
    """Measure every clip and write the bank."""
    heard = build.hear(audio_root, bare_ears(hearing.mel_bank()), CACHE, workers=workers)
    table = build.bank_table(heard)
    path = out or SHIPPED_BANK
    build.write_bank(table, path)
    return {
        "bank": str(path),
        "clips": len(heard.clips),
        "rows": len(table),
        "bytes": path.stat().st_size,
        "child_voice_shift_at_5_s": build.child_voice_shift(heard),
    }


def fit_ears(audio_root: Path, *, workers: int, settings: Settings, now: dt.datetime) -> Answer:
    """Fit the ears and write them below the folder of models as the shipped ones."""
    mel_bank = hearing.mel_bank()
    rows = build.rows_for_ears(build.hear(audio_root, bare_ears(mel_bank), CACHE, workers=workers))
    c = hearing.choose_c(rows)
    odds, _ = hearing.cross_fitted(rows, c)
    head = {**hearing.fit_head(rows, c), **hearing.fit_calibration(odds, rows)}
    lengths = report(rows, odds)
    recipe = {
        "c": c,
        "prior": hearing.PRIOR,
        "folds": hearing.FOLDS,
        "bank_seed": build.SEED,
        "clips": build.RECIPE_VERSION,
    }
    draft = ears_draft(mel_bank, head, recipe=recipe, card="", report=[], created_at=now)
    card = ears_card(draft.id, lengths, c=c, recordings="speechocean762 (125 speakers)")
    figures = [dataclasses.asdict(length) for length in lengths]
    draft = ears_draft(mel_bank, head, recipe=recipe, card=card, report=figures, created_at=now)
    folder = write_folder(settings.models, draft, sign=None)
    write_shipped(settings.models, [manifest_name(folder)])
    return {"ears": folder.name, "lengths": {f"{at.length_s:g} s": str(at.auc) for at in lengths}}


def rebuild_shipped(out: Path | None, *, settings: Settings, now: dt.datetime) -> Answer:
    """Rebuild model, certificates, pointer and trusted hashes."""
    shipped = rebuild(out or settings.models, created_at=now)
    return {
        "model_id": shipped.trained.model.model_id,
        "certificates": [proof.described(certificate) for certificate in shipped.certificates],
        "notice": shipped.trained.evaluation["notice"],
    }


def _model_and_ears(bundle: Path, settings: Settings) -> tuple[Model, Any]:
    model = Model.load(bundle, _trust(bundle.parent, settings))
    return model, load_ears(settings.models / model.ears_digest, read_trust(settings.models))


def _signer(settings: Settings) -> Signer:
    return Signer(Keyring.open(settings.keys, create=True, purposes=(Purpose.SIGNING,)))


def _trust(models: Path, settings: Settings) -> Trust:
    """What is shipped or trusted there, and what this installation signed itself."""
    return read_trust(models, signed_by([_signer(settings).public]))
