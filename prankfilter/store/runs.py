"""When the service ran: one row a process, seen again every half minute. What no run covers was downtime."""

from __future__ import annotations

import datetime as dt
from functools import partial

from prankfilter.store.instants import microseconds
from prankfilter.store.query import insert_into, upserting
from prankfilter.store.schema import runs
from prankfilter.store.sql import SqlStore

BEAT_S = 30.0
"""How often a running process says so."""


class Runs:
    """The list in one store."""

    def __init__(self, store: SqlStore) -> None:
        self._store = store
        insert = insert_into(runs, upserting(store.dialect))
        self._beat = store.query(
            insert.on_conflict_do_update(
                index_elements=[runs.c.run_id], set_={"seen_at": insert.excluded.seen_at}
            )
        )

    def beat(self, run_id: str, *, began_at: dt.datetime, at: dt.datetime) -> None:
        """Say that a process runs."""
        write = partial(
            self._beat.run, run_id=run_id, began_at=microseconds(began_at), seen_at=microseconds(at)
        )
        self._store.put(write)
