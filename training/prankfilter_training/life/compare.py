"""A challenger against a champion on the same later calls, caller by caller.

Both judge the same rows. Figures are compared draw by draw: callers are drawn with replacement, the same ones
for both models, so that what makes calls hard for both cancels out (a paired bootstrap). What counts most is
whether genuine callers are hit more often. Margins of two models have no common scale, so each gets the
threshold that hits one and the same share of genuine callers (`hits`).
"""

from __future__ import annotations

import dataclasses
import datetime as dt
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from tqdm import tqdm

from prankfilter.bundle.comparisons import ALL_CALLS, TOO_FEW, Comparison, Figure
from prankfilter.classifier.model import Model
from prankfilter.errors import BadInput
from prankfilter.vocabulary import Basis
from prankfilter_training.evaluation.intervals import unit_of
from prankfilter_training.evaluation.judged import LOOK_NAMES, Judged, judged
from prankfilter_training.evaluation.metrics import Flags
from prankfilter_training.evaluation.slices import CUTS, UNKNOWN, Look
from prankfilter_training.fitting.fit import Prepared
from prankfilter_training.life.hits import LEAST_CALLERS, Hits, served_margins
from prankfilter_training.life.metrics import DEFAULT, METRICS, Metric, by_name
from prankfilter_training.proof.eligible import learnt_until
from prankfilter_training.rows.build import RING

DRAWS = 1000
HIT_SHARE = 0.01
"""Share of genuine callers that both operating points are set to hit."""
SLICED = ("child_voice", "silence", "handset", "number", "hour", "centre")
"""Cuts of `evaluation.slices` that a challenger may not be worse in."""
LEAST_PRANKS = 20
"""Pranks below which no metric of them is told; genuine callers are `hits.LEAST_CALLERS`."""


@dataclass(frozen=True, slots=True, eq=False)
class Side:
    """A model, and the log as its own ears heard it."""

    model: Model
    prepared: Prepared


def compare(
    champion: Side,
    challenger: Side,
    *,
    primary: str = DEFAULT,
    hit_share: float = HIT_SHARE,
    draws: int = DRAWS,
    made_at: dt.datetime,
) -> tuple[Comparison, NDArray[np.int64]]:
    """Compare two models on the calls of one log that neither learned from.

    Parameters
    ----------
    champion, challenger : Side
        Of the same log.
    primary : str
        Name of the `Metric` that was chosen beforehand.
    hit_share : float
        Share of genuine callers to set operating points by, in (0, 1).
    draws : int
        How often callers are drawn for an interval.
    made_at : datetime
        Aware.

    Returns
    -------
    Comparison, ndarray of int
        Not written yet; and the places in the log of the calls that it rests on.

    Raises
    ------
    BadInput
        If both are the same model, no call is late enough, or the primary metric cannot be measured.
    """
    if champion.model.model_id == challenger.model.model_id:
        raise BadInput(f"both are model {champion.model.model_id}; name two")
    log, later = champion.prepared.log, _later_rows(champion, challenger)
    before, after = (_judged(side, later, draws) for side in (champion, challenger))
    margins = [served_margins(side.model, side.prepared, later) for side in (champion, challenger)]
    hits = Hits.of(before[LOOK_NAMES[RING]], margins, hit_share)
    slices = _in_slices(champion.prepared, before, after, hits)
    cut = [one for figures in slices.values() for one in figures]
    calls = np.unique(champion.prepared.rows.call[later])
    received = log.table["received_at"].gather(calls)
    comparison = Comparison(
        champion=champion.model.model_id,
        challenger=challenger.model.model_id,
        basis=Basis.SIMULATED if log.simulated else Basis.REAL,
        log=log.digest,
        made_at=made_at,
        period_start=received[0].astimezone(log.zone),
        period_end=received[-1].astimezone(log.zone),
        calls=len(calls),
        callers=before[LOOK_NAMES[RING]].callers(np.ones(len(calls), dtype=bool)),
        left_out=_left_out(champion.prepared, later),
        primary=primary,
        figures=(*_measured(before, after), hits.overall(), *cut),
        champion_hit=hits.hit(0),
        challenger_hit=hits.hit(1),
        hit_share=hit_share,
        extra={TOO_FEW: [group for group, figures in slices.items() if not figures]},
    )
    if comparison.figure(primary) is None:
        look = by_name[primary].look
        raise BadInput(
            f"{primary} cannot be measured: too few pranks or genuine calls of this log lived to {look}, or "
            "none was heard. Give a later or longer log, or name another --primary before you look at any"
        )
    return comparison, calls


