"""Measure a model on a log, which should be later than what it learned from."""

from __future__ import annotations

import argparse
import json
from pathlib import Path

from prankfilter.bundle.certificates import read_certificate
from prankfilter.routing.policies import POLICIES
from prankfilter_training.commands import door, sound_options
from prankfilter_training.commands.door import Answer
from prankfilter_training.evaluation.evaluate import evaluation
from prankfilter_training.fitting.fit import prepare
from prankfilter_training.log.logbook import read_log
from prankfilter_training.proof.effect import under_certificate
from prankfilter_training.proof.replay import replayed

NAME, HELP = "evaluate", "measure a model on a log"


def arguments(parser: argparse.ArgumentParser) -> None:
    """What it takes."""
    parser.add_argument("bundle", type=Path)
    door.log_argument(parser)
    sound_options.arguments(parser)
    parser.add_argument("--certificate", type=Path)
    parser.add_argument("--policy", default="queue", choices=("queue", "always"))


def run(options: argparse.Namespace) -> Answer:
    """Measure; with a certificate, also what it would have done."""
    here = door.settings()
    log = read_log(options.log, zone=options.zone).must_be_sound()
    model, ears = door.model_and_ears(options.bundle, here)
    source = sound_options.sound_of(log, options.log, options, ears)
    prepared = prepare(log, source, (0.0, 0.0))
    answer = dict(evaluation(model, prepared, prepared.slice_of >= 0, simulated=log.simulated))
    if options.certificate is not None:
        trust = door.trust(here.models, here)
        replays = list(replayed(model, log, source, POLICIES[options.policy]))
        answer |= under_certificate(replays, read_certificate(options.certificate, trust))
    return Answer(answer, json.dumps(answer, indent=1))
