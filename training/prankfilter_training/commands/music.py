"""Fetch the music that the ears learn from: Debian packages, one folder an author. Nothing of it is kept but
numbers computed from it. Needs apt-get and dpkg-deb, or the packages in a folder and dpkg-deb."""

from __future__ import annotations

import argparse
from pathlib import Path

from prankfilter_training.commands.door import Answer
from prankfilter_training.music import unpacking
from prankfilter_training.music.pieces import authors_in

NAME, HELP = "music", "fetch the music that the ears learn from"
PACKAGES = Path(".cache/music")


def arguments(parser: argparse.ArgumentParser) -> None:
    """What it takes."""
    parser.add_argument("--out", type=Path, required=True, help="folder for the music, one folder an author")
    parser.add_argument(
        "--packages",
        type=Path,
        default=PACKAGES,
        help=f"where the packages lie, or go; {PACKAGES} by default",
    )


def run(options: argparse.Namespace) -> Answer:
    """Download what is missing, hold it against its hash, and unpack it."""
    unpacking.fetch(options.packages)
    count = unpacking.unpack(options.packages, options.out)
    authors = authors_in(options.out)
    lines = [f"{one.name}: {one.recordings} recordings, {one.licence}, {one.package}" for one in authors]
    values = {"music": str(options.out), "recordings": count, "authors": [one.name for one in authors]}
    return Answer(values, "\n".join([*lines, f"{options.out}: {count} recordings"]))
