"""Compare a challenger with a champion on later calls, by a metric that is named beforehand."""

from __future__ import annotations

import argparse
from pathlib import Path

from prankfilter.bundle.comparisons import FOLDER, write_comparison
from prankfilter.bundle.ears import Ears
from prankfilter.settings import Settings
from prankfilter_training.commands import door, sound_options
from prankfilter_training.commands.door import Answer
from prankfilter_training.evaluation.evaluate import notice
from prankfilter_training.fitting.fit import Prepared, prepare
from prankfilter_training.life.compare import HIT_SHARE, Side
from prankfilter_training.life.compare import compare as compared
from prankfilter_training.life.compared_in_words import in_words, write_report
from prankfilter_training.life.metrics import DEFAULT, METRICS
from prankfilter_training.log.logbook import read_log
from prankfilter_training.log.table import Log
from prankfilter_training.proof.ledger import Purpose, record_use

NAME, HELP = "compare", "compare a challenger with a champion on later calls"


def arguments(parser: argparse.ArgumentParser) -> None:
    """What it takes."""
    parser.add_argument("champion", metavar="A", help="the model that runs: its folder, or its id")
    parser.add_argument("challenger", metavar="B", help="the model that might: its folder, or its id")
    door.log_argument(parser)
    sound_options.arguments(parser)
    parser.add_argument(
        "--primary",
        default=DEFAULT,
        choices=[metric.name for metric in METRICS],
        metavar="NAME",
        help="; ".join(f"{metric.name}: {metric.says}" for metric in METRICS) + f". {DEFAULT} by default",
    )
    parser.add_argument(
        "--hit-share",
        type=door.share,
        default=HIT_SHARE,
        metavar="SHARE",
        help=f"share of genuine callers that both operating points are set to hit; {HIT_SHARE:g} by default",
    )
    parser.add_argument("--report", type=Path, metavar="FOLDER", help="gets the text and a picture")


def run(options: argparse.Namespace) -> Answer:
    """Compare, write down that the calls were used, sign what was found."""
    here = door.settings()
    log = read_log(options.log, zone=options.zone).must_be_sound()
    heard: dict[str, Prepared] = {}
    champion, challenger = (
        _side(_bundle(name, here), log, options, here, heard)
        for name in (options.champion, options.challenger)
    )
    found, calls = compared(
        champion, challenger, primary=options.primary, hit_share=options.hit_share, made_at=door.now()
    )
    record_use(
        here.models,
        log.table[calls.tolist()],
        purpose=Purpose.COMPARE,
        model_ids=(found.champion, found.challenger),
        now=found.made_at,
        question={"primary": found.primary, "log": found.log},
    )
    written = write_comparison(here.models, found, sign=door.signer(here).sign)
    path = here.models / FOLDER / f"{written.id}.json"
    values = {
        "id": written.id,
        "notice": notice(simulated=log.simulated),
        **written.to_document(),
        "comparison": str(path),
    }
    text = f"{in_words(written)}\n{path}"
    if options.report is not None:
        drawn = write_report(options.report, written)
        values["report"] = [str(one) for one in drawn]
        text += "".join(f"\n{one}" for one in drawn)
    return Answer(values, text)


def _bundle(name: str, here: Settings) -> Path:
    """A folder, or the id of one in the folder of models."""
    path = Path(name)
    return path if path.is_dir() else here.models / name


def _side(
    bundle: Path, log: Log, options: argparse.Namespace, here: Settings, heard: dict[str, Prepared]
) -> Side:
    """A model with the log as its ears hear it; ears that both share hear it once."""
    model, ears = door.model_and_ears(bundle, here)
    if ears.digest not in heard:
        heard[ears.digest] = _prepared(log, options, ears)
    return Side(model, heard[ears.digest])


def _prepared(log: Log, options: argparse.Namespace, ears: Ears) -> Prepared:
    return prepare(log, sound_options.sound_of(log, options.log, options, ears), (0.0, 0.0))
