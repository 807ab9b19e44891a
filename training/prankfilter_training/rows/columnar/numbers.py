"""The calls of each number side by side, in order of time: where history is counted without walking it.

A place in this order is a question: what was known just before that call? Every fact about an earlier call
holds for a run of later places of the same number, from the first call after the fact was known to the last
one before it is forgotten or overruled. So a fact is a pair of places, and counting facts is adding one where
it begins and taking it away where it ends: one pass, however many calls a number makes.
"""

from __future__ import annotations

from bisect import bisect_left, insort
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import TypeVar

import numpy as np
from numpy.typing import NDArray

from prankfilter.store.past import HORIZON, NEWEST
from prankfilter_training.rows.columnar.clock import Ints, microseconds

N = TypeVar("N", int, float)

NEVER = np.iinfo(np.int64).max
"""A moment that never comes."""


@dataclass(frozen=True, slots=True, eq=False)
class Spans:
    """Facts, each of which holds at the places from ``start`` to before ``end``.

    Attributes
    ----------
    event : ndarray of int
        The earlier call that each speaks of (its place).
    start, end : ndarray of int
        Places. A fact that ends where it starts, or before, never holds.
    """

    event: Ints
    start: Ints
    end: Ints

    def where(self, chosen: NDArray[np.bool_]) -> Spans:
        """Only some of the facts."""
        return Spans(self.event[chosen], self.start[chosen], self.end[chosen])

    def holding(self) -> Spans:
        """Only the facts that hold at some place."""
        return self.where(self.start < self.end)


class Numbers:
    """The calls of a log that have a number, sorted by number, then as in the log.

    Attributes
    ----------
    row : ndarray of int, shape (calls,)
        Place of each call in the log.
    number : ndarray of int, shape (calls,)
        Which number it came from; ascending.
    time_us : ndarray of int, shape (calls,)
        When it was received; ascending within a number.
    event : ndarray of int
        Places of the calls that history remembers: all but call-backs.
    """

    def __init__(self, number: Ints, time_us: Ints, is_call_back: NDArray[np.bool_]) -> None:
        """Sort the calls; ``number`` is -1 where it is unknown, and ``time_us`` ascends."""
        known = np.flatnonzero(number >= 0)
        self.row: Ints = known[np.argsort(number[known], kind="stable")]
        self.number = number[self.row]
        self.time_us = time_us[self.row]
        self.event: Ints = np.flatnonzero(~is_call_back[self.row])
        is_new = np.diff(time_us, prepend=time_us[:1] - 1) > 0
        self._moments = time_us[is_new]
        self._rank = (np.cumsum(is_new) - 1)[self.row]
        self._keys = self._key(self.number, self._rank)
        self._start = self.later(np.arange(len(self)), 0)
        self._gone = np.minimum(self.later(self.event, microseconds(HORIZON)), self._outnumbered())

    def __len__(self) -> int:
        return len(self.row)

    def after(self, place: Ints, moment_us: Ints) -> Ints:
        """The first place of the same number that lies after a moment; the next number's first if none does.

        Parameters
        ----------
        place : ndarray of int, shape (n,)
            Any place of the number.
        moment_us : ndarray of int, shape (n,)
        """
        return self._first_from(place, np.searchsorted(self._moments, moment_us, side="right"))

    def later(self, place: Ints, length_us: int) -> Ints:
        """`after` a length of time has passed since each call; quicker, since moments come in order."""
        ranks = np.searchsorted(self._moments, self._moments + length_us, side="right")
        return self._first_from(place, ranks[self._rank[place]])

    def remembered(self) -> Spans:
        """Each earlier call, while a store would look back at it: 400 days, and 500 newer calls at most."""
        return Spans(self.event, self._start[self.event], self._gone)

    def seen_from(self, place: Ints) -> Ints:
        """The first place of the same number that lies after a call; several calls may share a moment."""
        return self._start[place]

    def ends(self) -> Ints:
        """Where each number ends: the next one's first place, for each event."""
        return self._first_from(self.event, np.full(len(self.event), len(self._moments)))

    def following(self, group: Ints, *, nth: int = 1) -> Ints:
        """The n-th next event of the same group, as an index of events; -1 if there is none.

        Parameters
        ----------
        group : ndarray of int, shape (events,)
            Ascending within a number only if the groups are; any value does.
        """
        out = np.full(len(self.event), -1)
        order = np.lexsort((group, self.number[self.event]))
        numbers, groups = self.number[self.event][order], group[order]
        same = (numbers[nth:] == numbers[:-nth]) & (groups[nth:] == groups[:-nth])
        out[order[:-nth][same]] = order[nth:][same]
        return out

    def count(self, facts: Spans) -> Ints:
        """How many of the facts hold at each place, shape (calls,)."""
        held = facts.holding()
        size = len(self) + 1
        change = np.bincount(held.start, minlength=size) - np.bincount(held.end, minlength=size)
        return np.cumsum(change[:-1])

    def _first_from(self, place: Ints, rank: Ints) -> Ints:
        return np.searchsorted(self._keys, self._key(self.number[place], rank))

    def _key(self, number: Ints, rank: Ints) -> Ints:
        return number.astype(np.int64) * (len(self._moments) + 1) + rank

    def _outnumbered(self) -> Ints:
        """From where on each event has too many newer ones to be looked at."""
        place = self.ends()
        newer = self.following(np.zeros(len(self.event), np.int64), nth=NEWEST)
        has = newer >= 0
        place[has] = self._start[self.event[newer[has]]]
        return place


def held_at(facts: Spans, items: Sequence[N], places: Ints) -> Iterator[list[N]]:
    """Yield the items whose facts hold at each place, in ascending order; use each list before the next.

    Parameters
    ----------
    facts : Spans
        All hold somewhere.
    items : sequence of numbers
        What stands for each fact.
    places : ndarray of int
        Ascending.
    """
    held: list[N] = []
    order = np.argsort(facts.start, kind="stable")
    leaving = np.argsort(facts.end, kind="stable")
    coming_in = [(int(facts.start[fact]), items[fact]) for fact in order]
    going_out = [(int(facts.end[fact]), items[fact]) for fact in leaving]
    entered = left = 0
    for place in places.tolist():
        while entered < len(coming_in) and coming_in[entered][0] <= place:
            insort(held, coming_in[entered][1])
            entered += 1
        while left < len(going_out) and going_out[left][0] <= place:
            del held[bisect_left(held, going_out[left][1])]
            left += 1
        yield held
