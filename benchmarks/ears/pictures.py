"""The study as one picture: cost against accuracy, accuracy against length, where the time goes."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import matplotlib as mpl
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from prankfilter_training.evaluation.canvas import BLUE, GREY, ORANGE, STYLE

from benchmarks.ears.accuracy import Judged
from benchmarks.ears.clips import MAIN_S
from benchmarks.ears.speed import OURS, Timed

NOTICE = "Real speech through SIMULATED telephone lines; no Indonesian children, no real calls."
MARKERS = "osD^vP"


def draw(
    path: Path, timed: Sequence[Timed], parts: Timed, judged: Sequence[Judged], *, ours: tuple[str, ...]
) -> None:
    """Draw all panels for which there are figures."""
    mpl.use("Agg")
    with mpl.rc_context(STYLE):
        figure = Figure(figsize=(11.0, 7.5), facecolor="white")
        (speed, time), (accuracy, length) = figure.subplots(2, 2)
        _speed(speed, next(one for one in timed if one.length_s == 5.0))
        _parts(time, parts)
        _accuracy(accuracy, [one for one in judged if one.length_s == MAIN_S], ours)
        _length(length, judged, ours)
        figure.supxlabel(NOTICE, fontsize=8, color=ORANGE)
        path.parent.mkdir(parents=True, exist_ok=True)
        figure.savefig(path, format="png", dpi=110, metadata={"Software": None})


def _speed(axes: Axes, timed: Timed) -> None:
    names = list(timed.ms_per_s)
    values = [timed.median(name) for name in names]
    colours = [BLUE if name == OURS or name.startswith("the same") else GREY for name in names]
    axes.barh(range(len(names)), values, color=colours)
    for place, value in enumerate(values):
        axes.text(value, place, f" {value:.2f}", va="center", fontsize=8)
    axes.set(xscale="log", xlim=(None, 4 * max(values)), title="ms of one core per second of sound, 5 s")
    _names(axes, names)


def _parts(axes: Axes, parts: Timed) -> None:
    names = list(parts.ms_per_s)
    axes.barh(range(len(names)), [parts.median(name) for name in names], color=BLUE)
    axes.set(title=f"Its parts, ms per s, {parts.length_s:g} s of sound")
    _names(axes, names)


def _accuracy(axes: Axes, judged: Sequence[Judged], ours: tuple[str, ...]) -> None:
    for place, one in enumerate(judged):
        colour = BLUE if one.system in ours else GREY
        for shift, interval, fill in ((-0.12, one.auc, colour), (0.12, one.auc_women, "white")):
            axes.plot([interval.low, interval.high], [place + shift] * 2, color=colour)
            axes.plot(interval.value, place + shift, "o", color=colour, markerfacecolor=fill)
    axes.set(title=f"AUC, clips of {MAIN_S:g} s: all adults (full), women only (hollow)")
    _names(axes, [one.system for one in judged])


def _length(axes: Axes, judged: Sequence[Judged], ours: tuple[str, ...]) -> None:
    names = list(dict.fromkeys(one.system for one in judged))
    for marker, name in zip(MARKERS, names, strict=False):
        ones = [one for one in judged if one.system == name]
        seconds, values = [one.length_s for one in ones], [one.auc.value for one in ones]
        colour = BLUE if name in ours else GREY
        axes.plot(seconds, values, marker=marker, color=colour, label=name)
        if name == ours[0]:
            low, high = [one.auc.low for one in ones], [one.auc.high for one in ones]
            axes.fill_between(seconds, low, high, color=colour, alpha=0.15)
    axes.set(
        title="AUC by the length of the clip", xlabel="s", xticks=sorted({one.length_s for one in judged})
    )
    axes.legend(fontsize=7, loc="center right")


def _names(axes: Axes, names: Sequence[str]) -> None:
    axes.set_yticks(range(len(names)), names, fontsize=8)
    axes.invert_yaxis()
