"""Call-backs are owed (SAFETY rule 15): to whom, in which order, and what is done about them.

What a call is owed follows from what its trail says of it, and is worked out again whenever something is
added: a call that turns out to have been answered is owed nothing any more. Its number is sealed for as long
as the call-back is open, a day at most, and shown to whoever takes it in hand.
"""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from itertools import islice

from prankfilter.errors import NotFound
from prankfilter.privacy.seal import Sealer
from prankfilter.routing.predicates import is_of_the_services
from prankfilter.store.owing import NUMBERS_KEPT
from prankfilter.store.port import CallBackAct, CallFile, Owed, Store
from prankfilter.store.said import THE_SERVICE
from prankfilter.vocabulary import CallBackResult, CallBackStep, EndedBy, Label, OwedFor
from prankfilter.wiring.claims import CLAIM_HOLDS

ATTEMPTS = 2

_NOBODY_HEARD = frozenset({Label.ABANDONED, Label.UNKNOWN})


def owed_for(call: CallFile) -> OwedFor | None:
    """Say why a call is owed a call-back, going by all that was said of it; None where it is owed none."""
    if call.record is not None and is_of_the_services(call.record):
        return None
    said = call.outcomes[-1] if call.outcomes else None
    answered = call.facts.get("answered_at") or any(
        one.answered_at or one.label not in _NOBODY_HEARD for one in call.outcomes
    )
    ended_by = (said.ended_by if said else None) or call.facts.get("ended_by")
    if ended_by is EndedBy.PROMPT:
        return OwedFor.IN_PROMPT
    if (said and said.cut_off) or (answered and ended_by is EndedBy.NETWORK):
        return OwedFor.CUT_OFF
    if answered:
        return None
    if ended_by is EndedBy.CALLER:
        return OwedFor.HUNG_UP
    abandoned = said is not None and said.label is Label.ABANDONED
    return OwedFor.UNANSWERED if ended_by or abandoned or call.facts.get("ended_at") else None


@dataclass(frozen=True, slots=True, kw_only=True)
class Listed:
    """A call-back with the call it is about."""

    owed: Owed
    call: CallFile | None
    number: str | None = None
    """Only for the one who has just taken it in hand."""

    @property
    def centre_id(self) -> str | None:
        """Of the call; None where it is not known."""
        record = self.call.record if self.call is not None else None
        return None if record is None else record.centre_id or None


class CallBacks:
    """The list of one installation.

    Parameters
    ----------
    store : Store
        Where it is kept.
    sealer : Sealer
        Of `Purpose.CALLBACK`.
    due : timedelta
        How soon after a call's end its call-back is due.
    """

    def __init__(self, store: Store, sealer: Sealer, *, due: dt.timedelta) -> None:
        self._store = store
        self._sealer = sealer
        self._due = due

    def settle(self, call_id: str, *, number: str | None, at: dt.datetime) -> None:
        """Bring the list up to date with what has just been said of a call; repeating it is safe.

        Parameters
        ----------
        call_id : str
            A call of which something was just stored.
        number : str, optional
            Its calling number in E.164, where it was told with it.
        at : datetime
            Now.
        """
        call = self._store.call(call_id)
        reason = owed_for(call) if call is not None else None
        held = self._store.debt(call_id)
        if reason is not None and (held is None or held.closed_at is None):
            sealed = None if number is None else self._sealer.seal(number.encode(), about=call_id)
            opened = Owed(call_id=call_id, reason=reason, opened_at=at, due_at=at + self._due, number=sealed)
            self._store.put_owed(opened)
        elif reason is None and held is not None and held.closed_at is None:
            act = CallBackAct(act=CallBackStep.CLOSE, at=at, by=THE_SERVICE, result=CallBackResult.SETTLED)
            self._store.put_attempt(call_id, act, closes=True)

    def waiting(self, *, limit: int, centre_id: str | None = None) -> list[Listed]:
        """Open call-backs in the order in which they are made, of one centre or of all.

        One whose centre is not known is everybody's: nobody is forgotten for want of it.
        """
        if centre_id is None:
            return [self._listed(one) for one in self._store.owed(limit=limit)]
        listed = map(self._listed, self._store.owed())
        return list(islice((one for one in listed if one.centre_id in (None, centre_id)), limit))

    def closed(self, *, before: dt.datetime, limit: int) -> list[Listed]:
        """Closed call-backs, the latest first."""
        return [self._listed(one) for one in self._store.owed(until=before, limit=limit)]

    def act(self, call_id: str, act: CallBackAct) -> Listed:
        """Take a call-back in hand, note an attempt, or close it.

        The number comes back to whoever takes it in hand, and to nobody else. Reaching the caller closes it,
        and so does the second attempt in vain.
        """
        if act.act is CallBackStep.CLAIM:
            self._store.put_claim(call_id, act, stale_before=act.at - CLAIM_HOLDS)
            listed = self._now(call_id)
            return Listed(owed=listed.owed, call=listed.call, number=self._opened(listed.owed))
        closes = act.result is not CallBackResult.NOT_REACHED or act.attempt == ATTEMPTS
        self._store.put_attempt(call_id, act, closes=closes)
        listed = self._now(call_id)
        if (
            act.act is CallBackStep.ATTEMPT
            and listed.call
            and listed.call.record
            and listed.call.record.caller
        ):
            self._store.put_called_back(listed.call.record.caller, by=act.by, at=act.at)
        return listed

    def forget(self, *, now: dt.datetime) -> None:
        """Destroy the numbers that were kept for a day."""
        self._store.forget_numbers(opened_before=now - NUMBERS_KEPT)

    def _opened(self, owed: Owed) -> str | None:
        if owed.number is None:
            return None
        return self._sealer.open(owed.number, about=owed.call_id).decode()

    def _now(self, call_id: str) -> Listed:
        held = self._store.debt(call_id)
        if held is None:
            raise NotFound(f"no call-back is owed to call {call_id!r}")
        return self._listed(held)

    def _listed(self, owed: Owed) -> Listed:
        return Listed(owed=owed, call=self._store.call(owed.call_id))
