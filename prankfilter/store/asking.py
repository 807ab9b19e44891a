"""Several questions to the database with one round trip.

A reading is a generator: it yields all that it can ask at this moment, is given the rows of each, asks on or
returns its answer. Readings side by side share their round trips: a screening that asks for ten things waits
for a distant or busy server once or twice, not ten times.
"""

from __future__ import annotations

from collections.abc import Generator, Mapping, Sequence
from typing import Any, TypeVar

from sqlalchemy.engine.interfaces import DBAPICursor

from prankfilter.store.query import Query, Rows

T = TypeVar("T")

Ask = tuple[Query, Mapping[str, Any]]
"""A statement and its values."""

Asking = Generator[Sequence[Ask], Sequence[Rows], T]


def ask(cursor: DBAPICursor, asking: Asking[T]) -> T:
    """Go through a reading; returns its answer."""
    # Of PostgreSQL's connections (`postgres.Reader`); SQLite has no way to wait for.
    at_once = getattr(getattr(cursor, "connection", None), "ask", _one_by_one)
    try:
        asks = next(asking)
        while True:
            asks = asking.send(at_once(cursor, asks))
    except StopIteration as end:
        answer: T = end.value
        return answer


def side_by_side(*askings: Asking[Any]) -> Asking[list[Any]]:
    """Go through several readings together; returns their answers in their order."""
    answers: list[Any] = [None] * len(askings)
    waiting: dict[int, Sequence[Ask]] = {}

    def go_on(place: int, rows: Sequence[Rows] | None) -> None:
        asking = askings[place]
        try:
            waiting[place] = next(asking) if rows is None else asking.send(rows)
        except StopIteration as end:
            waiting.pop(place, None)
            answers[place] = end.value

    for place in range(len(askings)):
        go_on(place, None)
    while waiting:
        rows = iter((yield [one for asks in waiting.values() for one in asks]))
        for place, asks in list(waiting.items()):
            go_on(place, [next(rows) for _ in asks])
    return answers


def _one_by_one(cursor: DBAPICursor, asks: Sequence[Ask]) -> list[Rows]:
    return [query.rows(cursor, **values) for query, values in asks]
