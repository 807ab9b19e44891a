"""How busy the call's area is: its calls of the last quarter of an hour beside what is usual at that time."""

from __future__ import annotations

import math
from functools import partial

from prankfilter.features.evidence import Evidence
from prankfilter.features.row import Feature, Source, Unit
from prankfilter.vocabulary import Moment

MOST_CALLS = 10_000.0
LARGEST_RATIO = 100.0


def recent(evidence: Evidence) -> float:
    """Return how many calls the area made in the window before this one (`memory.SURGE_WINDOW`)."""
    load = evidence.history.area
    return math.nan if load is None else float(min(max(load.recent_count, 0), MOST_CALLS))


def usual(evidence: Evidence) -> float:
    """Return the mean number of calls in the same window of the days before."""
    load = evidence.history.area
    if load is None or not load.usual_count >= 0.0:
        return math.nan
    return min(load.usual_count, MOST_CALLS)


def load_ratio(evidence: Evidence) -> float:
    """Return (recent + 1) / (usual + 1): 1 is as usual; an area that is usually quiet does not explode."""
    return min((recent(evidence) + 1.0) / (usual(evidence) + 1.0), LARGEST_RATIO)


_NOT_ON_RECORD = "Store or log do not reach back far enough, or the store is unknown."

_row = partial(Feature, source=Source.AREA, known_from=Moment.RING, version=1, low=0.0)

AREA_FEATURES: tuple[Feature, ...] = (
    _row(
        name="area_recent_count",
        unit=Unit.COUNT,
        compute=recent,
        meaning="Calls from the area (cell, else trunk, else centre) in the 15 minutes before this one.",
        missing=_NOT_ON_RECORD,
        high=MOST_CALLS,
        says="dari wilayah ini {value} panggilan dalam 15 menit terakhir",
    ),
    _row(
        name="area_usual_count",
        unit=Unit.COUNT,
        compute=usual,
        meaning="Mean of the same 15 minutes over the 28 days before.",
        missing="Fewer than seven of these days are on record.",
        high=MOST_CALLS,
        says="dari wilayah ini biasanya {value} panggilan dalam 15 menit pada jam ini",
    ),
    _row(
        name="area_load_ratio",
        unit=Unit.RATIO,
        compute=load_ratio,
        meaning="Recent calls plus one, divided by the usual ones plus one.",
        missing="Fewer than seven of these days are on record.",
        high=LARGEST_RATIO,
        says="panggilan dari wilayah ini {value} kali biasanya",
    ),
)
