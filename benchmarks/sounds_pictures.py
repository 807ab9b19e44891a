"""The picture of the study of other sounds."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import matplotlib as mpl
from prankfilter_training.other_sounds.report import SoundReport
from prankfilter_training.other_sounds.shares import Share

mpl.use("Agg")
from matplotlib import pyplot as plt

DPI = 110


def heads(path: Path, reports: Sequence[SoundReport]) -> None:
    """For each head: clips found, and what is taken for the sound, with 95 % intervals."""
    figure, columns = plt.subplots(
        2, len(reports), figsize=(5.5 * len(reports), 9), squeeze=False, layout="constrained"
    )
    for (above, below), report in zip(columns.T, reports, strict=True):
        _bars(above, report.found, "tab:blue")
        above.set(title=f"{report.content}: found")
        _bars(below, sorted(report.alarms, key=lambda share: -share.value), "tab:red")
        below.set(title=f"taken for {report.content} within 10 s", xlabel="share of clips")
    figure.suptitle("Real recordings, SIMULATED lines; 95 % intervals over sources")
    figure.savefig(path, dpi=DPI, metadata={"Software": None})
    plt.close(figure)


def _bars(axes: plt.Axes, shares: Sequence[Share], colour: str) -> None:
    places = range(len(shares), 0, -1)
    values = [share.value for share in shares]
    below = [share.value - share.low for share in shares]
    above = [share.high - share.value for share in shares]
    axes.barh(places, values, color=colour, alpha=0.7, xerr=[below, above], ecolor="black", capsize=2)
    axes.set_yticks(list(places), [share.what for share in shares], fontsize=8)
    axes.set_xlim(0, 1)
