"""From the rows of a number's calls to what was known of each of them.

A number that calls often asks for hundreds of calls each time, and of hardly any of them anything new was
said. What the same rows said the last time is said again: 500 calls then take a fifth of the time (measured
by ``python -m benchmarks history``).
"""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Mapping, Sequence
from functools import lru_cache
from typing import Any

from prankfilter.store.past import Known, Look, last_moment, past_call
from prankfilter.store.queries import Rows
from prankfilter.store.said import Said, What
from prankfilter.vocabulary import Advice, PastCall

MANY = 20
"""From so many calls on they are looked up among those of the last times."""

REMEMBERED = 8192
"""Calls that are held in memory, a kilobyte or two each."""

WHATS = {what.value: what for what in What}
ADVICE = {advice.value: advice for advice in Advice}

_read_json = json.JSONDecoder().decode

Row = Sequence[Any]


def past_calls(
    calls: Sequence[Known], looks: Rows, said: Rows, unsettled: Mapping[str, Told], *, before: int
) -> tuple[PastCall, ...]:
    """Return what was known of calls just before a moment.

    Parameters
    ----------
    calls : sequence of Known
        In the order in which they are returned.
    looks : rows
        ``call_id, at, known_from, advice, child_like`` of looks that history cares for.
    said : rows
        ``call_id, at, by, what, details`` in the order in which they were kept.
    unsettled : mapping
        Calls with looks that are still queued: those looks, and all that was said.
    before : int
        The moment, in microseconds.
    """
    look_rows, said_rows = grouped(looks), grouped(said)
    recalled = _recalled if len(calls) >= MANY else _worked_out
    known: list[PastCall] = []
    for call in calls:
        of_call, of_trail = look_rows.get(call.call_id, ()), said_rows.get(call.call_id, ())
        if call.call_id in unsettled:
            queued, trail = unsettled[call.call_id]
            known.append(past_call(call, [*map(_look, of_call), *queued], trail, before=before))
        else:
            known.append(recalled(call, tuple(of_call), tuple(of_trail), before))
    return tuple(known)


Told = tuple[Sequence[Look], Sequence[Said]]
"""Queued looks of a call, and its trail."""


def _worked_out(call: Known, looks: tuple[Row, ...], said: tuple[Row, ...], before: int) -> PastCall:
    return past_call(call, map(_look, looks), map(said_of, said), before=before)


def _recalled(call: Known, looks: tuple[Row, ...], said: tuple[Row, ...], before: int) -> PastCall:
    last, known = _settled(call, looks, said)
    return known if before > last else _worked_out(call, looks, said, before)


@lru_cache(maxsize=REMEMBERED)
def _settled(call: Known, looks: tuple[Row, ...], said: tuple[Row, ...]) -> tuple[int, PastCall]:
    """Return what these rows say at any moment after the one that comes with it."""
    seen, trail = [_look(row) for row in looks], [said_of(row) for row in said]
    last = last_moment(seen, trail)
    return last, past_call(call, seen, trail, before=last + 1)


def forget() -> None:
    """Let go of everything that is recalled."""
    _settled.cache_clear()


def _look(row: Row) -> Look:
    _, at, known_from, advice, child_like = row
    return Look(at, known_from, ADVICE[advice], bool(child_like))


def said_of(row: Row) -> Said:
    """Return one row of a call's trail."""
    _, at, by, what, details = row
    return Said(at, by, WHATS[what], _read_json(details))


def trails_of(rows: Rows) -> dict[str, list[Said]]:
    """Return what was said, by call."""
    return {call_id: [said_of(row) for row in some] for call_id, some in grouped(rows).items()}


def grouped(rows: Rows) -> dict[str, list[Row]]:
    """Return rows by their first column, in their order."""
    groups: defaultdict[str, list[Row]] = defaultdict(list)
    for row in rows:
        groups[row[0]].append(row)
    return groups
