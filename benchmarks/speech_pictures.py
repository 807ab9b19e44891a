"""The picture of the study of speech: what is found in voices, and what in sounds without one."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path

import matplotlib as mpl
import numpy as np

mpl.use("Agg")
from matplotlib import pyplot as plt
from prankfilter_training.bank import speech_measures as measures
from prankfilter_training.bank.speech_measures import Judged

DPI = 110


def alone(path: Path, judged: Mapping[str, Sequence[Judged]]) -> None:
    """Share called speech of each sound without a voice, and of voices and whispers, by detector."""
    groups = {
        "VOICES (should be found)": measures.is_voice,
        "WHISPERS (should be found)": measures.is_whisper,
    }
    first = next(iter(judged.values()))
    kinds = sorted({one.mixture.kind for one in first if not one.mixture.speaker}, reverse=True)
    names = [*kinds, *groups]
    figure, axes = plt.subplots(figsize=(8.0, 0.42 * len(names) + 1.2), layout="constrained")
    places, height = np.arange(len(names)), 0.8 / len(judged)
    for number, (detector, answers) in enumerate(judged.items()):
        found = [
            _share([one for one in answers if not one.mixture.speaker and one.mixture.kind == kind])
            for kind in kinds
        ]
        found += [_recall([one for one in answers if chosen(one)]) for chosen in groups.values()]
        axes.barh(places - 0.4 + (number + 0.5) * height, found, height=height, label=detector)
    axes.axhline(len(kinds) - 0.5, color="black", linewidth=0.8)
    axes.set_yticks(places, names, fontsize=8)
    axes.set(title="SIMULATED lines: share of the time that is called speech", xlim=(0, 1))
    axes.xaxis.set_major_formatter(mpl.ticker.PercentFormatter(1.0))
    axes.legend(fontsize=8, loc="lower right")
    # Without the version of the library in it, the same study gives the same file.
    figure.savefig(path, dpi=DPI, metadata={"Software": None})
    plt.close(figure)


def _share(answers: Sequence[Judged]) -> float:
    return measures.speech_share(answers)


def _recall(answers: Sequence[Judged]) -> float:
    return 1 - measures.frames(answers).missed
