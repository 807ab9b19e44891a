"""From store, journal and settings to a report."""

from __future__ import annotations

import datetime as dt
import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

from prankfilter.bundle.journal import read_journal
from prankfilter.errors import JournalBroken
from prankfilter.features.memory import FOLLOW_UP
from prankfilter.reports.calls import reported_calls
from prankfilter.reports.happenings import (
    CAUSES,
    CHANGES,
    DEEDS,
    JOURNAL_BROKEN,
    SUSPENDED,
    SWITCHED_OFF,
    SWITCHED_ON,
)
from prankfilter.reports.material import Carried, FlaggedLook, Happening, Incident, Material, Why
from prankfilter.reports.outreach import AROUND, Outreach, Visit, make_outreach
from prankfilter.reports.periods import Period, ReportKind, Shifts, earlier, period_of
from prankfilter.reports.report import Report, make_report
from prankfilter.store.deeds import Deed, Deeds
from prankfilter.store.figures import Figures
from prankfilter.store.incidents import Cause
from prankfilter.store.instants import instant, instant_or_none, microseconds
from prankfilter.store.sql import SqlStore
from prankfilter.vocabulary import OwedFor

REASONS = 3
"""So many reasons of a flag are printed."""

ON_RECORD_WITHIN = 0.1
"""A period counts as recorded whose first call on record came within its first tenth."""


class Reporter:
    """Makes the reports of one installation.

    Parameters
    ----------
    store : SqlStore
    models : Path
        Folder with the journal of models.
    zone : tzinfo
        Of the centre.
    shifts : sequence of time
        When shifts begin.
    letterhead : sequence of str
        Lines above every report.
    districts : Mapping
        Districts by the number of a cell, or its beginning.
    """

    def __init__(
        self,
        store: SqlStore,
        *,
        models: Path,
        zone: dt.tzinfo,
        shifts: Shifts,
        letterhead: Sequence[str],
        districts: Mapping[str, str],
    ) -> None:
        self._figures = Figures(store)
        self._deeds = Deeds(store)
        self._models = models
        self._zone = zone
        self._shifts = shifts
        self._letterhead = letterhead
        self._districts = districts

    def report(self, kind: ReportKind, when: str, *, now: dt.datetime, by: str) -> Report:
        """Make one report; ``when`` as `period_of` reads it, ``by`` signs it. Raises `BadInput`."""
        period = period_of(kind, when, zone=self._zone, shifts=self._shifts, now=now)
        before = earlier(kind, period, self._shifts)
        if kind is ReportKind.OUTREACH:
            return make_outreach(
                self._outreach(period, now),
                compared=before,
                made_at=now,
                made_by=by,
                letterhead=self._letterhead,
            )
        return make_report(
            kind,
            self._with_lists(self._material(period, now)),
            (self._material(before[0], now), self._material(before[1], now)),
            made_at=now,
            made_by=by,
            letterhead=self._letterhead,
        )

    def shift(self, *, now: dt.datetime, back: int = 0) -> Material:
        """Return what the running shift, or one of those before it, came to; reports count from the same."""
        period = period_of(ReportKind.SHIFT, "", zone=self._zone, shifts=self._shifts, now=now)
        for _ in range(back):
            period = earlier(ReportKind.SHIFT, period, self._shifts)[0]
        return self._material(period, now)

    def _material(self, period: Period, now: dt.datetime) -> Material:
        """Return what figures are counted from."""
        until = min(period.end.astimezone(dt.UTC), now.astimezone(dt.UTC))
        since, before = microseconds(period.start), microseconds(until)
        material = Material(
            period=period,
            until=until,
            is_on_record=self._is_on_record(period),
            calls=tuple(reported_calls(self._figures, since, before)),
            runs=[(began, seen) for began, seen in self._figures.runs(since, before)],
            first_run=self._figures.first_run(),
            incidents=[_incident(row) for row in self._figures.incidents(since, before)],
            open_incident_count=self._figures.open_incidents(before),
            reviews=[(first, second) for first, second in self._figures.reviews(since, before)],
        )
        if not material.verified:
            return material
        day_after = min(until + FOLLOW_UP, now.astimezone(dt.UTC))
        after = tuple(reported_calls(self._figures, before, microseconds(day_after)))
        return replace(material, after=after)

    def _outreach(self, period: Period, now: dt.datetime) -> Outreach:
        until = now.astimezone(dt.UTC)
        since = microseconds(period.start - AROUND)
        before = min(microseconds(period.end + AROUND + dt.timedelta(days=1)), microseconds(until))
        visits = self._figures.outreach(f"{period.start:%Y-%m-%d}", f"{period.end:%Y-%m-%d}")
        return Outreach(
            period=period,
            calls=tuple(reported_calls(self._figures, since, before)),
            visits=[Visit(dt.date.fromisoformat(on_date), place) for on_date, place in visits],
            districts=self._districts,
            until=until,
        )

    def _is_on_record(self, period: Period) -> bool:
        first = self._figures.first_received()
        begun = period.start.astimezone(dt.UTC) + ON_RECORD_WITHIN * period.length
        return first is not None and instant(first) <= begun

    def _with_lists(self, material: Material) -> Material:
        """Add what only the period itself is asked for; whatever is on record of it counts."""
        since, before = microseconds(material.period.start), microseconds(material.until)
        first = self._figures.first_received()
        return replace(
            material,
            is_on_record=bool(material.calls) or (first is not None and first < before),
            carried=[_carried(row, before) for row in self._figures.carried(since)],
            changes=sorted(self._changes(since, before), key=lambda one: one.at),
            deeds=[
                told for told in map(_deed, self._deeds.within(material.period.start, material.until)) if told
            ],
            flagged_looks=_flagged_looks(self._figures.flagged(since, before)),
        )

    def _changes(self, since: int, before: int) -> Iterator[Happening]:
        for at, off, by, reason, centre_id in self._figures.switches(before):
            if at >= since:
                yield Happening(instant(at), by, SWITCHED_OFF if off else SWITCHED_ON, centre_id, reason)
        for at, certificate_id, reason in self._figures.suspensions(since, before):
            yield Happening(instant(at), "prankfilter", SUSPENDED, certificate_id, reason)
        yield from self._changes_of_models(since, before)

    def _changes_of_models(self, since: int, before: int) -> Iterator[Happening]:
        try:
            journal = read_journal(self._models)
        except JournalBroken as broken:
            yield Happening(instant(since), "prankfilter", JOURNAL_BROKEN, "", str(broken))
            return
        for entry in journal.entries:
            if since <= microseconds(entry.at) < before:
                yield Happening(entry.at, entry.by, CHANGES[entry.event], entry.model_id or "", entry.reason)


