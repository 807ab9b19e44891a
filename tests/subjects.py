"""Rows about one call in every table that can hold any, whatever tables there are."""

from __future__ import annotations

from collections.abc import Iterator
from functools import lru_cache, partial
from typing import Any

import sqlalchemy as sa
from sqlalchemy.engine.interfaces import Dialect

from prankfilter.store.instants import microseconds
from prankfilter.store.query import Query, insert_into
from prankfilter.store.schema import metadata
from prankfilter.store.sql import SqlStore
from prankfilter.store.writer import Write
from tests.builders import NOW

ABOUT_SOMEBODY = [table for table in metadata.sorted_tables if {"call_id", "caller"} & {*table.c.keys()}]
"""Tables with a call or a number in them. A new one is among these without anybody's doing."""


def fill(store: SqlStore, call_id: str, caller: str, *, at: int = microseconds(NOW), **over: Any) -> None:
    """Put one row about a call and its number into each; all that can be closed is."""
    store.put(*rows_of(store, call_id, caller, at=at, **over))


def rows_of(
    store: SqlStore, call_id: str, caller: str, *, at: int = microseconds(NOW), **over: Any
) -> Iterator[Write]:
    """What `fill` writes: for many calls with one commit."""
    for table in ABOUT_SOMEBODY:
        yield row_of(store, table, call_id=call_id, caller=caller, at=at, **over)


def row_of(store: SqlStore, table: sa.Table, *, call_id: str, caller: str, at: int, **over: Any) -> Write:
    """Write one row: each column something of its kind, and texts that name the row's call or number."""
    known = {"call_id": call_id, "caller": caller, "by": "sari", "what": "listened", "number": None, **over}
    subject = call_id if "call_id" in table.c else caller
    row = {
        column.name: known.get(column.name, _value(column, subject, at))
        for column in table.columns
        if column.name != "id"
    }
    return partial(_insert(table, store.dialect).run, **row)


@lru_cache
def _insert(table: sa.Table, dialect: Dialect) -> Query:
    return Query(insert_into(table), dialect)


def kept(store: SqlStore, name: str) -> dict[str, int]:
    """Return how many rows name a call or a number, by table."""
    counts: dict[str, int] = {}
    for table in ABOUT_SOMEBODY:
        columns = [table.c[column] for column in ("call_id", "caller") if column in table.c]
        named = sa.or_(*(column == sa.bindparam("named") for column in columns))
        query = Query(sa.select(sa.func.count()).select_from(table).where(named), store.dialect)
        with store.cursor() as cursor:
            counts[table.name] = query.rows(cursor, named=name)[0][0]
    return {table: count for table, count in counts.items() if count}


def _value(column: sa.Column[Any], subject: str, at: int) -> Any:
    if isinstance(column.type, sa.Boolean):
        return False
    if isinstance(column.type, sa.BigInteger):
        return at
    if isinstance(column.type, sa.Float):
        return 0.5
    text = f"{column.name} of {subject}"
    return text.encode() if isinstance(column.type, sa.LargeBinary) else text
