"""What people said of one earlier call, and which of it stands: genuine, a confirmed prank, or neither.

The last word wins, with two exceptions that err to the caller's side. A prank counts only when a supervisor,
a field unit or a second person said so (SAFETY rule 11). A call that anyone called genuine stays genuine
until the same person, a supervisor or a field unit says otherwise. Statements given after seeing a score say
nothing (rule 12).
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from operator import attrgetter

from prankfilter.vocabulary import PRANK_LABELS, Label, LabelEvent, LabelSource, PastCall, Verdict

RULING_SOURCES = frozenset({LabelSource.SUPERVISOR, LabelSource.FIELD_UNIT})
"""Whose word confirms a prank without a second person."""

NOTHING_SAID_AGAINST = frozenset({Label.GENUINE, Label.UNKNOWN, Label.ABANDONED})
"""Nobody says of such a call that it was no emergency."""

RETRACTING_VERDICTS = frozenset({Verdict.OVERTURNED, Verdict.WAS_EMERGENCY, Verdict.UNSURE})


@dataclass(frozen=True, slots=True)
class Confirmation:
    """A prank that a supervisor, a field unit or a second person confirmed."""

    at: dt.datetime
    child_play: bool
    """True also where nobody said which kind of prank: such a prank counts as little as child play does."""


def statements(call: PastCall) -> tuple[LabelEvent, ...]:
    """Return what unbiased people said of a call, oldest first.

    A plain ``unknown`` that nobody signed (a router that reports a duration) says nothing.
    """
    return spoken(call.labels) if call.labels else ()


def spoken(labels: Iterable[LabelEvent]) -> tuple[LabelEvent, ...]:
    """Return those of all events that say something, oldest first; see `statements`."""
    heard = [event for event in labels if not event.biased and not _says_nothing(event)]
    return tuple(sorted(heard, key=attrgetter("at")))


def genuine_since(said: Sequence[LabelEvent]) -> dt.datetime | None:
    """Return since when a call stands as genuine: the earliest word for it that was not taken back.

    Parameters
    ----------
    said : sequence of LabelEvent
        As `statements` returns them.

    Returns
    -------
    datetime or None
        None where the call does not stand as genuine.
    """
    standing: list[LabelEvent] = []
    for event in said:
        if _says_genuine(event):
            standing.append(event)
        elif _says_not_genuine(event):
            standing = [one for one in standing if not _is_ruling(event) and not _same_person(one, event)]
    return standing[0].at if standing else None


def confirmation(said: Sequence[LabelEvent]) -> Confirmation | None:
    """Return the confirmation under which a call that does not stand as genuine stands as a prank.

    Only the unbroken run of prank statements at the end counts: any other word starts the count anew.

    Parameters
    ----------
    said : sequence of LabelEvent
        As `statements` returns them.

    Returns
    -------
    Confirmation or None
        None where the call does not stand as a confirmed prank.
    """
    start = len(said)
    while start > 0 and _says_prank(said[start - 1]):
        start -= 1
    for index in range(start, len(said)):
        if _confirms(said[index], run=said[start:index], before=said[:index]):
            kinds = [event.label for event in said[start:] if event.label in PRANK_LABELS]
            return Confirmation(said[index].at, child_play=not kinds or kinds[-1] is Label.CHILD_PLAY)
    return None


def is_ruled_since(said: Sequence[LabelEvent], moment: dt.datetime) -> bool:
    """Tell whether a supervisor or a field unit spoke of the call at or after a moment."""
    return any(_is_ruling(event) and event.at >= moment for event in said)


def says_against(said: Iterable[LabelEvent]) -> bool:
    """Tell whether anybody called it anything but genuine; that nobody heard what it was says nothing."""
    return any(event.label not in NOTHING_SAID_AGAINST for event in said)


def sounded_like_a_child(call: PastCall) -> bool:
    """Tell whether a call sounded like a child, or was ever called child play, by whomever."""
    return call.child_like or any(event.label is Label.CHILD_PLAY for event in call.labels)


def _says_nothing(event: LabelEvent) -> bool:
    return event.label is Label.UNKNOWN and event.by is None and not _is_ruling(event)


def _says_genuine(event: LabelEvent) -> bool:
    return event.label is Label.GENUINE or event.verdict is Verdict.WAS_EMERGENCY


def _says_prank(event: LabelEvent) -> bool:
    if event.verdict in RETRACTING_VERDICTS:
        return False
    return event.label in PRANK_LABELS or (
        event.label is Label.UNKNOWN and event.verdict is Verdict.CONFIRMED
    )


def _is_ruling(event: LabelEvent) -> bool:
    return event.source in RULING_SOURCES or event.verdict is not None


def _says_not_genuine(event: LabelEvent) -> bool:
    if event.verdict is Verdict.CONFIRMED:
        return True
    if event.verdict is Verdict.UNSURE or event.label is Label.UNKNOWN:
        return False
    return event.verdict not in RETRACTING_VERDICTS or event.label not in PRANK_LABELS


def _confirms(event: LabelEvent, *, run: Sequence[LabelEvent], before: Sequence[LabelEvent]) -> bool:
    """Tell whether a prank statement rules on its own, or seconds an earlier one of its run.

    Nobody confirms themselves: where a supervisor took the call and labelled it, someone else must confirm
    it.
    """
    if any(_same_person(event, one) and not _is_ruling(one) for one in before):
        return False
    if _is_ruling(event):
        return True
    return event.by is not None and any(one.by is not None for one in run)


def _same_person(one: LabelEvent, other: LabelEvent) -> bool:
    return one.by is not None and one.by == other.by
