"""Find labels that are probably wrong, and how far those who label agree; no judgement of people."""

from __future__ import annotations

import argparse
import csv
import hashlib
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from prankfilter_training.commands import door, sound_options
from prankfilter_training.commands.door import Answer
from prankfilter_training.evaluation.evaluate import notice
from prankfilter_training.fitting.fit import prepare
from prankfilter_training.life.label_audit import doubtful, suspects
from prankfilter_training.life.labellers import NOTICE, agreement, labellers
from prankfilter_training.life.out_of_fold import judged_by_others
from prankfilter_training.log.logbook import read_log
from prankfilter_training.proof.review import COLUMNS
from prankfilter_training.shipped import shipped_ears

NAME, HELP = "audit-labels", "find labels that are probably wrong"
MOST = 50


def arguments(parser: argparse.ArgumentParser) -> None:
    """What it takes."""
    door.log_argument(parser)
    sound_options.arguments(parser)
    parser.add_argument("--most", type=door.positive, default=MOST, help=f"labels to name; {MOST} by default")
    parser.add_argument("--seed", type=int, default=0, help="deals the callers to folds")
    parser.add_argument(
        "--out",
        type=Path,
        metavar="FILE",
        help="gets a sheet for a blind second review, as `certify` reads it",
    )


def run(options: argparse.Namespace) -> Answer:
    """Audit, and write the sheet."""
    here = door.settings()
    log = read_log(options.log, zone=options.zone).must_be_sound()
    source = sound_options.sound_of(log, options.log, options, shipped_ears(here.models))
    prepared = prepare(log, source, (0.0, 0.0))
    of = judged_by_others(prepared, seed=options.seed)
    found = doubtful(of.kind, of.chance)
    values: dict[str, Any] = {
        "basis": "simulated" if log.simulated else "real",
        "notice": notice(simulated=log.simulated),
        "calls": len(of.kind),
        "doubtful": len(found.rows),
        "suspects": list(suspects(prepared, of, found, options.most)),
        "agreement": agreement(prepared, of),
        "labelling": labellers(prepared, of),
    }
    if options.out is not None:
        _write_sheet(options.out, values["suspects"])
    return Answer(values, "\n".join(_lines(values)))


def _write_sheet(path: Path, named: Sequence[Mapping[str, Any]]) -> None:
    """Write the calls without label, likelier kind or rank, in an order that tells nothing."""
    blind = sorted(named, key=lambda one: hashlib.sha256(one["call_id"].encode()).hexdigest())
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("w", newline="", encoding="utf-8") as file:
        rows = csv.writer(file, lineterminator="\n")
        rows.writerow(COLUMNS)
        rows.writerows((one["call_id"], one["received_at"], "", "") for one in blind)


def _lines(of: Mapping[str, Any]) -> Iterator[str]:
    yield of["notice"]
    yield (
        f"{of['doubtful']} of {of['calls']} labels contradict what calls like theirs were. Kinds that sound "
        "and last alike are among them, so this is no error rate; the first are worth a second pair of ears:"
    )
    for one in of["suspects"]:
        yield f"{one['rank']:>4}. {one['call_id']} (row {one['row']}): {one['reason']}"
    yield ""
    yield "Two people on one call; calls are picked for review by their label, so this holds for those only:"
    for pair in of["agreement"]:
        yield f"  {pair['first']} and {pair['second']}, {pair['calls']} calls: {_both(pair)}"
    yield ""
    yield NOTICE
    yield of["labelling"]["verdict"]
    for one in of["labelling"]["labellers"]:
        error, word = one["error"], one["second_word"]
        ruled = f"; {round(word['value'] * word['n'])} of {word['n']} ruled otherwise" if word["n"] else ""
        yield (
            f"  {one['labeller']}: {error['value']:.1%} [{error['low']:.1%}, {error['high']:.1%}] of "
            f"{one['calls']} labels stray beyond the errors that all have in common{ruled}"
        )
    few, least = of["labelling"]["too_few_calls"], of["labelling"]["least_calls"]
    if few:
        yield f"  Too few labels to say anything (fewer than {least}): {', '.join(few)}"


def _both(pair: Mapping[str, Any]) -> str:
    if pair["same"] is None:
        return "too few to say"
    parts = [("same label", pair["same"]), ("kappa", pair["kappa"])]
    return ", ".join(
        f"{name} {one['value']:.3f} [{one['low']:.3f}, {one['high']:.3f}]"
        if one["value"] is not None
        else f"{name} undefined"
        for name, one in parts
    )
