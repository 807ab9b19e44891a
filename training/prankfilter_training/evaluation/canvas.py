"""What all pictures share: size, colours, points with intervals; drawn by matplotlib without any display."""

from __future__ import annotations

import io
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import matplotlib as mpl
import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import FuncFormatter

from prankfilter_training.evaluation.words import FEW_CALLS

Values = Mapping[str, Any]

INK, BLUE, ORANGE, GREY = "#222222", "#0072b2", "#d55e00", "#999999"
"""Of the palette of Okabe and Ito, which colour-blind readers can tell apart."""

STYLE: Any = {
    "font.size": 10,
    "axes.spines.top": False,
    "axes.spines.right": False,
    "axes.titlesize": 11,
    "axes.titlelocation": "left",
    "svg.fonttype": "none",
    "svg.hashsalt": "prankfilter",
    "figure.constrained_layout.use": True,
}
WIDTH_IN = 6.0
SIMULATED = "SIMULATED calls: no evidence of accuracy"


@dataclass(frozen=True, slots=True, eq=False)
class Picture:
    """A picture with the words that stand for it."""

    name: str
    title: str
    caption: str
    figure: Figure

    def png(self) -> bytes:
        """As a file."""
        out = io.BytesIO()
        self.figure.savefig(out, format="png", dpi=150, metadata={"Software": None})
        return out.getvalue()

    def svg(self) -> str:
        """To stand in a page beside others: its ids begin with its name."""
        out = io.StringIO()
        with mpl.rc_context(STYLE):
            self.figure.savefig(out, format="svg", metadata={"Date": None, "Creator": None})
        drawn = out.getvalue()
        inline = drawn[drawn.index("<svg") :]
        return re.sub(r'(\bid="|url\(#|href="#)', rf"\g<1>{self.name}-", inline)


def canvas(of: Values, height_in: float, columns: int = 1) -> tuple[Figure, Sequence[Axes]]:
    drawn = Figure(figsize=(WIDTH_IN, height_in), facecolor="white")
    axes = np.atleast_1d(drawn.subplots(1, columns))
    if of["basis"] == "simulated":
        drawn.supxlabel(SIMULATED, fontsize=8, color=ORANGE)
    return drawn, list(axes)


def intervals(axes: Axes, places: Sequence[float], figures: Sequence[Values], **style: Any) -> None:
    """Points with intervals along the y axis; what is unknown is left out."""
    known = [(place, one) for place, one in zip(places, figures, strict=True) if one["value"] is not None]
    if not known:
        return
    value = np.array([one["value"] for _, one in known])
    low, high = (
        np.array([one[end] if one[end] is not None else one["value"] for _, one in known])
        for end in ("low", "high")
    )
    # A point may lie outside its own percentile interval by a hair; a bar has no negative length.
    ends = np.maximum([value - low, high - value], 0)
    axes.errorbar(
        [place for place, _ in known], value, yerr=ends, capsize=3, **{"fmt": "o", "color": BLUE} | style
    )


def rows_of(axes: Axes, names: Sequence[str], figures: Sequence[Values]) -> None:
    """A line a name, the first on top; grey where it rests on few calls."""
    for place, one in enumerate(figures):
        if one["value"] is None:
            axes.text(0, place, "unknown", color=GREY, va="center", fontsize=8)
            continue
        low, high = (one[end] if one[end] is not None else one["value"] for end in ("low", "high"))
        colour = BLUE if one["n"] >= FEW_CALLS else GREY
        axes.plot([low, high], [place, place], color=colour, linewidth=2)
        axes.plot(one["value"], place, "o", color=colour)
    axes.set_yticks(range(len(names)), names)
    axes.set_ylim(len(names) - 0.5, -0.5)
    axes.grid(axis="x", color="#dddddd")
    axes.set_axisbelow(True)


def as_percent(axes: Axes, axis: str = "x") -> None:
    (axes.xaxis if axis == "x" else axes.yaxis).set_major_formatter(
        FuncFormatter(lambda share, _: f"{100 * share:.3g} %")
    )


def point(axes: Axes, place: float, one: Values, colour: str) -> None:
    if one["value"] is not None:
        axes.plot([one["low"], one["high"]], [place, place], color=colour, linewidth=2)
        axes.plot(one["value"], place, "o", color=colour)
