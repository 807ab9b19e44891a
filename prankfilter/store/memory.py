"""A store in memory that behaves as `sql.SqlStore` does, from plain dicts: for tests and trials."""

from __future__ import annotations

import datetime as dt
import threading
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import replace
from typing import Any

from prankfilter.errors import NotFound, StoreUnavailable, Taken
from prankfilter.routing.suspension import Watched
from prankfilter.store.files import KeptLook, call_file
from prankfilter.store.instants import instant, instant_or_none, microseconds
from prankfilter.store.past import (
    HORIZON,
    NEWEST,
    PRIORITY_CALLS,
    PRIORITY_WINDOW,
    certificate_of,
    known,
    look_at,
    past_call,
    stands_as_genuine,
    watched_look,
)
from prankfilter.store.port import (
    ApiKey,
    CallBackAct,
    CallFile,
    Clearing,
    ImportedCall,
    Owed,
    Ruling,
    Screening,
    Situation,
)
from prankfilter.store.said import (
    Said,
    said_call_back,
    said_doubt,
    said_facts,
    said_outcome,
    said_ruling,
    says_more,
)
from prankfilter.vocabulary import Advice, Caller, CallRecord, Decision, Outcome, OwedFor, Stratum


class MemoryStore:
    """Forgets everything with the process.

    Attributes
    ----------
    fail : bool
        Every read and every put raises `StoreUnavailable`.
    full : bool
        The write queue takes nothing more: `remember` drops and counts.
    hang : threading.Event or None
        Every read and every put first waits for it: a store that does not answer until the test sets it.
    """

    def __init__(self) -> None:
        self.fail = False
        self.full = False
        self.hang: threading.Event | None = None
        self._lock = threading.RLock()
        self._records: dict[str, CallRecord] = {}
        self._screenings: dict[str, Screening] = {}
        self._looks: defaultdict[str, list[Screening]] = defaultdict(list)
        self._trails: defaultdict[str, list[Said]] = defaultdict(list)
        self._switches: dict[str, tuple[bool, str, str, dt.datetime]] = {}
        self._clearings: defaultdict[str, list[tuple[int, str, str]]] = defaultdict(list)
        self._call_backs: defaultdict[str, list[tuple[int, str]]] = defaultdict(list)
        self._owed: dict[str, Owed] = {}
        self._suspended: dict[str, tuple[str, dt.datetime]] = {}
        self._keys: dict[str, ApiKey] = {}
        self._dropped = 0
        self._written = 0

    @contextmanager
    def _answering(self) -> Iterator[None]:
        if self.hang is not None:
            self.hang.wait()
        if self.fail:
            raise StoreUnavailable("the store was told to fail")
        with self._lock:
            yield

    # --- reads -----------------------------------------------------------------------------

    def caller(self, caller: str, *, before: dt.datetime, except_call: str) -> Caller:
        """See `Store.caller`."""
        with self._answering():
            moment = microseconds(before)
            records = [
                record
                for record in self._received(before - HORIZON, before)
                if record.caller == caller and record.call_id != except_call
            ]
            since = self.observed_since()
            return Caller(
                past_calls=tuple(self._past(record, moment) for record in records[-NEWEST:]),
                observed_since=since if since is not None and since < before else None,
                cleared_at=_last(self._clearings[caller], moment),
                called_back_at=_last(self._call_backs[caller], moment),
            )

    def arrivals(
        self, area: str, windows: Sequence[tuple[dt.datetime, dt.datetime]], *, except_call: str
    ) -> list[int]:
        """See `Store.arrivals`."""
        with self._answering():
            return [
                sum(
                    record.area == area and record.call_id != except_call
                    for record in self._received(start, end)
                )
                for start, end in windows
            ]

    def observed_since(self) -> dt.datetime | None:
        """See `Store.observed_since`."""
        with self._answering():
            return min((record.received_at for record in self._records.values()), default=None)

    def strata_of(self, call_id: str) -> frozenset[Stratum]:
        """See `Store.strata_of`."""
        with self._answering():
            return frozenset().union(
                *(look.strata | look.decision.strata for look in self._looks.get(call_id, []))
            )

    def recent_priority_count(self, centre_id: str | None, *, before: dt.datetime, except_call: str) -> int:
        """See `Store.recent_priority_count`."""
        with self._answering():
            moment = microseconds(before)
            advice = [
                {
                    look.advice
                    for look in map(look_at, self._looks[record.call_id])
                    if look.known_from < moment
                }
                for record in self._received(before - PRIORITY_WINDOW, before)
                if record.centre_id == centre_id
                and record.call_id != except_call
                and record.call_id in self._looks
            ]
            screened = [given for given in advice if given]
            return sum(Advice.PRIORITY in given for given in screened[-PRIORITY_CALLS:])

    def switched_off(self, centre_id: str | None) -> bool:
        """See `Store.switched_off`."""
        with self._answering():
            centres = {centre_id, ""} if centre_id else self._switches.keys()
            return any(self._switches[one][0] for one in centres if one in self._switches)

    def suspended(self) -> frozenset[str]:
        """See `Store.suspended`."""
        with self._answering():
            return frozenset(self._suspended)

    def genuine_under(self, certificate_id: str) -> list[Watched]:
        """See `Store.genuine_under`."""
        with self._answering():
            found = (
                watched_look(call_id, look.record.caller, look.decision)
                for call_id, looks in self._looks.items()
                if stands_as_genuine(self._trails.get(call_id, []))
                for look in looks
                if certificate_of(look.decision) == certificate_id
            )
            return [one for one in found if one is not None]

    def situation(self, record: CallRecord, windows: Sequence[tuple[dt.datetime, dt.datetime]]) -> Situation:
        """See `Store.situation`."""
        at, call_id = record.received_at, record.call_id
        with self._answering():
            return Situation(
                caller=self.caller(record.caller, before=at, except_call=call_id) if record.caller else None,
                arrivals=tuple(self.arrivals(record.area, windows, except_call=call_id)),
                observed_since=self.observed_since(),
                strata=self.strata_of(call_id),
                recent_priority_count=self.recent_priority_count(
                    record.centre_id, before=at, except_call=call_id
                ),
                switched_off=self.switched_off(record.centre_id),
                suspended=self.suspended(),
            )

    def answer(self, result_id: str) -> Decision | None:
        """See `Store.answer`."""
        with self._answering():
            screening = self._screenings.get(result_id)
            return screening.decision if screening else None

    def call(self, call_id: str) -> CallFile | None:
        """See `Store.call`."""
        with self._answering():
            looks = [
                KeptLook(microseconds(look.at), look.decision, look.capture, look.audit_probability)
                for look in self._looks.get(call_id, [])
            ]
            return call_file(call_id, self._records.get(call_id), looks, self._trails.get(call_id, []))

    def calls(self, *, since: dt.datetime, until: dt.datetime, limit: int = 1000) -> list[CallFile]:
        """See `Store.calls`."""
        with self._answering():
            files = (self.call(record.call_id) for record in self._received(since, until)[:limit])
            return [file for file in files if file is not None]

    def calls_of_incident(
        self, incident_id: str, *, since: dt.datetime, until: dt.datetime
    ) -> list[CallFile]:
        """See `Store.calls_of_incident`."""
        with self._answering():
            records = (one for one in self._received(since, until) if one.incident_id == incident_id)
            return [file for record in records if (file := self.call(record.call_id)) is not None]

    def clearings(self, *, until: dt.datetime) -> list[Clearing]:
        """See `Store.clearings`."""
        with self._answering():
            found = ((at, caller) for caller, rows in self._clearings.items() for at, *_ in rows)
            return [
                Clearing(caller=caller, at=instant(at))
                for at, caller in sorted(found, key=lambda row: row[0])
                if at < microseconds(until)
            ]

    def owed(self, *, until: dt.datetime | None = None, limit: int = 1000) -> list[Owed]:
        """See `Store.owed`."""
        with self._answering():
            if until is None:
                waiting = [one for one in self._owed.values() if one.closed_at is None]
                return sorted(waiting, key=_pressing)[:limit]
            closed = [one for one in self._owed.values() if one.closed_at and one.closed_at < until]
            return sorted(closed, key=lambda one: (-microseconds(one.closed_at or until), one.call_id))[
                :limit
            ]

    def debt(self, call_id: str) -> Owed | None:
        """See `Store.debt`."""
        with self._answering():
            return self._owed.get(call_id)

    def key(self, digest: str) -> ApiKey | None:
        """See `Store.key`."""
        with self._answering():
            return next((key for key in self._keys.values() if key.digest == digest), None)

    def api_keys(self) -> list[ApiKey]:
        """See `Store.api_keys`."""
        with self._answering():
            return sorted(self._keys.values(), key=lambda key: (key.created_at, key.key_id))

    def _received(self, start: dt.datetime, end: dt.datetime) -> list[CallRecord]:
        """Return the calls received in [start, end), oldest first."""
        found = (record for record in self._records.values() if start <= record.received_at < end)
        return sorted(found, key=lambda record: (record.received_at, record.call_id))

    def _past(self, record: CallRecord, moment: int) -> Any:
        looks = map(look_at, self._looks.get(record.call_id, []))
        return past_call(known(record), looks, self._trails.get(record.call_id, []), before=moment)

    # --- writes ----------------------------------------------------------------------------

    def remember(self, screening: Screening) -> bool:
        """See `Store.remember`. It never hangs or fails: the real one touches no disk here either."""
        with self._lock:
            if self.full:
                self._dropped += 1
                return False
            result_id = screening.decision.result_id
            if result_id not in self._screenings:
                self._screenings[result_id] = screening
                self._records.setdefault(screening.record.call_id, screening.record)
                self._looks[screening.record.call_id].append(screening)
                self._written += 1
            return True

    def put_record(self, record: CallRecord) -> None:
        """See `Store.put_record`."""
        with self._answering():
            self._records.setdefault(record.call_id, record)
            self._written += 1

    def put_facts(self, call_id: str, facts: Mapping[str, Any], *, by: str, at: dt.datetime) -> None:
        """See `Store.put_facts`."""
        self._say(call_id, said_facts(facts, by=by, at=at))

    def put_outcome(self, call_id: str, outcome: Outcome) -> None:
        """See `Store.put_outcome`."""
        self._say(call_id, said_outcome(outcome))

    def put_ruling(self, call_id: str, ruling: Ruling) -> None:
        """See `Store.put_ruling`."""
        with self._answering():
            if self.call(call_id) is None:
                raise NotFound(f"no call {call_id!r} is on record")
            self._say(call_id, said_ruling(ruling))

    def put_doubt(self, call_id: str, since: dt.datetime | None, *, by: str, at: dt.datetime) -> None:
        """See `Store.put_doubt`."""
        self._say(call_id, said_doubt(since, by=by, at=at))

    def put_calls(self, calls: Sequence[ImportedCall]) -> None:
        """See `Store.put_calls`."""
        with self._answering():
            for call in calls:
                self.put_record(call.record)
                for outcome in call.outcomes:
                    self.put_outcome(call.record.call_id, outcome)
                for ruling in call.rulings:
                    self.put_ruling(call.record.call_id, ruling)

    def _say(self, call_id: str, row: Said) -> None:
        with self._answering():
            if says_more(row, self._trails[call_id]):
                self._trails[call_id].append(row)
            self._written += 1

    def put_switch(self, centre_id: str | None, *, off: bool, by: str, reason: str, at: dt.datetime) -> None:
        """See `Store.put_switch`."""
        with self._answering():
            self._switches[centre_id or ""] = (off, by, reason, at)
            self._written += 1

    def put_suspended(self, certificate_id: str, *, reason: str, at: dt.datetime) -> None:
        """See `Store.put_suspended`."""
        with self._answering():
            self._suspended.setdefault(certificate_id, (reason, at))
            self._written += 1

    def put_cleared(self, caller: str, *, by: str, reason: str, at: dt.datetime) -> None:
        """See `Store.put_cleared`."""
        with self._answering():
            self._clearings[caller].append((microseconds(at), by, reason))
            self._written += 1

    def put_owed(self, owed: Owed) -> None:
        """See `Store.put_owed`."""
        with self._answering():
            held = self._owed.setdefault(owed.call_id, owed)
            if held.closed_at is None:
                number = held.number if held.number is not None else owed.number
                self._owed[owed.call_id] = replace(held, reason=owed.reason, number=number)
            self._written += 1

    def put_claim(self, call_id: str, act: CallBackAct, *, stale_before: dt.datetime) -> None:
        """See `Store.put_claim`."""
        with self._answering():
            held = self._held(call_id)
            if held.closed_at is not None:
                raise Taken("it is closed")
            fresh = held.claimed_at is not None and held.claimed_at >= stale_before
            if fresh and held.claimed_by != act.by:
                raise Taken(f"{held.claimed_by} has it in hand")
            self._owed[call_id] = replace(held, claimed_by=act.by, claimed_at=act.at)
            self._say(call_id, said_call_back(act))

    def put_attempt(self, call_id: str, act: CallBackAct, *, closes: bool) -> None:
        """See `Store.put_attempt`."""
        with self._answering():
            held = self._held(call_id)
            if held.closed_at is not None and held.result is not act.result:
                raise Taken(f"it is closed: {held.result}")
            self._say(call_id, said_call_back(act))
            if closes and held.closed_at is None:
                self._owed[call_id] = replace(held, closed_at=act.at, result=act.result, number=None)

    def forget_numbers(self, *, opened_before: dt.datetime) -> None:
        """See `Store.forget_numbers`."""
        with self._answering():
            for call_id, held in self._owed.items():
                if held.opened_at < opened_before:
                    self._owed[call_id] = replace(held, number=None)
            self._written += 1

    def _held(self, call_id: str) -> Owed:
        if call_id not in self._owed:
            raise NotFound(f"no call-back is owed to call {call_id!r}")
        return self._owed[call_id]

    def put_called_back(self, caller: str, *, by: str, at: dt.datetime) -> None:
        """See `Store.put_called_back`."""
        with self._answering():
            self._call_backs[caller].append((microseconds(at), by))
            self._written += 1

    def put_key(self, key: ApiKey) -> None:
        """See `Store.put_key`."""
        with self._answering():
            earlier = self._keys.get(key.key_id)
            revoked_at = (earlier.revoked_at if earlier else None) or key.revoked_at
            self._keys[key.key_id] = replace(key, revoked_at=revoked_at)
            self._written += 1

    # --- life ------------------------------------------------------------------------------

    def check(self) -> None:
        """See `Store.check`."""
        with self._answering():
            pass

    def counters(self) -> Mapping[str, float]:
        """See `Store.counters`."""
        return {
            "queued": 0.0,
            "dropped_total": float(self._dropped),
            "written_total": float(self._written),
            "failed_total": 0.0,
            "refused_total": 0.0,
            "oldest_queued_s": 0.0,
        }

    def close(self) -> None:
        """See `Store.close`; from now on it fails, and remembers nothing."""
        self.fail = self.full = True


def _last(rows: Sequence[tuple[Any, ...]], before: int) -> dt.datetime | None:
    return instant_or_none(max((row[0] for row in rows if row[0] < before), default=None))


def _pressing(owed: Owed) -> tuple[int, dt.datetime, str]:
    return list(OwedFor).index(owed.reason), owed.opened_at, owed.call_id
