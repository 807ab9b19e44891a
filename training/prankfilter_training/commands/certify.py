"""Prove what share of genuine callers a model may delay at most, or say how many calls are missing."""

from __future__ import annotations

import argparse
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from prankfilter.bundle.certificates import FOLDER, write_certificate, write_certificate_file
from prankfilter.errors import BadInput
from prankfilter.routing.policies import POLICIES
from prankfilter.settings import Settings
from prankfilter.vocabulary import Certificate
from prankfilter_training.commands import door, sound_options
from prankfilter_training.commands.door import Answer
from prankfilter_training.log.logbook import read_log
from prankfilter_training.proof.certificate import described, in_words
from prankfilter_training.proof.certify import Claim, NotEnough, plain_count
from prankfilter_training.proof.eligible import LeftOut
from prankfilter_training.proof.issuing import (
    Calibration,
    Order,
    ReviewNeeded,
    beside,
    calibration,
    issue,
    read_pool,
    share,
)
from prankfilter_training.proof.ledger import Purpose
from prankfilter_training.proof.review import read_sheet

NAME, HELP = "certify", "prove what share of genuine callers a model may delay"


def arguments(parser: argparse.ArgumentParser) -> None:
    """What it takes."""
    parser.add_argument("bundle", type=Path)
    parser.add_argument("log", type=Path, nargs="+", help="calls later than all that the model learned from")
    door.zone_argument(parser)
    parser.add_argument("--alpha", type=door.share, default=0.001)
    parser.add_argument("--confidence", type=door.share, default=0.95)
    parser.add_argument("--policy", default="queue", choices=("queue", "always"))
    sound_options.arguments(parser)
    parser.add_argument(
        "--reviewed", type=Path, metavar="FILE", help="the review sheet, filled in by a second person"
    )
    both = parser.add_mutually_exclusive_group()
    both.add_argument(
        "--pool", type=Path, nargs="+", default=[], metavar="FILE", help="counts that other centres shared"
    )
    both.add_argument(
        "--share", type=Path, metavar="FILE", help="write counts for a pool, and no certificate"
    )
    parser.add_argument(
        "--out",
        type=Path,
        metavar="FILE",
        help="file that gets the certificate; the folder of models by default",
    )


def run(options: argparse.Namespace) -> Answer:
    """Make a certificate from later logs, signed by this installation; or counts for a pool."""
    _refuse_paths(options)
    here = door.settings()
    logs = [read_log(folder, zone=options.zone).must_be_sound() for folder in options.log]
    model, ears = door.model_and_ears(options.bundle, here)
    order = Order(
        models=here.models,
        model=model,
        policy=POLICIES[options.policy],
        claim=Claim(alpha=options.alpha, confidence=options.confidence),
        said=read_sheet(options.reviewed) if options.reviewed else None,
        pool=read_pool(options.pool, door.trust(here.models, here)),
        now=door.now(),
    )
    sources = [
        sound_options.sound_of(log, folder, options, ears)
        for log, folder in zip(logs, options.log, strict=True)
    ]
    found = calibration(order, logs, sources, Purpose.SHARE if options.share else Purpose.CERTIFY)
    try:
        if options.share:
            return _shared(order, found, options.share, here)
        return _issued(*issue(order, found), options, here)
    except NotEnough as refusal:
        return _too_few(refusal, found)
    except ReviewNeeded as refusal:
        values = {"certificate": None, "review_sheet": str(refusal.sheet), "calls_to_review": refusal.calls}
        return Answer({**values, **beside(found)}, str(refusal), refused=True)


def _refuse_paths(options: argparse.Namespace) -> None:
    for path in (options.out, options.share):
        if path is not None and (path.is_dir() or path.suffix == ".sig"):
            raise BadInput(f"{path} is a folder or a signature; name a file, such as certificate.json")


def _issued(
    certificate: Certificate, told: Mapping[str, Any], options: argparse.Namespace, here: Settings
) -> Answer:
    sign = door.signer(here).sign
    if options.out is not None:
        path = options.out
        written = write_certificate_file(path, certificate, sign=sign, extra=told)
    else:
        written = write_certificate(here.models, certificate, sign=sign, extra=told)
        path = here.models / FOLDER / f"{written.id}.json"
    values = {"certificate": str(path), **described(written), "extra": dict(told)}
    return Answer(values, f"{in_words(written, told)}\n{path}")


def _shared(order: Order, found: Calibration, path: Path, here: Settings) -> Answer:
    counts = share(order, found, path, door.signer(here).sign)
    callers = {str(stratum): len(margins) for stratum, margins in counts.genuine.items()}
    values = {"certificate": None, "share": str(path), "centre": counts.centre, "genuine_callers": callers}
    shown = ", ".join(f"{count} genuine callers ({name})" for name, count in callers.items())
    text = (
        f"{path}: counts of {shown} "
        f"for a pool, with {path.with_suffix('.sig').name}. Give both files to the other centres, and the "
        "public half of your key; they hold no calls, callers or features."
    )
    return Answer({**values, **beside(found)}, text)


def _too_few(refusal: NotEnough, found: Calibration) -> Answer:
    strata = {
        stratum: {**counted, "count": plain_count(counted)} for stratum, counted in refusal.strata.items()
    }
    lines = ["No certificate.", *(f"  {stratum}: {one['count']}" for stratum, one in strata.items())]
    lines += [f"  left out: {count} calls {reason}" for reason, count in found.calls.left_out.items()]
    if found.use.number > 1:
        lines.append(f"  this would be use {found.use.number} of these calls, which needs more of them")
    if LeftOut.MEASURED in found.calls.left_out:
        lines.append("What was measured certifies no more: certify first, then evaluate on the same calls.")
    lines.append(
        "Give a later or longer log, a larger --alpha, or pool with other centres (--share, --pool)."
    )
    values = {"certificate": None, "strata": strata, "use": found.use.number, **beside(found)}
    return Answer(values, "\n".join(lines), refused=True)
