"""One look at a simulated log: when calls come, what they are, and how that changes."""

from __future__ import annotations

from pathlib import Path

import matplotlib as mpl
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from prankfilter.features.almanac import is_school_day
from prankfilter.vocabulary import Label
from prankfilter_training.simulation.simulate import SimulatedLog

WEEKDAYS = ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun")


def write_picture(log: SimulatedLog, path: Path) -> None:
    """Draw calls by hour and weekday, labels by month, and child play by hour."""
    mpl.use("Agg")
    calls = log.calls
    answered = calls[calls["answered_at"].notna() & calls["priority"].isna()]
    picture = Figure(figsize=(15, 8), layout="constrained")
    (clock, kinds), (children, week) = picture.subplots(2, 2)
    _clock(clock, answered)
    _kinds(kinds, calls)
    _children(children, answered)
    _lengths(week, answered)
    picture.suptitle(
        f"{log.made_by['notice']}\n{len(calls)} calls and attempts from {log.made_by['start']} on"
    )
    picture.savefig(path, dpi=100)


def _clock(axes: Axes, calls: pd.DataFrame) -> None:
    """Answered calls by local hour and weekday, surges included."""
    at = calls["received_at"].dt
    counts = pd.crosstab(at.day_of_week, at.hour).reindex(index=range(7), columns=range(24), fill_value=0)
    shown = axes.imshow(counts, aspect="auto", cmap="viridis")
    axes.figure.colorbar(shown, ax=axes, label="calls")
    axes.set(title="Answered calls", xlabel="local hour", yticks=range(7), yticklabels=WEEKDAYS)


def _kinds(axes: Axes, calls: pd.DataFrame) -> None:
    """All calls by month and label, as written in the log."""
    month = calls["received_at"].dt.strftime("%Y-%m")
    counts = pd.crosstab(month, calls["label"])
    counts = counts[[str(label) for label in Label if str(label) in counts]]
    counts.plot.bar(stacked=True, ax=axes, colormap="tab10", width=0.85)
    axes.set(title="Labels by month", xlabel="", ylabel="calls")
    axes.legend(fontsize=7, loc="upper left", bbox_to_anchor=(1.0, 1.0))


def _children(axes: Axes, calls: pd.DataFrame) -> None:
    """Child play a day by local hour, on school days and on others."""
    days = pd.Series(calls["received_at"].dt.date.unique())
    school = days.map(is_school_day).astype(bool)
    play = calls[calls["sim_true_label"] == Label.CHILD_PLAY]
    for name, chosen in (("school days", days[school]), ("days without school", days[~school])):
        hours = play[play["received_at"].dt.date.isin(set(chosen))]["received_at"].dt.hour
        counts = hours.value_counts().reindex(range(24), fill_value=0) / max(len(chosen), 1)
        axes.step(range(24), counts, where="mid", label=f"{name} ({len(chosen)})")
    axes.set(title="Child play", xlabel="local hour", ylabel="calls a day")
    axes.legend()


def _lengths(axes: Axes, calls: pd.DataFrame) -> None:
    """How long calls last, by what they truly were."""
    kinds = [str(label) for label in Label if (calls["sim_true_label"] == label).any()]
    lengths = [calls.loc[calls["sim_true_label"] == kind, "duration_s"].dropna() for kind in kinds]
    axes.boxplot(lengths, orientation="horizontal", tick_labels=kinds, showfliers=False)
    axes.set(title="Length after the answer", xlabel="seconds", xscale="log")
