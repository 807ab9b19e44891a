"""All that a report counts from: the calls of one period, and what happened around them."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any, NamedTuple

from prankfilter.features.memory import FOLLOW_UP
from prankfilter.reports.calls import ReportedCall, was_settled
from prankfilter.reports.periods import Period
from prankfilter.store.instants import microseconds, span
from prankfilter.store.runs import BEAT_S
from prankfilter.vocabulary import EndedBy, OwedFor


@dataclass(frozen=True, slots=True)
class Carried:
    """A call-back that an earlier shift left open."""

    call_id: str
    reason: OwedFor
    opened_at: dt.datetime
    due_at: dt.datetime
    closed_at: dt.datetime | None
    area: str


@dataclass(frozen=True, slots=True)
class Incident:
    """A genuine call that was delayed, or may have been."""

    call_id: str
    opened_at: dt.datetime
    opened_by: str
    reason: str
    closed_at: dt.datetime | None


@dataclass(frozen=True, slots=True)
class Happening:
    """Something that somebody did: a change of model or policy, listening, an export, an erasure."""

    at: dt.datetime
    by: str
    what: str
    about: str
    reason: str


class Why(NamedTuple):
    """One reason of a flag; it is written in the reader's language."""

    feature: str
    value: float | None
    """None where it was unknown."""
    text: str
    """As it was kept."""


@dataclass(frozen=True, slots=True)
class FlaggedLook:
    """The last flagged look at a call: how high it scored, and what moved it most."""

    prank_score: float | None
    reasons: tuple[Why, ...]


@dataclass(frozen=True, kw_only=True)
class Material:
    """Of one period. What a report does not have stays empty."""

    period: Period
    until: dt.datetime
    """Up to when things are counted: the period's end, or now."""
    is_on_record: bool
    """Whether anything at all was on record by the end of the period; if not, nothing is known of it."""
    calls: Sequence[ReportedCall]
    after: Sequence[ReportedCall] = ()
    """Calls of the day after, in which a call of the period may turn out to have been in doubt."""
    runs: Sequence[tuple[int, int]] = ()
    """When processes began and were last seen, in microseconds."""
    first_run: int | None = None
    incidents: Sequence[Incident] = ()
    open_incident_count: int = 0
    reviews: Sequence[tuple[str | None, str | None]] = ()
    """Verdict and second verdict of each flag that was drawn for the blind second review."""
    carried: Sequence[Carried] = ()
    changes: Sequence[Happening] = ()
    deeds: Sequence[Happening] = ()
    flagged_looks: Mapping[str, FlaggedLook] = field(default_factory=dict)

    def count(self, holds: Callable[[ReportedCall], Any]) -> int:
        """How many calls something holds for."""
        return sum(1 for call in self.calls if holds(call))

    @cached_property
    def genuine(self) -> list[ReportedCall]:
        """Emergencies."""
        return [call for call in self.calls if call.is_genuine]

    @cached_property
    def pranks(self) -> list[ReportedCall]:
        """Pranks."""
        return [call for call in self.calls if call.is_prank]

    @cached_property
    def flagged(self) -> list[ReportedCall]:
        """Calls that a supervisor should look at."""
        return [call for call in self.calls if call.flagged]

    @cached_property
    def verified(self) -> list[ReportedCall]:
        """Calls that were advised ``verify`` at any look."""
        return [call for call in self.calls if call.verified_at is not None]

    @cached_property
    def screened(self) -> list[ReportedCall]:
        """Calls that prankfilter was asked about."""
        return [call for call in self.calls if call.policy is not None]

    @cached_property
    def may_be_genuine(self) -> list[ReportedCall]:
        """Verified calls that are not known to be genuine but count so in the worst case (SAFETY rule 14)."""
        return [call for call in self.verified if not call.is_genuine and self._is_in_doubt(call)]

    def _is_in_doubt(self, call: ReportedCall) -> bool:
        if call.ended_by is EndedBy.PROMPT and not was_settled(call):
            return True
        if call.verdict is not None:
            return False
        until = call.received_at + span(FOLLOW_UP)
        return any(call.received_at < at <= until for at in self._genuine_like(call))

    def _genuine_like(self, call: ReportedCall) -> list[int]:
        keys = (("caller", call.caller), ("incident", call.incident_id))
        return [at for key in keys if key[1] is not None for at in self._genuine_by_key.get(key, ())]

    @cached_property
    def _genuine_by_key(self) -> Mapping[tuple[str, str | None], list[int]]:
        found: dict[tuple[str, str | None], list[int]] = {}
        for call in (*self.calls, *self.after):
            if call.is_genuine:
                for key in (("caller", call.caller), ("incident", call.incident_id)):
                    found.setdefault(key, []).append(call.received_at)
        return found

    @property
    def downtime_s(self) -> float | None:
        """Seconds in which no process ran; None where none ever noted itself."""
        start, end = microseconds(self.period.start), microseconds(self.until)
        if self.first_run is None or self.first_run >= end:
            return None
        covered_until, down = max(start, self.first_run), 0
        for began, seen in sorted(self.runs):
            down += max(min(began, end) - covered_until, 0)
            covered_until = max(covered_until, min(seen + span(dt.timedelta(seconds=BEAT_S)), end))
        return (down + max(end - covered_until, 0)) / 1e6
