"""``prankfilter-train``: from a labelled log to a model and the proof of what it may be trusted with."""

from __future__ import annotations

import argparse
import importlib
import json
import logging
import sys
from collections.abc import Sequence
from types import ModuleType

from prankfilter.errors import PrankfilterError

DONE, REFUSED, USAGE, STOPPED = 0, 1, 2, 130

COMMANDS = (
    "simulate",
    "check",
    "sound",
    "fit",
    "evaluate",
    "certify",
    "compare",
    "promote",
    "rollback",
    "trust",
    "journal",
    "drift",
    "audit_labels",
    "export",
    "forget",
    "audited",
    "bank",
    "music",
    "ears",
    "shipped",
)
"""Modules of `commands`, each with NAME, HELP, ``arguments(parser)`` and ``run(options) -> Answer``."""


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one command and return its exit code."""
    logging.basicConfig(level=logging.INFO, format="%(message)s")
    try:
        said = list(sys.argv[1:] if arguments is None else arguments)
        options = _parser(said).parse_args(said)
        answer = options.run(options)
    except KeyboardInterrupt:
        print("stopped; what is finished is kept and will not be done again", file=sys.stderr)
        return STOPPED
    except (PrankfilterError, OSError) as refusal:
        print(f"prankfilter-train: {refusal}", file=sys.stderr)
        return REFUSED
    print(
        json.dumps(answer.values, indent=1, ensure_ascii=False, default=str) if options.json else answer.text
    )
    return REFUSED if answer.refused else DONE


def _parser(said: Sequence[str]) -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="prankfilter-train", description=__doc__)
    several = parser.add_subparsers(dest="command", required=True, metavar="COMMAND")
    for command in _modules(said):
        one = several.add_parser(command.NAME, help=command.HELP, description=command.__doc__)
        command.arguments(one)
        one.add_argument("--json", action="store_true", help="print the answer as JSON")
        one.set_defaults(run=command.run)
    return parser


def _modules(said: Sequence[str]) -> list[ModuleType]:
    """The command that is asked for, else all: a rollback must not wait for what trains to load."""
    asked = [name for name in COMMANDS if said[:1] == [name.replace("_", "-")]]
    return [importlib.import_module(f"prankfilter_training.commands.{name}") for name in asked or COMMANDS]
