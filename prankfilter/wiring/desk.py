"""The desk of a call taker: which calls wait to be named, what there is to be careful about, and naming them.

Nothing here shows a decision: a desk has neither score, advice nor reasons (SAFETY rule 12), only facts
that raise care.
"""

from __future__ import annotations

import datetime as dt
import re
import secrets
from collections.abc import Callable
from dataclasses import dataclass
from enum import StrEnum

from prankfilter.errors import BadInput, NotFound
from prankfilter.features.history import recent_genuine, surge
from prankfilter.privacy.numbers import NotANumber, Unreadable, tail, to_e164
from prankfilter.routing.predicates import is_of_the_services
from prankfilter.store.desk import DeskReads, Told
from prankfilter.store.recall import recall
from prankfilter.store.sql import SqlStore
from prankfilter.vocabulary import CallRecord, CallSource, Label, LabelSource, Outcome
from prankfilter.wiring.call_backs import CallBacks
from prankfilter.wiring.review import Review

RECENT = dt.timedelta(minutes=30)
"""A call that nobody named in this time is no longer the one just taken."""

MOST = 12
SERVICES_BETWEEN = 4
"""So many of the services' own calls may lie among them; they are named by nobody."""

OWN = dt.timedelta(hours=1)
OWN_MOST = 5
"""What one said oneself stays in view for so long, to be mended."""

AGAIN = dt.timedelta(minutes=3)

CENTRES = dt.timedelta(days=7)
"""A centre without a call in this time is not offered to desks."""

_MADE_HERE = re.compile(r"desk-\d{8}-[0-9a-f]{12}")


class Care(StrEnum):
    """Facts that raise care, in the order in which they are said. None speaks against a caller."""

    SECOND_CALL = "second_call"
    CALL_BACK_PENDING = "call_back_pending"
    EARLIER_EMERGENCY = "earlier_emergency"
    SURGE = "surge"


class Phase(StrEnum):
    """How far a call is, as far as the router told."""

    UNKNOWN = "unknown"
    ANSWERED = "answered"
    ENDED = "ended"


