"""What a number's earlier calls, and an area's load, say at one moment. Serving and training both ask here.

Every function takes the moment ``at`` at which the call in hand was received and looks at nothing that was
received, said or done at or after it (`memory.known_at`), so what it returns never changes with what came
later. ``at`` stands in the centre's own zone, which decides what a day is. The order of the earlier calls
does not matter.
"""

from __future__ import annotations

import datetime as dt
import math
from collections.abc import Sequence

from prankfilter.features import memory
from prankfilter.features.judged import ConfirmedPrank, counts_against, judged
from prankfilter.features.memory import SURGE_WINDOW, known_at
from prankfilter.features.rulings import sounded_like_a_child
from prankfilter.vocabulary import AreaLoad, Caller

__all__ = [
    "SURGE_WINDOW",
    "area_load",
    "called_back_recently",
    "confirmed_pranks",
    "judged",
    "known_at",
    "priority_is_open",
    "recent_genuine",
    "repeat_burst",
    "second_child_call",
    "surge",
    "surge_windows",
    "verified_within",
    "verify_is_earned",
]

NOTHING = dt.timedelta(0)


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
