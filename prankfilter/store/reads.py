"""Reads on one borrowed cursor, joined with what is pending.

Each read takes what is pending before its first query (`pending` says why). Where one request was computed
twice, both answers may show for the few milliseconds until the second is written; then the first stands.
"""

from __future__ import annotations

import datetime as dt
from collections import defaultdict
from collections.abc import Iterable, Sequence
from typing import Any

from sqlalchemy.engine.interfaces import DBAPICursor

from prankfilter.privacy.api_keys import ApiKey
from prankfilter.routing.suspension import Watched
from prankfilter.store.caller_rows import grouped, past_calls, trails_of
from prankfilter.store.codec import from_text
from prankfilter.store.files import KeptLook, call_file
from prankfilter.store.instants import instant, instant_or_none, microseconds, span
from prankfilter.store.owing import owed_of
from prankfilter.store.past import (
    HORIZON,
    NEWEST,
    PRIORITY_CALLS,
    PRIORITY_WINDOW,
    Known,
    Look,
    certificate_of,
    stands_as_genuine,
    watched_look,
)
from prankfilter.store.pending import Pending, Queued
from prankfilter.store.port import CallFile, Clearing, Owed
from prankfilter.store.queries import Queries, Query, Rows
from prankfilter.store.said import Said
from prankfilter.vocabulary import Advice, AudioCapture, Caller, CallRecord, Decision, PastCall, Stratum

Windows = Sequence[tuple[dt.datetime, dt.datetime]]


