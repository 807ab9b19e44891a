"""Name all faults of a log at once, with row, column and remedy."""

from __future__ import annotations

import argparse

from prankfilter.errors import BadInput
from prankfilter_training.commands import door
from prankfilter_training.commands.door import Answer
from prankfilter_training.log.logbook import read_log

NAME, HELP = "check", "name all faults of a log"


def arguments(parser: argparse.ArgumentParser) -> None:
    """What it takes."""
    door.log_argument(parser)


def run(options: argparse.Namespace) -> Answer:
    """Refuse a log with faults, naming them all."""
    log = read_log(options.log, zone=options.zone)
    if log.faults:
        raise BadInput("\n".join(map(str, log.faults)))
    return Answer({"calls": len(log.calls), "faults": 0}, f"{len(log.calls)} calls, no faults")
