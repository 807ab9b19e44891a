"""Connections to PostgreSQL that give up in time, whatever holds the server up.

A server that was stopped, a network that swallows packets and a disk that hangs all look alike from here:
no answer. The server's own time-outs say nothing then, so that every wait has an end on this side too.
"""

from __future__ import annotations

import select
import time
from collections.abc import Generator, Mapping, Sequence
from contextlib import AbstractContextManager, nullcontext
from functools import partial
from types import MappingProxyType
from typing import Any, TypeVar

import psycopg
import sqlalchemy as sa
from sqlalchemy.engine.interfaces import DBAPICursor

from prankfilter.store.asking import Ask
from prankfilter.store.query import Rows

T = TypeVar("T")

READ_S = 1.0
"""Longest read. The call behind it is answered long before; this frees the thread."""

WRITE_S = 3.0
"""Longest step of a commit; shorter than a put waits, which so may live to see the next attempt."""

CONNECT_S = 2
"""Longest attempt to connect; the driver takes no less."""

ABANDONED_S = 10
"""After so long the server ends a transaction whose process stands still, and lets go of what it locked."""

USUAL: Mapping[str, Any] = MappingProxyType(
    {
        "application_name": "prankfilter",
        "connect_timeout": CONNECT_S,
        # What a network swallows is noticed within seconds.
        "keepalives_idle": 5,
        "keepalives_interval": 1,
        "keepalives_count": 3,
        "tcp_user_timeout": 3000,
    }
)
"""How to connect, where the address does not say otherwise."""


class Connection(psycopg.Connection[Any]):
    """Waits for no answer longer than ``limit_s``."""

    limit_s = float("inf")

    def wait(self, gen: Generator[Any, Any, T], *how: Any, **more: Any) -> T:
        """See `psycopg.Connection.wait`."""
        return super().wait(_within(gen, self.limit_s), *how, **more)


class Reader(Connection):
    """For calls that wait for an answer."""

    limit_s = READ_S

    def ask(self, cursor: DBAPICursor, asks: Sequence[Ask]) -> list[Rows]:
        """Ask all with one round trip; returns the rows of each."""
        if len(asks) == 1 or not psycopg.Pipeline.is_supported():
            return [query.rows(cursor, **values) for query, values in asks]
        cursors: list[Any] = [self.cursor() for _ in asks]
        with self.pipeline():
            for one, (query, values) in zip(cursors, asks, strict=True):
                query.run(one, **values)
        return [one.fetchall() for one in cursors]


class Writer(Connection):
    """For the writer, which tries again."""

    limit_s = WRITE_S

    def ahead(self) -> AbstractContextManager[object]:
        """Send statements ahead, and wait at the end of the block for all answers at once."""
        return self.pipeline() if psycopg.Pipeline.is_supported() else nullcontext()


def _within(gen: Generator[Any, Any, T], limit_s: float) -> Generator[Any, Any, T]:
    """Go through the steps of a driver's generator, which is resumed every tenth of a second at least."""
    until = time.monotonic() + limit_s
    try:
        step = next(gen)
        while True:
            ready = yield step
            step = gen.send(ready)
            if time.monotonic() > until:
                raise psycopg.OperationalError(f"no answer within {limit_s:g} s")
    except StopIteration as end:
        result: T = end.value
        return result
    finally:
        gen.close()


def connect_maker(url: sa.URL) -> sa.Engine:
    """Return an engine whose statements may take as long as they take."""
    return _engine(url, Connection, "SET statement_timeout = 0", pool_size=1, max_overflow=0)


def connect_writer(url: sa.URL) -> sa.Engine:
    """Return an engine for one connection that writes."""
    return _engine(
        url,
        Writer,
        f"SET statement_timeout = {round(WRITE_S * 1000)}",
        f"SET idle_in_transaction_session_timeout = {ABANDONED_S * 1000}",
        "SET synchronous_commit = on",
        pool_size=1,
        max_overflow=0,
    )


def connect_readers(url: sa.URL, **pool: Any) -> sa.Engine:
    """Return an engine for connections that only read."""
    return _engine(
        url,
        Reader,
        f"SET statement_timeout = {round(READ_S * 1000)}",
        "SET default_transaction_read_only = on",
        **pool,
    )


def _engine(url: sa.URL, kind: type[Connection], *statements: str, **pool: Any) -> sa.Engine:
    engine = sa.create_engine(url, isolation_level="AUTOCOMMIT", poolclass=sa.pool.QueuePool, **pool)
    sa.event.listen(engine, "do_connect", partial(_connect, kind, statements))
    sa.event.listen(engine, "checkout", _refuse_dead)
    return engine


def _connect(
    kind: type[Connection],
    statements: tuple[str, ...],
    _dialect: sa.Dialect,
    _record: object,
    arguments: tuple[str, ...],
    named: dict[str, Any],
) -> Connection:
    connection = kind.connect(*arguments, **{**USUAL, **named})
    connection.autocommit = True
    for statement in statements:
        connection.execute(statement.encode())
    return connection


def _refuse_dead(connection: Connection, _record: object, _proxy: object) -> None:
    """Refuse a connection that the server has closed meanwhile: it alone ever says anything unasked."""
    waiting = select.poll()
    waiting.register(connection.fileno(), select.POLLIN | select.POLLHUP)
    if waiting.poll(0):
        raise sa.exc.InvalidatePoolError
