"""Who changes what runs, and why: what `promote`, `rollback` and `trust` all ask."""

from __future__ import annotations

import argparse
import getpass

from prankfilter.classifier.promotion import Order
from prankfilter_training.commands import door

NO_REASON = "no reason was given"


def arguments(parser: argparse.ArgumentParser, *, reason_required: bool = False) -> None:
    """What goes into the journal. In an emergency nobody must stop to find words."""
    parser.add_argument(
        "--reason", required=reason_required, default=NO_REASON, help="why; it goes into the journal"
    )
    parser.add_argument(
        "--by", default=None, help="who; the user of this computer by default. It goes into the journal"
    )


def order_of(options: argparse.Namespace, *, force: tuple[str, ...] = (), second: str | None = None) -> Order:
    """The order that these options give, now."""
    return Order(
        by=options.by or getpass.getuser(),
        reason=options.reason,
        at=door.now(),
        force=frozenset(force),
        second=second,
    )