def _incident(row: Sequence[Any]) -> Incident:
    call_id, opened_at, opened_by, reason, closed_at = row
    return Incident(call_id, instant(opened_at), opened_by, CAUSES[Cause(reason)], instant_or_none(closed_at))


def _carried(row: Sequence[Any], before: int) -> Carried:
    call_id, reason, opened_at, due_at, closed_at, area = row
    closed = instant(closed_at) if closed_at is not None and closed_at < before else None
    return Carried(call_id, OwedFor(reason), instant(opened_at), instant(due_at), closed, area or "")


def _deed(deed: Deed) -> Happening | None:
    if deed.what not in DEEDS:
        return None
    told = (str(deed.details[name]) for name in ("what", "reason") if deed.details.get(name))
    return Happening(deed.at, deed.by, DEEDS[deed.what], deed.call_id or "", ", ".join(told))


def _flagged_looks(rows: Iterable[Sequence[Any]]) -> dict[str, FlaggedLook]:
    """Return the last flagged look at each call; rows come in the order in which they were kept."""
    looks = {}
    for call_id, text in rows:
        decision = json.loads(text)
        pranky = [one for one in decision.get("reasons", ()) if one["contribution"] > 0]
        weighty = sorted(pranky, key=lambda one: -one["contribution"])[:REASONS]
        looks[call_id] = FlaggedLook(decision.get("prank_score"), tuple(map(_why, weighty)))
    return looks


def _why(reason: Mapping[str, Any]) -> Why:
    return Why(reason["feature"], reason["value"], reason["text"])
