"""Which earlier calls of a number count against it, and which for it (SAFETY rules 11 and 14)."""

from __future__ import annotations

import datetime as dt
import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from prankfilter.features import memory
from prankfilter.features.memory import known_at
from prankfilter.features.rulings import (
    confirmation,
    genuine_since,
    is_ruled_since,
    says_against,
    statements,
)
from prankfilter.vocabulary import Caller, LabelEvent, PastCall


@dataclass(frozen=True, slots=True, kw_only=True)
class ConfirmedPrank:
    """An earlier call that humans confirmed as a prank and that has taken effect.

    Attributes
    ----------
    received_at, effective_at : datetime
        When it was received, and since when it counts: the later of confirmation and call + 24 h.
    child_play : bool
        Counts only against a child-like voice: a number is a household.
    number_is_verified : bool
        Whether the network vouched for the number on that call.
    """

    call_id: str
    received_at: dt.datetime
    effective_at: dt.datetime
    child_play: bool
    number_is_verified: bool


@dataclass(frozen=True, slots=True)
class Judged:
    """The earlier calls that count for or against a number; both newest first."""

    pranks: tuple[ConfirmedPrank, ...]
    genuine: tuple[dt.datetime, ...]
    """When each call was received that stands as genuine, or counts as genuine until somebody ruled."""


def judged(caller: Caller, at: dt.datetime) -> Judged:
    """Weigh everything people said of a number's earlier calls, whomever it may count against.

    A call labelled not genuine that is followed within 24 h by a genuine one from the number or of its
    incident counts as genuine until a supervisor or a field unit, knowing of the second, ruled on the first
    (SAFETY rule 14).
    """
    return judged_of(known_at(caller, at), at)


def judged_of(known: Caller, at: dt.datetime) -> Judged:
    """Do the same for what `known_at` returned."""
    said = [(call, words) for call in known.past_calls if (words := statements(call))]
    genuine, others = [], []
    for call, words in said:
        since = genuine_since(words)
        if since is None:
            others.append((call, words))
        else:
            genuine.append((call.received_at, since))
    pranks, counted_genuine = [], [received_at for received_at, _ in genuine]
    for call, words in others:
        if _is_in_doubt(call, words, genuine):
            counted_genuine.append(call.received_at)
        elif (prank := _prank(call, words, known.cleared_at, at)) is not None:
            pranks.append(prank)
    pranks.sort(key=lambda prank: (prank.received_at, prank.call_id), reverse=True)
    return Judged(tuple(pranks), tuple(sorted(counted_genuine, reverse=True)))


def _is_in_doubt(
    call: PastCall, said: Sequence[LabelEvent], genuine: Iterable[tuple[dt.datetime, dt.datetime]]
) -> bool:
    if call.doubted_at is not None and says_against(said) and not is_ruled_since(said, call.doubted_at):
        return True
    return any(
        dt.timedelta(0) < received_at - call.received_at <= memory.FOLLOW_UP
        and not is_ruled_since(said, labelled_at)
        for received_at, labelled_at in genuine
    )


def _prank(
    call: PastCall, said: Sequence[LabelEvent], cleared_at: dt.datetime | None, at: dt.datetime
) -> ConfirmedPrank | None:
    confirmed = confirmation(said)
    if confirmed is None or at - call.received_at > memory.MEMORY:
        return None
    effective_at = max(confirmed.at, call.received_at + memory.CONFIRMATION_DELAY)
    if effective_at >= at or (cleared_at is not None and call.received_at <= cleared_at):
        return None
    return ConfirmedPrank(
        call_id=call.call_id,
        received_at=call.received_at,
        effective_at=effective_at,
        child_play=confirmed.child_play,
        number_is_verified=call.number_is_verified,
    )


def counts_against(prank: ConfirmedPrank, *, verified: bool, child_like: bool) -> bool:
    """Tell whether a prank on record counts against a call with such a number and such a voice.

    Pranks from unverified numbers count only against calls that are equally unverified (SAFETY rule 11).
    Pranks from verified numbers count only against verified calls: a call that merely claims a number may be
    anybody's.
    """
    return prank.number_is_verified == verified and (child_like or not prank.child_play)


def decayed_count(received: Iterable[dt.datetime], at: dt.datetime) -> float:
    """Count earlier calls, each worth half after every half-life.

    Parameters
    ----------
    received : iterable of datetime
        When the calls were received, all before ``at``.
    at : datetime
        When the call in hand was received.

    Returns
    -------
    float
        In [0, `memory.COUNTED_CALLS`]: only the newest calls count.
    """
    ages = sorted(at - moment for moment in received)[: memory.COUNTED_CALLS]
    return math.fsum(0.5 ** (age / memory.HALF_LIFE) for age in ages)
