"""The same figures week by week, so that a model that wears off is seen."""

from __future__ import annotations

import datetime as dt
from typing import Any

import numpy as np

from prankfilter_training.evaluation.judged import Judged
from prankfilter_training.evaluation.metrics import threshold_at
from prankfilter_training.evaluation.moments import HIT_SHARES
from prankfilter_training.evaluation.slices import piece_figures
from prankfilter_training.fitting.fit import Prepared

WEEK = dt.timedelta(days=7)


def weekly(prepared: Prepared, rows: Judged) -> list[dict[str, Any]]:
    """Figures of each week that holds calls, from the local midnight before the first call on.

    Thresholds are those that hit the fixed shares of all genuine calls of the whole time.
    """
    if not len(rows):
        return []
    received = prepared.log.table["received_at"].gather(rows.call)
    earliest = prepared.calls[int(rows.call.min())].record.received_at
    first = earliest.replace(hour=0, minute=0, second=0, microsecond=0)
    number = (received.dt.timestamp("us").to_numpy() / 1e6 - first.timestamp()) // WEEK.total_seconds()
    thresholds = {share: threshold_at(rows.margin, rows.genuine, share) for share in HIT_SHARES}
    return [
        {
            "from": (first + int(week) * WEEK).date().isoformat(),
            **piece_figures(rows.at(number == week), thresholds),
        }
        for week in np.unique(number)
    ]
