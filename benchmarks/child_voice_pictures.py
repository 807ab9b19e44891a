"""The pictures of the child-voice study."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import matplotlib as mpl
import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from prankfilter_training.ears.report import Estimate
from prankfilter_training.evaluation.canvas import BLUE, GREY, INK, STYLE

from benchmarks.child_voice_figures import (
    BASELINE,
    LENGTHS_S,
    OURS,
    Paired,
    child_or_woman,
    is_child,
)

COLOURS = {OURS: BLUE, BASELINE: GREY}
SHARES = np.linspace(0.002, 0.3, 150)


def draw(
    path: Path,
    told: pd.DataFrame,
    names: dict[str, str],
    lengths: Sequence[Paired],
    slices: Sequence[Paired],
) -> None:
    """AUC by length, children found against women flagged, and the AUC of every slice; ``names`` of both."""
    mpl.use("Agg")
    with mpl.rc_context(STYLE):
        figure = Figure(figsize=(9.0, 8.4), facecolor="white")
        upper, lower = figure.subfigures(2, 1, height_ratios=(1.0, 1.25))
        length, women = upper.subplots(1, 2)
        _lengths(length, lengths, names)
        _against_women(women, told, names)
        _slices(lower.subplots(), slices, names)
        figure.savefig(path, format="png", dpi=110, metadata={"Software": None})


def _of(one: Paired, system: str) -> Estimate:
    return one.ours if system == OURS else one.baseline


def _lengths(axes: Axes, lengths: Sequence[Paired], names: dict[str, str]) -> None:
    """All adults with whiskers of 95 %, women dashed."""
    every, women = lengths[: len(LENGTHS_S)], lengths[len(LENGTHS_S) :]
    for aside, system in enumerate(names):
        place = np.array(LENGTHS_S) + 0.06 * aside
        told = [_of(one, system) for one in every]
        axes.vlines(place, [one.low for one in told], [one.high for one in told], color=COLOURS[system])
        axes.plot(place, [one.value for one in told], "o-", color=COLOURS[system], label=names[system])
        against = [_of(one, system).value for one in women]
        axes.plot(place, against, "o--", color=COLOURS[system], label=f"{names[system]}, against women")
    axes.set(title="AUC on speakers held out", xlabel="seconds of sound", xticks=LENGTHS_S, ylim=(0.7, 1.0))
    axes.legend(frameon=False, fontsize=8, loc="lower right")


def _against_women(axes: Axes, told: pd.DataFrame, names: dict[str, str]) -> None:
    child = is_child(told)
    woman = child_or_woman(told) & ~child
    for system, name in names.items():
        said = told[f"{system}_4_s"].to_numpy(float)
        bars = np.quantile(said[woman], 1 - SHARES)
        axes.plot(SHARES, [(said[child] > bar).mean() for bar in bars], color=COLOURS[system], label=name)
    axes.set(
        title="4 s, against women", xlabel="women taken for children", ylabel="children found", ylim=(0, 1)
    )
    axes.legend(frameon=False, fontsize=8, loc="lower right")


def _slices(axes: Axes, slices: Sequence[Paired], names: dict[str, str]) -> None:
    places = np.arange(len(slices))[::-1]
    for aside, system in enumerate(names):
        told, place = [_of(one, system) for one in slices], places - 0.18 * aside
        axes.hlines(place, [one.low for one in told], [one.high for one in told], color=COLOURS[system])
        axes.plot([one.value for one in told], place, "o", color=COLOURS[system], label=names[system])
    axes.set_yticks(places, [one.name for one in slices], color=INK)
    axes.set(title="AUC from 4 s, by what the line did and who spoke (95 % over speakers)", xlim=(0.75, 1.0))
    axes.legend(frameon=False, fontsize=8, loc="lower left")
