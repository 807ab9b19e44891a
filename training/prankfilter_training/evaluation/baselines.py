"""What the model is held against: today's practice, one sort of feature, a simpler model.

A rule has no threshold: it hits the genuine calls it hits. So the model's recall is read at that same share
of genuine calls, on the same calls.
"""

from __future__ import annotations

import datetime as dt
from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import polars as pl
from numpy.typing import NDArray
from sklearn.impute import SimpleImputer
from sklearn.linear_model import LogisticRegression
from sklearn.pipeline import Pipeline, make_pipeline
from sklearn.preprocessing import StandardScaler
from threadpoolctl import threadpool_limits

from prankfilter.vocabulary import PRANK_LABELS
from prankfilter_training.evaluation.intervals import Array, drawn, figure, share_figure
from prankfilter_training.evaluation.judged import GENUINE, PRANK_KINDS, Judged
from prankfilter_training.evaluation.metrics import Ranked, Weights, recall_at
from prankfilter_training.fitting.fit import Prepared
from prankfilter_training.rows.slices import Slice

BLOCKED_FOR = dt.timedelta(hours=24)
"""Indonesian centres block a number for 24 hours after a prank."""


@dataclass(frozen=True, slots=True)
class Rule:
    """Block a number for `BLOCKED_FOR` after each prank, from the n-th prank on."""

    name: str
    pranks: int

    @property
    def meaning(self) -> str:
        """In words."""
        return (
            f"a number is blocked for 24 h after each call that a call taker labelled a prank, from its "
            f"prank number {self.pranks} in this log on; the label counts at once, unreviewed"
        )


RULES = (Rule("block after one prank", 1), Rule("block after three pranks", 3))


def blocked(table: pl.DataFrame, rule: Rule) -> NDArray[np.bool_]:
    """Which calls of a log a rule would have blocked, shape (calls,)."""
    said_at = pl.coalesce("label_at", "ended_at", "received_at")
    pranks = (
        table.filter(
            pl.col("label").is_in([str(label) for label in PRANK_LABELS]), pl.col("caller").is_not_null()
        )
        .select("caller", said_at.dt.epoch("us").alias("at"))
        .sort("at")
    )
    said: defaultdict[str, list[int]] = defaultdict(list)
    for caller, at in pranks.iter_rows():
        said[caller].append(at)
    moments = {caller: np.array(at) for caller, at in said.items()}
    received = table["received_at"].dt.epoch("us")
    return np.array(
        [
            _is_blocked(moments.get(caller), at, rule)
            for caller, at in zip(table["caller"], received, strict=True)
        ]
    )


def _is_blocked(pranks: NDArray[np.int64] | None, at: int, rule: Rule) -> bool:
    if pranks is None:
        return False
    known = int(np.searchsorted(pranks, at, side="left"))
    return known >= rule.pranks and at - int(pranks[known - 1]) < BLOCKED_FOR / dt.timedelta(microseconds=1)


def rule_figures(prepared: Prepared, looks: Mapping[str, Judged]) -> dict[str, Any]:
    """Each rule at each look: genuine calls hit, pranks found, the model's recall at equal genuine hit."""
    table = prepared.log.table
    return {
        rule.name: {
            "meaning": rule.meaning,
            "looks": {name: _against(rows, hit[rows.call]) for name, rows in looks.items()},
        }
        for rule, hit in ((rule, blocked(table, rule)) for rule in RULES)
    }


def _against(rows: Judged, hit: NDArray[np.bool_]) -> dict[str, Any]:
    ranked = Ranked.of(rows.margin, rows.prank, rows.genuine)

    def metric(weights: Weights) -> dict[str, Array]:
        genuine, pranks = weights @ rows.genuine, weights @ rows.prank
        with np.errstate(invalid="ignore", divide="ignore"):
            share = (weights @ (hit & rows.genuine)) / genuine
            recall = (weights @ (hit & rows.prank)) / pranks
        model = recall_at(ranked.tally(weights), np.nan_to_num(share))
        return {"hit": share, "recall": recall, "model": model, "gain": model - recall}

    of = drawn(metric, rows.units)
    genuine, pranks = int(rows.genuine.sum()), int(rows.prank.sum())
    callers = rows.callers(rows.prank)
    return {
        "genuine_hit": share_figure(of["hit"], genuine, rows.callers(rows.genuine)),
        "prank_recall": share_figure(of["recall"], pranks, callers),
        "model_recall_at_equal_hit": share_figure(of["model"], pranks, callers),
        "model_minus_rule": figure(of["gain"], pranks),
    }


# --- a simpler model ---------------------------------------------------------------------------------


def logistic_margins(learnt: Prepared, tested: Prepared, columns: list[int]) -> Array:
    """Margins of a logistic regression for all rows of the tested log.

    Unknown values are replaced by the median, with an indicator beside them; columns are scaled. Fitted on
    the same slice, rows and weights as the forest.
    """
    chosen = learnt.part(Slice.FIT)
    pipeline = _pipeline()
    with threadpool_limits(limits=1):
        pipeline.fit(
            learnt.rows.values[chosen][:, columns],
            learnt.kind[chosen],
            logisticregression__sample_weight=learnt.rows.weight[chosen],
        )
        log_p = pipeline.predict_log_proba(tested.rows.values[:, columns])
    kinds = pipeline.classes_
    pranks = np.logaddexp.reduce(log_p[:, np.isin(kinds, PRANK_KINDS)], axis=1)
    return np.asarray(pranks - log_p[:, kinds == GENUINE][:, 0])


def _pipeline() -> Pipeline:
    return make_pipeline(
        SimpleImputer(strategy="median", add_indicator=True, keep_empty_features=True),
        StandardScaler(),
        LogisticRegression(max_iter=2000, tol=1e-3),
    )
