"""How each thing is written, on the writer's cursor and inside its transaction."""

from __future__ import annotations

import json

from sqlalchemy.engine.interfaces import DBAPICursor

from prankfilter.errors import NotFound
from prankfilter.privacy.api_keys import ApiKey
from prankfilter.store.codec import to_text
from prankfilter.store.flag_rows import keep_flag, settle_flag
from prankfilter.store.instants import microseconds
from prankfilter.store.past import certificate_of
from prankfilter.store.pending import Queued
from prankfilter.store.queries import Queries
from prankfilter.store.said import Said, What, label_of, says_more, verdict_of
from prankfilter.vocabulary import CallRecord

_ON_A_CALL = frozenset({What.VERDICT, What.SECOND, What.WITHDRAWN})
_SHOWN_ON_A_FLAG = _ON_A_CALL | {What.OUTCOME}


def write_screening(cursor: DBAPICursor, queries: Queries, one: Queued) -> None:
    """Keep a call, unless it is on record, and one answer to it, unless that is."""
    screening, look = one.screening, one.look
    decision = screening.decision
    write_record(cursor, queries, screening.record)
    queries.keep_decision.run(
        cursor,
        result_id=decision.result_id,
        call_id=screening.record.call_id,
        at=look.at,
        known_from=look.known_from,
        audio_s=decision.audio_s,
        assessed=decision.assessed.value,
        advice=decision.advice.value,
        flagged=decision.flagged,
        child_like=look.child_like,
        prank_score=decision.prank_score,
        margin=decision.margin,
        stratum=decision.stratum,
        strata=" ".join(sorted(screening.strata | decision.strata)),
        capture=screening.capture,
        audit_probability=screening.audit_probability,
        policy=decision.policy,
        certificate_id=certificate_of(decision),
        model_id=decision.model_id,
        decision=to_text(decision),
    )
    if decision.flagged:
        call_id = screening.record.call_id
        keep_flag(cursor, queries.dialect, one, read_trail(cursor, queries, call_id))


def write_record(cursor: DBAPICursor, queries: Queries, record: CallRecord) -> None:
    """Keep a call, unless it is on record."""
    queries.keep_call.run(
        cursor,
        call_id=record.call_id,
        received_at=microseconds(record.received_at),
        caller=record.caller,
        number_is_verified=record.number_is_verified,
        area=record.area,
        centre_id=record.centre_id or "",
        record=to_text(record),
    )


def write_said(cursor: DBAPICursor, queries: Queries, call_id: str, said: Said) -> None:
    """Append to a call's trail, unless it adds nothing. A verdict on an unknown call raises `NotFound`."""
    known = queries.is_on_record.rows(cursor, call_id=call_id)[0][0] if said.what in _ON_A_CALL else True
    if not known:
        raise NotFound(f"no call {call_id!r} is on record")
    trail = read_trail(cursor, queries, call_id)
    if not says_more(said, trail):
        return
    queries.keep_said.run(
        cursor,
        call_id=call_id,
        at=said.at,
        by=said.by,
        what=said.what.value,
        label=label_of(said),
        verdict=verdict_of(said),
        details=to_text(said.details),
    )
    if said.what in _SHOWN_ON_A_FLAG:
        settle_flag(cursor, queries.dialect, call_id, [*trail, said])


def read_trail(cursor: DBAPICursor, queries: Queries, call_id: str) -> list[Said]:
    """Return what was said of a call so far."""
    return [
        Said(at, by, What(what), json.loads(details))
        for _, at, by, what, details in queries.said.rows(cursor, call_id=call_id)
    ]


def write_key(cursor: DBAPICursor, queries: Queries, key: ApiKey) -> None:
    """Keep a key, or the same key revoked; what is revoked stays so."""
    rows = queries.revoked.rows(cursor, named=key.key_id)
    revoked_at = rows[0][0] if rows else None
    if revoked_at is None and key.revoked_at is not None:
        revoked_at = microseconds(key.revoked_at)
    queries.drop_key.run(cursor, named=key.key_id)
    queries.keep_key.run(
        cursor,
        key_id=key.key_id,
        digest=key.digest,
        scope=key.scope,
        name=key.name,
        created_at=microseconds(key.created_at),
        revoked_at=revoked_at,
    )
