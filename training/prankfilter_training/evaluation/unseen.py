"""Which calls of a log a model may be measured on: those it has not learned from."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from prankfilter.errors import BadInput
from prankfilter_training.log.table import Log


@dataclass(frozen=True, slots=True, eq=False)
class Unseen:
    """What is left of a log.

    Attributes
    ----------
    calls : ndarray of bool, shape (calls,)
        Calls that the model has not learned from.
    left_out : int
        How many it has.
    warning : str or None
        Why the figures may flatter nevertheless.
    """

    calls: NDArray[np.bool_]
    left_out: int
    warning: str | None


def unseen(learnt: Mapping[str, Any] | None, log: Log) -> Unseen:
    """Leave out what a model learned from.

    Parameters
    ----------
    learnt : Mapping or None
        ``{"log", "first", "until"}`` of the model's manifest: everything received before ``until`` in the log
        of that digest has taught or tuned it.
    log : Log
        The log to measure on.

    Raises
    ------
    BadInput
        If nothing is left.
    """
    received = log.table["received_at"]
    if not learnt:
        return Unseen(np.ones(len(received), bool), 0, "the model does not say what it learned from")
    first, until = (_utc(learnt[name]) for name in ("first", "until"))
    if learnt["log"] != log.digest:
        return Unseen(np.ones(len(received), bool), 0, _overlap(first, until, log))
    calls = (received >= until).to_numpy()
    if not calls.any():
        raise BadInput(
            f"the model learned from this log until {until:%Y-%m-%d %H:%M}, and no call of it is later; "
            "give a later log"
        )
    return Unseen(calls, int((~calls).sum()), None)


def _utc(moment: str) -> dt.datetime:
    return dt.datetime.fromisoformat(moment).astimezone(dt.UTC)


def _overlap(first: dt.datetime, until: dt.datetime, log: Log) -> str | None:
    earlier = int((log.table["received_at"] < until).sum())
    inside = int(log.table["received_at"].is_between(first, until, closed="left").sum())
    if not earlier:
        return None
    if inside:
        return (
            f"{inside} calls fall into the time that the model learned from ({first:%Y-%m-%d} to "
            f"{until:%Y-%m-%d}); if both logs are of one centre, it may have learned from them, and the "
            "figures flatter it"
        )
    return f"{earlier} calls are older than all that the model learned from; measure on later calls"
