"""What a number's earlier calls, and an area's load, say at one moment. Serving and training both ask here.

Every function takes the moment ``at`` at which the call in hand was received and looks at nothing that was
received, said or done at or after it (`memory.known_at`), so what it returns never changes with what came
later. ``at`` stands in the centre's own zone, which decides what a day is. The order of the earlier calls
does not matter.
"""

from __future__ import annotations

import datetime as dt
import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from prankfilter.features import memory
from prankfilter.features.memory import SURGE_WINDOW, known_at
from prankfilter.features.rulings import (
    confirmation,
    genuine_since,
    is_ruled_since,
    sounded_like_a_child,
    statements,
)
from prankfilter.vocabulary import AreaLoad, Caller, LabelEvent, PastCall

__all__ = ["SURGE_WINDOW", "known_at"]

NOTHING = dt.timedelta(0)


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

    A call labelled not genuine that is followed within 24 h by a genuine one counts as genuine until a
    supervisor or a field unit, knowing of the second, ruled on the first (SAFETY rule 14).
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
    return any(
        NOTHING < received_at - call.received_at <= memory.FOLLOW_UP and not is_ruled_since(said, labelled_at)
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


def confirmed_pranks(
    caller: Caller, at: dt.datetime, *, verified: bool, child_like: bool
) -> tuple[ConfirmedPrank, ...]:
    """Return the confirmed pranks that count against the call in hand.

    Parameters
    ----------
    caller : Caller
        Everything on record of the number.
    at : datetime
        When the call in hand was received, in the centre's zone.
    verified : bool
        `CallRecord.number_is_verified` of the call in hand.
    child_like : bool
        Whether the call in hand sounds like a child; False where nobody knows.

    Returns
    -------
    tuple of ConfirmedPrank
        Newest first, at most `memory.MEMORY` old.
    """
    return tuple(
        prank
        for prank in judged(caller, at).pranks
        if counts_against(prank, verified=verified, child_like=child_like)
    )


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


def recent_genuine(caller: Caller, at: dt.datetime, days: float) -> bool:
    """Tell whether a call of the last days stands as genuine, by anybody's word; verified or not."""
    return any(at - received_at <= dt.timedelta(days=days) for received_at in judged(caller, at).genuine)


def verify_is_earned(
    caller: Caller, at: dt.datetime, *, verified: bool, child_like: bool, genuine_days: float
) -> bool:
    """Tell whether history allows ``verify``: three confirmed pranks on two days, no recent genuine call.

    It is a condition only, never a reason: the margin must exceed its threshold besides.
    """
    pranks = confirmed_pranks(caller, at, verified=verified, child_like=child_like)
    days = {prank.received_at.astimezone(at.tzinfo).date() for prank in pranks}
    return (
        len(pranks) >= memory.PRANKS_NEEDED
        and len(days) >= memory.PRANK_DAYS_NEEDED
        and not recent_genuine(caller, at, genuine_days)
    )


# --- facts that raise care -------------------------------------------------------------------------


def repeat_burst(caller: Caller, at: dt.datetime, *, verified: bool, child_like: bool) -> bool:
    """Tell whether this is at least the third call in ten minutes from a number without confirmed pranks.

    Only pranks that count against this very call take the care away: nobody loses it by a number forged by
    others.
    """
    earlier = sum(NOTHING < at - call.received_at <= memory.BURST_WINDOW for call in caller.past_calls)
    if earlier + 1 < memory.BURST_CALLS:
        return False
    return not confirmed_pranks(caller, at, verified=verified, child_like=child_like)


def second_child_call(caller: Caller, at: dt.datetime) -> bool:
    """Tell whether an earlier call of the last half hour sounded like a child, whatever it was labelled."""
    return any(
        at - call.received_at <= memory.CHILD_WINDOW and sounded_like_a_child(call)
        for call in known_at(caller, at).past_calls
    )


def called_back_recently(caller: Caller, at: dt.datetime) -> bool:
    """Tell whether the centre itself called this number in the last half hour."""
    moment = caller.called_back_at
    return moment is not None and NOTHING < at - moment <= memory.CALL_BACK_WINDOW


def verified_within(caller: Caller, at: dt.datetime, minutes: float = memory.VERIFY_PAUSE_MIN) -> bool:
    """Tell whether an earlier call from the number was advised ``verify`` in the last minutes."""
    pause = dt.timedelta(minutes=minutes)
    moments = (call.verified_at for call in caller.past_calls if call.received_at < at)
    return any(moment is not None and NOTHING < at - moment <= pause for moment in moments)


def priority_is_open(caller: Caller, at: dt.datetime) -> bool:
    """Tell whether another call from the number got ``priority`` and may still be going on."""
    return any(
        call.prioritised_at is not None
        and call.ended_at is None
        and at - call.prioritised_at <= memory.PRIORITY_OPEN
        for call in known_at(caller, at).past_calls
    )


# --- the area's load -------------------------------------------------------------------------------


def surge_windows(at: dt.datetime) -> list[tuple[dt.datetime, dt.datetime]]:
    """Return the half-open windows whose calls `area_load` compares: the one before ``at``, then 28 earlier
    days'.

    Days are counted back on the clock of the centre's zone, so that every window covers the same minutes of
    its day.
    """
    ends = [at - dt.timedelta(days=day) for day in range(memory.SURGE_DAYS + 1)]
    return [(end - SURGE_WINDOW, end) for end in ends]


def area_load(counts: Sequence[int], observed_since: dt.datetime | None, at: dt.datetime) -> AreaLoad | None:
    """Compare an area's recent calls with its usual ones.

    Parameters
    ----------
    counts : sequence of int
        Calls in each window of ``surge_windows(at)``, in its order.
    observed_since : datetime or None
        Since when every attempt is on record; windows that begin earlier do not count.
    at : datetime
        When the call in hand was received, in the centre's zone.

    Returns
    -------
    AreaLoad or None
        None where even the recent window is not on record; ``usual_count`` is NaN below seven days on record.
    """
    if observed_since is None:
        return None
    windows = surge_windows(at)
    on_record = [count for count, (start, _) in zip(counts, windows, strict=True) if start >= observed_since]
    if not on_record:
        return None
    recent_count, *earlier = on_record
    usual_count = math.fsum(earlier) / len(earlier) if len(earlier) >= memory.SURGE_DAYS_NEEDED else math.nan
    return AreaLoad(recent_count=recent_count, usual_count=usual_count)


def surge(load: AreaLoad | None) -> bool:
    """Tell whether the area is under a surge: five calls in the window and three times the usual number.

    Where nobody knows what is usual, ten calls are a surge anywhere. Where the load is unknown, there is
    none.
    """
    if load is None:
        return False
    if math.isnan(load.usual_count):
        return load.recent_count >= memory.SURGE_CALLS_ANYWHERE
    return (
        load.recent_count >= memory.SURGE_CALLS and load.recent_count >= memory.SURGE_RATIO * load.usual_count
    )
