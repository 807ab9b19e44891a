"""Fit a model on a labelled log, with the ears that run now, signed by this installation."""

from __future__ import annotations

import argparse
from pathlib import Path

from prankfilter_training.commands import door
from prankfilter_training.commands.door import Answer
from prankfilter_training.fitting.recipe import SHIPPED, read_recipe
from prankfilter_training.fitting.training import sound_source, train
from prankfilter_training.log.logbook import read_log
from prankfilter_training.shipped import shipped_ears

NAME, HELP = "fit", "fit a model on a log"


def arguments(parser: argparse.ArgumentParser) -> None:
    """What it takes."""
    door.log_argument(parser)
    parser.add_argument("--audio-root", type=Path, help="folder of the recordings; the log's own by default")
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
    trained = train(
        log,
        sound_source(log, audio_root=options.audio_root or options.log, ears=ears),
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
    }
    return Answer(values, f"{trained.folder}\n{trained.evaluation['notice']}")
