"""Every table of an evaluation as a picture."""

from __future__ import annotations

import matplotlib as mpl
import numpy as np

from prankfilter.routing.policies import POLICIES
from prankfilter.vocabulary import PRANK_LABELS
from prankfilter_training.evaluation.canvas import (
    BLUE,
    GREY,
    INK,
    ORANGE,
    STYLE,
    Picture,
    Values,
    as_percent,
    canvas,
    intervals,
    rows_of,
)
from prankfilter_training.evaluation.slices import CUTS, caught_name, hit_name
from prankfilter_training.evaluation.study_pictures import study_pictures
from prankfilter_training.evaluation.words import FEW_CALLS


def pictures(of: Values) -> tuple[Picture, ...]:
    """All pictures that an evaluation has the figures for, the leading number first."""
    with mpl.rc_context(STYLE):
        drawn = [
            *([_delayed(of)] if of["delayed"]["strata"] else []),
            _moments(of),
            _advice(of),
            _slices(of),
            _reliability(of),
            _confusion(of),
            *([_weeks(of)] if len(of["weeks"]) > 1 else []),
            *study_pictures(of),
        ]
    return tuple(drawn)


def _delayed(of: Values) -> Picture:
    strata = [(name, row) for name, row in of["delayed"]["strata"].items() if "threshold" in row]
    rows = [("all genuine callers", of["delayed"]), *strata]
    drawn, (axes,) = canvas(of, 1.3 + 0.5 * len(rows))
    for place, (_, row) in enumerate(rows):
        bound = row["upper_bound"] if row["upper_bound"] is not None else 1.0
        axes.barh(place, bound, color="#cfe3f2", height=0.6)
        share = row["callers_delayed"] / max(row["genuine_callers"], 1)
        axes.plot(share, place, "o", color=BLUE)
    names = [f"{name}\n{row['callers_delayed']:,} of {row['genuine_callers']:,}" for name, row in rows]
    axes.set_yticks(range(len(rows)), names)
    axes.set_ylim(len(rows) - 0.5, -0.5)
    axes.axvline(of["delayed"]["alpha"], color=ORANGE, linestyle="--")
    axes.set_xlim(left=0)
    as_percent(axes)
    axes.set_xlabel("share of genuine callers delayed")
    axes.set_title("Genuine callers delayed: counted (dot), at most (bar)")
    caption = (
        "Dot: counted. Bar: upper bound at 95 % confidence. Dashed: what the certificate promises. The "
        "strata child, silent and no_number are never verified."
    )
    return Picture("delayed", "Genuine callers that would be delayed", caption, drawn)


def _moments(of: Values) -> Picture:
    drawn, axes = canvas(of, 3.0, 2)
    names, looks = list(of["looks"]), list(of["looks"].values())
    places = list(range(len(names)))
    for one, key, title in zip(
        axes,
        ("pr_auc", "prank_recall_at_1.0%_of_genuine"),
        ("PR-AUC", "Pranks found\nat 1 % of genuine hit"),
        strict=True,
    ):
        intervals(one, places, [look[key] for look in looks])
        one.set_xticks(places, names)
        one.set_xlim(-0.5, len(names) - 0.5)
        one.set_ylim(0, None)
        one.set_title(title)
        one.set_xlabel("moment")
    axes[0].plot(places, [look["prank_share"]["value"] for look in looks], "_", color=ORANGE, markersize=14)
    as_percent(axes[1], "y")
    caption = "With 95 % intervals. Orange: the share of pranks, which a score by chance would reach."
    return Picture("moments", "By moment of the call", caption, drawn)


def _advice(of: Values) -> Picture:
    kinds = of["advice"]
    drawn, (axes,) = canvas(of, 1.2 + 0.36 * len(kinds))
    names = [f"{name.replace('_', ' ')} ({row['calls']:,})" for name, row in kinds.items()]
    rows_of(axes, names, [row["flagged"] for row in kinds.values()])
    for tick, name in zip(axes.get_yticklabels(), kinds, strict=True):
        tick.set_color(ORANGE if name in PRANK_LABELS else INK)
    axes.set_xlim(left=0)
    as_percent(axes)
    axes.set_xlabel("share flagged for a supervisor at any look")
    axes.set_title("Who gets flagged, by what the call was")
    caption = (
        f"A call is flagged from a prank score of {POLICIES['queue'].flag_from:g} on; that delays nobody. "
        "Orange names are pranks. In brackets: calls."
    )
    return Picture("advice", "What each kind of call gets", caption, drawn)


