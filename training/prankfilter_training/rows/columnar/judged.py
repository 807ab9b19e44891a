"""Confirmed pranks and calls that stand as genuine, for every call of a log (SAFETY rules 11 and 14).

What `prankfilter.features.judged` weighs for one call at one moment is found here for all of them as spans of
places (`numbers`): where an earlier call stands as genuine, where it is in doubt, where it counts as a prank.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

import numpy as np
import polars as pl

from prankfilter.features import memory
from prankfilter.store.past import NEWEST
from prankfilter_training.rows.columnar.clock import Ints, microseconds
from prankfilter_training.rows.columnar.numbers import NEVER, Numbers, Spans
from prankfilter_training.rows.columnar.said import Words, words_of
from prankfilter_training.rows.columnar.sheet import Flags, Sheet, named

_MOST_PAIRS = 1_000_000
_FOLLOW_UP_US = microseconds(memory.FOLLOW_UP)


@dataclass(frozen=True, slots=True, eq=False)
class Judged:
    """The earlier calls that count for or against a number, and where; spans speak of places in `Numbers`.

    Attributes
    ----------
    genuine : Spans
        Calls that stand as genuine, or count as genuine until somebody ruled.
    pranks : Spans
        Confirmed pranks that have taken effect.
    child_play : ndarray of bool
        Of each prank.
    """

    genuine: Spans
    pranks: Spans
    child_play: Flags


def judged(sheet: Sheet) -> Judged:
    """Weigh everything that was said of the calls of a log."""
    numbers = sheet.numbers
    all_words = words_of(sheet)
    words, spans = _of_remembered_calls(numbers, all_words)
    stands = words.genuine_us < NEVER
    others = words.spoken & ~stands
    of_number = _doubts(numbers, words, spans, stands, others)
    of_incident = _doubts_of_incidents(sheet, words, spans, others, all_words)
    doubts = _united(_joined([of_number, of_incident]), size=len(numbers) + 1)
    genuine = spans.where(stands)
    in_doubt = Spans(spans.event[doubts.event], doubts.start, doubts.end)
    confirmed = _without(_taking_effect(sheet, words, spans, others), doubts).holding()
    return Judged(
        genuine=_joined([genuine, in_doubt]).holding(),
        pranks=Spans(spans.event[confirmed.event], confirmed.start, confirmed.end),
        child_play=words.child_play[confirmed.event],
    )


def _of_remembered_calls(numbers: Numbers, words: Words) -> tuple[Words, Spans]:
    """The words on calls that history remembers, by place, and where each stands and is looked back at."""
    remembered = numbers.remembered()
    event_of_row = np.full(max(int(words.row.max(initial=-1)), int(numbers.row.max(initial=-1))) + 1, -1)
    event_of_row[numbers.row[numbers.event]] = np.arange(len(numbers.event))
    index = event_of_row[words.row]
    order = np.flatnonzero(index >= 0)
    order = order[np.argsort(index[order], kind="stable")]
    index = index[order]
    chosen = Words(*(getattr(words, name)[order] for name in Words.__slots__))
    place = numbers.event[index]
    start = np.maximum(numbers.after(place, chosen.from_us), remembered.start[index])
    end = np.minimum(numbers.after(place, chosen.until_us), remembered.end[index])
    return chosen, Spans(place, start, end)


def _taking_effect(sheet: Sheet, words: Words, spans: Spans, others: Flags) -> Spans:
    """Where confirmed pranks count, were they not in doubt; ``event`` is the index of the word."""
    numbers = sheet.numbers
    word = np.flatnonzero(others & (words.confirmed_us < NEVER))
    place = spans.event[word]
    called_us = numbers.time_us[place]
    effective_us = np.maximum(words.confirmed_us[word], called_us + microseconds(memory.CONFIRMATION_DELAY))
    forgotten = numbers.later(place, microseconds(memory.MEMORY))
    cleared = _cleared_from(sheet)[numbers.seen_from(place)]
    return Spans(
        word,
        np.maximum(spans.start[word], numbers.after(place, effective_us)),
        np.minimum.reduce([spans.end[word], forgotten, cleared]),
    )


def _cleared_from(sheet: Sheet) -> Ints:
    """For each place, from where on a clearing at or after it is known; a place beyond the number if none is.

    A clearing is known once it was made and the call that it was entered with was received.
    """
    numbers = sheet.numbers
    cleared_us = sheet.moments(pl.col("cleared_at"), NEVER)[numbers.row]
    place = np.flatnonzero(cleared_us < NEVER)
    made = numbers.after(place, cleared_us[place])
    known = np.maximum(made, numbers.seen_from(place))
    first = np.full(len(numbers) + 1, len(numbers))
    np.minimum.at(first, made, known)
    # From the end: what belongs to a later number lies beyond the end of this one, and clears nothing here.
    return np.minimum.accumulate(first[::-1])[::-1]


def _doubts(numbers: Numbers, words: Words, spans: Spans, stands: Flags, others: Flags) -> Spans:
    """Where a call is in doubt because the number's next ones within a day stand as genuine.

    ``event`` is the word on it. Sorted by word and start, and no two of one word touch.
    """
    followers = np.flatnonzero(stands & (spans.start < spans.end))
    candidates = np.flatnonzero(others & (spans.start < spans.end))
    place = spans.event[followers]
    first = numbers.later(place, -_FOLLOW_UP_US - 1)
    # A call that 500 newer ones hide is in nobody's doubt; without this, pairs grow with the square.
    newest = np.maximum(np.searchsorted(numbers.event, place) - NEWEST, 0)
    first = np.maximum(first, numbers.event[newest])
    last = _first_of_its_moment(numbers, place)
    at = spans.event[candidates]
    low, high = np.searchsorted(at, first), np.searchsorted(at, last)
    pairs = np.maximum(high - low, 0)
    size = len(numbers) + 1
    some = [
        _united(_pairs_in_doubt(words, spans, followers[part], candidates, low[part], pairs[part]), size=size)
        for part in _parts(pairs, _MOST_PAIRS)
    ]
    return _united(_joined(some), size=size)


def _pairs_in_doubt(
    words: Words, spans: Spans, followers: Ints, candidates: Ints, low: Ints, pairs: Ints
) -> Spans:
    """Where both stand and nobody ruled; each follower with so many candidates from its lowest on."""
    follower = np.repeat(followers, pairs)
    candidate = candidates[_runs(low, pairs)]
    unruled = words.ruled_us[candidate] < words.genuine_us[follower]
    together = Spans(
        candidate,
        np.maximum(spans.start[candidate], spans.start[follower]),
        np.minimum(spans.end[candidate], spans.end[follower]),
    )
    return together.where(unruled).holding()


def _doubts_of_incidents(sheet: Sheet, words: Words, spans: Spans, others: Flags, all_words: Words) -> Spans:
    """Where a call is in doubt because one of its incident, from whatever number, stands as genuine."""
    incident = sheet.codes(named("incident_id"))
    received_us = sheet.received_us
    followers = np.flatnonzero((all_words.genuine_us < NEVER) & (incident[all_words.row] >= 0))
    candidates = np.flatnonzero(
        others & words.against & (spans.start < spans.end) & (incident[words.row] >= 0)
    )
    moments, rank = np.unique(received_us[all_words.row[followers]], return_inverse=True)
    key = incident[all_words.row[followers]] * (len(moments) + 1) + rank
    order = np.argsort(key, kind="stable")
    followers, key = followers[order], key[order]

    def first_after(length_us: int) -> Ints:
        row = words.row[candidates]
        after = np.searchsorted(moments, received_us[row] + length_us, side="right")
        return np.searchsorted(key, incident[row] * (len(moments) + 1) + after)

    low, high = first_after(0), first_after(_FOLLOW_UP_US)
    pairs = high - low
    some = []
    for part in _parts(pairs, _MOST_PAIRS):
        candidate = np.repeat(candidates[part], pairs[part])
        follower = followers[_runs(low[part], pairs[part])]
        place = spans.event[candidate]
        known = sheet.numbers.after(place, all_words.from_us[follower])
        taken_back = sheet.numbers.after(place, all_words.until_us[follower])
        doubt = Spans(
            candidate,
            np.maximum(spans.start[candidate], known),
            np.minimum(spans.end[candidate], taken_back),
        )
        unruled = words.ruled_us[candidate] < all_words.genuine_us[follower]
        some.append(doubt.where(unruled).holding())
    return _joined(some)


def _runs(first: Ints, length: Ints) -> Ints:
    """Whole numbers from each first on, so many of each."""
    return np.repeat(first, length) + np.arange(length.sum()) - np.repeat(np.cumsum(length) - length, length)


def _parts(sizes: Ints, most: int) -> list[slice]:
    """Neighbours whose sizes add up to about ``most``: memory stays bounded however often a number calls."""
    part = np.cumsum(sizes) // most
    bounds = [0, *(np.flatnonzero(np.diff(part)) + 1).tolist(), len(sizes)]
    return [slice(first, end) for first, end in pairwise(bounds)]


def _joined(some: Sequence[Spans]) -> Spans:
    return Spans(
        *(np.concatenate([getattr(one, name) for one in some]) for name in ("event", "start", "end"))
    )


def _first_of_its_moment(numbers: Numbers, place: Ints) -> Ints:
    """The first place of the same number and the same moment: what lies before it was received before."""
    return numbers.later(place, -1)


def _united(spans: Spans, *, size: int) -> Spans:
    """Spans of one event that touch become one; sorted by event and start."""
    order = np.lexsort((spans.start, spans.event))
    event, start, end = spans.event[order], spans.start[order], spans.end[order]
    if not len(event):
        return spans
    furthest = np.maximum.accumulate(event * size + end) - event * size
    begins = np.r_[True, (event[1:] != event[:-1]) | (start[1:] > furthest[:-1])]
    closes = np.r_[begins[1:], True]
    return Spans(event[begins], start[begins], furthest[closes])


def _without(spans: Spans, holes: Spans) -> Spans:
    """The parts of spans, one an event at most, outside their event's holes (as `_united` leaves them)."""
    chosen = np.isin(holes.event, spans.event)
    hole = np.searchsorted(spans.event, holes.event[chosen])
    before = Spans(holes.event[chosen], holes.start[chosen], holes.end[chosen])
    first = np.r_[True, before.event[1:] != before.event[:-1]] if len(before.event) else np.empty(0, bool)
    previous_end = np.r_[0, before.end[:-1]] if len(before.event) else np.empty(0, np.int64)
    gap_start = np.where(first, spans.start[hole], np.maximum(previous_end, spans.start[hole]))
    gaps = Spans(before.event, gap_start, np.minimum(before.start, spans.end[hole]))
    last_hole_end = np.zeros(len(spans.event), np.int64)
    np.maximum.at(last_hole_end, hole, before.end)
    rest = Spans(spans.event, np.maximum(spans.start, last_hole_end), spans.end)
    return _joined([gaps, rest])
