"""Prove what share of genuine callers a model may delay at most, or say how many calls are missing."""

from __future__ import annotations

import argparse
import json
from pathlib import Path

from prankfilter.bundle.certificates import write_certificate
from prankfilter.routing.policies import POLICIES
from prankfilter_training.commands import door
from prankfilter_training.commands.door import Answer
from prankfilter_training.fitting.training import sound_source
from prankfilter_training.log.logbook import read_log
from prankfilter_training.proof import certify as proof

NAME, HELP = "certify", "prove what share of genuine callers a model may delay"


def arguments(parser: argparse.ArgumentParser) -> None:
    """What it takes."""
    parser.add_argument("bundle", type=Path)
    parser.add_argument("log", type=Path, nargs="+")
    door.zone_argument(parser)
    parser.add_argument("--alpha", type=door.share, default=0.001)
    parser.add_argument("--confidence", type=door.share, default=0.95)
    parser.add_argument("--policy", default="queue", choices=("queue", "always"))
    parser.add_argument(
        "--out", type=Path, help="folder that gets the certificate; the folder of models by default"
    )


def run(options: argparse.Namespace) -> Answer:
    """Make a certificate from later logs, signed by this installation."""
    here, policy = door.settings(), POLICIES[options.policy]
    logs = [read_log(folder, zone=options.zone).must_be_sound() for folder in options.log]
    proof.refuse_real(logs)
    model, ears = door.model_and_ears(options.bundle, here)
    source = sound_source(logs[0], audio_root=options.log[0], ears=ears)
    replays = proof.replayed(model, logs, source, policy)
    certificate, extra = proof.certify(
        model, replays, policy, alpha=options.alpha, confidence=options.confidence
    )
    written = write_certificate(
        options.out or here.models,
        certificate,
        sign=door.signer(here).sign,
        extra={"policy": options.policy, **extra},
    )
    values = {**proof.described(written), **extra}
    return Answer(values, json.dumps(values, indent=1, default=str))
