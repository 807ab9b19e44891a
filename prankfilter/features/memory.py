"""What was known of a number at one moment; how far history looks and how long it remembers."""

from __future__ import annotations

import datetime as dt
from dataclasses import replace

from prankfilter.vocabulary import Caller, PastCall

CONFIRMATION_DELAY = dt.timedelta(hours=24)
"""A prank counts a day after the call at the earliest (SAFETY rule 11)."""

HALF_LIFE = dt.timedelta(days=30)
"""After so long a prank or a genuine call weighs half."""

MEMORY = dt.timedelta(days=90)
"""Three half-lives: what weighs less than an eighth is forgotten, for weight and eligibility alike."""

COUNTED_CALLS = 6
"""The cap: only the newest six weigh. That is twice what ``verify`` needs; more of them
foretell nothing new, and however bad a number once was, after three silent months it weighs less (6/8) than
one fresh prank."""

PRANKS_NEEDED = 3
PRANK_DAYS_NEEDED = 2
"""On record before ``verify``: three confirmed pranks on two local days (SAFETY rule 11)."""

FOLLOW_UP = dt.timedelta(hours=24)
"""A genuine call so soon after another of its number or incident puts that in doubt (SAFETY rule 14)."""

BURST_WINDOW = dt.timedelta(minutes=10)
BURST_CALLS = 3
"""So many calls in the window, this one included, are a burst."""

CHILD_WINDOW = dt.timedelta(minutes=30)
"""A child-like call so soon before makes this one the second."""

CALL_BACK_WINDOW = dt.timedelta(minutes=30)
"""A centre tries twice from five minutes on; who missed that rings back within half an hour."""

VERIFY_PAUSE_MIN = 30.0
"""Never ``verify`` twice to one number within this time (SAFETY rule 3)."""

PRIORITY_OPEN = dt.timedelta(minutes=10)
"""A call that got ``priority`` and is not known to have ended counts as open so long (SAFETY rule 8)."""

SURGE_WINDOW = dt.timedelta(minutes=15)
SURGE_DAYS = 28
SURGE_DAYS_NEEDED = 7
"""A call's window is compared with the same minutes of the 28 days before; 7 of them must be on record."""

SURGE_CALLS = 5
SURGE_RATIO = 3.0
"""A surge: at least five calls in the window, and three times the usual number."""

SURGE_CALLS_ANYWHERE = 10
"""A surge where nobody knows yet what is usual: forty calls an hour, a city has 80 a day."""

LONGEST_CALL_S = 4 * 3600.0
"""A longer duration is a fault of the log and counts as unknown."""


def known_at(caller: Caller, at: dt.datetime) -> Caller:
    """Return what was known of a caller just before a moment.

    Calls received at or after ``at`` are dropped, and so is every later statement, verdict, clearing and
    call-back. A call that had not ended by then keeps neither its end nor its duration; whether it was
    answered is known once it ended or somebody said what it was. Applying it twice changes nothing.

    Parameters
    ----------
    caller : Caller
        Everything on record, in any order. Where a number was cleared or called back more than once, it must
        carry the last time before ``at``.
    at : datetime
        Aware.

    Returns
    -------
    Caller
        Its ended calls are the same objects wherever nothing had to be hidden.
    """
    return Caller(
        past_calls=tuple(_call_known_at(call, at) for call in caller.past_calls if call.received_at < at),
        observed_since=_before(caller.observed_since, at),
        cleared_at=_before(caller.cleared_at, at),
        called_back_at=_before(caller.called_back_at, at),
    )


def usable_duration_s(call: PastCall) -> float | None:
    """Return a call's duration in seconds, None where it is unknown or cannot be true."""
    duration_s = call.duration_s
    return duration_s if duration_s is not None and 0.0 <= duration_s <= LONGEST_CALL_S else None


def _call_known_at(call: PastCall, at: dt.datetime) -> PastCall:
    over = _is_over(call, at)
    labels = tuple(event for event in call.labels if event.at < at) if call.labels else ()
    came_later = any(
        moment is not None and moment >= at
        for moment in (call.verified_at, call.prioritised_at, call.doubted_at)
    )
    if over and len(labels) == len(call.labels) and not came_later:
        return call
    return replace(
        call,
        answered=call.answered if over or labels else None,
        ended_at=call.ended_at if over else None,
        duration_s=call.duration_s if over else None,
        labels=labels,
        verified_at=_before(call.verified_at, at),
        prioritised_at=_before(call.prioritised_at, at),
        doubted_at=_before(call.doubted_at, at),
    )


def _is_over(call: PastCall, at: dt.datetime) -> bool:
    """Tell whether a call is on record as ended before a moment; an end and a duration must agree on it."""
    duration_s = usable_duration_s(call)
    if duration_s is None:
        return call.ended_at is not None and call.ended_at < at
    by_duration = call.received_at + dt.timedelta(seconds=duration_s) < at
    return by_duration and (call.ended_at is None or call.ended_at < at)


def _before(moment: dt.datetime | None, at: dt.datetime) -> dt.datetime | None:
    return moment if moment is not None and moment < at else None
