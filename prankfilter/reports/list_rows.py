"""Where the rows of a report's lists come from.

Cells are values, never text made for one format: each format writes them in its own way.
"""

from __future__ import annotations

import datetime as dt
from collections import Counter
from collections.abc import Sequence
from statistics import median

from prankfilter.classifier.sentences import DAYS_ID
from prankfilter.language import names
from prankfilter.reports.calls import ReportedCall
from prankfilter.reports.material import FlaggedLook, Happening, Material, Why
from prankfilter.store.instants import instant
from prankfilter.vocabulary import Advice, Guard, Label

Cell = str | int | float | dt.datetime | tuple[Why, ...] | None
Rows = list[tuple[Cell, ...]]

PROMPT_S = 15.0
"""A verified call stands at the head of the queue after so long (SAFETY rule 3): no wait added is longer."""

HIGH_FROM, MEDIUM_FROM = 0.8, 0.5
"""Prank scores that are shown as high and as medium likelihood; the number itself stays in the details."""

LIKELIHOODS = ("kemungkinan prank rendah", "kemungkinan prank sedang", "kemungkinan prank tinggi")
YES, NO = "ya", "tidak"


def carried(material: Material) -> Rows:
    """Call-backs that an earlier shift left open."""
    return [
        (one.opened_at, one.due_at, names.OWED_FOR[one.reason], one.area or None, one.closed_at)
        for one in material.carried
    ]


def kinds(material: Material) -> Rows:
    """Calls by what they were; every label has its row, and together they are all calls."""
    counts = Counter(map(_kind, material.calls))
    total = len(material.calls)
    return [(names.LABELS[label], counts[label], counts[label] / total if total else None) for label in Label]


def _kind(call: ReportedCall) -> Label:
    if call.label is not None:
        return call.label
    return Label.ABANDONED if call.answered is False else Label.UNKNOWN


def agencies(material: Material) -> Rows:
    """Calls by the agency that they were forwarded to."""
    agencies = sorted({call.agency for call in material.calls if call.agency is not None})
    return [_agency(name, [one for one in material.calls if one.agency == name]) for name in agencies]


def _agency(name: str, calls: Sequence[ReportedCall]) -> tuple[Cell, ...]:
    dispatch = [_since(one.received_at, one.dispatched_at) for one in calls]
    arrival = [_since(one.received_at, one.on_scene_at) for one in calls]
    return (name, len(calls), _median(dispatch), _median(arrival))


def _since(start: int, end: int | None) -> float | None:
    return None if end is None or end < start else (end - start) / 1e6


def _median(values: Sequence[float | None]) -> float | None:
    known = [value for value in values if value is not None]
    return median(known) if known else None


def modes(material: Material) -> Rows:
    """Screened calls by the policy of their last look."""
    counts = Counter(call.policy for call in material.screened if call.policy is not None)
    return [(names.POLICIES.get(policy, policy), count) for policy, count in counts.most_common()]


def guards(material: Material) -> Rows:
    """Calls by the guards that held at any look."""
    counts = Counter(guard for call in material.calls for guard in call.guards)
    return [(names.GUARDS[guard], counts[guard]) for guard in Guard if counts[guard]]


def flagged(material: Material) -> Rows:
    """Every flagged call, with reasons, wait added and outcome (SAFETY rule 14)."""
    nothing = FlaggedLook(None, ())
    return [_flag(call, material.flagged_looks.get(call.call_id, nothing)) for call in material.flagged]


def _flag(call: ReportedCall, look: FlaggedLook) -> tuple[Cell, ...]:
    return (
        instant(call.received_at),
        call.call_id,
        likelihood(look.prank_score),
        names.ADVICES[_advice(call)],
        wait_added_s(call),
        look.reasons or None,
        names.LABELS[_kind(call)],
        None if call.verdict is None else names.VERDICTS[call.verdict],
    )


def _advice(call: ReportedCall) -> Advice:
    if call.verified_at is not None:
        return Advice.VERIFY
    return Advice.PRIORITY if call.prioritised else Advice.NORMAL


def likelihood(score: float | None) -> str | None:
    """Return how likely a prank was held to be, in words."""
    if score is None:
        return None
    return LIKELIHOODS[(score >= MEDIUM_FROM) + (score >= HIGH_FROM)]


def wait_added_s(call: ReportedCall) -> float:
    """Return the most that prankfilter can have added to a call's wait, in seconds."""
    if call.verified_at is None:
        return 0.0
    until_answer = _since(call.verified_at, call.answered_at)
    return PROMPT_S if until_answer is None else min(PROMPT_S, until_answer)


def call_row(call: ReportedCall) -> tuple[Cell, ...]:
    """One call of the list of all calls."""
    return (
        instant(call.received_at),
        call.call_id,
        names.LABELS[_kind(call)],
        None if call.source is None else names.LABEL_SOURCES[call.source],
        None if call.answered is None else _said(call.answered),
        None if call.ended_by is None else names.ENDED_BY[call.ended_by],
        call.wait_s,
        call.talk_s,
        None if call.policy is None else names.ADVICES[_advice(call)],
        wait_added_s(call) if call.policy is not None else None,
        _said(call.flagged),
        None if call.verdict is None else names.VERDICTS[call.verdict],
    )


def _said(holds: bool) -> str:
    return YES if holds else NO


def incidents(material: Material) -> Rows:
    """Safety incidents that were opened."""
    return [
        (one.opened_at, one.call_id, one.reason, one.opened_by, one.closed_at) for one in material.incidents
    ]


def happenings(happenings: Sequence[Happening]) -> Rows:
    """Who did what."""
    return [(one.at, one.what, one.about or None, one.by, one.reason or None) for one in happenings]


def by_hour(material: Material) -> Rows:
    """Calls by the hour of the centre's clock."""
    return [(f"{hour:02d}", *counts) for hour, counts in enumerate(hours_of(material))]


def hours_of(material: Material) -> list[tuple[int, int, int, int]]:
    """Return calls, pranks, silent calls and emergencies by the hour of the centre's clock."""
    zone = material.period.start.tzinfo
    by_hour: list[list[ReportedCall]] = [[] for _ in range(24)]
    for call in material.calls:
        by_hour[instant(call.received_at).astimezone(zone).hour].append(call)
    return [
        (
            len(calls),
            sum(one.is_prank for one in calls),
            sum(one.label is Label.SILENT for one in calls),
            sum(one.is_genuine for one in calls),
        )
        for calls in by_hour
    ]


def by_weekday_hour(material: Material) -> Rows:
    """Calls by weekday and hour."""
    zone = material.period.start.tzinfo
    cells = Counter(
        (local.weekday(), local.hour)
        for local in (instant(call.received_at).astimezone(zone) for call in material.calls)
    )
    return [(DAYS_ID[day], *(cells[day, hour] for hour in range(24))) for day in range(7)]
