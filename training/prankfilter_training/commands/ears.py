"""Fit the ears on recordings and write them below the folder of models as the shipped ones."""

from __future__ import annotations

import argparse
import dataclasses
import json
from pathlib import Path
from typing import Any

from prankfilter.bundle.manifest import EVALUATION
from prankfilter.bundle.writing import write_folder
from prankfilter_training.commands import door, hearing
from prankfilter_training.commands.door import Answer
from prankfilter_training.ears.card import ears_card
from prankfilter_training.ears.heads_card import heads_card
from prankfilter_training.ears.judgement import judgement_of
from prankfilter_training.ears.mel import mel_bank
from prankfilter_training.ears.other_heads import HEADS, OtherHeads, fit_other_heads
from prankfilter_training.ears.speakers import read_speakers
from prankfilter_training.fitting.artefacts import bare_ears, ears_draft, manifest_name, write_shipped
from prankfilter_training.shipped import shipped_ears

NAME, HELP = "ears", "fit the ears on recordings"


def arguments(parser: argparse.ArgumentParser) -> None:
    """What it takes."""
    hearing.arguments(parser)
    parser.add_argument(
        "--music-root",
        type=Path,
        metavar="DIR",
        help="what `prankfilter-train music` fetched, one folder an author; without it music is not known",
    )
    parser.add_argument(
        "--child-only", action="store_true", help="keep what finds speech and other sounds as it is shipped"
    )


def run(options: argparse.Namespace) -> Answer:
    """Fit all heads on all recordings; every figure comes from what never heard the speaker."""
    models, now = door.settings().models, door.now()
    others = _shipped(models) if options.child_only else _hearing(options)
    _, voice = hearing.learn(options, others.ears)
    ages = {speaker.name: speaker.age for speaker in read_speakers(options.audio_root)}
    judgement = judgement_of(voice, ages)
    figures: dict[str, Any] = {**dataclasses.asdict(judgement), HEADS: others.figures}
    recipe = {**voice.recipe, "prior": judgement.prior}
    ears = dataclasses.replace(others.ears, child=voice.head)
    draft = ears_draft(ears, recipe=recipe, card="", report=figures, created_at=now)
    card = ears_card(draft.id, judgement, recipe=recipe, sounds=heads_card(others.figures))
    draft = ears_draft(ears, recipe=recipe, card=card, report=figures, created_at=now)
    folder = write_folder(models, draft, sign=None)
    write_shipped(models, [manifest_name(folder)])
    values = {"ears": folder.name, "lengths": {at.name: str(at.auc) for at in judgement.lengths}}
    return Answer(values, f"{folder}: child voice AUC by length {values['lengths']}")


def _hearing(options: argparse.Namespace) -> OtherHeads:
    """What finds speech and other sounds, fitted on all recordings."""
    return fit_other_heads(
        options.audio_root, options.music_root, bare_ears(mel_bank()), workers=options.workers
    )


def _shipped(models: Path) -> OtherHeads:
    """What finds speech and other sounds as it is shipped, with its figures."""
    ears = shipped_ears(models)
    said = json.loads((models / ears.digest / EVALUATION).read_text(encoding="utf-8"))
    return OtherHeads(ears.without_child(), said.get(HEADS, {}))
