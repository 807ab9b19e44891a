"""Estimate what calls truly were once `verify` is in use, from the audit sample."""

from __future__ import annotations

import argparse

from prankfilter_training.commands import door
from prankfilter_training.commands.door import Answer
from prankfilter_training.life.audited import as_values, calls_of, in_words
from prankfilter_training.life.estimator import mixture
from prankfilter_training.log.logbook import read_log
from prankfilter_training.simulation.simulate import NOTICE

NAME, HELP = "audited", "estimate what calls were once verify is in use"


def arguments(parser: argparse.ArgumentParser) -> None:
    """What it takes."""
    door.log_argument(parser)


def run(options: argparse.Namespace) -> Answer:
    """Say what the calls of a log were, beside what a plain count would say."""
    log = read_log(options.log, zone=options.zone).must_be_sound()
    found = mixture(calls_of(log))
    told = NOTICE if log.simulated else None
    return Answer({"notice": told, **as_values(found)}, "\n".join(filter(None, (in_words(found), told))))
