"""What a challenger is compared by: a table of metrics, each with the loss that is still accepted.

One of them is the primary metric, named before anybody looks. The default is `DEFAULT`: the area under
precision and recall of pranks at 5 s. It serves the mission (pranks found among the calls that are flagged),
rests on every call rather than on the few beyond a far quantile, and so is stable where a recall at 0.1 % of
genuine calls would turn on three of them.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from prankfilter_training.evaluation.intervals import Array, Drawn, Weights, drawn, drawn_means
from prankfilter_training.evaluation.judged import Judged
from prankfilter_training.evaluation.metrics import Ranked, Tallies, average_precision, recall_at

Compute = Callable[[Judged], Drawn]
"""The metric of some rows, with what it comes to in each draw of their callers."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Metric:
    """One row.

    Attributes
    ----------
    name : str
        As ``--primary`` takes it.
    says : str
        What it is, for people.
    look : str
        The moment it is measured at, as `judged.LOOK_NAMES` has it.
    more_is_better : bool
    margin, slice_margin : float
        The loss that is still accepted, on all calls and in a slice, in the metric's unit.
    compute : callable
        `Compute`.
    """

    name: str
    says: str
    look: str
    more_is_better: bool
    margin: float
    slice_margin: float
    compute: Compute


def _ranked(rows: Judged, figure: Callable[[Tallies], Array]) -> Drawn:
    """A metric that follows from the order of the margins alone."""
    ranked = Ranked.of(rows.margin, rows.prank, rows.genuine)

    def of(weights: Weights) -> dict[str, Array]:
        return {"figure": figure(ranked.tally(weights))}

    return drawn(of, rows.units)["figure"]


def _pr_auc(rows: Judged) -> Drawn:
    return _ranked(rows, average_precision)


def _recall(rows: Judged) -> Drawn:
    return _ranked(rows, lambda tallies: recall_at(tallies, RECALL_SHARE))


def _brier(rows: Judged) -> Drawn:
    error = (rows.score - rows.prank) ** 2
    return drawn_means({"figure": (error, None)}, rows.units)["figure"]


RECALL_SHARE = 0.01

DEFAULT = "pr_auc_5_s"

METRICS: tuple[Metric, ...] = (
    Metric(
        name=DEFAULT,
        says="area under precision and recall of pranks at 5 s",
        look="5 s",
        more_is_better=True,
        margin=0.02,
        slice_margin=0.05,
        compute=_pr_auc,
    ),
    Metric(
        name="pr_auc_ring",
        says="the same before anything was heard",
        look="ring",
        more_is_better=True,
        margin=0.02,
        slice_margin=0.05,
        compute=_pr_auc,
    ),
    Metric(
        name="prank_recall_5_s",
        says="share of pranks above the threshold that hits 1 % of genuine calls, at 5 s",
        look="5 s",
        more_is_better=True,
        margin=0.05,
        slice_margin=0.10,
        compute=_recall,
    ),
    Metric(
        name="brier_5_s",
        says="mean squared error of the prank score at 5 s",
        look="5 s",
        more_is_better=False,
        margin=0.005,
        slice_margin=0.02,
        compute=_brier,
    ),
)
"""Every metric that may be the primary one."""

by_name = {metric.name: metric for metric in METRICS}

HIT_MARGIN, HIT_SLICE_MARGIN = 0.02, 0.05
"""How many more of the genuine callers a challenger may hit, as a share, at operating points set to hit the
same share: overall, and in a slice. With 1 % hit by both and no difference between them, some 500 genuine
callers show the first."""
