"""Let the model run again that ran before, by the journal. Services take it up within a fifth of a second."""

from __future__ import annotations

import argparse

from prankfilter.classifier.promotion import rollback
from prankfilter_training.commands import door, order
from prankfilter_training.commands.door import Answer

NAME, HELP = "rollback", "let the model run again that ran before"


def arguments(parser: argparse.ArgumentParser) -> None:
    """What it takes."""
    order.arguments(parser)


def run(options: argparse.Namespace) -> Answer:
    """Go back to the nearest earlier model that can run."""
    back = rollback(door.settings().models, order.order_of(options))
    values = {
        "model_id": back.model_id,
        "before": back.before,
        "passed_over": dict(back.passed_over),
        "journal_head": back.journal_head,
    }
    lines = [f"{back.model_id} runs again, in place of {back.before or 'none'}"]
    lines += [f"  passed over {model_id}: {why}" for model_id, why in back.passed_over.items()]
    return Answer(values, "\n".join(lines))
