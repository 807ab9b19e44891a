"""The list of flagged calls, kept up to date in the transaction that keeps what it is made from.

A flagged call has one row: its last flagged look, the least favourable advice it ever got, and what people
said of it. Everything in it can be made again from decisions and trails; it stands beside them so that a
queue of 100,000 calls opens in the time of a page.
"""

from __future__ import annotations

import importlib
from collections.abc import Iterable, Sequence
from typing import Any

import sqlalchemy as sa
from sqlalchemy.engine.interfaces import DBAPICursor, Dialect

from prankfilter.store.pending import Queued
from prankfilter.store.queries import Query
from prankfilter.store.said import Said, What, in_order, standing_verdicts
from prankfilter.store.schema import flags
from prankfilter.vocabulary import Advice, Decision, Label


class FlagWrites:
    """The statements that keep the list."""

    def __init__(self, dialect: Dialect) -> None:
        once = importlib.import_module(f"sqlalchemy.dialects.{dialect.name}").insert
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
        said = ("label", "answered_by", "verdict", "ruled_by", "ruled_at")
        second = ("second_verdict", "second_by", "second_at")
        self.settle = Query(
            flags.update()
            .where(flags.c.call_id == sa.bindparam("named"))
            .values({name: sa.bindparam(name) for name in (*said, *second)}),
            dialect,
        )


_known: dict[tuple[str, str], FlagWrites] = {}


def flag_writes(dialect: Dialect) -> FlagWrites:
    """Return the statements for a database; those of one name and driver are compiled once."""
    kind = (dialect.name, dialect.driver)
    if kind not in _known:
        _known[kind] = FlagWrites(dialect)
    return _known[kind]


def keep_flag(cursor: DBAPICursor, dialect: Dialect, one: Queued, trail: Iterable[Said]) -> None:
    """Put a flagged look on the list, with what was said of its call so far."""
    writes = flag_writes(dialect)
    decision = one.screening.decision
    kinds = decision.kinds or {}
    writes.keep.run(
        cursor,
        call_id=one.screening.record.call_id,
        received_at=one.call.received_at,
        centre_id=one.screening.record.centre_id or "",
        known_from=one.look.known_from,
        advice=decision.advice.value,
        kind=likeliest(decision),
        prank_score=decision.prank_score,
        genuine_probability=kinds.get(Label.GENUINE),
        guards=spaced(guard.value for guard in decision.guards),
        reasons=spaced(reason.feature for reason in decision.reasons),
        model_id=decision.model_id,
    )
    settle_flag(cursor, dialect, one.screening.record.call_id, trail)


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
        second_verdict=None if second is None else second.details["verdict"],
        second_by=None if second is None else second.by,
        second_at=None if second is None else second.at,
    )


def likeliest(decision: Decision) -> str | None:
    """Return the label that a call most likely has."""
    if not decision.kinds:
        return None
    kinds = decision.kinds
    return max(kinds, key=lambda label: kinds[label]).value


def spaced(names: Iterable[str]) -> str:
    """Join names so that each can be searched for whole."""
    return "".join(f" {name}" for name in names) + " "


def _last(rows: Sequence[Said]) -> Said | None:
    return rows[-1] if rows else None
