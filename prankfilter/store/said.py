"""What was said of a call after it: facts, outcomes, verdicts and doubts, one append-only trail per call.

One row says one thing once. The outcomes, the verdicts, the facts that stand, the trail on a page and the
label events of history are all read from the same rows, so they cannot disagree.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Iterable, Mapping, Sequence
from enum import StrEnum
from operator import attrgetter
from types import MappingProxyType
from typing import Any, NamedTuple, Self

from prankfilter.errors import BadInput
from prankfilter.store.codec import from_plain, plain
from prankfilter.store.instants import instant, microseconds
from prankfilter.store.port import CallBackAct, Change, Ruling
from prankfilter.vocabulary import EndedBy, Label, Outcome, Verdict

THE_SERVICE = "prankfilter"
"""Who says what follows from the words of people."""


class What(StrEnum):
    """What kind of thing was said; also the word in `Change.what`."""

    FACTS = "facts"
    OUTCOME = "outcome"
    VERDICT = "verdict"
    CALL_BACK = "call_back"
    SECOND = "second"
    """What a second person ruled, not knowing the first verdict (SAFETY rule 13); history does not ask."""
    WITHDRAWN = "withdrawn"
    """A verdict that was taken back by whoever gave it."""
    DOUBTED = "doubted"
    """Since when a later call of its incident stands as genuine, or that none does (SAFETY rule 14)."""


class Said(NamedTuple):
    """One row of a call's trail."""

    at: int
    """Microseconds (`instants`)."""
    by: str
    what: What
    details: Mapping[str, Any]
    """Plain values, without ``at``."""

    def change(self) -> Change:
        """Return it as a line of the trail."""
        return Change(at=instant(self.at), by=self.by, what=self.what, details=dict(self.details))

    @classmethod
    def of(cls, change: Change) -> Self:
        """Return a line of the trail as its row."""
        return cls(microseconds(change.at), change.by, What(change.what), change.details)


def moment_of(text: str) -> dt.datetime:
    """Read a time with its offset; one without is no moment."""
    moment = dt.datetime.fromisoformat(text)
    if moment.tzinfo is None:
        raise ValueError("a time without its offset")
    return moment


FACT_READERS: Mapping[str, Callable[[str], Any]] = MappingProxyType(
    {
        "answered_at": moment_of,
        "ended_at": moment_of,
        "audio_started_at": moment_of,
        "dispatched_at": moment_of,
        "on_scene_at": moment_of,
        "duration_s": float,
        "ended_by": EndedBy,
    }
)
"""What history and reports compute with, in facts and outcomes. All other facts come back as plain values."""


_VERDICTS = frozenset({What.VERDICT, What.SECOND})


def said_facts(facts: Mapping[str, Any], *, by: str, at: dt.datetime) -> Said:
    """Return later facts as a row, or raise `BadInput` for one that history could not read."""
    return _said(What.FACTS, plain(facts), by=by, at=at)


def said_outcome(outcome: Outcome) -> Said:
    """Return an outcome as a row; where nobody signed, the kind of source stands for them."""
    return _said(What.OUTCOME, plain(outcome), by=outcome.by or outcome.source.value, at=outcome.at)


def said_ruling(ruling: Ruling) -> Said:
    """Return a verdict as a row."""
    return _said(What.VERDICT, plain(ruling), by=ruling.by, at=ruling.at)


def said_second(ruling: Ruling) -> Said:
    """Return a blind second verdict as a row."""
    return _said(What.SECOND, plain(ruling), by=ruling.by, at=ruling.at)


def said_withdrawn(ruled_at: dt.datetime, *, by: str, at: dt.datetime) -> Said:
    """Return the withdrawal of the verdict given at a moment as a row."""
    return _said(What.WITHDRAWN, {"ruled_at": microseconds(ruled_at)}, by=by, at=at)


def said_doubt(since: dt.datetime | None, *, by: str, at: dt.datetime) -> Said:
    """Return as a row since when a call is in doubt; None for not any more."""
    return _said(What.DOUBTED, {"since": plain(since)}, by=by, at=at)


def said_call_back(act: CallBackAct) -> Said:
    """Return what was done about a call-back as a row."""
    details = {name: value for name, value in plain(act).items() if name != "by" and value is not None}
    return _said(What.CALL_BACK, details, by=act.by, at=act.at)


def _said(what: What, details: dict[str, Any], *, by: str, at: dt.datetime) -> Said:
    for name in FACT_READERS.keys() & details.keys():
        _read_fact(name, details[name])
    return Said(microseconds(at), by, what, {name: details[name] for name in details if name != "at"})


def says_more(new: Said, trail: Iterable[Said]) -> bool:
    """Tell whether a row adds anything to a trail.

    A repeat of what was last said before it (all but ``at``) does not, nor does a row that is already there:
    a request sent twice and a file imported twice change nothing.
    """
    rows = list(trail)
    if new.what is What.VERDICT:
        rows = standing_verdicts(rows)
    alike = in_order(one for one in rows if one.what is new.what and one.at <= new.at)
    repeated = [one for one in alike if one.at == new.at] + alike[-1:]
    return all((one.by, one.details) != (new.by, new.details) for one in repeated)


def in_order(trail: Iterable[Said]) -> list[Said]:
    """Return a trail by time; what was said at one moment stays in the order in which it was kept."""
    return sorted(trail, key=attrgetter("at"))


def outcomes(trail: Sequence[Said]) -> tuple[Outcome, ...]:
    """Return the outcomes of an ordered trail."""
    return tuple(_timed(Outcome, one) for one in trail if one.what is What.OUTCOME)


def rulings(trail: Sequence[Said]) -> tuple[Ruling, ...]:
    """Return the verdicts of an ordered trail."""
    return tuple(_timed(Ruling, one) for one in standing_verdicts(trail))


def standing_verdicts(trail: Sequence[Said]) -> list[Said]:
    """Return the verdicts of a trail that nobody took back, in its order."""
    withdrawn = {(one.by, one.details["ruled_at"]) for one in trail if one.what is What.WITHDRAWN}
    return [one for one in trail if one.what is What.VERDICT and (one.by, one.at) not in withdrawn]


def doubted_at(trail: Sequence[Said]) -> dt.datetime | None:
    """Return since when a call is in doubt by its ordered trail; whether anybody ruled since is not asked."""
    last = next((one for one in reversed(trail) if one.what is What.DOUBTED), None)
    return None if last is None or last.details["since"] is None else moment_of(last.details["since"])


def facts(trail: Sequence[Said]) -> dict[str, Any]:
    """Return the facts that stand at the end of an ordered trail: the latest of each name."""
    standing: dict[str, Any] = {}
    for one in trail:
        if one.what is What.FACTS:
            standing |= one.details
    return {name: _read_fact(name, value) for name, value in standing.items()}


def label_of(said: Said) -> Label | None:
    """Return the label that a row names, if any."""
    name = said.details.get("label")
    return None if name is None or said.what is What.FACTS else Label(name)


def verdict_of(said: Said) -> Verdict | None:
    """Return the verdict that a row holds, if any."""
    return Verdict(said.details["verdict"]) if said.what in _VERDICTS else None


def _timed(kind: type[Any], said: Said) -> Any:
    return from_plain(kind, {**said.details, "at": instant(said.at).isoformat()})


def _read_fact(name: str, value: Any) -> Any:
    read = FACT_READERS.get(name)
    if read is None or value is None:
        return value
    try:
        return read(value)
    except (TypeError, ValueError):
        raise BadInput(
            f"{name}: {value!r} cannot be kept; give a time with its offset, or a known word"
        ) from None
