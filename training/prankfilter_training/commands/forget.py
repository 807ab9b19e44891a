"""Take those who were erased (`prankfilter erase`) out of a log that was exported before."""

from __future__ import annotations

import argparse
from dataclasses import asdict
from pathlib import Path

from prankfilter.errors import BadInput
from prankfilter.privacy.erasures import ERASURES, ExportNames, noted
from prankfilter.privacy.keyring import Keyring, Purpose
from prankfilter.privacy.trail import Act, record
from prankfilter_training.commands import door
from prankfilter_training.commands.door import Answer
from prankfilter_training.life.forgetting import forget

NAME, HELP = "forget", "take those who were erased out of an exported log"


def arguments(parser: argparse.ArgumentParser) -> None:
    """What it takes."""
    parser.add_argument("log", type=Path, help="folder that `export` wrote")
    parser.add_argument(
        "--keep-call-ids", action="store_true", help="it was exported so; the service's keys must be here"
    )
    parser.add_argument("--by", required=True, help="who does this; kept in the trail")
    parser.add_argument("--reason", required=True, help="why; kept in the trail")


def run(options: argparse.Namespace) -> Answer:
    """Write the trail, then the log anew."""
    settings = door.settings()
    erased = noted(settings.data)
    if not erased:
        raise BadInput(
            f"{settings.data / ERASURES}: nobody was erased yet, or PRANKFILTER_DATA is not the service's own"
        )
    names = None
    if options.keep_call_ids:
        names = ExportNames(Keyring.open(settings.keys, purposes=(Purpose.EXPORT,)))
    told = {"log": str(options.log.absolute())}
    record(
        settings.data, Act(at=door.now(), by=options.by, what="forget", reason=options.reason, details=told)
    )
    found = forget(options.log, erased, names)
    return Answer(
        told | asdict(found),
        f"{options.log}: {found.calls} calls and {found.looks} looks at their sound are gone. Copies that "
        "were made of it, and models that learnt from it, are not touched.",
    )
