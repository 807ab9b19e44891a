"""What history says of the calls of a log beside features: repeats, `verify` earned, calls that teach."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable

import numpy as np

from prankfilter.features import memory
from prankfilter.routing.strata import REPEAT_WINDOW
from prankfilter.vocabulary import KINDS, Label
from prankfilter_training.log.statements import learnt_label
from prankfilter_training.rows.columnar.clock import Ints, microseconds
from prankfilter_training.rows.columnar.judged import judged
from prankfilter_training.rows.columnar.numbers import Spans, held_at
from prankfilter_training.rows.columnar.sheet import ANSWERED, Flags, Sheet


def is_repeat(sheet: Sheet) -> Flags:
    """`routing.strata.is_repeat` of each call, shape (calls,)."""
    numbers, remembered = sheet.numbers, sheet.numbers.remembered()
    if not len(numbers.event):
        return np.zeros(len(sheet), bool)
    last = np.searchsorted(remembered.start, np.arange(len(numbers)), side="right") - 1
    recent = numbers.time_us[numbers.event[last]] >= sheet.before(REPEAT_WINDOW)[numbers.row]
    return _in_log_order(sheet, recent & (numbers.count(remembered) > 0))


def verify_is_earned(sheet: Sheet, *, genuine_days: float) -> Flags:
    """`features.history.verify_is_earned` of each call, for a voice that is no child's; shape (calls,)."""
    numbers, found = sheet.numbers, sheet.once(judged)
    genuine = found.genuine
    window_us = microseconds(dt.timedelta(days=genuine_days))
    forgotten = numbers.later(genuine.event, window_us)
    recent_genuine = numbers.count(Spans(genuine.event, genuine.start, np.minimum(genuine.end, forgotten)))
    verified = sheet.verified[numbers.row]
    pranks = found.pranks.where(~found.child_play)
    earned = np.zeros(len(numbers), bool)
    for kind in (True, False):
        against = pranks.where(verified[pranks.event] == kind)
        enough = (numbers.count(against) >= memory.PRANKS_NEEDED) & (verified == kind)
        places = np.flatnonzero(enough & (recent_genuine == 0))
        earned[places] = _on_enough_days(sheet, against, places)
    return _in_log_order(sheet, earned)


def learnt_labels(sheet: Sheet) -> tuple[Label, ...]:
    """What each call teaches and proves."""
    return tuple(Label(word) for word in learnt_label(sheet.table))


def teaches(sheet: Sheet, labels: Iterable[str]) -> Flags:
    """`fitting.fit.teaches` of each call, shape (calls,)."""
    heard = np.array([label in KINDS for label in labels], dtype=bool)
    return heard & sheet.flags(ANSWERED.fill_null(value=True)) & ~sheet.is_call_back


def _on_enough_days(sheet: Sheet, pranks: Spans, places: Ints) -> list[bool]:
    """Whether the pranks held at each place lie on enough local days."""
    facts, day = pranks.holding(), sheet.day[sheet.numbers.row].tolist()
    return [
        len({day[int(event)] for event in held}) >= memory.PRANK_DAYS_NEEDED
        for held in held_at(facts, facts.event.tolist(), places)
    ]


def _in_log_order(sheet: Sheet, holds: Flags) -> Flags:
    column = np.zeros(len(sheet), bool)
    column[sheet.numbers.row] = holds
    return column