@dataclass(frozen=True, slots=True, kw_only=True)
class DeskCall:
    """One call that waits to be named."""

    call_id: str
    received_at: dt.datetime
    number_tail: str | None
    area: str
    phase: Phase
    cares: tuple[Care, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class DeskView:
    """What a desk shows."""

    calls: tuple[DeskCall, ...]
    """The newest first."""
    own: tuple[Told, ...]
    """What this person said lately."""
    centres: tuple[str, ...]
    """Centres that a desk may keep to."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Naming:
    """What somebody at a desk says of a call."""

    label: Label
    cut_off: bool
    number: str | None = None
    """To call back, in E.164, where somebody typed it."""
    note: str | None
    by: str
    at: dt.datetime


def new_call_id(now: dt.datetime) -> str:
    """Name a call that no router told of."""
    return f"desk-{now:%Y%m%d}-{secrets.token_hex(6)}"


class Desk:
    """The desks of one installation.

    Parameters
    ----------
    store : SqlStore
    review : Review
        Keeps outcomes with what follows from them.
    call_backs : CallBacks
    pseudonymise : callable
        E.164 to what is kept of a number.
    genuine_days : float
        For so long an emergency is remembered.
    """

    def __init__(
        self,
        store: SqlStore,
        review: Review,
        call_backs: CallBacks,
        *,
        pseudonymise: Callable[[str], str],
        genuine_days: float,
    ) -> None:
        self._store = store
        self._reads = DeskReads(store)
        self._review = review
        self._call_backs = call_backs
        self._pseudonymise = pseudonymise
        self._genuine_days = genuine_days

    def view(self, *, by: str, now: dt.datetime, centre_id: str | None = None) -> DeskView:
        """Gather what one person's desk shows, of one centre or of all."""
        return DeskView(
            calls=tuple(self.calls(since=now - RECENT, centre_id=centre_id)),
            centres=tuple(self._reads.centres(since=now - CENTRES)),
            own=tuple(self._reads.told_by(by, since=now - OWN, most=OWN_MOST)),
        )

    def calls(self, *, since: dt.datetime, centre_id: str | None = None) -> list[DeskCall]:
        """Calls received since a moment that nobody named yet, the newest first."""
        records = self._reads.untold(since=since, most=MOST + SERVICES_BETWEEN, centre_id=centre_id)
        citizens = [record for record in records if not is_of_the_services(record)]
        return [self._desk_call(record) for record in citizens[:MOST]]

    def is_named(self, call_id: str) -> bool:
        """Whether somebody said what a call was."""
        return self._reads.is_told(call_id)

    def call(self, call_id: str) -> DeskCall | None:
        """One call, named or not."""
        file = self._store.call(call_id)
        return None if file is None or file.record is None else self._desk_call(file.record)

    def _desk_call(self, record: CallRecord) -> DeskCall:
        return DeskCall(
            call_id=record.call_id,
            received_at=record.received_at,
            number_tail=record.number_tail,
            area=record.area,
            phase=self._phase(record.call_id),
            cares=tuple(self._cares(record)),
        )

    def _phase(self, call_id: str) -> Phase:
        facts = self._reads.facts(call_id)
        if facts.get("ended_at") or facts.get("ended_by"):
            return Phase.ENDED
        return Phase.ANSWERED if facts.get("answered_at") else Phase.UNKNOWN

    def _cares(self, record: CallRecord) -> list[Care]:
        history, at = recall(self._store, record), record.received_at
        found = [Care.SURGE] if surge(history.area) else []
        if record.caller is None or history.caller is None:
            return found
        if recent_genuine(history.caller, at, self._genuine_days):
            found.insert(0, Care.EARLIER_EMERGENCY)
        if self._reads.has_debt(record.caller):
            found.insert(0, Care.CALL_BACK_PENDING)
        if any(at - past.received_at <= AGAIN for past in history.caller.past_calls):
            found.insert(0, Care.SECOND_CALL)
        return found

    # --- naming ------------------------------------------------------------------------------

    def name(self, call_id: str, naming: Naming) -> None:
        """Keep what a call was; it is on the disk on return. Raises `NotFound` for one that is not on record.

        A cut-off call is owed a call-back, for which its number is kept, sealed.
        """
        if self._store.call(call_id) is None:
            raise NotFound("there is no call with this id")
        self._name(call_id, naming)

    def name_new(self, call_id: str, naming: Naming) -> None:
        """Keep a call that no router told of, and what it was. Twice under one id changes nothing."""
        if not _MADE_HERE.fullmatch(call_id):
            raise BadInput("call_id: not one that a desk was given")
        number = naming.number
        self._store.put_record(
            CallRecord(
                call_id=call_id,
                received_at=naming.at,
                caller=None if number is None else self._pseudonymise(number),
                number_tail=None if number is None else tail(number),
                source=CallSource.DESK,
            )
        )
        self._name(call_id, naming)

    def _name(self, call_id: str, naming: Naming) -> None:
        outcome = Outcome(
            label=naming.label,
            source=LabelSource.CALL_TAKER,
            at=naming.at,
            by=naming.by,
            cut_off=naming.cut_off or None,
            advice_shown=self._review.has_seen(call_id, by=naming.by),
            note=naming.note,
        )
        self._review.tell(call_id, outcome)
        self._call_backs.settle(call_id, number=naming.number, at=naming.at)


def read_number(typed: str) -> str | None:
    """Read a number that somebody typed; None where none was. Raises `BadInput`, without repeating it."""
    if not typed.strip():
        return None
    try:
        return to_e164(typed)
    except (NotANumber, Unreadable):
        raise BadInput("calling_number: no telephone number") from None