# --- which calls -----------------------------------------------------------------------------------


def _later_rows(champion: Side, challenger: Side) -> Flags:
    """Rows of calls that were received after both models had learned all they know."""
    rows, others = champion.prepared.rows, challenger.prepared.rows
    if not (np.array_equal(rows.call, others.call) and np.array_equal(rows.look, others.look)):
        raise BadInput("the ears of the two models do not hear the same looks of these calls")
    log = champion.prepared.log
    basis = Basis.SIMULATED if log.simulated else Basis.REAL
    known = [(learnt_until(side.model, basis), side.model.model_id) for side in (champion, challenger)]
    until, model_id = max(((end, name) for end, name in known if end is not None), default=(None, ""))
    if until is None:
        return np.ones(len(rows.call), dtype=bool)
    late = (log.table["received_at"] >= until.astimezone(dt.UTC)).to_numpy()
    later = np.asarray(late[rows.call])
    if not later.any():
        raise BadInput(
            f"no labelled call of this log is later than what model {model_id} learned from, which ends "
            f"on {until:%Y-%m-%d}; give a later log"
        )
    return later


def _left_out(prepared: Prepared, later: Flags) -> Mapping[str, int]:
    used = len(np.unique(prepared.rows.call[later]))
    labelled = len(np.unique(prepared.rows.call))
    return {
        "not answered, not labelled, or a call-back": len(prepared.log.table) - labelled,
        "not later than what either model learned from": labelled - used,
    }


# --- figures ---------------------------------------------------------------------------------------

Looks = Mapping[str, Judged]


def _judged(side: Side, later: Flags, draws: int) -> Looks:
    wanted = [LOOK_NAMES.index(look) for look in sorted({metric.look for metric in METRICS})]
    rows = judged(side.model, side.prepared, later & np.isin(side.prepared.rows.look, wanted))
    return {name: _with_draws(at_look, draws) for name, at_look in rows.items()}


def _with_draws(rows: Judged, draws: int) -> Judged:
    """Draw callers often enough for the ends of an interval, the same ones for both models."""
    numbers = np.unique(rows.caller, return_inverse=True)[1]
    return dataclasses.replace(rows, units=(unit_of("caller", numbers, draws=draws),))


def _measured(before: Looks, after: Looks) -> Iterator[Figure]:
    for metric in METRICS:
        if metric.look in before:
            yield from _figure(metric, ALL_CALLS, before[metric.look], after[metric.look], metric.margin)


def _figure(metric: Metric, group: str, before: Judged, after: Judged, margin: float) -> Iterator[Figure]:
    """One figure, where there are pranks and genuine calls enough to tell anything."""
    if before.prank.sum() < LEAST_PRANKS or before.callers(before.genuine) < LEAST_CALLERS:
        return
    champion, challenger = metric.compute(before), metric.compute(after)
    gain = challenger.minus(champion) if metric.more_is_better else champion.minus(challenger)
    low, high = gain.interval()
    yield Figure(
        metric=metric.name,
        group=group,
        n=len(before),
        champion=champion.value,
        challenger=challenger.value,
        gain=gain.value,
        low=low,
        high=high,
        margin=margin,
    )


def _in_slices(prepared: Prepared, before: Looks, after: Looks, hits: Hits) -> dict[str, list[Figure]]:
    """Figures by piece of every cut: the default metric where it can be measured, genuine callers hit."""
    metric = by_name[DEFAULT] if by_name[DEFAULT].look in before else by_name["pr_auc_ring"]
    rows, others = before[metric.look], after[metric.look]
    look = Look(prepared, rows, LOOK_NAMES.index(metric.look))
    figures: dict[str, list[Figure]] = {}
    for cut in tqdm([cut for cut in CUTS if cut.name in SLICED], desc="slices", unit="cut", mininterval=1.0):
        pieces = cut.pieces(look)
        for piece in sorted(set(pieces.tolist()) - {UNKNOWN}):
            calls, group = rows.call[pieces == piece], f"{cut.name}: {piece}"
            if len(calls) == len(rows):
                continue
            # The rows of two models need not stand in the same order.
            mine, theirs = (judged_by.at(np.isin(judged_by.call, calls)) for judged_by in (rows, others))
            figures[group] = [
                *_figure(metric, group, mine, theirs, metric.slice_margin),
                *hits.among(group, calls),
            ]
    return figures
