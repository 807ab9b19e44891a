"""What was said of the calls of a log: to history statements with their times, to learning one label."""

from __future__ import annotations

import datetime as dt
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import replace

import polars as pl

from prankfilter.features.memory import FOLLOW_UP
from prankfilter.features.rulings import RULING_SOURCES
from prankfilter.vocabulary import PRANK_LABELS, EndedBy, Label, LabelEvent, LabelSource, Verdict
from prankfilter_training.log.call import LoggedCall

NEVER_LEARNT = frozenset({Label.ABANDONED, Label.UNKNOWN})
"""Nobody heard what such a call was."""

_FOLLOWED_IN = ("caller", "incident_id")
"""A genuine call that shares one of these with an earlier call tells something of that."""

_SETTLING = (str(Verdict.CONFIRMED), str(Verdict.OVERTURNED))


def label_events(call: LoggedCall) -> tuple[LabelEvent, ...]:
    """Everything said of a call, each with the time from which history may know it.

    Moments are UTC, as in `rows.history.past_call`.
    """
    events = [event for event in (_labelled(call), _ruled(call)) if event is not None]
    if call.ended_by is EndedBy.PROMPT:
        events = [replace(event, label=_heard_by_nobody(event.label)) for event in events]
    return tuple(sorted(events, key=lambda event: event.at))


def _heard_by_nobody(label: Label) -> Label:
    """What a label says of a call that ended in the prompt: never that it was a prank (SAFETY rule 14)."""
    return Label.UNKNOWN if label in PRANK_LABELS else label


def _labelled(call: LoggedCall) -> LabelEvent | None:
    if call.label is None:
        return None
    return LabelEvent(
        label=call.label,
        source=call.label_source or LabelSource.IMPORT,
        at=(call.label_at or call.ended_at or call.record.received_at).astimezone(dt.UTC),
        by=call.label_by,
        unfounded=bool(call.unfounded),
        biased=bool(call.advice_shown),
    )


def _ruled(call: LoggedCall) -> LabelEvent | None:
    if call.verdict is None:
        return None
    at = (call.verdict_at or call.record.received_at + dt.timedelta(days=1)).astimezone(dt.UTC)
    return LabelEvent(
        label=_ruled_label(call, call.verdict, at),
        source=LabelSource.SUPERVISOR,
        at=at,
        by=call.verdict_by,
        verdict=call.verdict,
    )


def _ruled_label(call: LoggedCall, verdict: Verdict, at: dt.datetime) -> Label:
    """What a verdict says that the call was, as in service.

    Without a label of its own it confirms the unbiased one that had been given by then; else it says nothing.
    """
    if verdict is Verdict.WAS_EMERGENCY:
        return Label.GENUINE
    if call.verdict_label is not None:
        return call.verdict_label
    label = _labelled(call)
    if verdict is Verdict.CONFIRMED and label is not None and label.at <= at and not label.biased:
        return label.label
    return Label.UNKNOWN


def last_word(call: LoggedCall) -> Label:
    """What a call was, by the last unbiased word on it; `unknown` where there is none."""
    label = _last_said(call)
    return _heard_by_nobody(label) if call.ended_by is EndedBy.PROMPT else label


def _last_said(call: LoggedCall) -> Label:
    if call.verdict is Verdict.WAS_EMERGENCY:
        return Label.GENUINE
    if call.verdict is Verdict.OVERTURNED and call.verdict_label is None:
        return Label.UNKNOWN
    if call.verdict in (Verdict.CONFIRMED, Verdict.OVERTURNED) and call.verdict_label is not None:
        return call.verdict_label
    if call.label is None or call.advice_shown:
        return Label.UNKNOWN
    return call.label


def is_ruled(call: LoggedCall) -> bool:
    """Whether a supervisor or a field unit has spoken of it."""
    return call.verdict is not None or call.label_source in RULING_SOURCES


