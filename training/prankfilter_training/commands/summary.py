"""What a log holds, and what it is good for."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

import polars as pl

from prankfilter.vocabulary import KINDS, PRANK_LABELS, AudioCapture, Label
from prankfilter_training.fitting.fit import LEAST_CALLS_OF_A_KIND
from prankfilter_training.log.columns import EVERY_COLUMN
from prankfilter_training.log.statements import learnt_label
from prankfilter_training.log.table import Log
from prankfilter_training.proof.certify import Claim
from prankfilter_training.rows.columnar.sheet import ANSWERED

CLAIM = Claim()


@dataclass(frozen=True, slots=True)
class Summary:
    """Plain counts over the calls of a log."""

    calls: int
    first_at: str | None
    last_at: str | None
    days: float
    simulated: bool
    filled: Mapping[str, int]
    """Calls by column that has a value."""
    labels: Mapping[str, int]
    """Calls by label as it was given; `""` where there is none."""
    learnt: Mapping[str, int]
    """Calls by what they teach: the last unbiased word, doubt in the caller's favour."""
    said_by: Mapping[str, int]
    labellers: int
    labelled: int
    after_a_score: int
    """Labels given after a score was shown; they teach and prove nothing."""
    ruled: int
    answered: int
    unanswered: int
    before_answer: int
    """Calls with sound of the caller from before the answer."""
    callers: int
    genuine_callers: int
    """Different known callers of genuine, answered calls with sound from before the answer."""
    genuine_callers_needed: int

    @property
    def attempts_on_record(self) -> bool:
        """Whether the log holds unanswered attempts."""
        return self.unanswered > 0

    @property
    def can_fit(self) -> bool:
        """Whether there is enough to learn from: genuine calls and one kind of prank."""
        kinds = {name for name, calls in self.learnt.items() if calls >= LEAST_CALLS_OF_A_KIND}
        return Label.GENUINE in kinds and bool(kinds & set(map(str, PRANK_LABELS)))

    def values(self) -> dict[str, Any]:
        """For ``--json``."""
        own = {name: getattr(self, name) for name in self.__dataclass_fields__}
        return own | {"attempts_on_record": self.attempts_on_record, "can_fit": self.can_fit}


def summary_of(log: Log) -> Summary:
    """Count."""
    table = log.table.with_columns(learnt=learnt_label(log.table), answered=ANSWERED)
    first, last = (_edge(table, log, place) for place in (0, -1))
    before = pl.col("audio_capture") == str(AudioCapture.CALLER_BEFORE_ANSWER)
    proving = before & (pl.col("learnt") == str(Label.GENUINE)) & pl.col("answered")
    said = table.filter(_is_said)
    return Summary(
        calls=len(table),
        first_at=first.isoformat() if first else None,
        last_at=last.isoformat() if last else None,
        days=(last - first).total_seconds() / 86_400 if first and last else 0.0,
        simulated=log.simulated,
        filled={name: count for name in EVERY_COLUMN if (count := _count(table, name))},
        labels=_by(table, "label"),
        learnt=_by(table.filter(pl.col("learnt").is_in([str(kind) for kind in KINDS])), "learnt"),
        said_by=_by(said.with_columns(pl.col("label_source").fill_null("import")), "label_source"),
        labellers=said["label_by"].drop_nulls().n_unique(),
        labelled=len(said),
        after_a_score=len(said.filter(pl.col("advice_shown"))),
        ruled=_count(table, "verdict"),
        answered=len(table.filter(pl.col("answered"))),
        unanswered=len(table.filter(~pl.col("answered"))),
        before_answer=len(table.filter(before)),
        callers=table["caller"].drop_nulls().n_unique(),
        genuine_callers=table.filter(proving)["caller"].drop_nulls().n_unique(),
        genuine_callers_needed=CLAIM.callers_needed,
    )


_is_said = pl.col("label").is_not_null() & ~pl.col("label").is_in([str(Label.UNKNOWN), str(Label.ABANDONED)])


def _edge(table: pl.DataFrame, log: Log, place: int) -> dt.datetime | None:
    """The first or the last call's time, to the second, in the centre's zone."""
    if not len(table):
        return None
    time: dt.datetime = table["received_at"][place]
    return time.astimezone(log.zone).replace(microsecond=0)


def _count(table: pl.DataFrame, name: str) -> int:
    return table[name].count() if name in table.columns else 0


def _by(table: pl.DataFrame, name: str) -> dict[str, int]:
    counts = table[name].value_counts(sort=True)
    return {value or "": count for value, count in counts.iter_rows()}


# --- in words --------------------------------------------------------------------------------------


def describe(summary: Summary) -> str:
    """For people, in a few lines."""
    return "\n".join(_lines(summary))


def _lines(found: Summary) -> Iterator[str]:
    if found.simulated:
        yield "SIMULATED calls: what this log shows is no evidence of accuracy on real calls."
    span = f", {found.first_at} to {found.last_at}, {found.days:,.0f} days" if found.calls else ""
    yield f"{found.calls:,} calls of {found.callers:,} known callers{span}"
    if not found.calls:
        return
    share = found.labelled / found.answered if found.answered else 0.0
    yield f"labelled: {found.labelled:,}, {share:.0%} of {found.answered:,} answered calls, by " + (
        _listed(found.said_by) + f" ({found.labellers} people)" if found.labelled else "nobody"
    )
    yield f"labels: {_listed({name or 'none': count for name, count in found.labels.items()})}"
    yield f"ruled on by a supervisor: {found.ruled:,}"
    yield f"labels given after a score was shown, which teach and prove nothing: {found.after_a_score:,}"
    heard = found.before_answer / found.calls
    yield f"sound from before the answer: {found.before_answer:,} calls, {heard:.0%}"
    yield _attempts(found)
    yield "values by column: " + _listed(found.filled)
    yield "good for fit: " + ("yes" if found.can_fit else _not_for_fit(found))
    yield "good for certify: " + _certify(found)


def _attempts(found: Summary) -> str:
    if found.attempts_on_record:
        return f"unanswered attempts: {found.unanswered:,}; features that count a number's calls are known"
    return (
        "unanswered attempts: none on record, so features that count a number's calls stay unknown; "
        "add them with the label abandoned"
    )


def _not_for_fit(found: Summary) -> str:
    least, has = LEAST_CALLS_OF_A_KIND, _listed(found.learnt) or "none"
    return f"no; {least} genuine calls and {least} of one kind of prank are the least; it has {has}"


def _certify(found: Summary) -> str:
    enough = found.genuine_callers >= found.genuine_callers_needed
    verdict = "perhaps; calls that something was learnt from do not count" if enough else "not by itself"
    return (
        f"{verdict}; {found.genuine_callers:,} genuine callers with sound from before the answer, "
        f"at least {found.genuine_callers_needed:,} are needed in a stratum "
        f"for {CLAIM.alpha:.1%} at {CLAIM.confidence:.0%} confidence"
    )


def _listed(counts: Mapping[str, int]) -> str:
    return ", ".join(f"{name} {count:,}" for name, count in counts.items())
