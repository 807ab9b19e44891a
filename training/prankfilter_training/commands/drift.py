"""Tell what changed since a model was fitted: columns, scores, mix of labels, calibration."""

from __future__ import annotations

import argparse
import datetime as dt
import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from prankfilter.bundle.manifest import EVALUATION
from prankfilter.classifier.model import Model
from prankfilter.classifier.score_drift import REFERENCE
from prankfilter.errors import BadInput
from prankfilter_training.commands import door, sound_options
from prankfilter_training.commands.door import Answer
from prankfilter_training.fitting.fit import Prepared, prepare
from prankfilter_training.life.drift import drift
from prankfilter_training.life.drift_pictures import drift_pictures
from prankfilter_training.life.drift_text import drift_text
from prankfilter_training.life.reference import Reference, described, reference_of
from prankfilter_training.log.logbook import read_log
from prankfilter_training.shipped import shipped_ears

NAME, HELP = "drift", "tell what changed since a model was fitted"
WHOLE = (0.0, 0.0)


def arguments(parser: argparse.ArgumentParser) -> None:
    """What it takes."""
    door.log_argument(parser)
    sound_options.arguments(parser)
    parser.add_argument("--bundle", type=Path, help="the model; without one, scores are left out")
    parser.add_argument(
        "--reference", type=Path, metavar="LOG0", help="log to compare with; the bundle's own by default"
    )
    parser.add_argument(
        "--since",
        type=dt.date.fromisoformat,
        metavar="DATE",
        help="first day of the new calls; the log should begin 90 days earlier, since history looks back so "
        "far. By default: after what the model learned from",
    )
    parser.add_argument("--report", type=Path, metavar="FOLDER", help="gets the text, the JSON and pictures")
    parser.add_argument("--fail-on-alarm", action="store_true", help="exit code 1 where anything alarms")


def run(options: argparse.Namespace) -> Answer:
    """Compare, and write the report."""
    here = door.settings()
    model, ears = (
        door.model_and_ears(options.bundle, here) if options.bundle else (None, shipped_ears(here.models))
    )

    def prepared_of(folder: Path) -> Prepared:
        log = read_log(folder, zone=options.zone).must_be_sound()
        return prepare(log, sound_options.sound_of(log, folder, options, ears), WHOLE)

    prepared = prepared_of(options.log)
    since = _since(options.since, model, prepared)
    chosen = _received(prepared) >= since.timestamp()
    if not chosen.any():
        raise BadInput(f"{options.log}: no labelled calls since {since.date()}; give --since, or a later log")
    if options.reference is not None:
        reference = reference_of(model, prepared_of(options.reference))
    else:
        reference = _known(options.bundle) or _earlier(model, prepared, ~chosen, since)
    values = drift(reference, model, prepared, chosen)
    text = drift_text(values)
    if options.report is not None:
        _write(options.report, values, text)
    return Answer(values, text, refused=options.fail_on_alarm and bool(values["alarms"]))


def _received(prepared: Prepared) -> NDArray[np.float64]:
    received = prepared.log.table["received_at"].dt.epoch("us").to_numpy() / 1e6
    return np.asarray(received[prepared.rows.call])


def _since(day: dt.date | None, model: Model | None, prepared: Prepared) -> dt.datetime:
    if day is not None:
        return dt.datetime.combine(day, dt.time(0), prepared.log.zone)
    learnt = model.manifest.extra.get("learnt") if model is not None else None
    first = prepared.calls[0].record.received_at
    return max(first, dt.datetime.fromisoformat(learnt["until"])) if learnt else first


def _known(bundle: Path | None) -> Reference | None:
    """What a bundle says of the calls that its model learned from."""
    if bundle is None:
        return None
    written = json.loads((bundle / EVALUATION).read_text(encoding="utf-8"))
    return Reference.from_json(written[REFERENCE]) if REFERENCE in written else None


def _earlier(
    model: Model | None, prepared: Prepared, before: NDArray[np.bool_], since: dt.datetime
) -> Reference:
    """The calls of the log itself before the new ones."""
    if not before.any():
        raise BadInput(
            f"nothing to compare with: the log holds no labelled calls before {since.date()}, and no bundle "
            "that describes its own was given; give --reference LOG0, or --since a later day"
        )
    return described(model, prepared, before, before)


def _write(folder: Path, values: Mapping[str, Any], text: str) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "drift.json").write_text(json.dumps(values, indent=1, ensure_ascii=False) + "\n")
    (folder / "drift.txt").write_text(text + "\n")
    for picture in drift_pictures(values):
        (folder / f"{picture.name}.png").write_bytes(picture.png())
