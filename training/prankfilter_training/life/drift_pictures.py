"""Drift as pictures: the index of each column, the scores then and now, the calibration curve."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

import matplotlib as mpl
import numpy as np
from matplotlib.axes import Axes

from prankfilter.classifier.score_drift import SCORE
from prankfilter_training.evaluation.canvas import BLUE, GREY, INK, ORANGE, STYLE, Picture, canvas
from prankfilter_training.life.thresholds import BY_NAME, Level

MOST_COLUMNS = 25
COLOURS = {Level.ALARM: ORANGE, Level.WARN: INK, Level.STEADY: BLUE}


def drift_pictures(of: Mapping[str, Any]) -> list[Picture]:
    """Draw all that there is something to draw of."""
    with mpl.rc_context(STYLE):
        return list(_drawn(of))


def _drawn(of: Mapping[str, Any]) -> Iterator[Picture]:
    if of["columns"]:
        yield _by_column(of)
    scores = [column for column in of["columns"] if column["name"] == SCORE]
    if scores:
        yield _scores(of, scores)
    curves = {look: found for look, found in of["calibration"].items() if found["bins"]}
    if curves:
        yield _curves(of, curves)


def _by_column(of: Mapping[str, Any]) -> Picture:
    worst: dict[str, Mapping[str, Any]] = {}
    for column in of["columns"]:
        known = worst.get(column["name"])
        if known is None or column["corrected"] > known["corrected"]:
            worst[column["name"]] = column
    moved = sorted(worst.values(), key=lambda column: -column["corrected"])
    shown = [column for column in moved if column["corrected"] > 0][:MOST_COLUMNS] or moved[:1]
    figure, (axes, *_) = canvas(of, 1.0 + 0.22 * max(3, len(shown)))
    for place, column in enumerate(shown):
        axes.barh(place, column["corrected"], color=COLOURS.get(Level(column["level"]), GREY))
        axes.plot(column["by_chance"], place, "|", color=INK)
    axes.set_yticks(range(len(shown)), [f"{column['name']} ({column['look']})" for column in shown])
    axes.set_ylim(len(shown) - 0.5, -0.5)
    for edge, style in ((BY_NAME["feature_psi"].warn, ":"), (BY_NAME["feature_psi"].alarm, "--")):
        axes.axvline(edge, color=ORANGE, linestyle=style, linewidth=1)
    axes.set_xlim(0, 1.1 * max(0.3, *(max(column["corrected"], column["by_chance"]) for column in shown)))
    axes.set_xlabel("population stability index, corrected")
    return Picture(
        "drift-columns",
        "How far each column moved",
        "Bars: the index less its mean under chance, where it is more than that. Ticks: what chance reaches. "
        "Lines: warning and alarm. Grey follows the calendar, or cannot be told from chance.",
        figure,
    )


def _scores(of: Mapping[str, Any], scores: list[Any]) -> Picture:
    figure, every = canvas(of, 2.8, columns=len(scores))
    for axes, column in zip(every, scores, strict=True):
        _steps(axes, column)
    return Picture(
        "drift-scores",
        "Prank scores then and now",
        "Share of calls in each tenth of the scores of the calls learned from; steady scores fill all alike.",
        figure,
    )


def _steps(axes: Axes, column: Mapping[str, Any]) -> None:
    then, now = column["shares_then"][:-1], column["shares_now"][:-1]
    places = np.arange(len(then))
    axes.bar(places - 0.2, then, width=0.4, color=GREY, label="then")
    axes.bar(places + 0.2, now, width=0.4, color=BLUE, label="now")
    edges = [f"≤{edge:.2f}" for edge in column["edges"]] + ["above"]
    axes.set_xticks(places, edges, rotation=90, fontsize=7)
    axes.set_title(column["look"])
    axes.set_ylim(0, 1.3 * max(*then, *now))
    axes.legend(frameon=False, fontsize=8, ncols=2)


def _curves(of: Mapping[str, Any], curves: Mapping[str, Any]) -> Picture:
    figure, every = canvas(of, 3.0, columns=len(curves))
    for axes, (look, found) in zip(every, curves.items(), strict=True):
        axes.plot([0, 1], [0, 1], color=GREY, linewidth=1)
        for one in found["bins"]:
            share = one["prank_share"]
            axes.plot([one["mean_score"]] * 2, [share["low"], share["high"]], color=BLUE)
            axes.plot(one["mean_score"], share["value"], "o", color=BLUE, markersize=4)
        axes.set(xlim=(0, 1), ylim=(0, 1), xlabel="mean score", ylabel="share of pranks")
        axes.set_title(f"{look}, {found['calls']} calls")
    return Picture(
        "drift-calibration",
        "Whether scores mean what they say",
        "Each point is a tenth of the scale, with its 95 % interval over callers. Honest: on the line.",
        figure,
    )
