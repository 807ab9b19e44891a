"""What is known of a call's number, area and centre when it is received: durable rows and pending ones.

Readings (`asking`): all of a situation is asked for with one round trip, or two where calls from its area
are queued. Each takes what is pending before it asks anything (`pending` says why).
"""

from __future__ import annotations

import datetime as dt
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass

from prankfilter.store.asking import Asking, side_by_side
from prankfilter.store.caller_rows import past_calls, said_of
from prankfilter.store.instants import instant_or_none, microseconds, span
from prankfilter.store.past import HORIZON, NEWEST, PRIORITY_CALLS, PRIORITY_WINDOW, Known, Look
from prankfilter.store.pending import Pending, Queued
from prankfilter.store.port import Situation
from prankfilter.store.queries import Queries
from prankfilter.store.query import Rows
from prankfilter.vocabulary import Advice, Caller, CallRecord, Stratum

Windows = Sequence[tuple[dt.datetime, dt.datetime]]


@dataclass(frozen=True, slots=True)
class Situations:
    """The readings."""

    queries: Queries
    pending: Pending

    def situation(self, record: CallRecord, windows: Windows, first: int | None) -> Asking[Situation]:
        """See `Store.situation`; ``first`` is when the first call on record was received."""
        at, call_id = microseconds(record.received_at), record.call_id
        caller, arrivals, strata, priorities, switched_off, suspended = yield from side_by_side(
            self.caller(record.caller, at, call_id, first) if record.caller else _nobody(),
            self.arrivals(record.area, windows, call_id),
            self.strata_of(call_id),
            self.recent_priority_count(record.centre_id, at, call_id),
            self.switched_off(record.centre_id),
            self.suspended(),
        )
        return Situation(
            caller=caller,
            arrivals=tuple(arrivals),
            observed_since=instant_or_none(first),
            strata=strata,
            recent_priority_count=priorities,
            switched_off=switched_off,
            suspended=suspended,
        )

    # --- the number ------------------------------------------------------------------------

    def caller(self, caller: str, before: int, except_call: str, first: int | None) -> Asking[Caller]:
        """See `Store.caller`."""
        since = before - span(HORIZON)
        queued = [
            one
            for one in self.pending.of_caller(caller)
            if since <= one.call.received_at < before and one.call.call_id != except_call
        ]
        looks_of: defaultdict[str, list[Look]] = defaultdict(list)
        for one in queued:
            looks_of[one.call.call_id].append(one.look)
        window = {"caller": caller, "since": since, "before": before, "except_call": except_call}
        rows, marks, looks, said, *trails = yield [
            (self.queries.past_calls, window),
            (self.queries.last_marks, {"caller": caller, "before": before}),
            (self.queries.past_looks, window),
            (self.queries.past_said, window),
            # What was said of a call may be stored before the call is, and then nothing joins the two yet.
            *((self.queries.said, {"call_id": call_id}) for call_id in looks_of),
        ]
        told = zip(looks_of.items(), trails, strict=True)
        unsettled = {call_id: (some, list(map(said_of, trail))) for (call_id, some), trail in told}
        ((cleared, called_back),) = marks
        return Caller(
            past_calls=past_calls(_newest(rows, queued), looks, said, unsettled, before=before),
            observed_since=instant_or_none(first if first is not None and first < before else None),
            cleared_at=instant_or_none(cleared),
            called_back_at=instant_or_none(called_back),
        )

    # --- around the call ---------------------------------------------------------------------

    def arrivals(self, area: str, windows: Windows, except_call: str) -> Asking[list[int]]:
        """See `Store.arrivals`."""
        if not windows:
            return []
        queued = [one.call for one in self.pending.of_area(area) if one.call.call_id != except_call]
        edges = [(microseconds(start), microseconds(end)) for start, end in windows]
        (rows,) = yield [self.queries.arrivals(len(edges)).ask(area, except_call, edges)]
        counts = list(rows[0])
        waiting = {
            index: ids
            for index, (start, end) in enumerate(edges)
            if (ids := {call.call_id for call in queued if start <= call.received_at < end})
        }
        if waiting:
            durable = yield [
                (self.queries.area_calls, {"area": area, "since": edges[index][0], "before": edges[index][1]})
                for index in waiting
            ]
            for (index, ids), known in zip(waiting.items(), durable, strict=True):
                counts[index] = len((ids | {row[0] for row in known}) - {except_call})
        return counts

    def strata_of(self, call_id: str) -> Asking[frozenset[Stratum]]:
        """See `Store.strata_of`."""
        queued = self.pending.of_call(call_id)
        (rows,) = yield [(self.queries.strata, {"call_id": call_id})]
        names = (Stratum(name) for row in rows for name in row[0].split())
        return frozenset(names).union(
            *(one.screening.strata | one.screening.decision.strata for one in queued)
        )

    def recent_priority_count(self, centre_id: str | None, before: int, except_call: str) -> Asking[int]:
        """See `Store.recent_priority_count`."""
        since = before - span(PRIORITY_WINDOW)
        queued = self.pending.of_centre(centre_id)
        window = {"centre_id": centre_id or "", "since": since, "before": before}
        (rows,) = yield [(self.queries.centre_calls, window | {"except_call": except_call})]
        calls = {row[0]: (row[1], bool(row[2])) for row in rows}
        for one in queued:
            call_id, received_at = one.call.call_id, one.call.received_at
            if since <= received_at < before and call_id != except_call and one.look.known_from < before:
                received_at, prioritised = calls.get(call_id, (received_at, False))
                calls[call_id] = (received_at, prioritised or one.look.advice is Advice.PRIORITY)
        in_order = sorted((received_at, call_id, got) for call_id, (received_at, got) in calls.items())
        return sum(prioritised for *_, prioritised in in_order[-PRIORITY_CALLS:])

    def switched_off(self, centre_id: str | None) -> Asking[bool]:
        """See `Store.switched_off`."""
        if centre_id:
            latest = yield [(self.queries.switch, {"centre_id": one}) for one in (centre_id, "")]
        else:
            latest = yield [(self.queries.all_switches, {})]
        return any(row[0] for rows in latest for row in rows)

    def suspended(self) -> Asking[frozenset[str]]:
        """See `Store.suspended`."""
        (rows,) = yield [(self.queries.suspended, {})]
        return frozenset(row[0] for row in rows)


def _newest(rows: Rows, queued: Sequence[Queued]) -> list[Known]:
    """Return stored and queued calls, each once, oldest first."""
    calls = {row[0]: Known(row[0], row[1], bool(row[2])) for row in rows}
    for one in queued:
        calls.setdefault(one.call.call_id, one.call)
    return sorted(calls.values(), key=lambda call: (call.received_at, call.call_id))[-NEWEST:]


def _nobody() -> Asking[None]:
    """A call without a number."""
    return None
    yield []
