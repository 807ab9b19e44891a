"""Sweep the starred assumptions of the simulator: ``python -m benchmarks.sweep [--quick]``.

Each assumption is set to both ends of its range, all else as in the profile `city`; a model is fitted and
measured for each. What is finished is kept in ``.cache/sweep`` and not done again after Ctrl-C; ``--fresh``
forgets it. What ``--minutes`` leaves no time for is named in the study as missing. Everything here is
SIMULATED: it shows which assumptions the figures hang on, not what is true.
"""

from __future__ import annotations

import argparse
import json
import math
import sys
import time
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

from tqdm import tqdm

from benchmarks.sweep.shown import AS_IS, write_picture, write_study
from benchmarks.sweep.swings import QUICK, SWINGS, Swing
from benchmarks.sweep.trial import Figures, key_of, trial

CACHE = Path(".cache/sweep")
STUDIES = Path("docs/studies")
DAYS, QUICK_DAYS = 120, 60


def main() -> int:
    """Run what is missing, then write the study."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.sweep", description=__doc__)
    parser.add_argument("--quick", action="store_true", help="a few assumptions, two months each")
    parser.add_argument("--minutes", type=float, default=math.inf, help="begin no further city after so long")
    parser.add_argument("--fresh", action="store_true", help="do everything again")
    parser.add_argument("--out", type=Path, default=STUDIES, help="folder of sweep.md and sweep.png")
    options = parser.parse_args()
    swings = tuple(one for one in SWINGS if one.parameter in QUICK) if options.quick else SWINGS
    days = QUICK_DAYS if options.quick else DAYS
    wanted = [AS_IS, *_ends(swings)]
    figures: dict[tuple[str, str], Figures] = {}
    until = time.monotonic() + 60 * options.minutes
    try:
        for parameter, value in tqdm(wanted, desc="sweep", unit="city"):
            if time.monotonic() < until or _place(parameter, value, days).exists() or not figures:
                figures[parameter, value] = _kept(parameter, value, days, fresh=options.fresh)
    except KeyboardInterrupt:
        print(f"stopped; what is finished is in {CACHE} and will not be done again", file=sys.stderr)
        return 130
    options.out.mkdir(parents=True, exist_ok=True)
    write_picture(options.out / "sweep.png", swings, figures, days)
    write_study(options.out / "sweep.md", swings, figures, days)
    print(options.out / "sweep.md")
    return 0


def _ends(swings: Sequence[Swing]) -> Iterator[tuple[str, str]]:
    for swing in swings:
        for value in (swing.low, swing.high):
            if value is not None:
                yield swing.parameter, value


def _changes(parameter: str, value: str) -> Mapping[str, str]:
    return {parameter: value} if parameter else {}


def _place(parameter: str, value: str, days: int) -> Path:
    return CACHE / f"{key_of(_changes(parameter, value), days)}.json"


def _kept(parameter: str, value: str, days: int, *, fresh: bool) -> Figures:
    """The figures of one trial, from the last time or measured now."""
    changes = _changes(parameter, value)
    path = _place(parameter, value, days)
    if path.exists() and not fresh:
        found: Figures = json.loads(path.read_text())
        return found
    figures = trial(changes, days)
    CACHE.mkdir(parents=True, exist_ok=True)
    draft = path.with_suffix(".draft")
    draft.write_text(json.dumps(figures))
    draft.replace(path)
    return figures


if __name__ == "__main__":
    sys.exit(main())
