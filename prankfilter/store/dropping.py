"""What goes with a call, and with a number: the one list, for erasing a subject and for retention.

A call that an open incident or an open call-back still needs never goes (SAFETY rules 14 and 15).
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence

import sqlalchemy as sa
from sqlalchemy.engine.interfaces import DBAPICursor, Dialect

from prankfilter.store.query import Query
from prankfilter.store.schema import (
    call_backs,
    calls,
    clearings,
    decisions,
    deeds,
    flags,
    incidents,
    owed,
    recordings,
    said,
)

OF_CALL = (recordings, decisions, said, flags, owed, incidents, calls)
"""Rows of a call. The call itself is last: by it the others are found again after an interruption."""

OF_CALLER = (clearings, call_backs)
"""Rows of a number."""

AT_ONCE = 200
"""Calls that go in one transaction: some 30 ms, so that no other writer waits for long."""


def needed(call_id: sa.ColumnElement[str]) -> sa.ColumnElement[bool]:
    """Whether an incident or a call-back that is still open needs a call."""
    return sa.or_(
        *(
            sa.exists().where(table.c.call_id == call_id, table.c.closed_at.is_(None))
            for table in (incidents, owed)
        )
    )


class Dropping:
    """Deletes all rows of calls, on a writer's cursor and inside its transaction."""

    def __init__(self, dialect: Dialect) -> None:
        named: sa.BindParameter[str] = sa.bindparam("named")
        self._rows = {
            table.name: Query(table.delete().where(table.c.call_id == named), dialect) for table in OF_CALL
        }
        # That somebody did something stands; that it was about this call does not.
        self._deeds = Query(
            deeds.update().where(deeds.c.call_id == named).values(call_id=sa.null(), details="{}"), dialect
        )

    def drop(self, cursor: DBAPICursor, call_ids: Sequence[str]) -> Counter[str]:
        """Return how many rows went, by table."""
        if not call_ids:
            return Counter()
        named = [{"named": call_id} for call_id in call_ids]
        self._deeds.each(cursor, named)
        return Counter({name: query.each(cursor, named) for name, query in self._rows.items()})
