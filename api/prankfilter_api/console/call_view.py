"""One call as a supervisor's page shows it: what is known, what was said, and what may be done."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from prankfilter.errors import NotFound
from prankfilter.reports.list_rows import HIGH_FROM, MEDIUM_FROM
from prankfilter.store.deeds import Deed
from prankfilter.store.flags import Flag
from prankfilter.store.incidents import Incident
from prankfilter.store.port import CallFile, Change, Ruling, Store
from prankfilter.store.said import What
from prankfilter.vocabulary import Decision, Outcome, PastCall, Verdict
from prankfilter.wiring.review import UNDO, Review, is_blind_for, was_answered_by

HISTORY = 30
"""So many earlier calls are shown."""


@dataclass(frozen=True, slots=True, kw_only=True)
class CallView:
    """What the page shows."""

    call: CallFile
    flag: Flag | None
    incident: Incident | None
    last: Decision | None
    """The last look that was assessed, else the last one."""
    outcome: Outcome | None
    ruling: Ruling | None
    trail: Sequence[TrailLine]
    history: Sequence[PastCall]
    """Earlier calls of the number, the latest first."""
    history_count: int
    sound_s: float | None
    is_blind: bool
    """The second review: what the first person ruled is not shown."""
    is_own: bool
    """Whoever looks answered this call, and does not review it."""
    undo_s: float
    """For how many seconds one's own verdict can still be taken back; 0 for not any more."""

    @property
    def number(self) -> str | None:
        """The caller's last digits."""
        tail = self.call.record.number_tail if self.call.record else None
        return None if tail is None else f"•••• {tail}"


@dataclass(frozen=True, slots=True)
class TrailLine:
    """Who did what, when."""

    at: dt.datetime
    by: str
    what: str
    """A word of `names.TRAIL`: of `said.What` or `deeds.Act`, but for a doubt that ended."""
    details: Mapping[str, Any]


def view_of(store: Store, review: Review, call_id: str, *, by: str, now: dt.datetime) -> CallView:
    """Read everything about one call, or raise `NotFound`."""
    call = store.call(call_id)
    if call is None:
        raise NotFound(f"no call {call_id!r} is on record")
    shelf = review.shelf
    flag = shelf.flags.of(call_id)
    is_blind = is_blind_for(flag, by)
    past = _history(store, call, now)
    return CallView(
        call=call,
        flag=flag,
        incident=shelf.incidents.of(call_id),
        last=_last(call.decisions),
        outcome=call.outcomes[-1] if call.outcomes else None,
        ruling=call.rulings[-1] if call.rulings and not is_blind else None,
        trail=_trail(call, shelf.deeds.about(call_id), is_blind=is_blind),
        history=past[-HISTORY:][::-1],
        history_count=len(past),
        sound_s=review.sound_s(call_id),
        is_blind=is_blind,
        is_own=was_answered_by(call, by),
        undo_s=0.0 if is_blind else _undo_s(call, by, now),
    )


def band_of(prank_score: float | None) -> str | None:
    """Return how likely a prank is: ``high``, ``middle``, ``low``; None where it was not assessed."""
    if prank_score is None:
        return None
    return "high" if prank_score >= HIGH_FROM else "middle" if prank_score >= MEDIUM_FROM else "low"


def _last(decisions: Sequence[Decision]) -> Decision | None:
    assessed = [one for one in decisions if one.prank_score is not None]
    return next(reversed(assessed or list(decisions)), None)


def _history(store: Store, call: CallFile, now: dt.datetime) -> Sequence[PastCall]:
    if call.record is None or call.record.caller is None:
        return ()
    return store.caller(call.record.caller, before=now, except_call=call.call_id).past_calls


def _undo_s(call: CallFile, by: str, now: dt.datetime) -> float:
    last = call.rulings[-1] if call.rulings else None
    if last is None or last.by != by or last.verdict is Verdict.WAS_EMERGENCY:
        return 0.0
    return max(0.0, (last.at + UNDO - now).total_seconds())


def _trail(call: CallFile, deeds: Sequence[Deed], *, is_blind: bool) -> list[TrailLine]:
    hidden = {What.VERDICT.value, What.SECOND.value, What.WITHDRAWN.value} if is_blind else set()
    lines = [
        TrailLine(one.at, one.by, _word(one), one.details) for one in call.changes if one.what not in hidden
    ]
    lines += [TrailLine(one.at, one.by, one.what.value, one.details) for one in deeds]
    return sorted(lines, key=lambda line: line.at)


def _word(change: Change) -> str:
    return "doubt_ended" if change.what == What.DOUBTED and change.details["since"] is None else change.what
