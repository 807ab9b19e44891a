"""One call as reports count it: what it was, how it went, and what prankfilter said of it.

What a call was and whether it was answered is settled by the same functions that history goes by, so that a
report and a guard can never disagree about a call.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any, NamedTuple

from prankfilter.features.memory import usable_duration_s
from prankfilter.features.rulings import genuine_since
from prankfilter.reports.seen import Seen
from prankfilter.routing.predicates import is_of_the_services
from prankfilter.store.caller_rows import grouped, said_of
from prankfilter.store.codec import from_text
from prankfilter.store.figures import Figures, Slice
from prankfilter.store.instants import microseconds
from prankfilter.store.past import Known, past_call
from prankfilter.store.said import Said, What, in_order, moment_of, standing_verdicts
from prankfilter.vocabulary import (
    PRANK_LABELS,
    CallBackResult,
    CallRecord,
    EndedBy,
    Guard,
    Label,
    LabelEvent,
    LabelSource,
    Verdict,
)

_SERVICES = ('"priority":', '"resource_priority":', '"service_urn":')
"""Only a record with one of these can be of the services themselves; others need not be read."""

_NEVER = 2**62


class Debt(NamedTuple):
    """The call-back that a call is or was owed. Moments are microseconds."""

    opened_at: int
    due_at: int
    closed_at: int | None
    result: str | None


class ReportedCall(NamedTuple):
    """One call. Moments are microseconds (`instants`); None is unknown."""

    call_id: str
    received_at: int
    caller: str | None
    area: str
    cell_id: str | None
    incident_id: str | None
    # what it was
    label: Label | None
    """What stands; None where nobody said."""
    source: LabelSource | None
    biased: bool
    """Whoever said it had seen the score."""
    unfounded: bool
    # how it went
    answered: bool | None
    answered_at: int | None
    ended_by: EndedBy | None
    talk_s: float | None
    debt: Debt | None
    agency: str | None
    dispatched_at: int | None
    on_scene_at: int | None
    # what prankfilter said
    policy: str | None
    """Of the last look; None where the call was never screened."""
    flagged: bool
    prioritised: bool
    verified_at: int | None
    guards: frozenset[Guard]
    audited: bool
    """Drawn into the random audit sample."""
    verdict: Verdict | None

    @property
    def is_genuine(self) -> bool:
        """Whether it stands as an emergency."""
        return self.label is Label.GENUINE

    @property
    def is_prank(self) -> bool:
        """Whether it stands as a prank."""
        return self.label in PRANK_LABELS

    @property
    def wait_s(self) -> float | None:
        """Seconds from its receipt to an answer."""
        return None if self.answered_at is None else max(self.answered_at - self.received_at, 0) / 1e6


def reported_calls(figures: Figures, since: int, before: int) -> Iterator[ReportedCall]:
    """Calls of citizens received in [since, before), and those that only a desk knows of."""
    for piece in figures.slices(since, before):
        yield from _of_slice(piece)


def _of_slice(piece: Slice) -> Iterator[ReportedCall]:
    looks, said = grouped(piece.looks), grouped(piece.said)
    debts = {row[0]: Debt(row[2], row[3], row[4], row[5]) for row in piece.owed}
    for call_id, received_at, caller, area, record in piece.calls:
        told = _told(record)
        if told is None:
            continue
        trail = in_order(map(said_of, said.get(call_id, ())))
        known = Known(call_id, received_at, False)
        yield _reported(known, caller, area, told, looks.get(call_id, ()), trail, debts.get(call_id))
    for call_id, rows in grouped(piece.strays).items():
        trail = in_order(map(said_of, rows))
        known = Known(call_id, _first_moment(trail), False)
        yield _reported(known, None, "", _Told(None, None), (), trail, None)


class _Told(NamedTuple):
    cell_id: str | None
    incident_id: str | None


def _told(record: str) -> _Told | None:
    """Return what is wanted of a record; None where no citizen called."""
    if any(name in record for name in _SERVICES):
        read = from_text(CallRecord, record)
        if is_of_the_services(read):
            return None
    return _Told(_member(record, '"cell_id":"'), _member(record, '"incident_id":"'))


def _member(record: str, name: str) -> str | None:
    """Return one text of a record without reading all of it: a name in quotes stands in no value."""
    start = record.find(name)
    if start < 0:
        return None
    start += len(name)
    return record[start : record.index('"', start)]


def _reported(
    known: Known,
    caller: str | None,
    area: str,
    told: _Told,
    looks: Sequence[Sequence[Any]],
    trail: Sequence[Said],
    debt: Debt | None,
) -> ReportedCall:
    past = past_call(known, (), trail, before=_NEVER) if trail else None
    standing = standing_label(past.labels) if past is not None else None
    details = _Details.of(trail)
    seen = Seen.of(looks)
    return ReportedCall(
        call_id=known.call_id,
        received_at=known.received_at,
        caller=caller,
        area=area,
        cell_id=details.cell_id or told.cell_id,
        incident_id=told.incident_id,
        label=standing.label if standing else None,
        source=standing.source if standing else None,
        biased=standing.biased if standing else False,
        unfounded=details.unfounded,
        answered=past.answered if past is not None else None,
        answered_at=details.answered_at,
        ended_by=details.ended_by,
        talk_s=usable_duration_s(past) if past is not None else None,
        debt=debt,
        agency=details.agency,
        dispatched_at=details.dispatched_at,
        on_scene_at=details.on_scene_at,
        policy=seen.policy,
        flagged=seen.flagged,
        prioritised=seen.prioritised,
        verified_at=seen.verified_at,
        guards=seen.guards,
        audited=seen.audited,
        verdict=details.verdict,
    )


def standing_label(labels: Iterable[LabelEvent]) -> LabelEvent | None:
    """Return the statement that stands of what a call was, None where nobody said.

    A call that anyone called genuine stays genuine until that is taken back (`rulings.genuine_since`), also
    where whoever said it had seen a score: to count one genuine call too many is the safe mistake here.
    Otherwise the last word stands. One that a supervisor found wrongly flagged is no prank any more.
    """
    said = sorted(labels, key=lambda event: event.at)
    since = genuine_since(said)
    if since is not None:
        return next(one for one in said if one.at == since and _says_genuine(one))
    void: frozenset[Label] = frozenset({Label.UNKNOWN, Label.GENUINE})
    for event in reversed(said):
        if event.label not in void:
            return event
        if event.verdict is Verdict.OVERTURNED:
            void |= PRANK_LABELS
    return None


def _says_genuine(event: LabelEvent) -> bool:
    return event.label is Label.GENUINE or event.verdict is Verdict.WAS_EMERGENCY


class _Details(NamedTuple):
    answered_at: int | None = None
    ended_by: EndedBy | None = None
    unfounded: bool = False
    cell_id: str | None = None
    agency: str | None = None
    dispatched_at: int | None = None
    on_scene_at: int | None = None
    verdict: Verdict | None = None

    @classmethod
    def of(cls, trail: Sequence[Said]) -> _Details:
        """The last word on each."""
        told: dict[str, Any] = {}
        for one in trail:
            if one.what in (What.FACTS, What.OUTCOME):
                told |= {name: value for name, value in one.details.items() if name in _READ}
        for one in standing_verdicts(trail):
            told["verdict"] = one.details["verdict"]
        return cls(**{name: _READ[name](value) for name, value in told.items() if value is not None})


def _moment(text: str) -> int:
    return microseconds(moment_of(text))


_READ: Mapping[str, Any] = {
    "answered_at": _moment,
    "ended_by": EndedBy,
    "unfounded": bool,
    "cell_id": str,
    "agency": str,
    "dispatched_at": _moment,
    "on_scene_at": _moment,
    "verdict": Verdict,
}


def _first_moment(trail: Sequence[Said]) -> int:
    """Return the earliest moment that is told of a call that no router told of."""
    told = (one.details.get(name) for one in trail for name in ("answered_at", "ended_at"))
    return min([_moment(text) for text in told if text is not None] + [one.at for one in trail])


def was_settled(call: ReportedCall) -> bool:
    """Whether a call-back settled what became of a call."""
    settled = (CallBackResult.REACHED.value, CallBackResult.SETTLED.value)
    return call.debt is not None and call.debt.result in settled
