"""What the columns of one call, or two calls, must say together.

A fault refuses the log, because something would be learnt wrongly or dropped: history would know a label
before the call, a ruling would be passed over, a recording outside of the log would be read. A caution names
what was guessed or looks odd; the log is read all the same.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from dataclasses import dataclass

import polars as pl

from prankfilter.vocabulary import AudioCapture, Label
from prankfilter_training.log.faults import Caution, Fault

DURATION_TOLERANCE_S = 2.0
DURATION_TOLERANCE_SHARE = 0.05

_NOBODY_HEARD = (str(Label.ABANDONED), str(Label.UNKNOWN))
_COL = pl.col


@dataclass(frozen=True, slots=True, kw_only=True)
class Rule:
    """One row."""

    name: str
    column: str
    """The one to mend."""
    broken: pl.Expr
    """True where a call breaks it; null counts as false."""
    remedy: str
    refuses: bool
    """A fault; else a caution."""


def _before(earlier: str, later: str) -> pl.Expr:
    return _COL(earlier) < _COL(later)


def _time_rule(column: str, since: str, why: str, *, refuses: bool = True) -> Rule:
    return Rule(
        name=f"{column}_before_{since}",
        column=column,
        broken=_before(column, since),
        remedy=f"lies before {since}; {why}",
        refuses=refuses,
    )


def _heard(column: str) -> pl.Expr:
    return _COL(column).is_not_null() & ~_COL(column).is_in(_NOBODY_HEARD)


def _nothing_to_say(*columns: str) -> pl.Expr:
    return pl.any_horizontal(_COL(column).is_not_null() for column in columns)


_CLOCKS = "mend the time, or set the two clocks alike"
_TALKED_S = (_COL("ended_at") - _COL("answered_at")).dt.total_microseconds() / 1e6
_WHOLE_S = (_COL("ended_at") - _COL("received_at")).dt.total_microseconds() / 1e6
_TOLERANCE_S = pl.max_horizontal(pl.lit(DURATION_TOLERANCE_S), DURATION_TOLERANCE_SHARE * _TALKED_S.abs())
_HAS_SOUND = _COL("audio_path").is_not_null() | _COL("bank_key").is_not_null()

RULES: tuple[Rule, ...] = (
    _time_rule("answered_at", "received_at", _CLOCKS),
    _time_rule("ended_at", "received_at", _CLOCKS),
    _time_rule("ended_at", "answered_at", _CLOCKS),
    _time_rule("label_at", "received_at", "history would know the label before the call"),
    _time_rule("verdict_at", "received_at", "history would know the ruling before the call"),
    Rule(
        name="verdict_missing",
        column="verdict",
        broken=_COL("verdict").is_null() & _nothing_to_say("verdict_by", "verdict_at", "verdict_label"),
        remedy="missing; without it the other columns of a verdict say nothing",
        refuses=True,
    ),
    Rule(
        name="audio_path_escapes",
        column="audio_path",
        broken=_COL("audio_path").str.contains(r"^[/\\]|^[A-Za-z]:|(^|[/\\])\.\.([/\\]|$)"),
        remedy="leaves the folder; write it relative to the log's folder or --audio-root, never upwards",
        refuses=True,
    ),
    _time_rule("dispatched_at", "received_at", "nothing is learnt from it", refuses=False),
    _time_rule("on_scene_at", "dispatched_at", "nothing is learnt from it", refuses=False),
    Rule(
        name="label_at_guessed",
        column="label_at",
        broken=_heard("label") & _COL("label_at").is_null() & _COL("ended_at").is_not_null(),
        remedy="missing; guessed as the end of the call, so that history may know the label too early",
        refuses=False,
    ),
    Rule(
        name="label_at_guessed_badly",
        column="label_at",
        broken=_heard("label") & _COL("label_at").is_null() & _COL("ended_at").is_null(),
        remedy="missing, and ended_at too; guessed as received_at, so that history knows the label too early",
        refuses=False,
    ),
    Rule(
        name="verdict_at_guessed",
        column="verdict_at",
        broken=_COL("verdict").is_not_null() & _COL("verdict_at").is_null(),
        remedy="missing; guessed as one day after the call",
        refuses=False,
    ),
    Rule(
        name="label_missing",
        column="label",
        broken=_COL("label").is_null() & _nothing_to_say("label_by", "label_at", "label_source"),
        remedy="missing; without it the other columns of a label say nothing",
        refuses=False,
    ),
    Rule(
        name="nobody_answered",
        column="label",
        broken=_heard("label") & _COL("answered_at").is_null() & (_COL("answered_at").count() > 0),
        remedy="says what the call was, though answered_at is empty; counted as answered",
        refuses=False,
    ),
    Rule(
        name="somebody_answered",
        column="label",
        broken=(_COL("label") == str(Label.ABANDONED)) & _COL("answered_at").is_not_null(),
        remedy="is abandoned, though answered_at says that somebody answered; counted as answered",
        refuses=False,
    ),
    Rule(
        name="duration_differs",
        column="duration_s",
        broken=(_COL("duration_s") - _TALKED_S).abs() > _TOLERANCE_S,
        remedy="differs from ended_at - answered_at; duration_s counts",
        refuses=False,
    ),
    Rule(
        name="sound_longer_than_call",
        column="audio_s",
        broken=_COL("audio_s") > _WHOLE_S + DURATION_TOLERANCE_S,
        remedy="is longer than the call",
        refuses=False,
    ),
    Rule(
        name="capture_unknown",
        column="audio_capture",
        broken=_HAS_SOUND & _COL("audio_capture").is_null(),
        remedy=f"missing; only sound that is known to be {AudioCapture.CALLER_BEFORE_ANSWER} is learnt from",
        refuses=False,
    ),
    Rule(
        name="call_stands_twice",
        column="caller",
        broken=_COL("caller").is_not_null() & pl.struct("caller", "received_at").is_duplicated(),
        remedy="called twice at the very same time; are these rows one call under two ids?",
        refuses=False,
    ),
    Rule(
        name="one_caller_everywhere",
        column="caller",
        broken=(pl.len().over("caller") > 0.25 * pl.len()) & _COL("caller").is_not_null() & (pl.len() >= 100),
        remedy="stands for more than a quarter of all calls; is it a trunk, or a word for an unknown number?",
        refuses=False,
    ),
)


def faults_of(table: pl.DataFrame) -> tuple[Fault, ...]:
    """Calls that break a rule that refuses."""
    return tuple(
        Fault(row, rule.column, rule.remedy) for rule, rows in _broken(table, refuses=True) for row in rows
    )


def cautions_of(table: pl.DataFrame) -> tuple[Caution, ...]:
    """What was guessed or looks odd, one caution a rule."""
    return tuple(Caution(rule.column, rule.remedy, rows) for rule, rows in _broken(table, refuses=False))


def not_yet(table: pl.DataFrame, now: dt.datetime) -> tuple[Caution, ...]:
    """Calls of the future; most often day and month have changed places."""
    rows = table.filter(pl.col("received_at") > now.astimezone(dt.UTC))["row"].sort()
    remedy = "lies in the future; are day and month the wrong way round, or is a clock wrong?"
    return (Caution("received_at", remedy, tuple(rows)),) if len(rows) else ()


def _broken(table: pl.DataFrame, *, refuses: bool) -> Iterator[tuple[Rule, tuple[int, ...]]]:
    for rule in RULES:
        if rule.refuses is refuses:
            rows = table.filter(rule.broken.fill_null(value=False))["row"].sort()
            if len(rows):
                yield rule, tuple(rows)
