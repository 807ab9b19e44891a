"""What a number's earlier calls tell, as columns: `prankfilter.features.caller` for all calls at once."""

from __future__ import annotations

import datetime as dt
from array import array
from collections.abc import Callable, Mapping
from functools import partial
from types import MappingProxyType

import numpy as np
import polars as pl

from prankfilter.features import caller, memory
from prankfilter_training.rows.columnar.clock import Ints, microseconds
from prankfilter_training.rows.columnar.judged import judged
from prankfilter_training.rows.columnar.numbers import NEVER, Spans, held_at
from prankfilter_training.rows.columnar.said import first_word_us
from prankfilter_training.rows.columnar.sheet import ANSWERED, Flags, Floats, Sheet

_HOUR_US = microseconds(caller.HOUR)
_MEMORY_US = microseconds(memory.MEMORY)
_HALF_LIFE_US = microseconds(memory.HALF_LIFE)


def calls_within(sheet: Sheet, *, window: dt.timedelta) -> Floats:
    """`features.caller.calls_within`."""
    return _covered(sheet, window, _clipped(sheet.numbers.count(_recent(sheet, window))))


def since_last_call(sheet: Sheet) -> Floats:
    """`features.caller.since_last_call`."""
    numbers, remembered = sheet.numbers, sheet.numbers.remembered()
    place = np.arange(len(numbers))
    last = np.searchsorted(remembered.start, place, side="right") - 1
    age_us = numbers.time_us - numbers.time_us[numbers.event[last]] if len(numbers.event) else place
    hours = np.minimum(age_us, _MEMORY_US) / _HOUR_US
    return _covered(sheet, dt.timedelta(0), np.where(numbers.count(remembered) > 0, hours, np.nan))


def days_with_calls(sheet: Sheet) -> Floats:
    """`features.caller.days_with_calls`: each day counts by its latest call, until the next of that day."""
    numbers, recent = sheet.numbers, _recent(sheet, caller.MONTH)
    following = numbers.following(sheet.day[numbers.row[numbers.event]])
    overtaken = np.where(following >= 0, numbers.seen_from(numbers.event[following]), len(numbers))
    last_of_day = Spans(recent.event, recent.start, np.minimum(recent.end, overtaken))
    return _covered(sheet, caller.MONTH, numbers.count(last_of_day).astype(np.float64))


def unanswered_recently(sheet: Sheet) -> Floats:
    """`features.caller.unanswered_recently`."""
    unanswered = sheet.numbers.count(_of_known_fate(sheet, caller.HOUR, answered=False))
    return _covered(sheet, caller.HOUR, _clipped(unanswered))


def unanswered_share(sheet: Sheet) -> Floats:
    """`features.caller.unanswered_share`."""
    no, yes = (
        sheet.numbers.count(_of_known_fate(sheet, caller.MONTH, answered=answered))
        for answered in (False, True)
    )
    share = np.divide(no, no + yes, out=np.full(len(no), np.nan), where=no + yes > 0)
    return _covered(sheet, caller.MONTH, share)


def usual_length(sheet: Sheet) -> Floats:
    """`features.caller.usual_length`."""
    numbers, recent = sheet.numbers, _recent(sheet, memory.MEMORY)
    over = numbers.after(recent.event, sheet.once(_over_us))
    lengths = sheet.once(_usable_duration_s)
    told = ~np.isnan(lengths) & (sheet.once(_answered) != 0)
    facts = Spans(recent.event, np.maximum(recent.start, over), recent.end)
    facts, lengths = _holding(facts, told, lengths)
    places = np.flatnonzero(numbers.count(facts))
    values = np.full(len(numbers), np.nan)
    values[places] = [_median(held) for held in held_at(facts, lengths.tolist(), places)]
    return sheet.in_log_order(values)


def confirmed_pranks(sheet: Sheet) -> Floats:
    """`features.caller.confirmed_pranks`."""
    found = sheet.once(judged)
    return _against_equally_verified(sheet, found.pranks.where(~found.child_play))


def confirmed_child_play(sheet: Sheet) -> Floats:
    """`features.caller.confirmed_child_play`, were the voice a child's."""
    found = sheet.once(judged)
    return _against_equally_verified(sheet, found.pranks.where(found.child_play))


def confirmed_child_play_at_looks(sheet: Sheet, calls: Ints, child_voice: Floats) -> Floats:
    """`features.caller.confirmed_child_play` for looks at calls, shape (looks,)."""
    counted = sheet.once(confirmed_child_play)[calls]
    value = np.where(child_voice >= caller.CHILD_LIKE_FROM, counted, 0.0)
    return np.where(np.isnan(child_voice) | np.isnan(counted), np.nan, value)


def confirmed_genuine(sheet: Sheet) -> Floats:
    """`features.caller.confirmed_genuine`."""
    everywhere = np.ones(len(sheet.numbers), bool)
    return sheet.in_log_order(_decayed(sheet, sheet.once(judged).genuine, everywhere))


# --- facts of earlier calls ------------------------------------------------------------------------


def _recent(sheet: Sheet, window: dt.timedelta) -> Spans:
    """The earlier calls within a window, both ends included."""
    numbers, remembered = sheet.numbers, sheet.numbers.remembered()
    forgotten = numbers.later(remembered.event, microseconds(window))
    return Spans(remembered.event, remembered.start, np.minimum(remembered.end, forgotten))


