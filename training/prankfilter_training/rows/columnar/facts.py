"""Facts of every call of a log that are no features: what it teaches, whether history allows ``verify``."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from typing import Any

import numpy as np
import polars as pl

from prankfilter.features import memory
from prankfilter.routing.strata import REPEAT_WINDOW
from prankfilter.vocabulary import KINDS, CallRecord, Label, LabelSource, Verdict
from prankfilter_training.log.call import LoggedCall
from prankfilter_training.log.statements import NEVER_LEARNT, is_ruled, last_word
from prankfilter_training.rows.columnar.clock import Ints, microseconds
from prankfilter_training.rows.columnar.judged import judged
from prankfilter_training.rows.columnar.numbers import Numbers, Spans, held_at
from prankfilter_training.rows.columnar.sheet import ANSWERED, Flags, Sheet

_WORDS = ("label", "label_source", "advice_shown", "verdict", "verdict_label")
"""What `last_word` and `is_ruled` go by."""


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
    """`log.statements.learnt_labels` of each call."""
    words = sheet.table.select(_WORDS)
    combinations = words.unique().with_row_index("combination")
    place = words.join(combinations, on=list(_WORDS), how="left", nulls_equal=True, maintain_order="left")[
        "combination"
    ].to_numpy()
    examples = [_example(row) for row in combinations.select(_WORDS).iter_rows()]
    said = [last_word(example) for example in examples]
    unsettled = np.array(
        [
            word not in NEVER_LEARNT and not is_ruled(example)
            for word, example in zip(said, examples, strict=True)
        ],
        dtype=bool,
    )
    genuine = np.array([word is Label.GENUINE for word in said], dtype=bool)
    doubtful = unsettled[place] & _followed(sheet, genuine[place])
    words_of = np.array([*said, Label.GENUINE], dtype=object)
    return tuple(words_of[np.where(doubtful, len(said), place)].tolist())


def teaches(sheet: Sheet, labels: Sequence[Label]) -> Flags:
    """`fitting.fit.teaches` of each call, shape (calls,)."""
    heard = {label: label in KINDS for label in Label}
    answered = sheet.flags(ANSWERED.fill_null(value=True))
    return np.array([heard[label] for label in labels], dtype=bool) & answered & ~sheet.is_call_back


def _on_enough_days(sheet: Sheet, pranks: Spans, places: Ints) -> list[bool]:
    """Whether the pranks held at each place lie on enough local days."""
    facts, day = pranks.holding(), sheet.day[sheet.numbers.row].tolist()
    return [
        len({day[int(event)] for event in held}) >= memory.PRANK_DAYS_NEEDED
        for held in held_at(facts, facts.event.tolist(), places)
    ]


def _followed(sheet: Sheet, genuine: Flags) -> Flags:
    """Whether a genuine call of the same number came within `FOLLOW_UP` after each call."""
    # Call-backs and all: what it was called decides here, not who called.
    numbers = Numbers(sheet.codes(pl.col("caller")), sheet.received_us, np.zeros(len(sheet), bool))
    place = np.arange(len(numbers))
    so_far = np.r_[0, np.cumsum(genuine[numbers.row])]
    until = numbers.later(place, microseconds(memory.FOLLOW_UP))
    followed = np.zeros(len(sheet), bool)
    followed[numbers.row] = so_far[until] > so_far[numbers.seen_from(place)]
    return followed


def _in_log_order(sheet: Sheet, holds: Flags) -> Flags:
    column = np.zeros(len(sheet), bool)
    column[sheet.numbers.row] = holds
    return column


def _example(words: Sequence[Any]) -> LoggedCall:
    """A call of which just these words were said."""
    label, source, shown, verdict, ruled = words
    return LoggedCall(
        record=CallRecord(call_id="", received_at=dt.datetime(2000, 1, 1, tzinfo=dt.UTC)),
        row=0,
        label=None if label is None else Label(label),
        label_source=None if source is None else LabelSource(source),
        advice_shown=shown,
        verdict=None if verdict is None else Verdict(verdict),
        verdict_label=None if ruled is None else Label(ruled),
    )
