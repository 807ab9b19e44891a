"""Make a simulated labelled log. It shows that the software works, not how accurate it is on real calls."""

from __future__ import annotations

import argparse
import datetime as dt
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from prankfilter.errors import BadInput
from prankfilter_training.bank.table import read_bank, voices_of
from prankfilter_training.commands import door
from prankfilter_training.commands.door import Answer
from prankfilter_training.simulation.picture import write_picture
from prankfilter_training.simulation.profiles import PROFILES, with_changes
from prankfilter_training.simulation.simulate import SimulatedLog, made, simulate, write_log
from prankfilter_training.simulation.sound_files import with_sound_files

NAME, HELP = "simulate", "make a simulated labelled log"


def arguments(parser: argparse.ArgumentParser) -> None:
    """What it takes."""
    parser.add_argument("--profile", choices=tuple(PROFILES), required=True)
    parser.add_argument(
        "--start", type=dt.date.fromisoformat, help="first day; without it the log ends yesterday"
    )
    parser.add_argument("--days", type=door.positive, required=True)
    parser.add_argument("--seed", type=int, required=True)
    parser.add_argument("--out", type=Path, required=True)
    parser.add_argument("--picture", type=Path, metavar="FILE", help="draw the log as a PNG")
    parser.add_argument("--csv", action="store_true", help="write calls.csv instead of calls.parquet")
    parser.add_argument(
        "--audio", action="store_true", help="write sound files too; needs the recordings of the bank"
    )
    parser.add_argument("--audio-root", type=Path, help="folder of the recordings of the bank")
    parser.add_argument("--workers", type=door.positive, default=1, help="processes that make sound files")
    parser.add_argument(
        "--set",
        dest="changes",
        action=_Changes,
        default={},
        metavar="NAME=VALUE",
        help="change a parameter of the profile; may be repeated",
    )


def run(options: argparse.Namespace) -> Answer:
    """Write the log; without a start it ends yesterday."""
    start = options.start or door.today() - dt.timedelta(days=options.days)
    log = simulate(
        with_changes(PROFILES[options.profile], options.changes),
        start=start,
        days=options.days,
        seed=options.seed,
        voices=voices_of(read_bank()),
    )
    if options.audio:
        log = _with_sound_files(log, options)
    write_log(log, options.out, csv=options.csv)
    if options.picture is not None:
        write_picture(log, options.picture)
    found = made(log)
    return Answer({"log": str(options.out), **found}, _in_words(options.out, found))


def _in_words(out: Path, found: Mapping[str, Any]) -> str:
    labels = ", ".join(f"{name} {count}" for name, count in found["labels"].items())
    return (
        f"{out}: {found['calls']} calls and attempts of {found['callers']} numbers on {found['days']} days "
        f"({found['first_day']} to {found['last_day']}), {_percent(found['answered_share'])} answered.\n"
        f"Labels as written: {labels}.\n{found['notice']}"
    )


def _percent(share: float | None) -> str:
    return "none" if share is None else f"{share:.0%}"


def _with_sound_files(log: SimulatedLog, options: argparse.Namespace) -> SimulatedLog:
    if options.audio_root is None:
        raise BadInput("--audio needs --audio-root, the folder of the recordings of the feature bank")
    return with_sound_files(log, options.out, audio_root=options.audio_root, workers=options.workers)


class _Changes(argparse.Action):
    """Collects NAME=VALUE pairs."""

    def __call__(
        self,
        parser: argparse.ArgumentParser,
        namespace: argparse.Namespace,
        values: Any,
        option_string: str | None = None,
    ) -> None:
        """Add one pair."""
        name, gap, value = values.partition("=")
        if not gap:
            parser.error(f"{option_string} {values}: write NAME=VALUE")
        setattr(namespace, self.dest, {**getattr(namespace, self.dest), name: value})
