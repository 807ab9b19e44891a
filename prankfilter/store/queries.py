"""Every statement about calls and call-backs, built from the tables and compiled once for the database."""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache
from itertools import chain
from typing import Any

import sqlalchemy as sa
from sqlalchemy.engine.interfaces import Dialect

from prankfilter.store.codec import to_text
from prankfilter.store.past import NEWEST, PRIORITY_CALLS
from prankfilter.store.query import Query, Rows, insert_into, statements_for, upserting
from prankfilter.store.schema import (
    api_keys,
    call_backs,
    calls,
    clearings,
    decisions,
    owed,
    said,
    suspensions,
    switches,
)
from prankfilter.vocabulary import Advice, Label, OwedFor, Verdict


def _given(name: str) -> sa.BindParameter[Any]:
    return sa.bindparam(name)


_ESCAPE = "!"


def like_member(name: str, value: str) -> str:
    """Return the pattern of a JSON text that has such a member: a name in quotes stands in no value."""
    member = to_text({name: value})[1:-1]
    for sign in (_ESCAPE, "%", "_"):
        member = member.replace(sign, _ESCAPE + sign)
    return f"%{member}%"


_IN_WINDOW = sa.and_(calls.c.received_at >= _given("since"), calls.c.received_at < _given("before"))
_OF_CALLER = sa.and_(calls.c.caller == _given("caller"), _IN_WINDOW)
_OTHER = calls.c.call_id != _given("except_call")
_NEWEST_FIRST = (calls.c.received_at.desc(), calls.c.call_id.desc())
_OLDEST_FIRST = (calls.c.received_at, calls.c.call_id)


