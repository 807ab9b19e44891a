"""What a model can do at each moment of a call, in plain figures."""

from __future__ import annotations

from typing import Any

import numpy as np

from prankfilter_training.evaluation.intervals import Array, Drawn, drawn, drawn_means, figure, share_figure
from prankfilter_training.evaluation.judged import Judged
from prankfilter_training.evaluation.metrics import Ranked, Weights, average_precision, recall_at

HIT_SHARES = (0.01, 0.001)
"""Shares of genuine calls hit at which the recall of pranks is reported."""


def recall_name(share: float) -> str:
    """The key of a recall in every document."""
    return f"prank_recall_at_{share:.1%}_of_genuine"


def counts(rows: Judged) -> dict[str, int]:
    """How many calls some rows are of, and how many callers made them."""
    return {
        "calls": len(rows),
        "pranks": int(rows.prank.sum()),
        "genuine": int(rows.genuine.sum()),
        "callers": rows.callers(np.ones(len(rows), dtype=bool)),
    }


def ranking(rows: Judged) -> dict[str, Drawn]:
    """Figures that follow from the order of the margins alone."""
    ranked = Ranked.of(rows.margin, rows.prank, rows.genuine)

    def metric(weights: Weights) -> dict[str, Array]:
        tallies = ranked.tally(weights)
        recalls = {recall_name(share): recall_at(tallies, share) for share in HIT_SHARES}
        return {"pr_auc": average_precision(tallies), **recalls}

    return drawn(metric, rows.units)


def ranking_figures(rows: Judged, of: dict[str, Drawn]) -> dict[str, Any]:
    """Write down what `ranking` computed, or a difference of two of them."""
    pranks, callers = int(rows.prank.sum()), rows.callers(rows.prank)
    recalls = {
        recall_name(share): share_figure(of[recall_name(share)], pranks, callers) for share in HIT_SHARES
    }
    return {"pr_auc": figure(of["pr_auc"], len(rows)), **recalls}


def moment(rows: Judged) -> dict[str, Any]:
    """All figures of one look.

    Returns
    -------
    dict
        ``calls``, ``pranks``, ``genuine``, ``callers``; ``pr_auc``; ``brier``, the mean squared error of the
        prank score (0 is perfect); ``mean_score`` beside ``prank_share``, which are equal where the score is
        calibrated; the recall of pranks at fixed shares of genuine calls hit.
    """
    error = np.square(rows.score - rows.prank)
    means = drawn_means(
        {"brier": (error, None), "mean_score": (rows.score, None), "prank_share": (rows.prank, None)},
        rows.units,
    )
    return {
        **counts(rows),
        **ranking_figures(rows, ranking(rows)),
        **{name: figure(of, len(rows)) for name, of in means.items()},
    }
