"""What was known at the moment of each call of a log, as one value a call: what a store gives in service.

This is the plain way, call by call, to which the columns of `rows.columnar` are held, and which features
without a column take. What a call's own past may tell is decided by `prankfilter.features.history` and
`memory.known_at`, which serving asks too.
"""

from __future__ import annotations

import datetime as dt
from bisect import bisect_left
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import lru_cache
from operator import attrgetter

import numpy as np
from numpy.typing import NDArray

from prankfilter.features.history import area_load, surge_windows
from prankfilter.features.memory import FOLLOW_UP, SURGE_DAYS, SURGE_WINDOW
from prankfilter.features.rulings import genuine_since, spoken
from prankfilter.store.instants import microseconds, span
from prankfilter.store.past import HORIZON, NEWEST
from prankfilter.vocabulary import Caller, CallerHistory, LabelEvent, PastCall
from prankfilter_training.log.call import LoggedCall
from prankfilter_training.log.statements import label_events

_RECEIVED_AT = attrgetter("received_at")


@dataclass(slots=True)
class _Number:
    """What a number has done so far."""

    past_calls: list[PastCall] = field(default_factory=list)
    clearings: list[tuple[dt.datetime, dt.datetime]] = field(default_factory=list)
    """When each was made, and since when it is known."""
    called_back_at: list[dt.datetime] = field(default_factory=list)

    def known_before(self, at: dt.datetime, since: dt.datetime | None, incidents: _Incidents) -> Caller:
        """All that a store would return, `store.past` saying how far back and how many."""
        end = bisect_left(self.past_calls, at, key=_RECEIVED_AT)
        start = bisect_left(self.past_calls, at - HORIZON, hi=end, key=_RECEIVED_AT)
        called_back = bisect_left(self.called_back_at, at)
        return Caller(
            past_calls=tuple(
                incidents.doubted(call, at) for call in self.past_calls[max(start, end - NEWEST) : end]
            ),
            observed_since=since,
            cleared_at=max((made for made, known in self.clearings if max(made, known) < at), default=None),
            called_back_at=self.called_back_at[called_back - 1] if called_back else None,
        )

    def remember(self, call: LoggedCall, *, child_like: bool) -> None:
        """Add a call; calls come in order of time."""
        received_at = call.record.received_at.astimezone(dt.UTC)
        if call.is_call_back:
            self.called_back_at.append(received_at)
        else:
            self.past_calls.append(past_call(call, child_like=child_like))
        if call.cleared_at is not None:
            self.clearings.append((call.cleared_at, received_at))
        if len(self.past_calls) > 3 * NEWEST:
            del self.past_calls[:NEWEST]


class _Incidents:
    """Calls of the same incidents, from whatever number: what `store.doubts` keeps in service."""

    def __init__(self) -> None:
        self._name_of: dict[str, str] = {}
        self._calls: defaultdict[str, list[tuple[dt.datetime, tuple[LabelEvent, ...]]]] = defaultdict(list)

    def remember(self, call: LoggedCall) -> None:
        """Add a call; calls come in order of time."""
        name = call.record.incident_id
        if name:
            self._name_of[call.record.call_id] = name
            self._calls[name].append((call.record.received_at.astimezone(dt.UTC), label_events(call)))

    def doubted(self, call: PastCall, at: dt.datetime) -> PastCall:
        """An earlier call with the moment that puts it in doubt, as it was known just before another."""
        name = self._name_of.get(call.call_id)
        if name is None:
            return call
        moments = [
            since
            for received_at, labels in self._calls[name]
            if dt.timedelta(0) < received_at - call.received_at <= FOLLOW_UP
            if (since := genuine_since(spoken(event for event in labels if event.at < at))) is not None
        ]
        return replace(call, doubted_at=max(moments)) if moments else call


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
    arrivals = _arrivals(calls)
    numbers: defaultdict[str, _Number] = defaultdict(_Number)
    incidents = _Incidents()
    for call in calls:
        incidents.remember(call)
        record, at = call.record, call.record.received_at
        load = area_load(window_counts(arrivals.get(record.area, np.empty(0, np.int64)), at), since, at)
        if record.caller is None:
            yield CallerHistory(caller=None, area=load)
            continue
        number = numbers[record.caller]
        yield CallerHistory(caller=number.known_before(at.astimezone(dt.UTC), since, incidents), area=load)
        number.remember(call, child_like=sounded.get(record.call_id, False))


def observed_since(calls: Sequence[LoggedCall]) -> dt.datetime | None:
    """Since when every attempt is on record: the log's first call, if it holds unanswered ones at all."""
    if not any(call.answered is False for call in calls):
        return None
    return calls[0].record.received_at.astimezone(dt.UTC)


def past_call(call: LoggedCall, *, child_like: bool = False) -> PastCall:
    """A call of the log as history sees it, with all statements; each counts from its own time on.

    Moments are UTC, as a store keeps them: between two moments of one zone Python reckons by the clock on the
    wall, which is an hour off where the clock was changed between them.
    """
    return PastCall(
        call_id=call.record.call_id,
        received_at=call.record.received_at.astimezone(dt.UTC),
        number_is_verified=call.record.number_is_verified,
        answered=call.answered,
        ended_at=None if call.ended_at is None else call.ended_at.astimezone(dt.UTC),
        duration_s=call.duration_s,
        child_like=child_like,
        labels=label_events(call),
    )


def _arrivals(calls: Sequence[LoggedCall]) -> Mapping[str, NDArray[np.int64]]:
    arrivals: defaultdict[str, list[int]] = defaultdict(list)
    for call in calls:
        if not call.is_call_back:
            arrivals[call.record.area].append(microseconds(call.record.received_at))
    return {area: np.array(moments) for area, moments in arrivals.items()}


def window_counts(times_us: NDArray[np.int64], at: dt.datetime) -> list[int]:
    """Count the calls in each window that an area's load is made of.

    Parameters
    ----------
    times_us : ndarray of int, shape (n,)
        When the area's calls were received, microseconds since 1970, sorted.
    at : datetime
        In the centre's zone. Where the zone's offset has not changed in these weeks, as in Indonesia, the
        windows lie whole days apart, which saves nine tenths of the time.
    """
    if _is_steady(at.date(), at.tzinfo):
        ends = microseconds(at) - 86_400_000_000 * np.arange(SURGE_DAYS + 1)
        edges = np.column_stack([ends - span(SURGE_WINDOW), ends])
    else:
        edges = np.array([(microseconds(start), microseconds(end)) for start, end in surge_windows(at)])
    places = np.searchsorted(times_us, edges, side="left")
    # Where the clock was put forward a window may begin after its end; there is nothing in it then.
    counts: list[int] = np.maximum(places[:, 1] - places[:, 0], 0).tolist()
    return counts


@lru_cache(maxsize=4096)
def _is_steady(day: dt.date, zone: dt.tzinfo | None) -> bool:
    """Whether the clock was changed neither on a day nor in the weeks before it."""
    midnight = dt.datetime.combine(day, dt.time(0), zone)
    days = (midnight + dt.timedelta(days=ahead) for ahead in range(-SURGE_DAYS - 1, 2))
    return len({moment.utcoffset() for moment in days}) == 1