def learnt_labels(calls: Sequence[LoggedCall]) -> list[Label]:
    """What each call teaches and proves.

    A call labelled not genuine that is followed within 24 hours by a genuine one from the same number or of
    the same incident counts as genuine until somebody ruled (SAFETY rule 14).
    """
    labels = [last_word(call) for call in calls]
    genuine: defaultdict[tuple[str, str], list[dt.datetime]] = defaultdict(list)
    for call, label in zip(calls, labels, strict=True):
        if label is Label.GENUINE:
            for name in _shared(call):
                genuine[name].append(call.record.received_at)
    return [
        Label.GENUINE
        if label not in NEVER_LEARNT and not is_ruled(call) and _is_followed(call, genuine)
        else label
        for call, label in zip(calls, labels, strict=True)
    ]


def _shared(call: LoggedCall) -> list[tuple[str, str]]:
    """What a call may share with others: its number and its incident."""
    return [(name, value) for name in _FOLLOWED_IN if (value := getattr(call.record, name))]


def _is_followed(call: LoggedCall, genuine: Mapping[tuple[str, str], Sequence[dt.datetime]]) -> bool:
    at = call.record.received_at
    times = (time for name in _shared(call) for time in genuine.get(name, ()))
    return any(dt.timedelta(0) < time - at <= FOLLOW_UP for time in times)


# --- the same for millions of calls ----------------------------------------------------------------


def last_words() -> pl.Expr:
    """`last_word` over a log's table."""
    said, in_prompt = _last_said_words(), pl.col("ended_by") == str(EndedBy.PROMPT)
    prank = said.is_in([str(label) for label in PRANK_LABELS])
    return pl.when(in_prompt & prank).then(pl.lit(str(Label.UNKNOWN))).otherwise(said)


def _last_said_words() -> pl.Expr:
    verdict, ruled = pl.col("verdict"), pl.col("verdict_label")
    unknown = pl.lit(str(Label.UNKNOWN))
    return (
        pl.when(verdict == str(Verdict.WAS_EMERGENCY))
        .then(pl.lit(str(Label.GENUINE)))
        .when(verdict.is_in(_SETTLING) & ruled.is_not_null())
        .then(ruled)
        .when(verdict == str(Verdict.OVERTURNED))
        .then(unknown)
        .when(pl.col("advice_shown").fill_null(value=False))
        .then(unknown)
        .otherwise(pl.col("label").fill_null(unknown))
    )


def learnt_label(table: pl.DataFrame) -> pl.Series:
    """`learnt_labels` over a log's table.

    Parameters
    ----------
    table : DataFrame
        Columns as in `table.SCHEMA`, in order of time.

    Returns
    -------
    Series of str, shape (calls,)
    """
    said = table.select(*_FOLLOWED_IN, "received_at", "verdict", "label_source", last=last_words())
    genuine = said.filter(pl.col("last") == str(Label.GENUINE))
    followed = said
    for name in _FOLLOWED_IN:
        followed = followed.join_asof(
            genuine.filter(pl.col(name).is_not_null() & (pl.col(name) != "")).select(
                name, pl.col("received_at").alias(f"next of {name}")
            ),
            left_on="received_at",
            right_on=f"next of {name}",
            by=name,
            strategy="forward",
            allow_exact_matches=False,
            tolerance=FOLLOW_UP,
            check_sortedness=False,
        )
    doubted = (
        pl.any_horizontal(pl.col(f"next of {name}").is_not_null() for name in _FOLLOWED_IN)
        & ~pl.col("last").is_in([str(label) for label in NEVER_LEARNT])
        & pl.col("verdict").is_null()
        & ~pl.col("label_source").is_in([str(source) for source in RULING_SOURCES]).fill_null(value=False)
    )
    genuine_label = pl.lit(str(Label.GENUINE))
    return followed.select(pl.when(doubted).then(genuine_label).otherwise("last").alias("learnt")).to_series()
