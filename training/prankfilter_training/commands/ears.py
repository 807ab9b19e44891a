"""Fit the ears on recordings and write them below the folder of models as the shipped ones."""

from __future__ import annotations

import argparse
import dataclasses
from pathlib import Path

from prankfilter.bundle.writing import write_folder
from prankfilter_training.bank import build
from prankfilter_training.cards import ears_card
from prankfilter_training.commands import door
from prankfilter_training.commands.bank import CACHE
from prankfilter_training.commands.door import Answer
from prankfilter_training.ears import mel
from prankfilter_training.ears import vector_head as hearing
from prankfilter_training.ears.report import report
from prankfilter_training.fitting.artefacts import bare_ears, ears_draft, manifest_name, write_shipped

NAME, HELP = "ears", "fit the ears on recordings"


def arguments(parser: argparse.ArgumentParser) -> None:
    """What it takes."""
    parser.add_argument("--audio-root", type=Path, required=True)
    parser.add_argument("--workers", type=door.positive, default=1)


def run(options: argparse.Namespace) -> Answer:
    """Fit the head on all speakers; every figure comes from heads that never heard the speaker."""
    models, now = door.settings().models, door.now()
    mel_bank = mel.mel_bank()
    rows = build.rows_for_ears(
        build.hear(options.audio_root, bare_ears(mel_bank), CACHE, workers=options.workers)
    )
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
    folder = write_folder(models, draft, sign=None)
    write_shipped(models, [manifest_name(folder)])
    values = {"ears": folder.name, "lengths": {f"{at.length_s:g} s": str(at.auc) for at in lengths}}
    return Answer(values, f"{folder}: child voice AUC by length {values['lengths']}")
