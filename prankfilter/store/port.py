"""What any store must do: `sql.SqlStore` and `memory.MemoryStore` do, and one contract test holds both.

Reads are synchronous and raise `StoreUnavailable`; wiring runs them in a small bounded pool. Writes come in
two kinds. *Remembering* a screening never waits for the disk: it is queued, is visible to every later read of
this process at once, and what a full queue drops is counted. *Putting* an outcome, a verdict or a key returns
only when it is durable; where it raises `StoreUnavailable`, repeating it is safe.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Protocol

from prankfilter.privacy.api_keys import ApiKey
from prankfilter.routing.suspension import Watched
from prankfilter.vocabulary import (
    AudioCapture,
    CallBackResult,
    CallBackStep,
    Caller,
    CallRecord,
    Decision,
    Label,
    LabelSource,
    Outcome,
    OwedFor,
    Stratum,
    Verdict,
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Screening:
    """One answered look at one call, as it is kept."""

    record: CallRecord
    decision: Decision
    at: dt.datetime
    """When the answer was given."""
    strata: frozenset[Stratum] = frozenset()
    """All strata the call was ever in, this look included (`Standing.strata`)."""
    capture: AudioCapture | None = None
    audit_probability: float | None = None
    """Set where the call was drawn into the audit sample."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Ruling:
    """A supervisor's verdict on one flag."""

    verdict: Verdict
    at: dt.datetime
    by: str
    label: Label | None = None
    note: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Change:
    """One line of a call's trail: who did what, when."""

    at: dt.datetime
    by: str
    what: str
    details: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class CallFile:
    """Everything kept of one call."""

    call_id: str
    record: CallRecord | None
    """None where an outcome came for a call that was never screened."""
    facts: Mapping[str, Any]
    """What a PATCH added later: location, ``answered_at``, ``ended_at``, ``ended_by``."""
    decisions: tuple[Decision, ...]
    outcomes: tuple[Outcome, ...]
    rulings: tuple[Ruling, ...]
    changes: tuple[Change, ...]
    capture: AudioCapture | None = None
    """Of the last look that told it: the record is that of the first look, which may be without sound."""
    audit_probability: float | None = None
    """Set where the call was drawn into the audit sample."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Clearing:
    """A supervisor cleared a number."""

    caller: str
    at: dt.datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Owed:
    """A call-back that is owed, or was (SAFETY rule 15). What was done about it is in the call's trail."""

    call_id: str
    reason: OwedFor
    opened_at: dt.datetime
    due_at: dt.datetime
    number: bytes | None = field(default=None, repr=False)
    """Sealed; None where none was told, and from the closing on."""
    claimed_by: str | None = None
    claimed_at: dt.datetime | None = None
    closed_at: dt.datetime | None = None
    result: CallBackResult | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class CallBackAct:
    """Something done about a call-back, as the call's trail keeps it."""

    act: CallBackStep
    at: dt.datetime
    by: str
    attempt: int | None = None
    """1 or 2."""
    result: CallBackResult | None = None
    note: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class ImportedCall:
    """A call from another system, with its own times."""

    record: CallRecord
    outcomes: tuple[Outcome, ...] = ()
    rulings: tuple[Ruling, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Situation:
    """All that the store knows of a call's caller, area and centre when it is received."""

    caller: Caller | None
    """None where the record names no caller."""
    arrivals: tuple[int, ...]
    """`Store.arrivals` of the record's area, in the order of the windows asked for."""
    observed_since: dt.datetime | None
    strata: frozenset[Stratum]
    recent_priority_count: int
    switched_off: bool
    suspended: frozenset[str]
    """`Store.suspended`."""


class Store(Protocol):
    """What outlives a request."""

    # reads
    def caller(self, caller: str, *, before: dt.datetime, except_call: str) -> Caller:
        """Everything known of a number before a moment, but for the call in hand itself.

        Labels, verdicts, look-backs and clearings after ``before`` are left out: this is the one place
        where point-in-time truth is kept for serving. At most 400 days back, and the newest 500 calls.
        """
        ...

    def arrivals(
        self, area: str, windows: Sequence[tuple[dt.datetime, dt.datetime]], *, except_call: str
    ) -> list[int]:
        """Count the calls received from an area in each half-open window [start, end)."""
        ...

    def observed_since(self) -> dt.datetime | None:
        """When the first call on record was received; None while there is none."""
        ...

    def strata_of(self, call_id: str) -> frozenset[Stratum]:
        """Strata that earlier looks at this call were in."""
        ...

    def recent_priority_count(self, centre_id: str | None, *, before: dt.datetime, except_call: str) -> int:
        """How many of the centre's last four other calls, 15 minutes back at most, got ``priority``."""
        ...

    def switched_off(self, centre_id: str | None) -> bool:
        """Whether the centre is set to ``observe``.

        The switch errs to off. One that was set without a centre stands for every centre, and a call
        without a centre may be of any: it is off where any centre is.
        """
        ...

    def suspended(self) -> frozenset[str]:
        """Ids of the certificates that were suspended; there is no way back but a new certificate."""
        ...

    def genuine_under(self, certificate_id: str) -> list[Watched]:
        """Looks that a certificate spoke for, at calls that now stand as genuine."""
        ...

    def situation(self, record: CallRecord, windows: Sequence[tuple[dt.datetime, dt.datetime]]) -> Situation:
        """All of the above for one call when it is received, in one go: what a screening needs."""
        ...

    def answer(self, result_id: str) -> Decision | None:
        """The stored answer to exactly this request, if there is one."""
        ...

    def call(self, call_id: str) -> CallFile | None:
        """Everything kept of one call."""
        ...

    def calls(self, *, since: dt.datetime, until: dt.datetime, limit: int = 1000) -> list[CallFile]:
        """Calls received in [since, until), oldest first."""
        ...

    def calls_of_incident(
        self, incident_id: str, *, since: dt.datetime, until: dt.datetime
    ) -> list[CallFile]:
        """Calls of an incident received in [since, until), oldest first, whatever their number."""
        ...

    def clearings(self, *, until: dt.datetime) -> list[Clearing]:
        """Every time a number was cleared before a moment, oldest first."""
        ...

    def owed(self, *, until: dt.datetime | None = None, limit: int = 1000) -> list[Owed]:
        """Call-backs that are open, in the order of `OwedFor`, the oldest of each first; with ``until`` those
        closed before it, latest first."""
        ...

    def debt(self, call_id: str) -> Owed | None:
        """The call-back that a call is or was owed."""
        ...

    def key(self, digest: str) -> ApiKey | None:
        """The key with this digest, revoked or not."""
        ...

    def api_keys(self) -> list[ApiKey]:
        """All keys, oldest first."""
        ...

    # writes that never wait
    def remember(self, screening: Screening) -> bool:
        """Queue a screening to be kept; False where the queue was full and it was dropped."""
        ...

    # writes that are durable when they return
    def put_record(self, record: CallRecord) -> None:
        """Keep a call that was not screened, such as an imported one. A second time changes nothing."""
        ...

    def put_facts(self, call_id: str, facts: Mapping[str, Any], *, by: str, at: dt.datetime) -> None:
        """Keep later facts of a call; a later fact replaces an earlier one of the same name.

        Raises `BadInput` for a time without offset, or an ``ended_by`` or ``duration_s`` that is none.
        """
        ...

    def put_outcome(self, call_id: str, outcome: Outcome) -> None:
        """Append what a call was. A repeat of the last outcome (all but ``at``) changes nothing."""
        ...

    def put_ruling(self, call_id: str, ruling: Ruling) -> None:
        """Append a verdict; a repeat of the last changes nothing. Raises `NotFound` for an unknown call."""
        ...

    def put_doubt(self, call_id: str, since: dt.datetime | None, *, by: str, at: dt.datetime) -> None:
        """Append since when a later call of its incident puts a call in doubt; None for not any more."""
        ...

    def put_calls(self, calls: Sequence[ImportedCall]) -> None:
        """Keep many calls with what was said of them, as one by one, but at the price of a few commits."""
        ...

    def put_switch(self, centre_id: str | None, *, off: bool, by: str, reason: str, at: dt.datetime) -> None:
        """Set a centre to ``observe``, or back."""
        ...

    def put_suspended(self, certificate_id: str, *, reason: str, at: dt.datetime) -> None:
        """Suspend a certificate; the first reason stands."""
        ...

    def put_cleared(self, caller: str, *, by: str, reason: str, at: dt.datetime) -> None:
        """Clear a number: pranks before now no longer count against it."""
        ...

    def put_called_back(self, caller: str, *, by: str, at: dt.datetime) -> None:
        """Note that the centre has just called this number."""
        ...

    def put_owed(self, owed: Owed) -> None:
        """Open a call-back. A second time only mends the reason, and adds a number that was missing."""
        ...

    def put_claim(self, call_id: str, act: CallBackAct, *, stale_before: dt.datetime) -> None:
        """Give an open call-back to one person.

        Raises `Taken` where it is closed, or another's claim is younger than ``stale_before``, and
        `NotFound` where none is owed.
        """
        ...

    def put_attempt(self, call_id: str, act: CallBackAct, *, closes: bool) -> None:
        """Append what was done about a call-back; ``closes`` closes it and destroys its number.

        Raises `Taken` where it is closed already by something else, and `NotFound` where none is owed.
        """
        ...

    def forget_numbers(self, *, opened_before: dt.datetime) -> None:
        """Destroy the numbers of call-backs that were opened before a moment."""
        ...

    def put_key(self, key: ApiKey) -> None:
        """Keep a new key, or the same key revoked; what is revoked stays so."""
        ...

    # life
    def check(self) -> None:
        """Raise `StoreUnavailable` unless the store answers."""
        ...

    def counters(self) -> Mapping[str, float]:
        """What the metrics show of the write queue.

        ``queued`` and ``oldest_queued_s`` are of now; ``dropped_total`` counts what did not fit,
        ``written_total`` what is durable, ``failed_total`` commits that failed and are tried again,
        ``refused_total`` rows that can never be kept.
        """
        ...

    def close(self) -> None:
        """Write what is queued, then let go."""
        ...


__all__ = [
    "ApiKey",
    "CallBackAct",
    "CallFile",
    "Change",
    "Clearing",
    "ImportedCall",
    "LabelSource",
    "Owed",
    "Ruling",
    "Screening",
    "Situation",
    "Store",
]
