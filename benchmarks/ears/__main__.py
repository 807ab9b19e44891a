"""The ears against what a user would pick instead: ``python -m benchmarks.ears --audio-root FOLDER``.

Speed, memory, and how well each tells children from adults, on the same clips and the same nested split by
speaker. Writes ``ears.md`` and ``ears.png`` below ``--out``. What was computed of each speaker is kept in
``--cache``, so that a run that was stopped goes on. Nothing of a recording leaves the cache but numbers.
"""

from __future__ import annotations

import argparse
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from prankfilter_training.ears.speakers import FOLDS
from tqdm import tqdm

from benchmarks.ears import ours, quick
from benchmarks.ears.accuracy import held_out_svm, judge
from benchmarks.ears.clips import Split, read_split
from benchmarks.ears.features import System, measure
from benchmarks.ears.page import write_page
from benchmarks.ears.rivals import RIVALS, Rival
from prankfilter.bundle.ears import Ears
from prankfilter.classifier.running import Library
from prankfilter.settings import read_settings

PAGE = Path(__file__).parents[2] / "docs" / "studies" / "ears.md"


def main() -> None:
    """Measure, print, write."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.ears", description=__doc__)
    parser.add_argument("--audio-root", type=Path, required=True, help="folder of the real recordings")
    parser.add_argument("--nets", type=Path, help="folder of fold-0.npz …: nets that `ears --fold-nets` left")
    parser.add_argument("--cache", type=Path, default=Path(".cache/ears-benchmark"))
    parser.add_argument("--out", type=Path, default=PAGE, help="the page; its picture goes beside it")
    options = parser.parse_args()
    models = read_settings().models.resolve()
    split = read_split(options.audio_root)
    systems = _systems(Library(models).load().ears, options.nets)
    judged = judge(_odds(systems, split, options.cache), split, ours=_first(options.nets))
    measured = quick.measure(models)
    write_page(options.out, split, measured, judged, ours=_first(options.nets))


def _first(nets: Path | None) -> str:
    return ours.NETS if nets else ours.VECTOR


def _systems(ears: Ears, nets: Path | None) -> dict[str, System]:
    systems = [ours.nets_system(ears, nets, FOLDS)] if nets else []
    systems.append(ours.vector_system(ears))
    systems += [System(rival, rival.versions) for rival in RIVALS if _is_judged(rival)]
    return {system.rival.name: system for system in systems}


def _is_judged(rival: Rival) -> bool:
    return rival.tells_age and not rival.missing


def _odds(
    systems: dict[str, System], split: Split, cache: Path
) -> dict[tuple[str, float], NDArray[np.float64]]:
    """Held-out values of every system at each of its lengths, shape (speakers, clips)."""
    numbers = measure(systems, split, cache)
    wanted = [
        (name, place, length_s)
        for name, system in systems.items()
        for place, length_s in enumerate(system.rival.clip_lengths_s)
    ]
    odds = {}
    for name, place, length_s in tqdm(wanted, desc="held out", unit="system"):
        found = numbers[name][:, :, place]
        if name == ours.NETS:
            odds[name, length_s] = ours.held_out_nets(found, split)
        elif name == ours.VECTOR:
            odds[name, length_s] = ours.held_out_vector(found, split, length_s)
        else:
            odds[name, length_s] = held_out_svm(found, split)
    return odds


if __name__ == "__main__":
    main()
