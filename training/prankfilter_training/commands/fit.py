"""Fit a model on a labelled log, with the ears that run now, signed by this installation."""

from __future__ import annotations

import argparse
import dataclasses
from pathlib import Path

from prankfilter_training.commands import door, sound_options
from prankfilter_training.commands.door import Answer
from prankfilter_training.fitting.recipe import SHIPPED, read_recipe
from prankfilter_training.log.logbook import read_log
from prankfilter_training.shipped import shipped_ears
from prankfilter_training.training import train

NAME, HELP = "fit", "fit a model on a log"


def arguments(parser: argparse.ArgumentParser) -> None:
    """What it takes."""
    door.log_argument(parser)
    sound_options.arguments(parser)
    parser.add_argument("--recipe", type=Path)
    parser.add_argument(
        "--out", type=Path, help="folder that gets the bundle; the folder of models by default"
    )


def run(options: argparse.Namespace) -> Answer:
    """Fit, calibrate, evaluate, write a bundle."""
    here = door.settings()
    log = read_log(options.log, zone=options.zone).must_be_sound()
    recipe, document = read_recipe(options.recipe or SHIPPED)
    ears = shipped_ears(here.models)
    sound = sound_options.sound_of(log, options.log, options, ears)
    trained = train(
        log,
        sound,
        recipe,
        document,
        ears=ears,
        models=options.out or here.models,
        sign=door.signer(here).sign,
        created_at=door.now(),
        described_as=f"{'simulated, ' if log.simulated else ''}{options.log.name}",
    )
    values = {
        "model_id": trained.model.model_id,
        "bundle": str(trained.folder),
        "evaluation": trained.evaluation,
        "learnt_from": {**trained.account.as_values(), "sound": dataclasses.asdict(sound.counts)},
    }
    said = (trained.account.as_text(), sound.counts.as_text(), trained.evaluation["notice"])
    return Answer(values, "\n".join([f"{trained.folder}", *said]))
