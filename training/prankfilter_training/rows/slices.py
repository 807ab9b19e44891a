"""Splits that cannot leak: forward in time, and no caller and no incident on both sides."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from enum import IntEnum

import numpy as np
from numpy.typing import NDArray

from prankfilter_training.log.call import LoggedCall


class Slice(IntEnum):
    """What a call is used for."""

    DROPPED = -1
    """Its caller or its incident is heard of again in a later slice."""
    FIT = 0
    CALIBRATE = 1
    EVALUATE = 2
    RESERVED = 3
    """Seen by nobody: what is left of the log for a certificate."""


def slices_of(calls: Sequence[LoggedCall], edges: tuple[float, ...]) -> NDArray[np.int64]:
    """Put each call into a slice.

    Parameters
    ----------
    calls : sequence of LoggedCall
        In order of time.
    edges : tuple of float
        Shares of the log's time, from its first local midnight to its last, at which the slices end.

    Returns
    -------
    ndarray of int, shape (calls,)
        A `Slice`. Calls of a caller who calls again in a later slice are dropped from the earlier one, never
        the other way round; so are calls of an incident (`incident_id`) that goes on there.
    """
    place = np.searchsorted(edges, elapsed(calls), side="right")
    last: dict[tuple[str, str], int] = {}
    for call, number in zip(calls, place.tolist(), strict=True):
        last |= dict.fromkeys(_ties(call), number)
    kept = [
        all(last[tie] == number for tie in _ties(call))
        for call, number in zip(calls, place.tolist(), strict=True)
    ]
    return np.where(kept, place, Slice.DROPPED)


def _ties(call: LoggedCall) -> list[tuple[str, str]]:
    """What a call has in common with others that must not stand on the other side."""
    named = (("caller", call.record.caller), ("incident", call.record.incident_id))
    return [(kind, name) for kind, name in named if name is not None]


def elapsed(calls: Sequence[LoggedCall]) -> NDArray[np.float64]:
    """How much of the log's time had passed at each call, in [0, 1)."""
    if not calls:
        return np.empty(0)
    start, end = span(calls)
    return np.array([(call.record.received_at - start) / (end - start) for call in calls])


def span(calls: Sequence[LoggedCall]) -> tuple[dt.datetime, dt.datetime]:
    """The log's first local midnight and its last."""
    midnight = dt.time(0)
    first, last = calls[0].record.received_at, calls[-1].record.received_at
    start = dt.datetime.combine(first.date(), midnight, first.tzinfo)
    return start, dt.datetime.combine(last.date() + dt.timedelta(days=1), midnight, last.tzinfo)
