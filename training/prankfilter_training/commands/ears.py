"""Fit the ears on recordings and write them below the folder of models as the shipped ones."""

from __future__ import annotations

import argparse
import dataclasses
from typing import Any

from prankfilter.bundle.writing import write_folder
from prankfilter_training.commands import child_voice, door
from prankfilter_training.commands.door import Answer
from prankfilter_training.ears.card import ears_card
from prankfilter_training.ears.judgement import judgement_of
from prankfilter_training.ears.mel import mel_bank
from prankfilter_training.ears.speakers import read_speakers
from prankfilter_training.fitting.artefacts import ears_draft, manifest_name, write_shipped

NAME, HELP = "ears", "fit the ears on recordings"


def arguments(parser: argparse.ArgumentParser) -> None:
    """What it takes."""
    child_voice.arguments(parser)


def run(options: argparse.Namespace) -> Answer:
    """Fit the child voice on all speakers; every figure comes from what never heard the speaker."""
    models, now = door.settings().models, door.now()
    _, voice = child_voice.learn(options)
    ages = {speaker.name: speaker.age for speaker in read_speakers(options.audio_root)}
    judgement = judgement_of(voice, ages)
    figures: dict[str, Any] = dataclasses.asdict(judgement)
    recipe = {**voice.recipe, "prior": judgement.prior}
    bank = mel_bank()
    draft = ears_draft(bank, voice.head, recipe=recipe, card="", report=figures, created_at=now)
    card = ears_card(draft.id, judgement, recipe=recipe)
    draft = ears_draft(bank, voice.head, recipe=recipe, card=card, report=figures, created_at=now)
    folder = write_folder(models, draft, sign=None)
    write_shipped(models, [manifest_name(folder)])
    values = {"ears": folder.name, "lengths": {at.name: str(at.auc) for at in judgement.lengths}}
    return Answer(values, f"{folder}: child voice AUC by length {values['lengths']}")
