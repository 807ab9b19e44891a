"""Measure a log's recordings once and write the numbers beside it: they can travel where sound must not.

``audio_features.parquet`` holds no sound and no voiceprint, and stands for the recordings wherever the log is
used: `fit`, `evaluate` and `certify` take it first.
"""

from __future__ import annotations

import argparse
import os
from pathlib import Path

import polars as pl

from prankfilter.errors import BadInput
from prankfilter_training.commands import door, sound_options
from prankfilter_training.commands.door import Answer
from prankfilter_training.log.files import folder_of
from prankfilter_training.log.logbook import read_log
from prankfilter_training.shipped import shipped_ears
from prankfilter_training.sound.extract import extract
from prankfilter_training.sound.features_file import NAME as FEATURES_FILE
from prankfilter_training.sound.features_file import sound_digest, write_features
from prankfilter_training.sound.recordings import recorded

NAME, HELP = "sound", "measure the recordings of a log"


def arguments(parser: argparse.ArgumentParser) -> None:
    """What it takes."""
    door.log_argument(parser)
    sound_options.arguments(parser)
    parser.add_argument("--out", type=Path, metavar="FILE", help=f"{FEATURES_FILE} in the log by default")


def run(options: argparse.Namespace) -> Answer:
    """Listen to every recording, then write one table."""
    log = read_log(options.log, zone=options.zone).must_be_sound()
    ears = shipped_ears(door.settings().models)
    calls = recorded(log)
    folder = folder_of(options.log)
    out = options.out or folder / FEATURES_FILE
    must_be_of_use(calls, out)
    sounds = extract(calls, options.audio_root or folder, ears, sound_options.extraction(options))
    rows = write_features(out, sounds, ears)
    too_short = sum(not len(sound.values) for sound in sounds.values())
    values = {
        "features_file": str(out),
        "calls": len(sounds),
        "rows": rows,
        "too_short": too_short,
        "digest": sound_digest(),
        "ears": ears.digest,
    }
    text = f"{out}: {rows} rows of {len(sounds)} calls, {too_short} of them with less than 1 s of sound"
    return Answer(values, text)


def must_be_of_use(calls: pl.DataFrame, out: Path) -> None:
    """Refuse before hours of work what would be refused, or lost, after them."""
    if calls.is_empty():
        raise BadInput("no call of the log names a recording; give audio_path")
    if not os.access(out.absolute().parent, os.W_OK):
        raise BadInput(f"{out} cannot be written; give another file with --out")
    if out.exists():
        told = pl.read_parquet(out, columns=["call_id"])["call_id"]
        lost = told.filter(~told.is_in(calls["call_id"].implode())).n_unique()
        if lost:
            raise BadInput(
                f"{out} tells of {lost} calls whose recordings this log does not name; they would be lost: "
                "move it away, or give another file with --out"
            )
