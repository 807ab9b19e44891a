"""What was known at the moment of each call of a log: the same values that a store gives in service.

One pass in order of time. What a call's own past may tell is then decided by `prankfilter.features.history`
and `memory.known_at`, which serving asks too.
"""

from __future__ import annotations

import datetime as dt
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from prankfilter.features.history import area_load, surge_windows
from prankfilter.features.memory import SURGE_DAYS, SURGE_WINDOW
from prankfilter.vocabulary import AreaLoad, Caller, CallerHistory, PastCall
from prankfilter_training.log.call import LoggedCall
from prankfilter_training.log.statements import label_events


@dataclass(slots=True)
class _Number:
    """What a number has done so far."""

    past_calls: list[PastCall] = field(default_factory=list)
    cleared_at: dt.datetime | None = None
    called_back_at: dt.datetime | None = None


def histories(
    calls: Sequence[LoggedCall], child_like: Mapping[str, bool] | None = None
) -> Iterator[CallerHistory]:
    """Yield what was known when each call was received.

    Parameters
    ----------
    calls : sequence of LoggedCall
        In order of time.
    child_like : mapping of call id to bool, optional
        Whether a call sounded like a child at any look.

    Yields
    ------
    CallerHistory
        One for each call. ``caller`` is None where the number is unknown. Counts are unknown throughout a
        log that holds no unanswered attempts, since then attempts are missing from it.
    """
    sounded = child_like or {}
    since = observed_since(calls)
    loads = _area_loads(calls, since)
    numbers: defaultdict[str, _Number] = defaultdict(_Number)
    for call, load in zip(calls, loads, strict=True):
        name = call.record.caller
        if name is None:
            yield CallerHistory(caller=None, area=load)
            continue
        number = numbers[name]
        known = Caller(
            past_calls=tuple(number.past_calls),
            observed_since=since,
            cleared_at=number.cleared_at,
            called_back_at=number.called_back_at,
        )
        yield CallerHistory(caller=known, area=load)
        _remember(number, call, sounded.get(call.record.call_id, False))


def observed_since(calls: Sequence[LoggedCall]) -> dt.datetime | None:
    """Since when every attempt is on record: the log's first call, if it holds unanswered ones at all."""
    if not any(call.answered is False for call in calls):
        return None
    return calls[0].record.received_at


def past_call(call: LoggedCall, *, child_like: bool = False) -> PastCall:
    """A call of the log as history sees it, with all statements; each counts from its own time on."""
    return PastCall(
        call_id=call.record.call_id,
        received_at=call.record.received_at,
        number_is_verified=call.record.number_is_verified,
        answered=call.answered,
        ended_at=call.ended_at,
        duration_s=call.duration_s,
        child_like=child_like,
        labels=label_events(call),
    )


def _remember(number: _Number, call: LoggedCall, child_like: bool) -> None:
    if call.is_call_back:
        number.called_back_at = call.record.received_at
    else:
        number.past_calls.append(past_call(call, child_like=child_like))
    # Known to calls from now on only; `known_at` hides it from those before its own time.
    number.cleared_at = call.cleared_at or number.cleared_at


def _area_loads(calls: Sequence[LoggedCall], since: dt.datetime | None) -> Iterator[AreaLoad | None]:
    arrivals: defaultdict[str, list[float]] = defaultdict(list)
    for call in calls:
        if not call.is_call_back:
            arrivals[call.record.area].append(call.record.received_at.timestamp())
    times = {area: np.array(moments) for area, moments in arrivals.items()}
    for call in calls:
        at = call.record.received_at
        yield area_load(window_counts(times.get(call.record.area, np.empty(0)), at), since, at)


def window_counts(times: NDArray[np.float64], at: dt.datetime) -> list[int]:
    """Count the calls in each window that an area's load is made of.

    Parameters
    ----------
    times : ndarray of shape (n,)
        When the area's calls were received, seconds since 1970, sorted.
    at : datetime
        In the centre's zone. Where the zone's offset has not changed in these weeks, as in Indonesia, the
        windows lie whole days apart, which saves nine tenths of the time.
    """
    if at.utcoffset() == (at - dt.timedelta(days=SURGE_DAYS)).utcoffset():
        ends = at.timestamp() - 86_400.0 * np.arange(SURGE_DAYS + 1)
        edges = np.column_stack([ends - SURGE_WINDOW.total_seconds(), ends])
    else:
        edges = np.array([(start.timestamp(), end.timestamp()) for start, end in surge_windows(at)])
    places = np.searchsorted(times, edges, side="left")
    counts: list[int] = (places[:, 1] - places[:, 0]).tolist()
    return counts
