"""What was said of each call, as columns: which words stand, from when, and until the next word.

The rules are not written here a second time. A log says two things of a call at most, a label and a verdict,
and what stands follows from the words, from who said them and from their order, never from their hour. So
every combination that a log holds, a few hundred of a million, is put before the functions that serve.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import polars as pl

from prankfilter.features.rulings import (
    confirmation,
    genuine_since,
    is_ruled_since,
    says_against,
    statements,
)
from prankfilter.vocabulary import CallRecord, EndedBy, Label, LabelEvent, LabelSource, PastCall, Verdict
from prankfilter_training.log.call import LoggedCall
from prankfilter_training.log.statements import label_events
from prankfilter_training.rows.columnar.clock import DAY_US, Ints
from prankfilter_training.rows.columnar.numbers import NEVER
from prankfilter_training.rows.columnar.sheet import Flags, Sheet

LONG_AGO = -NEVER
"""When nobody ruled."""

_CALLED = dt.datetime(2000, 1, 1, tzinfo=dt.UTC)
_EARLY, _LATE = (_CALLED + dt.timedelta(hours=hours) for hours in (1, 2))
_NOBODY, _BY_LABEL, _BY_VERDICT = 0, 1, 2
"""Whose word it was."""

_WORDS: Mapping[str, pl.Expr] = {
    "label": pl.col("label"),
    "label_source": pl.col("label_source"),
    "advice_shown": pl.col("advice_shown").fill_null(value=False),
    "verdict": pl.col("verdict"),
    "verdict_label": pl.col("verdict_label"),
    "label_signed": pl.col("label_by").is_not_null(),
    "verdict_signed": pl.col("verdict_by").is_not_null(),
    "one_person": (pl.col("label_by") == pl.col("verdict_by")).fill_null(value=False),
    "in_prompt": (pl.col("ended_by") == str(EndedBy.PROMPT)).fill_null(value=False),
    "label_first": pl.col("label_us") < pl.col("verdict_us"),
    "verdict_first": pl.col("verdict_us") < pl.col("label_us"),
}
"""All that decides what stands."""


@dataclass(frozen=True, slots=True, eq=False)
class Words:
    """What stands of a call from one word to the next; up to two rows a call, shape (words,) each.

    Attributes
    ----------
    row : ndarray of int
        Place of the call in the log.
    from_us, until_us : ndarray of int
        It stands after the one and up to the other.
    spoken : ndarray of bool
        Somebody unbiased said something.
    against : ndarray of bool
        Somebody unbiased called it anything but genuine.
    genuine_us : ndarray of int
        Since when the call stands as genuine; `NEVER` where it does not.
    confirmed_us : ndarray of int
        When it was confirmed as a prank; `NEVER` where it was not.
    child_play : ndarray of bool
        Of the confirmed ones.
    ruled_us : ndarray of int
        When a supervisor or a field unit last spoke of it; `LONG_AGO` where none did.
    """

    row: Ints
    from_us: Ints
    until_us: Ints
    spoken: Flags
    against: Flags
    genuine_us: Ints
    confirmed_us: Ints
    child_play: Flags
    ruled_us: Ints


def label_us(sheet: Sheet) -> Ints:
    """When each call got its label, as `log.statements.label_events` says; `NEVER` where it got none."""
    said = pl.coalesce("label_at", "ended_at", "received_at")
    return sheet.moments(pl.when(pl.col("label").is_not_null()).then(said), NEVER)


def verdict_us(sheet: Sheet) -> Ints:
    """When each call was ruled on: a day later by the clock where nobody says; `NEVER` if it was not."""
    a_day_later = sheet.clock.moment(sheet.wall_us + DAY_US)
    said = sheet.moments(pl.col("verdict_at"), NEVER)
    said = np.where(said == NEVER, a_day_later, said)
    return np.where(sheet.flags(pl.col("verdict").is_not_null()), said, NEVER)


def first_word_us(sheet: Sheet) -> Ints:
    """When the first word was said of each call, biased or not; `NEVER` where none was."""
    return np.minimum(sheet.once(label_us), sheet.once(verdict_us))


def words_of(sheet: Sheet) -> Words:
    """Put every combination of words before the functions that serve."""
    said = (
        sheet.table.lazy()
        .with_columns(
            pl.Series("label_us", sheet.once(label_us)), pl.Series("verdict_us", sheet.once(verdict_us))
        )
        .with_row_index("place")
        .filter(pl.col("caller").is_not_null() | pl.col("incident_id").is_not_null())
        .filter(pl.col("label").is_not_null() | pl.col("verdict").is_not_null())
        .select("place", "label_us", "verdict_us", **{f"word_{name}": how for name, how in _WORDS.items()})
        .collect()
    )
    names = [f"word_{name}" for name in _WORDS]
    combinations = said.select(names).unique().with_row_index("combination")
    judged = [
        {"combination": number, **stand}
        for number, *words in combinations.iter_rows()
        for stand in _stands(dict(zip(_WORDS, words, strict=True)))
    ]
    stands = said.join(combinations, on=names, how="inner", nulls_equal=True).join(
        pl.DataFrame(judged, schema=_STANDS), on="combination", how="inner"
    )
    return _as_words(stands.sort("place", "step"))


_STANDS: Mapping[str, Any] = {
    "combination": pl.UInt32,
    "step": pl.Int8,
    "from_by": pl.Int8,
    "until_by": pl.Int8,
    "spoken": pl.Boolean,
    "against": pl.Boolean,
    "genuine_by": pl.Int8,
    "confirmed_by": pl.Int8,
    "child_play": pl.Boolean,
    "ruled_by": pl.Int8,
}


def _as_words(stands: pl.DataFrame) -> Words:
    moments = stands["label_us"].to_numpy(), stands["verdict_us"].to_numpy()

    def moment(name: str, nobody: int) -> Ints:
        by = stands[name].to_numpy()
        return np.where(by == _BY_LABEL, moments[0], np.where(by == _BY_VERDICT, moments[1], nobody))

    return Words(
        row=stands["place"].cast(pl.Int64).to_numpy(),
        from_us=moment("from_by", LONG_AGO),
        until_us=moment("until_by", NEVER),
        spoken=stands["spoken"].to_numpy().astype(bool),
        against=stands["against"].to_numpy().astype(bool),
        genuine_us=moment("genuine_by", NEVER),
        confirmed_us=moment("confirmed_by", NEVER),
        child_play=stands["child_play"].to_numpy().astype(bool),
        ruled_us=moment("ruled_by", LONG_AGO),
    )


def _stands(words: Mapping[str, Any]) -> list[dict[str, Any]]:
    """What stands after each word of one combination; words of one moment are heard together."""
    events = label_events(_example(words))
    moments = sorted({event.at for event in events})
    whose = {event.at: _BY_LABEL if event.verdict is None else _BY_VERDICT for event in events}
    steps = []
    for step, moment in enumerate(moments):
        known = tuple(event for event in events if event.at <= moment)
        later = moments[step + 1 :]
        until_by = whose[later[0]] if later else _NOBODY
        steps.append({"step": step, "from_by": whose[moment], "until_by": until_by} | _judged(known, whose))
    return steps


def _judged(known: Sequence[LabelEvent], whose: Mapping[dt.datetime, int]) -> dict[str, Any]:
    said = statements(PastCall(call_id="", received_at=_CALLED, labels=tuple(known)))
    genuine, confirmed = genuine_since(said), confirmation(said)
    ruled = [moment for moment in sorted(whose) if is_ruled_since(said, moment)]
    return {
        "spoken": bool(said),
        "against": says_against(said),
        "genuine_by": _NOBODY if genuine is None else whose[genuine],
        "confirmed_by": _NOBODY if confirmed is None else whose[confirmed.at],
        "child_play": confirmed is not None and confirmed.child_play,
        "ruled_by": whose[ruled[-1]] if ruled else _NOBODY,
    }


def _example(words: Mapping[str, Any]) -> LoggedCall:
    """A call of which just these words were said."""
    label, source, verdict = words["label"], words["label_source"], words["verdict"]
    return LoggedCall(
        record=CallRecord(call_id="", received_at=_CALLED),
        row=0,
        ended_by=EndedBy.PROMPT if words["in_prompt"] else None,
        label=None if label is None else Label(label),
        label_source=None if source is None else LabelSource(source),
        label_by="one" if words["label_signed"] else None,
        label_at=_LATE if words["verdict_first"] else _EARLY,
        advice_shown=words["advice_shown"],
        verdict=None if verdict is None else Verdict(verdict),
        verdict_label=None if words["verdict_label"] is None else Label(words["verdict_label"]),
        verdict_by=("one" if words["one_person"] else "other") if words["verdict_signed"] else None,
        verdict_at=_LATE if words["label_first"] else _EARLY,
    )
