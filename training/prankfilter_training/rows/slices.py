"""Splits that cannot leak: forward in time, and no caller and no incident on both sides."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from enum import IntEnum

import numpy as np
import polars as pl
from numpy.typing import NDArray

from prankfilter_training.log.call import LoggedCall
from prankfilter_training.log.table import Log
from prankfilter_training.rows.columnar.clock import DAY_US
from prankfilter_training.rows.columnar.sheet import Sheet


class Slice(IntEnum):
    """What a call is used for."""

    DROPPED = -1
    """Its caller or its incident is heard of again in a later slice."""
    FIT = 0
    CALIBRATE = 1
    EVALUATE = 2
    RESERVED = 3
    """Seen by nobody: what is left of the log for a certificate."""


def slices_of(log: Log, edges: tuple[float, ...]) -> NDArray[np.int64]:
    """Put each call into a slice.

    Parameters
    ----------
    log : Log
        In order of time.
    edges : tuple of float
        Shares of the log's time, from its first local midnight to its last, at which the slices end.

    Returns
    -------
    ndarray of int, shape (calls,)
        A `Slice`. Calls of a caller who calls again in a later slice are dropped from the earlier one, never
        the other way round; so are calls of an incident (`incident_id`) that goes on there.
    """
    place = np.searchsorted(edges, elapsed(log), side="right")
    named = log.table.select("caller", "incident_id", pl.Series("place", place, dtype=pl.Int64))
    goes_on = pl.any_horizontal(
        (pl.col("place").max().over(name) > pl.col("place")) & pl.col(name).is_not_null()
        for name in ("caller", "incident_id")
    )
    return np.where(named.select(goes_on.alias("dropped"))["dropped"], Slice.DROPPED, place)


def elapsed(log: Log) -> NDArray[np.float64]:
    """How much of the log's time had passed at each call, by the clock on the centre's wall; in [0, 1)."""
    if not len(log.table):
        return np.empty(0)
    wall_us = Sheet(log).wall_us
    start = wall_us[0] // DAY_US * DAY_US
    end = (wall_us[-1] // DAY_US + 1) * DAY_US
    passed: NDArray[np.float64] = (wall_us - start) / (end - start)
    return passed


def span(calls: Sequence[LoggedCall]) -> tuple[dt.datetime, dt.datetime]:
    """The log's first local midnight and its last."""
    midnight = dt.time(0)
    first, last = calls[0].record.received_at, calls[-1].record.received_at
    start = dt.datetime.combine(first.date(), midnight, first.tzinfo)
    return start, dt.datetime.combine(last.date() + dt.timedelta(days=1), midnight, last.tzinfo)
