"""Build the feature bank from recordings."""

from __future__ import annotations

import argparse
from pathlib import Path

from prankfilter_training.bank import build
from prankfilter_training.bank.table import SHIPPED
from prankfilter_training.commands import door
from prankfilter_training.commands.door import Answer
from prankfilter_training.ears.mel import mel_bank
from prankfilter_training.fitting.artefacts import bare_ears

NAME, HELP = "bank", "build the feature bank from recordings"
CACHE = Path(".cache/bank")


def arguments(parser: argparse.ArgumentParser) -> None:
    """What it takes."""
    parser.add_argument("--audio-root", type=Path, required=True)
    parser.add_argument("--out", type=Path)
    parser.add_argument("--workers", type=door.positive, default=1)


def run(options: argparse.Namespace) -> Answer:
    """Measure every clip and write the bank."""
    heard = build.hear(options.audio_root, bare_ears(mel_bank()), CACHE, workers=options.workers)
    table = build.bank_table(heard)
    path = options.out or SHIPPED
    build.write_bank(table, path)
    values = {
        "bank": str(path),
        "clips": len(heard.clips),
        "rows": len(table),
        "bytes": path.stat().st_size,
        "child_voice_shift_at_5_s": build.child_voice_shift(heard),
    }
    return Answer(values, "\n".join(f"{name}: {value}" for name, value in values.items()))
