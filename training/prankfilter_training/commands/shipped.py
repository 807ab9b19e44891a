"""Rebuild the shipped models, certificates, pointer and trusted hashes from the committed bank and ears."""

from __future__ import annotations

import argparse
from pathlib import Path

from prankfilter_training.commands import door
from prankfilter_training.commands.door import Answer
from prankfilter_training.proof.certificate import described
from prankfilter_training.shipped import rebuild

NAME, HELP = "shipped", "rebuild the shipped model from the committed bank and ears"


def arguments(parser: argparse.ArgumentParser) -> None:
    """What it takes."""
    parser.add_argument("--out", type=Path, help="folder of models; `models` by default")


def run(options: argparse.Namespace) -> Answer:
    """Rebuild all of it."""
    models = options.out or door.settings().models
    rebuilt = rebuild(models, created_at=door.now())
    values = {
        "models": [
            {
                "model_id": shipped.trained.model.model_id,
                "certificates": [described(certificate) for certificate in shipped.certificates],
                "notice": shipped.trained.evaluation["notice"],
            }
            for shipped in rebuilt
        ]
    }
    folders = [str(shipped.trained.folder) for shipped in rebuilt]
    return Answer(values, "\n".join([*folders, rebuilt[0].trained.evaluation["notice"]]))
