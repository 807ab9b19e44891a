"""The sweep as a picture and as a page."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from pathlib import Path

import matplotlib as mpl
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from prankfilter_training.simulation.simulate import NOTICE

from benchmarks.sweep.swings import Swing
from benchmarks.sweep.trial import ALPHA, DELTA, EDGES, HIT_SHARE, SEED, Figures
from prankfilter.features.table import FEATURES, feature_digest

LOW, HIGH, MIDDLE = "#3b6ea5", "#c8702a", "#444444"
Measured = Mapping[tuple[str, str], Figures]
AS_IS = ("", "")
"""The profile itself, among what was measured."""


def write_picture(path: Path, swings: Sequence[Swing], figures: Measured, days: int) -> None:
    """Draw a tornado: how far each assumption moves recall, the widest on top."""
    mpl.use("Agg")
    order = sorted(_finished(swings, figures), key=lambda swing: _width(swing, figures, "recall"))
    picture = Figure(figsize=(13, 1.6 + 0.32 * len(order)), layout="constrained")
    left, right = picture.subplots(1, 2, sharey=True)
    _tornado(left, order, figures, "recall", f"Prank recall at 5 s, {HIT_SHARE:.0%} of genuine calls hit")
    _tornado(right, order, figures, "certified_recall", f"Prank recall certified at {ALPHA:.0%}")
    left.set_yticks(range(len(order)), [f"{one.parameter}  ({one.middle})" for one in order], fontsize=8)
    picture.suptitle(f"{NOTICE}\nOne assumption at a time; profile city, {days} days", fontsize=10)
    picture.savefig(path, dpi=110)


def _tornado(axes: Axes, swings: Sequence[Swing], figures: Measured, name: str, title: str) -> None:
    middle = figures[AS_IS][name]
    for row, swing in enumerate(swings):
        for value, colour in ((swing.low, LOW), (swing.high, HIGH)):
            if value is None or math.isnan(found := figures[swing.parameter, value][name]):
                continue
            axes.barh(row, found - middle, left=middle, color=colour, height=0.7, alpha=0.85)
            axes.annotate(
                value,
                (found, row),
                xytext=(3 if found >= middle else -3, 0),
                textcoords="offset points",
                ha="left" if found >= middle else "right",
                va="center",
                fontsize=6.5,
            )
    axes.axvline(middle, color=MIDDLE, linewidth=1)
    if name == "recall":
        base = figures[AS_IS]
        axes.axvspan(base["recall_low"], base["recall_high"], color=MIDDLE, alpha=0.12, zorder=0)
    axes.margins(x=0.12)
    axes.set_title(title, fontsize=9)
    axes.xaxis.set_major_formatter(lambda share, _: f"{share:.1%}")


def write_study(path: Path, swings: Sequence[Swing], figures: Measured, days: int) -> None:
    """Write the page; the widest assumption first."""
    order = sorted(_finished(swings, figures), key=lambda swing: -_width(swing, figures, "recall"))
    missing = [f"`{swing.parameter}`" for swing in swings if swing not in order]
    told = f"Not swept yet, for want of time: {', '.join(missing)}." if missing else "All are swept."
    rows = [_row("**as in the profile**", "", figures[AS_IS])]
    for swing in order:
        rows += [
            _row(
                f"`{swing.parameter}`: {swing.meaning}",
                f"{value} ({swing.middle})",
                figures[swing.parameter, value],
            )
            for value in _ends(swing)
        ]
    page = _PAGE.format(notice=NOTICE, days=days, rows="\n".join(rows), told=told, **_SIZES)
    path.write_text(page, encoding="utf-8")


_SIZES = {
    "fit": f"{EDGES[0]:.0%}",
    "rest": f"{1 - EDGES[1]:.0%}",
    "hit": f"{HIT_SHARE:.0%}",
    "alpha": f"{ALPHA:.0%}",
    "confidence": f"{1 - DELTA:.0%}",
    "seed": SEED,
    "features": feature_digest(FEATURES)[:8],
}

_PAGE = """# Sweep of the simulator's assumptions

> **{notice}**

Made by `python -m benchmarks.sweep`: each starred assumption at both ends of its range, all else as in the
profile `city` ({days} days, seed {seed}). The model is fitted on the first {fit} of the log and measured on
the last {rest}, with speakers it never heard. Feature table {features}. {told}

![How far each assumption moves the recall of pranks](sweep.png)

- *recall*: pranks whose margin at 5 s exceeds that of all but {hit} of the calls labelled genuine, with a
  95 % interval over callers. Any call may count here, also one that history protects from `verify`.
- *true hit*: calls that truly are genuine above the same edge, however they were labelled.
- *certified*: pranks that would get `verify` under the thresholds that a certificate at {alpha} ({confidence}
  confidence) allows on these calls, and truly genuine calls that would; – where genuine callers are too few.
- The shaded band of the picture is the interval of the profile itself: bars within it are noise.

| Assumption | value (profile) | recall | true hit | PR-AUC | certified | its true hit | pranks | genuine |
|---|--:|--:|--:|--:|--:|--:|--:|--:|
{rows}
"""


def _row(name: str, value: str, found: Figures) -> str:
    recall = f"{found['recall']:.1%} ({found['recall_low']:.1%}–{found['recall_high']:.1%})"
    cells = [
        name,
        value,
        recall,
        f"{found['true_hit']:.2%}",
        f"{found['pr_auc']:.3f}",
        _share(found["certified_recall"], 1),
        _share(found["certified_true_hit"], 2),
        f"{found['pranks']:.0f}",
        f"{found['genuine']:.0f}",
    ]
    return "| " + " | ".join(cells) + " |"


def _share(value: float, digits: int) -> str:
    return "–" if math.isnan(value) else f"{value:.{digits}%}"


def _ends(swing: Swing) -> list[str]:
    return [value for value in (swing.low, swing.high) if value is not None]


def _finished(swings: Sequence[Swing], figures: Measured) -> list[Swing]:
    return [swing for swing in swings if all((swing.parameter, value) in figures for value in _ends(swing))]


def _width(swing: Swing, figures: Measured, name: str) -> float:
    found = [figures[AS_IS][name], *(figures[swing.parameter, value][name] for value in _ends(swing))]
    return max(found) - min(found)
