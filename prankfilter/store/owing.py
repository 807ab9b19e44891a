"""How the list of call-backs that are owed is read and written (SAFETY rule 15)."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from typing import Any

from sqlalchemy.engine.interfaces import DBAPICursor

from prankfilter.errors import NotFound, Taken
from prankfilter.store.instants import instant, instant_or_none, microseconds
from prankfilter.store.port import CallBackAct, Owed
from prankfilter.store.queries import Queries
from prankfilter.store.said import said_call_back
from prankfilter.store.writes import write_said
from prankfilter.vocabulary import CallBackResult, OwedFor

NUMBERS_KEPT = dt.timedelta(hours=24)
"""The number of an open call-back is destroyed after so long (SAFETY, "Personal data")."""


def owed_of(row: Sequence[Any]) -> Owed:
    """Return a row of the list as a value."""
    call_id, reason, opened_at, due_at, number, claimed_by, claimed_at, closed_at, result = row
    return Owed(
        call_id=call_id,
        reason=OwedFor(reason),
        opened_at=instant(opened_at),
        due_at=instant(due_at),
        number=None if number is None else bytes(number),
        claimed_by=claimed_by,
        claimed_at=instant_or_none(claimed_at),
        closed_at=instant_or_none(closed_at),
        result=None if result is None else CallBackResult(result),
    )


def write_owed(cursor: DBAPICursor, queries: Queries, owed: Owed) -> None:
    """Open a call-back, or mend one that is open."""
    queries.keep_owed.run(
        cursor,
        call_id=owed.call_id,
        reason=owed.reason.value,
        opened_at=microseconds(owed.opened_at),
        due_at=microseconds(owed.due_at),
        number=owed.number,
        claimed_by=None,
        claimed_at=None,
        closed_at=None,
        result=None,
    )
    queries.mend_owed.run(cursor, named=owed.call_id, why=owed.reason.value, sealed=owed.number)


def write_claim(
    cursor: DBAPICursor, queries: Queries, call_id: str, act: CallBackAct, stale_before: dt.datetime
) -> None:
    """Give a call-back to one person: one statement, so that of two who ask at once one gets it."""
    at, stale = microseconds(act.at), microseconds(stale_before)
    queries.claim_owed.run(cursor, named=call_id, by=act.by, at=at, stale_before=stale)
    if not cursor.rowcount:
        held = _held(cursor, queries, call_id)
        raise Taken("it is closed" if held.closed_at else f"{held.claimed_by} has it in hand")
    write_said(cursor, queries, call_id, said_call_back(act))


def write_attempt(
    cursor: DBAPICursor, queries: Queries, call_id: str, act: CallBackAct, *, closes: bool
) -> None:
    """Append what was done; the same thing told twice changes nothing."""
    held = _held(cursor, queries, call_id)
    if held.closed_at is not None and held.result is not act.result:
        raise Taken(f"it is closed: {held.result}")
    write_said(cursor, queries, call_id, said_call_back(act))
    if closes and act.result is not None:
        queries.close_owed.run(cursor, named=call_id, at=microseconds(act.at), how=act.result.value)


def _held(cursor: DBAPICursor, queries: Queries, call_id: str) -> Owed:
    rows = queries.debt.rows(cursor, named=call_id)
    if not rows:
        raise NotFound(f"no call-back is owed to call {call_id!r}")
    return owed_of(rows[0])