def _of_known_fate(sheet: Sheet, window: dt.timedelta, *, answered: bool) -> Spans:
    """Those of which it is known that somebody, or nobody, answered (`memory.known_at`)."""
    recent = _recent(sheet, window)
    row = sheet.numbers.row[recent.event]
    known_us = np.minimum(sheet.once(_over_us), first_word_us(sheet)[row])
    known = sheet.numbers.after(recent.event, known_us)
    facts = Spans(recent.event, np.maximum(recent.start, known), recent.end)
    return facts.where(sheet.once(_answered) == int(answered))


def _answered(sheet: Sheet) -> Ints:
    """1 where an event was answered, 0 where it was not, -1 where nobody knows."""
    fate = sheet.table.select(ANSWERED.cast(pl.Int64).fill_null(-1).alias("fate"))["fate"].to_numpy()
    return fate[sheet.numbers.row[sheet.numbers.event]]


def _usable_duration_s(sheet: Sheet) -> Floats:
    """`memory.usable_duration_s` of each event, NaN where there is none."""
    duration = sheet.floats(pl.col("duration_s"))[sheet.numbers.row[sheet.numbers.event]]
    return np.where((duration >= 0.0) & (duration <= memory.LONGEST_CALL_S), duration, np.nan)


def _over_us(sheet: Sheet) -> Ints:
    """When each event was over: an end and a duration must agree on it (`memory.known_at`)."""
    row = sheet.numbers.row[sheet.numbers.event]
    ended = sheet.moments(pl.col("ended_at"), NEVER)[row]
    duration = sheet.once(_usable_duration_s)
    lasted = sheet.received_us[row] + _rounded_us(np.nan_to_num(duration))
    by_both = np.where(ended == NEVER, lasted, np.maximum(lasted, ended))
    return np.where(np.isnan(duration), ended, by_both)


def _rounded_us(seconds: Floats) -> Ints:
    """Seconds as `datetime.timedelta` rounds them."""
    whole = np.floor(seconds)
    return (whole * 1e6).astype(np.int64) + np.rint((seconds - whole) * 1e6).astype(np.int64)


# --- from facts to values --------------------------------------------------------------------------


def _covered(sheet: Sheet, window: dt.timedelta, values: Floats) -> Floats:
    """Values in the log's order, NaN where not every attempt of the window is on record."""
    if sheet.since_us is None:
        return np.full(len(sheet), np.nan)
    begins = sheet.before(window)[sheet.numbers.row]
    covered = (sheet.since_us < sheet.numbers.time_us) & (sheet.since_us <= begins)
    return sheet.in_log_order(np.where(covered, values, np.nan))


def _clipped(counts: Ints) -> Floats:
    return np.minimum(counts.astype(np.float64), caller.MOST_CALLS)


def _holding(facts: Spans, chosen: Flags, items: Floats) -> tuple[Spans, Floats]:
    kept = chosen & (facts.start < facts.end)
    return facts.where(kept), items[kept]


def _median(ordered: list[float]) -> float:
    middle = len(ordered) // 2
    if len(ordered) % 2:
        return ordered[middle]
    return (ordered[middle - 1] + ordered[middle]) / 2


def _against_equally_verified(sheet: Sheet, pranks: Spans) -> Floats:
    """`judged.counts_against`: pranks of verified numbers for verified calls, of others for others."""
    verified = sheet.verified[sheet.numbers.row]
    by_verified, by_others = (
        _decayed(sheet, pranks.where(verified[pranks.event] == kind), verified == kind)
        for kind in (True, False)
    )
    return sheet.in_log_order(by_verified + by_others)


def _decayed(sheet: Sheet, facts: Spans, where: Flags) -> Floats:
    """`judged.decayed_count` at some places, 0 at all others: the newest six, halved every half-life."""
    numbers = sheet.numbers
    places = np.flatnonzero((numbers.count(facts) > 0) & where)
    newest, counts = array("q"), array("q")
    for held in held_at(facts.holding(), facts.holding().event.tolist(), places):
        newest.extend(held[-memory.COUNTED_CALLS :])
        counts.append(min(len(held), memory.COUNTED_CALLS))
    place = np.repeat(places, np.array(counts, dtype=np.int64))
    ages = (numbers.time_us[place] - numbers.time_us[np.array(newest, dtype=np.int64)]) / _HALF_LIFE_US
    return np.bincount(place, weights=0.5**ages, minlength=len(numbers)).astype(np.float64)


Column = Callable[[Sheet], Floats]

CALLER_COLUMNS: Mapping[str, Column] = MappingProxyType(
    {
        "calls_5min_count": partial(calls_within, window=caller.FIVE_MINUTES),
        "calls_1h_count": partial(calls_within, window=caller.HOUR),
        "calls_24h_count": partial(calls_within, window=caller.DAY),
        "calls_30d_count": partial(calls_within, window=caller.MONTH),
        "days_with_calls_30d_count": days_with_calls,
        "since_last_call_h": since_last_call,
        "unanswered_1h_count": unanswered_recently,
        "unanswered_share_30d_ratio": unanswered_share,
        "usual_length_s": usual_length,
        "confirmed_pranks_decayed_count": confirmed_pranks,
        "confirmed_genuine_decayed_count": confirmed_genuine,
    }
)
