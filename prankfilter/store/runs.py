"""When the service ran: one row a process, seen again every half minute. What no run covers was downtime."""

from __future__ import annotations

import datetime as dt
import importlib
from functools import partial

import sqlalchemy as sa

from prankfilter.store.instants import microseconds
from prankfilter.store.query import Query
from prankfilter.store.schema import runs
from prankfilter.store.sql import SqlStore

BEAT_S = 30.0
"""How often a running process says so."""


class Runs:
    """The list in one store."""

    def __init__(self, store: SqlStore) -> None:
        self._store = store
        once = importlib.import_module(f"sqlalchemy.dialects.{store.dialect.name}").insert
        insert = once(runs).values({column.name: sa.bindparam(column.name) for column in runs.c}).inline()
        self._beat = Query(
            insert.on_conflict_do_update(
                index_elements=[runs.c.run_id], set_={"seen_at": insert.excluded.seen_at}
            ),
            store.dialect,
        )

    def beat(self, run_id: str, *, began_at: dt.datetime, at: dt.datetime) -> None:
        """Say that a process runs."""
        write = partial(
            self._beat.run, run_id=run_id, began_at=microseconds(began_at), seen_at=microseconds(at)
        )
        self._store.put(write)
