"""The same call with the same sound: prankfilter, and the service that a user would write first."""

from __future__ import annotations

import tempfile
from collections import Counter
from pathlib import Path

from benchmarks.calls import as_form, clip
from benchmarks.measure import in_turn
from benchmarks.processes import prankfilter, serving
from benchmarks.serving import asking, with_sound
from benchmarks.tables import show_timings

RUNS = 30
WARM = 3
"""Its first calls compile; they are not counted."""


def main(models: Path) -> None:
    """Ask both in turn."""
    with (
        tempfile.TemporaryDirectory() as folder,
        prankfilter(models) as ours,
        serving("benchmarks.naive", "/ready", data=Path(folder), models=models) as theirs,
    ):
        client, other = ours.client(), theirs.client()
        form = other.request("POST", "/score", *as_form({}, clip()))
        things = {
            "prankfilter": asking(client, with_sound("against"), Counter()),
            "FastAPI, librosa.pyin, MFCC, joblib": lambda: other.members(form),
        }
        show_timings(
            "5 s of sound, against what one would write first",
            in_turn(things, runs=RUNS, warm=WARM),
            against="prankfilter",
        )
        print(f"\nMemory: prankfilter {ours.memory_mb():.0f} MB, the other {theirs.memory_mb():.0f} MB.")
