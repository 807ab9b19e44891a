"""``prankfilter-train``: from a labelled log to a model and the proof of what it may be trusted with."""

from __future__ import annotations

import argparse
import datetime as dt
import json
import logging
import sys
from collections.abc import Sequence
from pathlib import Path
from zoneinfo import ZoneInfo

from prankfilter.errors import PrankfilterError
from prankfilter.settings import read_settings
from prankfilter_training import commands

DONE, REFUSED, USAGE, STOPPED = 0, 1, 2, 130


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one command and return its exit code."""
    logging.basicConfig(level=logging.INFO, format="%(message)s")
    parser = _parser()
    try:
        options = parser.parse_args(arguments)
        answer = options.run(options)
    except KeyboardInterrupt:
        print("stopped; what is finished is kept and will not be done again", file=sys.stderr)
        return STOPPED
    except (PrankfilterError, OSError) as refusal:
        print(f"prankfilter-train: {refusal}", file=sys.stderr)
        return REFUSED
    print(json.dumps(answer, indent=1, ensure_ascii=False, default=str))
    return DONE


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="prankfilter-train", description=__doc__)
    several = parser.add_subparsers(dest="command", required=True, metavar="COMMAND")
    _simulate(several.add_parser("simulate", help="make a simulated labelled log"))
    _check(several.add_parser("check", help="name all faults of a log"))
    _fit(several.add_parser("fit", help="fit a model on a log"))
    _evaluate(several.add_parser("evaluate", help="measure a model on a log"))
    _certify(several.add_parser("certify", help="prove what share of genuine callers a model may delay"))
    _bank(several.add_parser("bank", help="build the feature bank from recordings"))
    _ears(several.add_parser("ears", help="fit the ears on recordings"))
    _shipped(several.add_parser("shipped", help="rebuild the shipped model from the committed bank and ears"))
    return parser


def _simulate(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--profile", choices=("regency", "city"), required=True)
    parser.add_argument(
        "--start", type=dt.date.fromisoformat, help="first day; without it the log ends yesterday"
    )
    parser.add_argument("--days", type=_positive, required=True)
    parser.add_argument("--seed", type=int, required=True)
    parser.add_argument("--out", type=Path, required=True)
    parser.add_argument("--csv", action="store_true", help="write calls.csv instead of calls.parquet")
    parser.add_argument(
        "--set",
        dest="changes",
        action=_Changes,
        default={},
        metavar="NAME=VALUE",
        help="change a parameter of the profile; may be repeated",
    )
    parser.set_defaults(
        run=lambda options: commands.simulate_log(
            options.profile,
            start=options.start,
            days=options.days,
            seed=options.seed,
            out=options.out,
            csv=options.csv,
            changes=options.changes,
            today=_today(),
        )
    )


def _check(parser: argparse.ArgumentParser) -> None:
    _log(parser)
    parser.set_defaults(run=lambda options: commands.check(options.log, zone=options.zone))


def _fit(parser: argparse.ArgumentParser) -> None:
    _log(parser)
    parser.add_argument("--audio-root", type=Path, help="folder of the recordings; the log's own by default")
    parser.add_argument("--recipe", type=Path)
    parser.add_argument(
        "--out", type=Path, help="folder that gets the bundle; the folder of models by default"
    )
    parser.set_defaults(
        run=lambda options: commands.fit_model(
            options.log,
            zone=options.zone,
            audio_root=options.audio_root,
            recipe_path=options.recipe,
            out=options.out,
            settings=read_settings(),
            now=_now(),
        )
    )


def _evaluate(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("bundle", type=Path)
    _log(parser)
    parser.add_argument("--audio-root", type=Path)
    parser.add_argument("--certificate", type=Path)
    parser.add_argument("--policy", default="queue", choices=("queue", "always"))
    parser.add_argument("--json", action="store_true", help="accepted for clarity: the answer is always JSON")
    parser.set_defaults(
        run=lambda options: commands.evaluate_model(
            options.bundle,
            options.log,
            zone=options.zone,
            audio_root=options.audio_root,
            certificate=options.certificate,
            policy=options.policy,
            settings=read_settings(),
        )
    )


def _certify(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("bundle", type=Path)
    parser.add_argument("log", type=Path, nargs="+")
    parser.add_argument("--zone", type=ZoneInfo)
    parser.add_argument("--alpha", type=_share, default=0.001)
    parser.add_argument("--confidence", type=_share, default=0.95)
    parser.add_argument("--policy", default="queue", choices=("queue", "always"))
    parser.add_argument(
        "--out", type=Path, help="folder that gets the certificate; the folder of models by default"
    )
    parser.add_argument("--json", action="store_true", help="accepted for clarity: the answer is always JSON")
    parser.set_defaults(
        run=lambda options: commands.certify_model(
            options.bundle,
            options.log,
            zone=options.zone,
            alpha=options.alpha,
            confidence=options.confidence,
            policy=options.policy,
            out=options.out,
            settings=read_settings(),
        )
    )


def _bank(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--audio-root", type=Path, required=True)
    parser.add_argument("--out", type=Path)
    parser.add_argument("--workers", type=_positive, default=1)
    parser.set_defaults(
        run=lambda options: commands.build_bank(options.audio_root, out=options.out, workers=options.workers)
    )


def _ears(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--audio-root", type=Path, required=True)
    parser.add_argument("--workers", type=_positive, default=1)
    parser.set_defaults(
        run=lambda options: commands.fit_ears(
            options.audio_root, workers=options.workers, settings=read_settings(), now=_now()
        )
    )


def _shipped(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--out", type=Path, help="folder of models; `models` by default")
    parser.set_defaults(
        run=lambda options: commands.rebuild_shipped(options.out, settings=read_settings(), now=_now())
    )


def _log(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("log", type=Path, help="folder with calls.parquet or calls.csv")
    parser.add_argument(
        "--zone", type=ZoneInfo, help="the centre's, such as Asia/Makassar; a simulated log knows its own"
    )


class _Changes(argparse.Action):
    """Collects NAME=VALUE pairs."""

    def __call__(self, parser, namespace, values, option_string=None) -> None:  # type: ignore[no-untyped-def]
        """Add one pair."""
        name, gap, value = values.partition("=")
        if not gap:
            parser.error(f"{option_string} {values}: write NAME=VALUE")
        setattr(namespace, self.dest, {**getattr(namespace, self.dest), name: value})


def _positive(text: str) -> int:
    value = int(text)
    if value < 1:
        raise argparse.ArgumentTypeError("must be a whole number of at least 1")
    return value


def _share(text: str) -> float:
    value = float(text)
    if not 0 < value < 1:
        raise argparse.ArgumentTypeError("must lie between 0 and 1")
    return value


def _now() -> dt.datetime:
    return dt.datetime.now(dt.UTC)


def _today() -> dt.date:
    return dt.datetime.now(read_settings().zone).date()