class Queries:
    """The statements by name."""

    def __init__(self, dialect: Dialect) -> None:
        self.dialect = dialect
        self._read_the_caller()
        self._read_around_the_call()
        self._read_files()
        self._watch_certificates()
        self._read_and_write_keys()
        self._write()
        self._read_and_write_owed()
        # The number of windows hardly ever changes, and it is part of the statement.
        self.arrivals = lru_cache(maxsize=8)(self._arrivals)

    def _read_the_caller(self) -> None:
        newest = (
            sa.select(calls.c.call_id, calls.c.received_at, calls.c.number_is_verified)
            .where(_OF_CALLER, _OTHER)
            .order_by(*_NEWEST_FIRST)
            .limit(NEWEST)
        )
        self.past_calls = self._query(newest)
        # What belongs to these calls is asked for beside them, not once they are known: one wait less.
        recent = sa.alias(newest.subquery(), "newest")
        oldest = sa.select(sa.func.min(recent.c.received_at)).scalar_subquery()
        of_newest = sa.and_(_OF_CALLER, calls.c.received_at >= oldest)
        self.past_looks = self._query(
            sa.select(
                decisions.c.call_id,
                decisions.c.at,
                decisions.c.known_from,
                decisions.c.advice,
                decisions.c.child_like,
            )
            .join_from(calls, decisions, decisions.c.call_id == calls.c.call_id)
            .where(
                of_newest,
                decisions.c.known_from < _given("before"),
                sa.or_(decisions.c.advice != Advice.NORMAL.value, decisions.c.child_like),
            )
        )
        self.past_said = self._query(
            sa.select(said.c.call_id, said.c.at, said.c.by, said.c.what, said.c.details)
            .join_from(calls, said, said.c.call_id == calls.c.call_id)
            .where(of_newest, said.c.at < _given("before"))
            .order_by(said.c.id)
        )
        last = [
            sa.select(sa.func.max(table.c.at))
            .where(table.c.caller == _given("caller"), table.c.at < _given("before"))
            .scalar_subquery()
            for table in (clearings, call_backs)
        ]
        self.last_marks = self._query(sa.select(*last))

    def _read_around_the_call(self) -> None:
        self.area_calls = self._query(
            sa.select(calls.c.call_id).where(calls.c.area == _given("area"), _IN_WINDOW)
        )
        self.first_received = self._query(sa.select(sa.func.min(calls.c.received_at)))
        self.strata = self._query(
            sa.select(decisions.c.strata).where(decisions.c.call_id == _given("call_id"))
        )
        seen = sa.and_(decisions.c.call_id == calls.c.call_id, decisions.c.known_from < _given("before"))
        looked_at = sa.exists().where(seen)
        # No second EXISTS: PostgreSQL may take that for a list to be made of the whole table first.
        first = sa.select(decisions.c.id).where(seen, decisions.c.advice == Advice.PRIORITY.value).limit(1)
        prioritised = first.correlate(calls).scalar_subquery().is_not(None)
        self.centre_calls = self._query(
            sa.select(calls.c.call_id, calls.c.received_at, prioritised)
            .where(calls.c.centre_id == _given("centre_id"), _IN_WINDOW, _OTHER, looked_at)
            .order_by(*_NEWEST_FIRST)
            .limit(PRIORITY_CALLS)
        )
        self.switch = self._query(
            sa.select(switches.c.off)
            .where(switches.c.centre_id == _given("centre_id"))
            .order_by(switches.c.id.desc())
            .limit(1)
        )
        latest = sa.select(sa.func.max(switches.c.id)).group_by(switches.c.centre_id)
        self.all_switches = self._query(sa.select(switches.c.off).where(switches.c.id.in_(latest)))
        self.answer = self._query(
            sa.select(decisions.c.decision).where(decisions.c.result_id == _given("result_id"))
        )

    def _read_files(self) -> None:
        decision = (
            decisions.c.call_id,
            decisions.c.result_id,
            decisions.c.at,
            decisions.c.decision,
            decisions.c.capture,
            decisions.c.audit_probability,
        )
        trail = (said.c.call_id, said.c.at, said.c.by, said.c.what, said.c.details)
        one = _given("call_id")
        self.record = self._query(sa.select(calls.c.record).where(calls.c.call_id == one))
        self.decisions = self._query(
            sa.select(*decision).where(decisions.c.call_id == one).order_by(decisions.c.id)
        )
        self.said = self._query(sa.select(*trail).where(said.c.call_id == one).order_by(said.c.id))
        self.listed = self._query(
            sa.select(calls.c.call_id, calls.c.received_at, calls.c.record)
            .where(_IN_WINDOW)
            .order_by(*_OLDEST_FIRST)
            .limit(_given("limit"))
        )
        self.with_member = self._query(
            sa.select(calls.c.call_id, calls.c.received_at).where(
                _IN_WINDOW, calls.c.record.like(_given("member"), escape=_ESCAPE)
            )
        )
        self.listed_decisions = self._query(
            sa.select(*decision)
            .join_from(calls, decisions, decisions.c.call_id == calls.c.call_id)
            .where(_IN_WINDOW)
            .order_by(decisions.c.id)
        )
        self.listed_said = self._query(
            sa.select(*trail)
            .join_from(calls, said, said.c.call_id == calls.c.call_id)
            .where(_IN_WINDOW)
            .order_by(said.c.id)
        )

        self.clearings = self._query(
            sa.select(clearings.c.caller, clearings.c.at)
            .where(clearings.c.at < _given("before"))
            .order_by(clearings.c.at, clearings.c.id)
        )

    def _watch_certificates(self) -> None:
        called_genuine = sa.exists().where(
            said.c.call_id == decisions.c.call_id,
            sa.or_(said.c.label == Label.GENUINE.value, said.c.verdict == Verdict.WAS_EMERGENCY.value),
        )
        under = sa.and_(decisions.c.certificate_id == _given("certificate_id"), called_genuine)
        self.looks_under = self._query(
            sa.select(decisions.c.call_id, calls.c.caller, decisions.c.result_id, decisions.c.decision)
            .join_from(decisions, calls, decisions.c.call_id == calls.c.call_id)
            .where(under)
        )
        self.said_under = self._query(
            sa.select(said.c.call_id, said.c.at, said.c.by, said.c.what, said.c.details)
            .where(said.c.call_id.in_(sa.select(decisions.c.call_id).where(under)))
            .order_by(said.c.id)
        )
        self.suspended = self._query(sa.select(suspensions.c.certificate_id))

    def _read_and_write_keys(self) -> None:
        named = api_keys.c.key_id == _given("named")
        self.key = self._query(sa.select(api_keys).where(api_keys.c.digest == _given("digest")))
        self.keys = self._query(sa.select(api_keys).order_by(api_keys.c.created_at, api_keys.c.key_id))
        self.revoked = self._query(sa.select(api_keys.c.revoked_at).where(named))
        self.keep_key = self._query(insert_into(api_keys))
        self.drop_key = self._query(api_keys.delete().where(named))

    def _write(self) -> None:
        # The first row of a call or an answer stands, whichever process wrote it.
        once = upserting(self.dialect)
        self.keep_call = self._query(insert_into(calls, once).on_conflict_do_nothing())
        self.keep_decision = self._query(insert_into(decisions, once).on_conflict_do_nothing())
        self.keep_said = self._query(insert_into(said))
        self.keep_switch = self._query(insert_into(switches))
        self.keep_suspension = self._query(insert_into(suspensions, once).on_conflict_do_nothing())
        self.keep_clearing = self._query(insert_into(clearings))
        self.keep_call_back = self._query(insert_into(call_backs))
        on_record = [
            sa.exists().where(table.c.call_id == _given("call_id")) for table in (calls, decisions, said)
        ]
        self.is_on_record = self._query(sa.select(sa.or_(*on_record)))

    def _read_and_write_owed(self) -> None:
        one = owed.c.call_id == _given("named")
        still_open = owed.c.closed_at.is_(None)
        pressing = sa.case({reason.value: place for place, reason in enumerate(OwedFor)}, value=owed.c.reason)
        free = sa.or_(
            owed.c.claimed_by.is_(None),
            owed.c.claimed_by == _given("by"),
            owed.c.claimed_at < _given("stale_before"),
        )
        once = upserting(self.dialect)
        self.open_owed = self._query(
            sa.select(owed)
            .where(still_open)
            .order_by(pressing, owed.c.opened_at, owed.c.call_id)
            .limit(_given("limit"))
        )
        self.closed_owed = self._query(
            sa.select(owed)
            .where(owed.c.closed_at < _given("until"))
            .order_by(owed.c.closed_at.desc(), owed.c.call_id)
            .limit(_given("limit"))
        )
        self.debt = self._query(sa.select(owed).where(one))
        self.keep_owed = self._query(insert_into(owed, once).on_conflict_do_nothing())
        self.mend_owed = self._query(
            owed.update()
            .where(one, still_open)
            .values(reason=_given("why"), number=sa.func.coalesce(owed.c.number, _given("sealed")))
        )
        self.claim_owed = self._query(
            owed.update()
            .where(one, still_open, free)
            .values(claimed_by=_given("by"), claimed_at=_given("at"))
        )
        self.close_owed = self._query(
            owed.update()
            .where(one, still_open)
            .values(closed_at=_given("at"), result=_given("how"), number=sa.null())
        )
        self.forget_numbers = self._query(
            owed.update()
            .where(still_open, owed.c.opened_at < _given("before"), owed.c.number.is_not(None))
            .values(number=sa.null())
        )

    def _arrivals(self, windows: int) -> Arrivals:
        return Arrivals(windows, self.dialect)

    def _query(self, statement: sa.Executable) -> Query:
        return Query(statement, self.dialect)


class Arrivals:
    """Counts of an area's calls in so many windows, as one statement."""

    def __init__(self, windows: int, dialect: Dialect) -> None:
        counts = [
            sa.select(sa.func.count())
            .select_from(calls)
            .where(
                calls.c.area == _given("area"),
                calls.c.received_at >= _given(f"since_{index}"),
                calls.c.received_at < _given(f"before_{index}"),
                _OTHER,
            )
            .scalar_subquery()
            for index in range(windows)
        ]
        self.query = Query(sa.select(*counts), dialect)
        self._edges = [f"{name}_{index}" for index in range(windows) for name in ("since", "before")]

    def ask(
        self, area: str, except_call: str, edges: Sequence[tuple[int, int]]
    ) -> tuple[Query, dict[str, Any]]:
        """Return the statement and its values; its one row has the counts in the order of the windows."""
        values = dict(zip(self._edges, chain.from_iterable(edges), strict=True))
        return self.query, {"area": area, "except_call": except_call, **values}


def queries_for(dialect: Dialect) -> Queries:
    """Return the statements for a database; those of one name and driver are compiled once."""
    return statements_for(Queries, dialect)


__all__ = ["Arrivals", "Queries", "Query", "Rows", "queries_for"]
