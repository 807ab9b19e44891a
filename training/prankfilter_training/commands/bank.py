"""Build the feature bank from recordings."""

from __future__ import annotations

import argparse
from pathlib import Path

from prankfilter_training.bank.build import bank_table, write_bank
from prankfilter_training.bank.table import SHIPPED
from prankfilter_training.commands import door, hearing
from prankfilter_training.commands.door import Answer
from prankfilter_training.ears.held_out import shift_at_5_s
from prankfilter_training.shipped import shipped_ears

NAME, HELP = "bank", "build the feature bank from recordings"


def arguments(parser: argparse.ArgumentParser) -> None:
    """What it takes."""
    hearing.arguments(parser)
    parser.add_argument("--out", type=Path)


def run(options: argparse.Namespace) -> Answer:
    """Measure every clip with the shipped ears, and child voice by who never heard the speaker; write it."""
    ears = shipped_ears(door.settings().models).without_child()
    heard, voice = hearing.learn(options, ears)
    table = bank_table(heard, voice.clips)
    path = options.out or SHIPPED
    write_bank(table, path)
    values = {
        "bank": str(path),
        "clips": len(heard.clips),
        "rows": len(table),
        "bytes": path.stat().st_size,
        "child_voice_shift_at_5_s": shift_at_5_s(voice, heard),
    }
    return Answer(values, "\n".join(f"{name}: {value}" for name, value in values.items()))
