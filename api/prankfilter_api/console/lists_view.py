"""What lists show beside the queue: numbers that call often, areas where many call, incidents, call-backs."""

from __future__ import annotations

import datetime as dt
import math
from collections.abc import Sequence
from dataclasses import dataclass

from prankfilter.features.history import area_load, surge, surge_windows
from prankfilter.store.busy import Busy, BusyArea
from prankfilter.store.port import Store
from prankfilter.vocabulary import Label, PastCall, Verdict

LEAST_CALLS = 3
"""Fewer calls make no repeat caller."""

MOST = 50

DAYS = (1, 7, 30)
"""Stretches of time that can be looked back over."""


@dataclass(frozen=True, slots=True)
class CallerRow:
    """A number that called often."""

    number_tail: str | None
    count: int
    last_at: dt.datetime
    last_call_id: str
    unanswered: int
    genuine: int
    """Calls that stand as genuine, by the last word on each."""
    confirmed: int
    """Calls of which a supervisor ruled that the flag was right."""


@dataclass(frozen=True, slots=True)
class AreaRow:
    """An area, how many call from it now and how many usually do."""

    area: str
    count: int
    """In the last quarter of an hour."""
    usual: float
    """NaN while too little is on record."""
    is_surge: bool
    day: BusyArea
    """The last 24 hours."""


def caller_rows(store: Store, busy: Busy, *, days: int, now: dt.datetime) -> list[CallerRow]:
    """Return the numbers that called most often in the last days."""
    since = now - dt.timedelta(days=days)
    rows = []
    for one in busy.callers(since, now, least=LEAST_CALLS, limit=MOST):
        past = store.caller(one.caller, before=now, except_call="").past_calls
        recent = [call for call in past if call.received_at >= since]
        if recent:
            rows.append(_caller_row(store, recent, one.count, one.last_at))
    return rows


def _caller_row(store: Store, recent: Sequence[PastCall], count: int, last_at: dt.datetime) -> CallerRow:
    last = store.call(recent[-1].call_id)
    return CallerRow(
        number_tail=last.record.number_tail if last is not None and last.record is not None else None,
        count=count,
        last_at=last_at,
        last_call_id=recent[-1].call_id,
        unanswered=sum(call.answered is False for call in recent),
        genuine=sum(bool(call.labels) and call.labels[-1].label is Label.GENUINE for call in recent),
        confirmed=sum(any(said.verdict is Verdict.CONFIRMED for said in call.labels[-1:]) for call in recent),
    )


def area_rows(store: Store, busy: Busy, *, now: dt.datetime) -> list[AreaRow]:
    """Return the areas of the last 24 hours: surges first, then those with most calls now."""
    observed_since = store.observed_since()
    rows = []
    for day in busy.areas(now - dt.timedelta(days=1), now, limit=MOST):
        counts = store.arrivals(day.area, surge_windows(now), except_call="")
        load = area_load(counts, observed_since, now)
        usual = load.usual_count if load is not None else math.nan
        rows.append(AreaRow(day.area, counts[0], usual, surge(load), day))
    return sorted(rows, key=lambda row: (not row.is_surge, -row.count, -row.day.count, row.area))
