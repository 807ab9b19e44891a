"""Reads on one borrowed cursor, joined with what is pending: answers, files, certificates, call-backs, keys.

Each read takes what is pending before its first query (`pending` says why). Where one request was computed
twice, both answers may show for the few milliseconds until the second is written; then the first stands.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from typing import Any, TypeVar

from sqlalchemy.engine.interfaces import DBAPICursor

from prankfilter.privacy.api_keys import ApiKey
from prankfilter.routing.suspension import Watched
from prankfilter.store.asking import Asking, ask
from prankfilter.store.caller_rows import grouped, trails_of
from prankfilter.store.codec import from_text
from prankfilter.store.files import KeptLook, call_file
from prankfilter.store.instants import instant, instant_or_none
from prankfilter.store.owing import owed_of
from prankfilter.store.past import certificate_of, stands_as_genuine, watched_look
from prankfilter.store.pending import Pending, Queued
from prankfilter.store.port import CallFile, Clearing, Owed
from prankfilter.store.queries import Queries, like_member
from prankfilter.store.query import Query, Rows
from prankfilter.store.said import Said
from prankfilter.store.situations import Situations
from prankfilter.vocabulary import AudioCapture, CallRecord, Decision

T = TypeVar("T")


class Reads:
    """What `Store` promises, for as long as the cursor is borrowed."""

    def __init__(self, cursor: DBAPICursor, queries: Queries, pending: Pending) -> None:
        self.cursor = cursor
        self.situations = Situations(queries, pending)
        self._queries = queries
        self._pending = pending

    def ask(self, asking: Asking[T]) -> T:
        """Go through one of `situations`' readings."""
        return ask(self.cursor, asking)

    def first_received(self) -> int | None:
        """Return when the first durable call was received."""
        first: int | None = self._rows(self._queries.first_received)[0][0]
        return first

    def answer(self, result_id: str) -> Decision | None:
        """See `Store.answer`."""
        queued = self._pending.answer(result_id)
        for row in self._rows(self._queries.answer, result_id=result_id):
            return from_text(Decision, row[0])
        return queued.screening.decision if queued else None

    # --- certificates ------------------------------------------------------------------------

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

    def calls_of_incident(self, incident_id: str, since: int, until: int) -> list[CallFile]:
        """See `Store.calls_of_incident`."""
        found = {
            one.call.call_id: one.call.received_at
            for one in self._pending.all()
            if one.screening.record.incident_id == incident_id and since <= one.call.received_at < until
        }
        window = {"since": since, "before": until, "member": like_member("incident_id", incident_id)}
        found |= {row[0]: row[1] for row in self._rows(self._queries.with_member, **window)}
        files = (self.call(call_id) for call_id in sorted(found, key=lambda name: (found[name], name)))
        # SQLite's LIKE takes a capital for a small letter, and of a call the record of its first look counts.
        return [file for file in files if file and file.record and file.record.incident_id == incident_id]

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
