"""Name all faults of a log at once, with row, column, value and remedy, and say what the log is good for."""

from __future__ import annotations

import argparse
from collections import defaultdict
from pathlib import Path

from prankfilter_training.commands import door
from prankfilter_training.commands.door import Answer
from prankfilter_training.commands.summary import describe, summary_of
from prankfilter_training.log.faults import Caution, Fault, rows_in_words
from prankfilter_training.log.logbook import read_log
from prankfilter_training.log.rejects import write_rejects
from prankfilter_training.log.rules import not_yet
from prankfilter_training.log.table import Log

MOST_LINES = 200
"""On a screen; a log in which every row is wrong in its own way would fill many."""

NAME, HELP = "check", "name all faults of a log, and say what it is good for"


def arguments(parser: argparse.ArgumentParser) -> None:
    """What it takes."""
    door.log_argument(parser)
    parser.add_argument(
        "--rejects",
        type=Path,
        metavar="FILE",
        help="write the rows with faults to this CSV file, as they came",
    )


def run(options: argparse.Namespace) -> Answer:
    """Read the log; with faults the answer is a refusal."""
    log = read_log(options.log, zone=options.zone)
    cautions = (*log.cautions, *(() if log.simulated else not_yet(log.table, door.now())))
    found = summary_of(log)
    written = write_rejects(options.log, log.faults, options.rejects) if options.rejects else 0
    rejected = len({fault.row for fault in log.faults if fault.row})
    values = {
        "calls": found.calls,
        "faults": len(log.faults),
        "rejected_rows": rejected,
        "rejects": str(options.rejects) if written else None,
        "named": [_named(fault) for fault in log.faults],
        "cautions": [{"column": c.column, "problem": c.remedy, "rows": list(c.rows)} for c in cautions],
        "summary": found.values(),
    }
    parts = [*_faults_in_words(log), *_cautions_in_words(cautions), describe(found)]
    if log.faults:
        parts.append(_verdict(log, rejected, options.rejects if written else None))
    else:
        parts.append(f"{found.calls:,} calls, no faults")
    return Answer(values, "\n".join(parts), refused=bool(log.faults))


def _named(fault: Fault) -> dict[str, object]:
    return {"row": fault.row, "column": fault.column, "value": fault.value, "remedy": fault.remedy}


def _faults_in_words(log: Log) -> list[str]:
    """Each different fault once, with its rows; in the order in which they first occur."""
    lines = _different(log)
    more = len(lines) - MOST_LINES
    return (
        [*lines[:MOST_LINES], f"… and {more:,} more; --json and --rejects have them all"]
        if more > 0
        else lines
    )


def _different(log: Log) -> list[str]:
    rows: defaultdict[str, list[int]] = defaultdict(list)
    for fault in log.faults:
        rows[fault.problem].append(fault.row)
    return [
        f"{rows_in_words(tuple(where))}: {problem}" if where[0] else problem
        for problem, where in rows.items()
    ]


def _cautions_in_words(cautions: tuple[Caution, ...]) -> list[str]:
    return [f"caution, {caution}" for caution in cautions]


def _verdict(log: Log, rejected: int, rejects: Path | None) -> str:
    where = (
        f"; the rejected rows are in {rejects}" if rejects else "; --rejects FILE writes the rejected rows"
    )
    return f"{len(log.faults):,} faults in {rejected:,} rows{where}; no other command reads such a log"
