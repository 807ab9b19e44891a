"""A comparison for people: text and a picture."""

from __future__ import annotations

from pathlib import Path

from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure as Picture

from prankfilter.bundle.comparisons import ALL_CALLS, GENUINE_HIT, TOO_FEW, Comparison, Figure, Hit, Standing
from prankfilter.vocabulary import Basis

PICTURE, TEXT = "comparison.png", "comparison.txt"
_COLOURS = {Standing.HOLDS: "#1b7837", Standing.OPEN: "#8a8a8a", Standing.WORSE: "#b2182b"}
_WORDS = {Standing.HOLDS: "holds", Standing.OPEN: "open", Standing.WORSE: "WORSE"}
_WIDEST = 4.0
"""Gains are shown to so many times the accepted loss; what lies beyond ends at the edge."""
SIMULATED = "Compared on SIMULATED calls: it shows that the software works, not which model is better."


def in_words(comparison: Comparison) -> str:
    """The figure that leads everything first: genuine callers hit."""
    lines = [
        f"{comparison.challenger} against {comparison.champion} on {comparison.calls} calls of "
        f"{comparison.callers} callers, {comparison.period_start:%Y-%m-%d} to "
        f"{comparison.period_end:%Y-%m-%d}",
        *([SIMULATED] if comparison.basis is Basis.SIMULATED else []),
        f"genuine callers hit at operating points set to hit {comparison.hit_share:.1%} of other callers: "
        f"{_hit(comparison.challenger_hit)}; before: {_hit(comparison.champion_hit)}",
        f"primary metric, named beforehand: {_line(comparison.primary_figure)}",
        "all calls:",
        *(f"  {_line(one)}" for one in comparison.figures if one.group == ALL_CALLS),
        "slices:",
        *(f"  {one.group}: {_line(one)}" for one in comparison.figures if one.group != ALL_CALLS),
        *(f"  {group}: too few pranks or genuine callers to tell" for group in comparison.extra[TOO_FEW]),
        *(f"left out: {count} calls {why}" for why, count in comparison.left_out.items() if count),
    ]
    return "\n".join(lines)


def _hit(hit: Hit) -> str:
    return f"{hit.hits} of {hit.genuine_callers}, at most {hit.worst_case_share:.2%}"


def _line(one: Figure) -> str:
    return (
        f"{_WORDS[one.standing]:5}  {one.metric}: {one.champion:.4f} -> {one.challenger:.4f}, gain "
        f"{one.gain:+.4f} [{one.low:+.4f}, {one.high:+.4f}], accepted loss {one.margin:g}, n {one.n}"
    )


def write_report(folder: Path, comparison: Comparison) -> tuple[Path, Path]:
    """Write text and picture; returns their paths."""
    folder.mkdir(parents=True, exist_ok=True)
    text, picture = folder / TEXT, folder / PICTURE
    text.write_text(f"{in_words(comparison)}\n", encoding="utf-8")
    picture_of(comparison).savefig(picture, dpi=120)
    return text, picture


def picture_of(comparison: Comparison) -> Picture:
    """Every gain with its interval, in units of the loss that is accepted: what stays right of -1 holds."""
    figures = list(reversed(comparison.figures))
    picture = Picture(figsize=(9.0, 1.6 + 0.24 * len(figures)), layout="constrained")
    FigureCanvasAgg(picture)
    axes = picture.add_subplot()
    for place, one in enumerate(figures):
        ends = [one.low / one.margin, one.high / one.margin]
        axes.plot(ends, [place, place], color=_COLOURS[one.standing], linewidth=2)
        axes.plot(one.gain / one.margin, place, "o", color=_COLOURS[one.standing], markersize=4)
    axes.axvline(-1, color="black", linestyle="--", linewidth=1)
    axes.axvline(0, color="black", linewidth=0.5)
    axes.set_yticks(range(len(figures)), [_name(one, comparison) for one in figures], fontsize=7)
    axes.set_xlim(-_WIDEST, _WIDEST)
    axes.set_xlabel("gain of the challenger / accepted loss, 95 % interval over callers (dashed: the limit)")
    basis = "SIMULATED calls" if comparison.basis is Basis.SIMULATED else "real calls"
    axes.set_title(
        f"{comparison.challenger} against {comparison.champion}, {comparison.calls} {basis}", fontsize=9
    )
    return picture


def _name(one: Figure, comparison: Comparison) -> str:
    metric = "genuine callers hit" if one.metric == GENUINE_HIT else one.metric
    if one.group != ALL_CALLS:
        return f"{one.group} · {metric} (n {one.n})"
    return f"{metric}{' (primary)' if one.metric == comparison.primary else ''} (n {one.n})"
