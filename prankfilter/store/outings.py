"""Days on which somebody went out to tell people what 112 is for, as they were entered."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from functools import partial

from prankfilter.store.instants import microseconds
from prankfilter.store.query import insert_into
from prankfilter.store.schema import outreach
from prankfilter.store.sql import SqlStore


@dataclass(frozen=True, slots=True, kw_only=True)
class Outing:
    """One such day."""

    on_date: dt.date
    place: str
    """A district, as the outreach sheet names it; reports print nothing else."""
    by: str
    at: dt.datetime
    note: str = ""


class Outings:
    """The list in one store; `store.figures` reads it."""

    def __init__(self, store: SqlStore) -> None:
        self._store = store
        self._keep = store.query(insert_into(outreach))

    def put(self, outing: Outing) -> None:
        """Note a day, durable on return."""
        write = partial(
            self._keep.run,
            on_date=outing.on_date.isoformat(),
            place=outing.place,
            note=outing.note,
            by=outing.by,
            at=microseconds(outing.at),
        )
        self._store.put(write)