def _slices(of: Values) -> Picture:
    main = of["main_look"]
    rows = [(cut, piece, row) for cut in CUTS for piece, row in of["slices"][main][cut.name].items()]
    drawn, axes = canvas(of, 1.4 + 0.27 * len(rows), 2)
    names = [f"{cut.title}: {piece} ({row['genuine']:,} / {row['pranks']:,})" for cut, piece, row in rows]
    rows_of(axes[0], names, [row[hit_name(0.01)] for *_, row in rows])
    rows_of(axes[1], [""] * len(rows), [row[caught_name(0.01)] for *_, row in rows])
    axes[0].axvline(0.01, color=ORANGE, linestyle="--")
    axes[0].tick_params(axis="y", labelsize=8)
    highest = max((row[hit_name(0.01)]["value"] or 0 for *_, row in rows), default=0)
    axes[0].set_xlim(0, max(0.06, 1.3 * highest))
    axes[1].set_xlim(0, 1)
    for one, title in zip(axes, ("Genuine hit", "Pranks found"), strict=True):
        one.set_title(title)
        as_percent(one)
    caption = (
        f"At {main}, under one threshold for all that hits 1 % of all genuine calls (dashed). In brackets: "
        f"genuine calls / pranks. Grey: fewer than {FEW_CALLS} calls. Long intervals leave the left frame."
    )
    return Picture("slices", "By slice: is any group treated worse?", caption, drawn)


def _reliability(of: Values) -> Picture:
    drawn, axes = canvas(of, 3.3, 2)
    for one, name in zip(axes, dict.fromkeys(("ring", of["main_look"])), strict=False):
        bins = of["reliability"][name]
        one.plot([0, 1], [0, 1], color=GREY, linestyle=":")
        intervals(one, [row["mean_score"] for row in bins], [row["prank_share"] for row in bins])
        one.set(xlim=(0, 1), ylim=(0, 1), title=name, xlabel="mean prank score", aspect="equal")
    axes[0].set_ylabel("share that were pranks")
    if of["main_look"] == "ring":
        axes[1].set_axis_off()
    caption = (
        "Each point is a tenth of the score. On the dotted line a score of 0.7 is a prank seven times in ten."
    )
    return Picture("reliability", "Is the score calibrated?", caption, drawn)


def _confusion(of: Values) -> Picture:
    table = of["confusion"][of["main_look"]]
    names = [name.replace("_", " ") for name in table["kinds"]]
    shares = np.array([[one["value"] or 0.0 for one in row] for row in table["shares"]])
    drawn, (axes,) = canvas(of, 4.6)
    axes.imshow(shares, cmap="Blues", vmin=0, vmax=1, aspect="auto")
    for row, counts in enumerate(table["counts"]):
        for column, count in enumerate(counts):
            colour = "white" if shares[row, column] > 0.6 else INK
            axes.text(column, row, f"{count:,}", ha="center", va="center", color=colour, fontsize=9)
    axes.set_xticks(range(len(names)), names, rotation=35, ha="right")
    axes.set_yticks(range(len(names)), names)
    axes.set_xlabel("the model finds most probable")
    axes.set_ylabel("the call was")
    axes.set_title(f"Kinds at {of['main_look']}: calls, shaded by share of the row")
    caption = "No advice rests on the most probable kind; it shows what sounds alike to the model."
    return Picture("confusion", "Which kind is taken for which", caption, drawn)


def _weeks(of: Values) -> Picture:
    weeks = of["weeks"]
    drawn, axes = canvas(of, 3.0, 2)
    places = list(range(len(weeks)))
    step = max(1, len(weeks) // 4)
    for one, key, title in zip(
        axes,
        ("pr_auc", caught_name(0.01)),
        ("PR-AUC", "Pranks found\n(one threshold for all weeks)"),
        strict=True,
    ):
        intervals(one, places, [week[key] for week in weeks], markersize=3, linewidth=0.8)
        one.set_xticks(places[::step], [week["from"][5:] for week in weeks[::step]])
        one.set_ylim(0, None)
        one.set_title(title)
        one.set_xlabel("week from (month-day)")
    axes[0].plot(places, [week["pranks"] / max(week["calls"], 1) for week in weeks], color=ORANGE)
    as_percent(axes[1], "y")
    caption = "With 95 % intervals. Orange: the share of pranks in the week. A lasting fall means: fit again."
    return Picture("weeks", "Week by week", caption, drawn)
