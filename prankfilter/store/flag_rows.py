"""The list of flagged calls, kept up to date in the transaction that keeps what it is made from.

A flagged call has one row: its last flagged look, the least favourable advice it ever got, and what people
said of it. Everything in it can be made again from decisions and trails; it stands beside them so that a
queue of 100,000 calls opens in the time of a page.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

import sqlalchemy as sa
from sqlalchemy.engine.interfaces import DBAPICursor, Dialect

from prankfilter.store.instants import microseconds
from prankfilter.store.pending import Queued
from prankfilter.store.port import CallFile
from prankfilter.store.query import Query, statements_for, upserting
from prankfilter.store.said import Said, What, in_order, standing_verdicts
from prankfilter.store.schema import flags
from prankfilter.vocabulary import Advice, CallRecord, Decision, Label


class FlagWrites:
    """The statements that keep the list."""

    def __init__(self, dialect: Dialect) -> None:
        once = upserting(dialect)
        of_look = (
            "kind",
            "prank_score",
            "genuine_probability",
            "guards",
            "reasons",
            "model_id",
            "known_from",
        )
        given: dict[str, Any] = {
            name: sa.bindparam(name) for name in (*of_look, "call_id", "received_at", "centre_id")
        }
        insert = once(flags).values(advice=sa.bindparam("advice"), second_drawn=sa.false(), **given).inline()
        verify = Advice.VERIFY.value
        self.keep = Query(
            insert.on_conflict_do_update(
                index_elements=[flags.c.call_id],
                set_={name: insert.excluded[name] for name in of_look}
                | {
                    "advice": sa.case(
                        (flags.c.advice == verify, flags.c.advice), else_=insert.excluded.advice
                    )
                },
                where=flags.c.known_from <= insert.excluded.known_from,
            ),
            dialect,
        )
        one = flags.c.call_id == sa.bindparam("named")
        said = ("label", "answered_by", "second_verdict", "second_by", "second_at")
        counts = sa.or_(flags.c.look_back_at.is_(None), flags.c.look_back_at <= sa.bindparam("ruled"))
        ruled = {
            name: sa.case((counts, sa.bindparam(name, type_=flags.c[name].type)), else_=sa.null())
            for name in ("verdict", "ruled_by", "ruled_at")
        }
        self.settle = Query(
            flags.update().where(one).values({name: sa.bindparam(name) for name in said} | ruled), dialect
        )
        self.look_back = Query(flags.update().where(one).values(look_back_at=sa.bindparam("at")), dialect)


def flag_writes(dialect: Dialect) -> FlagWrites:
    """Return the statements for a database."""
    return statements_for(FlagWrites, dialect)


def keep_flag(cursor: DBAPICursor, dialect: Dialect, one: Queued, trail: Iterable[Said]) -> None:
    """Put a flagged look on the list, with what was said of its call so far."""
    screening = one.screening
    _keep(cursor, dialect, screening.record, screening.decision, known_from=one.look.known_from)
    settle_flag(cursor, dialect, screening.record.call_id, trail)


def keep_look_back(
    cursor: DBAPICursor, dialect: Dialect, call: CallFile, trail: Iterable[Said], at: int
) -> None:
    """Have a call ruled on anew from a moment on, and put it on the list if it was never flagged."""
    if call.record is None:
        return
    decision = call.decisions[-1] if call.decisions else None
    _keep(cursor, dialect, call.record, decision, known_from=0)
    flag_writes(dialect).look_back.run(cursor, named=call.call_id, at=at)
    settle_flag(cursor, dialect, call.call_id, trail)


def _keep(
    cursor: DBAPICursor, dialect: Dialect, record: CallRecord, decision: Decision | None, *, known_from: int
) -> None:
    kinds = (decision.kinds if decision is not None else None) or {}
    flag_writes(dialect).keep.run(
        cursor,
        call_id=record.call_id,
        received_at=microseconds(record.received_at),
        centre_id=record.centre_id or "",
        known_from=known_from,
        advice=(decision.advice if decision is not None else Advice.NORMAL).value,
        kind=max(kinds, key=lambda label: kinds[label]).value if kinds else None,
        prank_score=decision.prank_score if decision is not None else None,
        genuine_probability=kinds.get(Label.GENUINE),
        guards=_spaced(guard.value for guard in decision.guards) if decision is not None else " ",
        reasons=_spaced(reason.feature for reason in decision.reasons) if decision is not None else " ",
        model_id=decision.model_id if decision is not None else None,
    )


def settle_flag(cursor: DBAPICursor, dialect: Dialect, call_id: str, trail: Iterable[Said]) -> None:
    """Bring a call's row up to date with all that was said of it; a call that is not on the list has none."""
    rows = in_order(trail)
    outcome = _last([one for one in rows if one.what is What.OUTCOME])
    ruling = _last(standing_verdicts(rows))
    second = _last([one for one in rows if one.what is What.SECOND])
    flag_writes(dialect).settle.run(
        cursor,
        named=call_id,
        label=None if outcome is None else outcome.details["label"],
        answered_by=None if outcome is None else outcome.by,
        verdict=None if ruling is None else ruling.details["verdict"],
        ruled_by=None if ruling is None else ruling.by,
        ruled_at=None if ruling is None else ruling.at,
        ruled=0 if ruling is None else ruling.at,
        second_verdict=None if second is None else second.details["verdict"],
        second_by=None if second is None else second.by,
        second_at=None if second is None else second.at,
    )


def _spaced(names: Iterable[str]) -> str:
    """Join names so that each can be searched for whole."""
    return "".join(f" {name}" for name in names) + " "


def _last(rows: Sequence[Said]) -> Said | None:
    return rows[-1] if rows else None
