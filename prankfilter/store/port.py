"""What any store must do. `sql.SqlStore` and `memory.MemoryStore` stand behind it, one contract test holds both.

Reads are synchronous and raise `StoreUnavailable`; wiring runs them in a small bounded pool. Writes come in two
kinds. *Remembering* a screening never waits for the disk: it is queued, is visible to every later read of this
process at once, and what a full queue drops is counted. *Putting* an outcome, a verdict or a key returns only when
it is durable.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Protocol

from prankfilter.privacy.api_keys import ApiKey
from prankfilter.vocabulary import (
    AudioCapture,
    Caller,
    CallRecord,
    Decision,
    Label,
    LabelSource,
    Outcome,
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


class Store(Protocol):
    """What outlives a request."""

    # reads
    def caller(self, caller: str, *, before: dt.datetime, except_call: str) -> Caller:
        """Everything known of a number before a moment, but for the call in hand itself.

        Labels, verdicts, look-backs and clearings after ``before`` are left out: this is the one place
        where point-in-time truth is kept for serving.
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
        """Whether the centre is set to ``observe``."""
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
        """Keep later facts of a call; a later fact replaces an earlier one of the same name."""
        ...

    def put_outcome(self, call_id: str, outcome: Outcome) -> None:
        """Append what a call was. A repeat of the same outcome (all but ``at``) changes nothing."""
        ...

    def put_ruling(self, call_id: str, ruling: Ruling) -> None:
        """Append a verdict. Raises `NotFound` for an unknown call."""
        ...

    def put_switch(self, centre_id: str | None, *, off: bool, by: str, reason: str, at: dt.datetime) -> None:
        """Set a centre to ``observe``, or back."""
        ...

    def put_cleared(self, caller: str, *, by: str, reason: str, at: dt.datetime) -> None:
        """Clear a number: pranks before now no longer count against it."""
        ...

    def put_called_back(self, caller: str, *, by: str, at: dt.datetime) -> None:
        """Note that the centre has just called this number."""
        ...

    def put_key(self, key: ApiKey) -> None:
        """Keep a new key, or the same key revoked."""
        ...

    # life
    def check(self) -> None:
        """Raise `StoreUnavailable` unless the store answers."""
        ...

    def counters(self) -> Mapping[str, float]:
        """``queued``, ``dropped_total``, ``written_total``, ``failed_total``, ``oldest_queued_s`` for the metrics."""
        ...

    def close(self) -> None:
        """Write what is queued, then let go."""
        ...


__all__ = ["ApiKey", "CallFile", "Change", "LabelSource", "Ruling", "Screening", "Store"]
