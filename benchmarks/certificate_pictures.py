"""Pictures of the study of certificates; every one says that it is simulated."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import matplotlib as mpl
import numpy as np

mpl.use("Agg")
from matplotlib import pyplot as plt

from benchmarks.certificate_waiting import ALPHAS, CENTRES, months_until, pool_months
from benchmarks.certificate_worlds import ALPHA, Drawn

SIZE = (8.0, 4.5)
DPI = 110


def shares(path: Path, rows: Sequence[Drawn]) -> None:
    """True shares of the first row, the last row beside them, and the line that they should keep to."""
    figure, axes = plt.subplots(figsize=SIZE, layout="constrained")
    edges = np.linspace(0, 3 * ALPHA, 61)
    for row in (rows[0], rows[-1]):
        label = f"{row.name}: {row.exceeding} of {row.draws} exceed"
        axes.hist(np.minimum(row.true_shares, edges[-1]), bins=edges, alpha=0.6, label=label)
    axes.axvline(ALPHA, color="black", linestyle="--", label=f"promised: {ALPHA:.1%}")
    axes.set(
        title="SIMULATED: true share of genuine callers who would get `verify`",
        xlabel="true share",
        ylabel="calibrations",
    )
    axes.xaxis.set_major_formatter(mpl.ticker.PercentFormatter(1.0, decimals=2))
    axes.legend()
    _save(figure, path)


def breaks(path: Path, rows: Sequence[Drawn]) -> None:
    """How often each scenario exceeds, against what chance allows."""
    figure, axes = plt.subplots(figsize=(SIZE[0], 0.36 * len(rows) + 1.4), layout="constrained")
    places = np.arange(len(rows))[::-1]
    colours = ["tab:green" if row.holds else "tab:red" for row in rows]
    axes.barh(places, [row.exceeding / row.draws for row in rows], color=colours)
    axes.axvline(rows[0].most_allowed / rows[0].draws, color="black", linestyle="--", label="chance allows")
    axes.set_yticks(places, [row.name for row in rows], fontsize=8)
    axes.set(title="SIMULATED: calibrations that promised too much", xlabel="share of calibrations")
    axes.xaxis.set_major_formatter(mpl.ticker.PercentFormatter(1.0))
    axes.legend(loc="lower right")
    _save(figure, path)


def waiting(path: Path, callers_of_a_call: float) -> None:
    """Months until the first certificate, alone and pooled."""
    figure, both = plt.subplots(1, 2, figsize=SIZE, sharey=True, layout="constrained")
    for axes, title, months in zip(both, ("alone", "ten alike"), (months_until, pool_months), strict=True):
        for centre in CENTRES:
            found = [months(alpha, centre.genuine_a_month * callers_of_a_call) for alpha in ALPHAS]
            known = [(alpha, value) for alpha, value in zip(ALPHAS, found, strict=True) if value is not None]
            if known:
                axes.plot(*zip(*known, strict=True), marker="o", label=centre.name)
        axes.set(xscale="log", yscale="log", title=title, xlabel="share of genuine callers")
        axes.set_xticks(ALPHAS, [f"{alpha:.1%}" for alpha in ALPHAS], fontsize=7)
        axes.minorticks_off()
        axes.axhline(24, color="black", linestyle=":")
    both[0].set_ylabel("months of calls (two years at most)")
    both[0].legend(fontsize=7)
    figure.suptitle("SIMULATED shares of callers: months until a first certificate for `other`", fontsize=10)
    _save(figure, path)


def _save(figure: plt.Figure, path: Path) -> None:
    # Without the version of the library in it, the same study gives the same file.
    figure.savefig(path, dpi=DPI, metadata={"Software": None})
    plt.close(figure)
