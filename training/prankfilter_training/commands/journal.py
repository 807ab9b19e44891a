"""Tell which model ran when, who let it run and why; first verify that no line was altered."""

from __future__ import annotations

import argparse

from prankfilter.bundle.journal import Run, read_journal
from prankfilter_training.commands import door
from prankfilter_training.commands.door import Answer

NAME, HELP = "journal", "tell which model ran when, who let it run and why"


def arguments(parser: argparse.ArgumentParser) -> None:
    """It takes nothing."""
    del parser


def run(options: argparse.Namespace) -> Answer:
    """Verify the chain and tell its runs; with ``--json`` every line."""
    del options
    journal = read_journal(door.settings().models)
    values = {
        "lines": [entry.to_document() for entry in journal.entries],
        "runs": [
            {
                "model_id": run.model_id,
                "since": run.since.isoformat(),
                "until": run.until and run.until.isoformat(),
            }
            for run in journal.runs
        ],
        "head": journal.head,
    }
    told = [_told(run) for run in journal.runs] or ["no model was ever promoted here"]
    count = len(journal.entries)
    return Answer(values, "\n".join([*told, f"{count} lines, none altered; the last is {journal.head}"]))


def _told(run: Run) -> str:
    until = f"{run.until:%Y-%m-%d %H:%M:%S}" if run.until else "now"
    entry = run.entry
    forced = entry.facts.get("forced")
    note = f", {', '.join(forced)} forced with {entry.facts.get('second')}" if forced else ""
    return (
        f"{run.since:%Y-%m-%d %H:%M:%S} to {until}  {run.model_id}  {entry.event} by {entry.by}: "
        f"{entry.reason}{note}"
    )
