"""Whether a column knows the future: values of the whole log beside those of a log that ends at the call.

What serving would have seen of a call is worked out anew from the log cut off at the moment it was received:
no later call, no end that had not come, no word that had not been said. A value that differs knew more.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from dataclasses import replace

import numpy as np
import polars as pl
from numpy.typing import NDArray

from prankfilter.features.memory import SURGE_DAYS
from prankfilter.features.row import Feature
from prankfilter.vocabulary import Label, Moment
from prankfilter_training.log.call import LoggedCall
from prankfilter_training.log.statements import label_events
from prankfilter_training.log.table import Calls, Log
from prankfilter_training.rows.build import call_rows
from prankfilter_training.rows.history import histories

AREA_MEMORY = dt.timedelta(days=SURGE_DAYS + 1)
SAME_HOURS_S = 2 * 3600
"""An area's load compares minutes at the same time of day; two hours bear any change of the clock."""

DAY_S = 86_400
AREA = pl.coalesce("cell_id", "trunk", "centre_id", pl.lit("")).alias("area")


def ring_features(features: Sequence[Feature]) -> tuple[Feature, ...]:
    """Columns that are known when the call rings."""
    return tuple(feature for feature in features if feature.known_from is Moment.RING)


def as_served(
    log: Log, place: int, features: tuple[Feature, ...], *, with_later_words: bool = False
) -> NDArray[np.float64]:
    """Compute a call's row at the moment ``ring`` from a log that ends there.

    Parameters
    ----------
    log : Log
        In order of time.
    place : int
        Which call.
    features : tuple of Feature
        Known from the ring on.
    with_later_words : bool
        As if everything that was ever said of the earlier calls had been said at once, which tells this fault
        from others.

    Returns
    -------
    ndarray of shape (features,)
        By the functions that serve.
    """
    call = log.calls[place]
    at = call.record.received_at
    before = [
        as_it_stood(earlier, at, with_later_words=with_later_words) for earlier in _that_matter(log, place)
    ]
    itself = LoggedCall(record=call.record, row=call.row)
    *_, known = histories([*before, itself])
    return np.asarray(call_rows(itself, known, None, features)[0])


def as_it_stood(call: LoggedCall, at: dt.datetime, *, with_later_words: bool = False) -> LoggedCall:
    """An earlier call as the log told it at a moment."""
    over = _ended_before(call, at)
    stood = call if over else replace(call, ended_at=None, duration_s=None, ended_by=None, cut_off=None)
    if with_later_words:
        return replace(stood, label_at=call.record.received_at, verdict_at=call.record.received_at)
    if call.cleared_at is not None and call.cleared_at >= at:
        stood = replace(stood, cleared_at=None)
    said = {event.verdict is not None for event in label_events(call) if event.at < at}
    if call.verdict is not None and True not in said:
        stood = replace(stood, verdict=None, verdict_label=None, verdict_at=None, verdict_by=None)
    return stood if call.label is None or False in said else _before_it_was_labelled(stood, over=over)


def _before_it_was_labelled(call: LoggedCall, *, over: bool) -> LoggedCall:
    """Take the label away, not whether somebody answered: of a call that ended, the switch knows that."""
    label = Label.ABANDONED if over and call.label is Label.ABANDONED else None
    answered_at = call.answered_at or (call.record.received_at if over and call.answered else None)
    return replace(call, label=label, answered_at=answered_at, unfounded=None)


def _ended_before(call: LoggedCall, at: dt.datetime) -> bool:
    if call.ended_at is not None:
        return call.ended_at < at
    known = call.duration_s is not None
    return known and call.record.received_at + dt.timedelta(seconds=call.duration_s or 0.0) < at


def _that_matter(log: Log, place: int) -> Sequence[LoggedCall]:
    """Earlier calls of the number, of its incidents and of the area, and those that tell since when attempts
    are on record."""
    calls = log.table[:place]
    of = log.table.select("caller", "received_at", AREA).row(place, named=True)
    age = of["received_at"] - calls["received_at"]
    same_hours = ((age.dt.total_seconds() + SAME_HOURS_S) % DAY_S) <= 2 * SAME_HOURS_S
    near = (calls.select(AREA).to_series() == of["area"]) & (age < AREA_MEMORY) & same_hours
    chosen = near if of["caller"] is None else near | _of_number(calls, of["caller"])
    witnesses = {0, first_unanswered(log)} - {None, place}
    places = sorted(set(np.flatnonzero(chosen.to_numpy()).tolist()) | {w for w in witnesses if w is not None})
    return Calls(log.table[[earlier for earlier in places if earlier < place]], log.zone)


def _of_number(calls: pl.DataFrame, caller: str) -> pl.Series:
    """Which calls are a number's, or of an incident that the number told of."""
    own = (calls["caller"] == caller).fill_null(value=False)
    incidents = calls.filter(own)["incident_id"].drop_nulls().unique().to_list()
    return own | calls["incident_id"].is_in(incidents).fill_null(value=False)


def first_unanswered(log: Log) -> int | None:
    """Place of the first attempt that nobody answered; attempts are on record only where there is one."""
    unanswered = (log.table["label"] == Label.ABANDONED) & log.table["answered_at"].is_null()
    places = np.flatnonzero(unanswered.fill_null(False).to_numpy())
    return int(places[0]) if places.size else None