class Reads:
    """What `Store` promises, for as long as the cursor is borrowed."""

    def __init__(self, cursor: DBAPICursor, queries: Queries, pending: Pending) -> None:
        self.cursor = cursor
        self._queries = queries
        self._pending = pending

    # --- the number ------------------------------------------------------------------------

    def caller(self, caller: str, before: int, except_call: str, observed_since: int | None) -> Caller:
        """See `Store.caller`."""
        since = before - span(HORIZON)
        queued = self._pending.of_caller(caller)
        calls = self._past_calls(queued, caller, since, before, except_call)
        cleared, called_back = self._rows(self._queries.last_marks, caller=caller, before=before)[0]
        return Caller(
            past_calls=self._past(calls, queued, caller, before) if calls else (),
            observed_since=instant_or_none(
                observed_since if observed_since is not None and observed_since < before else None
            ),
            cleared_at=instant_or_none(cleared),
            called_back_at=instant_or_none(called_back),
        )

    def _past_calls(
        self, queued: Sequence[Queued], caller: str, since: int, before: int, except_call: str
    ) -> list[Known]:
        rows = self._rows(
            self._queries.past_calls, caller=caller, since=since, before=before, except_call=except_call
        )
        calls = {row[0]: Known(row[0], row[1], bool(row[2])) for row in rows}
        for one in queued:
            if since <= one.call.received_at < before and one.call.call_id != except_call:
                calls.setdefault(one.call.call_id, one.call)
        return sorted(calls.values(), key=lambda call: (call.received_at, call.call_id))[-NEWEST:]

    def _past(
        self, calls: Sequence[Known], queued: Sequence[Queued], caller: str, before: int
    ) -> tuple[PastCall, ...]:
        since = calls[0].received_at
        window = {"caller": caller, "since": since, "before": before}
        looks = self._rows(self._queries.past_looks, **window)
        said = self._rows(self._queries.past_said, **window)
        queued_looks: defaultdict[str, list[Look]] = defaultdict(list)
        for one in queued:
            queued_looks[one.call.call_id].append(one.look)
        # What was said of a call may be stored before the call is, and then nothing joins the two yet.
        unsettled = {call_id: (some, self._trail(call_id)) for call_id, some in queued_looks.items()}
        return past_calls(calls, looks, said, unsettled, before=before)

    # --- around the call ---------------------------------------------------------------------

    def arrivals(self, area: str, windows: Windows, except_call: str) -> list[int]:
        """See `Store.arrivals`."""
        if not windows:
            return []
        queued = [one.call for one in self._pending.of_area(area) if one.call.call_id != except_call]
        edges = [(microseconds(start), microseconds(end)) for start, end in windows]
        counts = self._queries.arrivals(len(edges)).run(self.cursor, area, except_call, edges)
        for index, (start, end) in enumerate(edges):
            ids = {call.call_id for call in queued if start <= call.received_at < end}
            if ids:
                rows = self._rows(self._queries.area_calls, area=area, since=start, before=end)
                counts[index] = len((ids | {row[0] for row in rows}) - {except_call})
        return counts

    def first_received(self) -> int | None:
        """Return when the first durable call was received."""
        first: int | None = self._rows(self._queries.first_received)[0][0]
        return first

    def strata_of(self, call_id: str) -> frozenset[Stratum]:
        """See `Store.strata_of`."""
        queued = self._pending.of_call(call_id)
        rows = self._rows(self._queries.strata, call_id=call_id)
        names = (Stratum(name) for row in rows for name in row[0].split())
        return frozenset(names).union(
            *(one.screening.strata | one.screening.decision.strata for one in queued)
        )

    def recent_priority_count(self, centre_id: str | None, before: int, except_call: str) -> int:
        """See `Store.recent_priority_count`."""
        since = before - span(PRIORITY_WINDOW)
        queued = self._pending.of_centre(centre_id)
        rows = self._rows(
            self._queries.centre_calls,
            centre_id=centre_id or "",
            since=since,
            before=before,
            except_call=except_call,
        )
        calls = {row[0]: (row[1], bool(row[2])) for row in rows}
        for one in queued:
            call_id, received_at = one.call.call_id, one.call.received_at
            if since <= received_at < before and call_id != except_call and one.look.known_from < before:
                received_at, prioritised = calls.get(call_id, (received_at, False))
                calls[call_id] = (received_at, prioritised or one.look.advice is Advice.PRIORITY)
        in_order = sorted((received_at, call_id, got) for call_id, (received_at, got) in calls.items())
        return sum(prioritised for *_, prioritised in in_order[-PRIORITY_CALLS:])

    def switched_off(self, centre_id: str | None) -> bool:
        """See `Store.switched_off`."""
        if not centre_id:
            return any(row[0] for row in self._rows(self._queries.all_switches))
        rows = [self._rows(self._queries.switch, centre_id=one) for one in (centre_id, "")]
        return any(row[0] for latest in rows for row in latest)

    def answer(self, result_id: str) -> Decision | None:
        """See `Store.answer`."""
        queued = self._pending.answer(result_id)
        for row in self._rows(self._queries.answer, result_id=result_id):
            return from_text(Decision, row[0])
        return queued.screening.decision if queued else None

    # --- certificates ------------------------------------------------------------------------

    def suspended(self) -> frozenset[str]:
        """See `Store.suspended`."""
        return frozenset(row[0] for row in self._rows(self._queries.suspended))

    def genuine_under(self, certificate_id: str) -> list[Watched]:
        """See `Store.genuine_under`."""
        queued = [
            one for one in self._pending.all() if certificate_of(one.screening.decision) == certificate_id
        ]
        rows = self._rows(self._queries.looks_under, certificate_id=certificate_id)
        looks = {
            result_id: (call_id, caller, from_text(Decision, text))
            for call_id, caller, result_id, text in rows
        }
        for one in queued:
            record = one.screening.record
            looks.setdefault(one.result_id, (record.call_id, record.caller, one.screening.decision))
        trails = trails_of(self._rows(self._queries.said_under, certificate_id=certificate_id))
        trails |= {call_id: self._trail(call_id) for call_id in {one.call.call_id for one in queued}}
        genuine = {call_id for call_id, trail in trails.items() if stands_as_genuine(trail)}
        found = (watched_look(*look) for look in looks.values() if look[0] in genuine)
        return [one for one in found if one is not None]

    # --- files -------------------------------------------------------------------------------

    def call(self, call_id: str) -> CallFile | None:
        """See `Store.call`."""
        queued = self._pending.of_call(call_id)
        records = self._rows(self._queries.record, call_id=call_id)
        return call_file(
            call_id,
            _record(records[0][0] if records else None, queued),
            _looks(self._rows(self._queries.decisions, call_id=call_id), queued),
            trails_of(self._rows(self._queries.said, call_id=call_id)).get(call_id, ()),
        )

    def calls(self, since: int, until: int, limit: int) -> list[CallFile]:
        """See `Store.calls`."""
        queued: defaultdict[str, list[Queued]] = defaultdict(list)
        for one in self._pending.all():
            queued[one.call.call_id].append(one)
        rows = self._rows(self._queries.listed, since=since, before=until, limit=limit)
        listed = {row[0]: (row[1], row[2]) for row in rows}
        page = {"since": since, "before": rows[-1][1] + 1 if rows else since}
        decisions = grouped(self._rows(self._queries.listed_decisions, **page))
        trails = trails_of(self._rows(self._queries.listed_said, **page))
        for call_id, (first, *_) in queued.items():
            if call_id not in listed and since <= first.call.received_at < until:
                listed[call_id] = (first.call.received_at, None)
                trails[call_id] = self._trail(call_id)
        in_order = sorted((received_at, call_id) for call_id, (received_at, _) in listed.items())
        files = (
            call_file(
                call_id,
                _record(listed[call_id][1], queued.get(call_id, ())),
                _looks(decisions.get(call_id, ()), queued.get(call_id, ())),
                trails.get(call_id, ()),
            )
            for _, call_id in in_order[:limit]
        )
        return [file for file in files if file is not None]

    def clearings(self, until: int) -> list[Clearing]:
        """See `Store.clearings`."""
        rows = self._rows(self._queries.clearings, before=until)
        return [Clearing(caller=caller, at=instant(at)) for caller, at in rows]

    def owed(self, until: int | None, limit: int) -> list[Owed]:
        """See `Store.owed`."""
        if until is None:
            return list(map(owed_of, self._rows(self._queries.open_owed, limit=limit)))
        return list(map(owed_of, self._rows(self._queries.closed_owed, until=until, limit=limit)))

    def debt(self, call_id: str) -> Owed | None:
        """See `Store.debt`."""
        return next(map(owed_of, self._rows(self._queries.debt, named=call_id)), None)

    def _trail(self, call_id: str) -> list[Said]:
        return trails_of(self._rows(self._queries.said, call_id=call_id)).get(call_id, [])

    # --- keys --------------------------------------------------------------------------------

    def key(self, digest: str) -> ApiKey | None:
        """See `Store.key`."""
        return next(map(_key, self._rows(self._queries.key, digest=digest)), None)

    def keys(self) -> list[ApiKey]:
        """See `Store.keys`."""
        return list(map(_key, self._rows(self._queries.keys)))

    def _rows(self, query: Query, **values: Any) -> Rows:
        return query.rows(self.cursor, **values)


# --- from rows to values -------------------------------------------------------------------------


def _record(text: str | None, queued: Sequence[Queued]) -> CallRecord | None:
    if text is not None:
        return from_text(CallRecord, text)
    return queued[0].screening.record if queued else None


def _looks(rows: Rows, queued: Iterable[Queued]) -> list[KeptLook]:
    """Return the answers to a call, each once."""
    looks = {
        result_id: KeptLook(at, from_text(Decision, text), AudioCapture(capture) if capture else None, drawn)
        for _, result_id, at, text, capture, drawn in rows
    }
    for one in queued:
        kept = one.screening
        looks.setdefault(
            one.result_id, KeptLook(one.look.at, kept.decision, kept.capture, kept.audit_probability)
        )
    return list(looks.values())


def _key(row: Sequence[Any]) -> ApiKey:
    key_id, digest, scope, name, created_at, revoked_at = row
    return ApiKey(
        key_id=key_id,
        digest=digest,
        scope=scope,
        name=name,
        created_at=instant(created_at),
        revoked_at=instant_or_none(revoked_at),
    )
