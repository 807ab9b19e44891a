"""What the calls of each month were, as far as somebody said so."""

from __future__ import annotations

from typing import Any

import numpy as np
import polars as pl
from numpy.typing import NDArray

from prankfilter.vocabulary import KINDS, Label
from prankfilter_training.evaluation.intervals import count_figure
from prankfilter_training.fitting.fit import Prepared
from prankfilter_training.rows.build import RING


def months(prepared: Prepared, chosen: NDArray[np.bool_]) -> list[dict[str, Any]]:
    """For each month since the first chosen call: answered calls, how many unlabelled, shares of labels.

    Shares of labels are of the labelled calls. Intervals are Clopper-Pearson's, as if every call stood alone.
    """
    rings = prepared.rows.call[chosen & (prepared.rows.look == RING)]
    if not rings.size:
        return []
    table = prepared.log.table.with_columns(
        month=pl.col("received_at").dt.convert_time_zone(str(prepared.log.zone)).dt.strftime("%Y-%m"),
        said=pl.Series([str(label) for label in prepared.labels], dtype=pl.String()),
    ).slice(int(rings.min()))
    call_back = pl.col("priority").str.to_lowercase().eq("psap-callback").fill_null(False)
    heard = table.filter(
        ~call_back
        & (pl.col("answered_at").is_not_null() | pl.col("said").is_in([str(kind) for kind in KINDS]))
        & (pl.col("said") != str(Label.ABANDONED))
    )
    counts = heard.group_by("month", "said").len().sort("month", "said")
    return [
        _month(str(month[0]), dict(zip(rows["said"].to_list(), rows["len"].to_list(), strict=True)))
        for month, rows in counts.group_by("month", maintain_order=True)
    ]


def _month(name: str, count: dict[str, int]) -> dict[str, Any]:
    answered = sum(count.values())
    labelled = sum(count.get(kind, 0) for kind in KINDS)
    return {
        "month": name,
        "answered": answered,
        "unlabelled": count_figure(answered - labelled, answered),
        "labels": {str(kind): count_figure(count.get(kind, 0), labelled) for kind in KINDS},
    }
