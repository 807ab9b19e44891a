"""Connections: one for the writer, a small pool for readers, tuned for the database at hand."""

from __future__ import annotations

import contextlib
import hashlib
import importlib
import os
from collections.abc import Mapping, Sequence
from contextlib import AbstractContextManager, nullcontext
from itertools import groupby
from pathlib import Path
from types import MappingProxyType
from typing import Any

import sqlalchemy as sa
from sqlalchemy.engine.interfaces import DBAPIConnection, DBAPICursor
from sqlalchemy.exc import ArgumentError, SQLAlchemyError

from prankfilter.errors import BadSetting, PrankfilterError, StoreUnavailable
from prankfilter.store.writer import Job

WRITE_BUSY_MS = 1000
"""How long one attempt to write waits for another process; the writer tries again anyway."""

READ_BUSY_MS = 50
"""Readers hardly ever wait in WAL mode; one that does has a call to answer for."""

READERS = 8
READER_WAIT_S = 0.1

ONE: Mapping[str, Any] = MappingProxyType({"pool_size": 1, "max_overflow": 0})
SEVERAL: Mapping[str, Any] = MappingProxyType(
    {"pool_size": READERS, "max_overflow": 0, "pool_timeout": READER_WAIT_S}
)

WAL_BYTES = 64_000_000
"""What is left of the write-ahead log after a long reader has let go."""

SECURE = "PRAGMA secure_delete=ON"
"""Deleted rows, such as numbers and sound, are overwritten with zeros."""

LOCK = "SELECT pg_advisory_xact_lock(key) FROM unnest(%(keys)s::bigint[]) AS key"
"""PostgreSQL takes several writers. Each holds, until its commit, whatever it is about to add to."""

POSTGRES = "prankfilter.store.postgres"
"""Loaded by name, where a PostgreSQL is used: its driver is an extra."""


def parse(address: str) -> sa.URL:
    """Read the store's address, or raise `BadSetting`."""
    try:
        url = sa.make_url(address)
        backend = url.get_backend_name()
    except (ArgumentError, ValueError) as problem:
        raise BadSetting("PRANKFILTER_STORE is no address of a database") from problem
    if backend not in {"sqlite", "postgresql"}:
        raise BadSetting(f"PRANKFILTER_STORE: {backend} is neither sqlite nor postgresql")
    if backend == "sqlite" and url.database in {None, "", ":memory:"}:
        raise BadSetting(
            "PRANKFILTER_STORE: SQLite needs a file, as in sqlite:////var/lib/prankfilter/store.sqlite"
        )
    return url if backend == "sqlite" else url.set(drivername="postgresql+psycopg")


def connect_maker(url: sa.URL) -> sa.Engine:
    """Return an engine for one connection that may take its time: it makes and mends tables."""
    return connect_writer(url) if _is_sqlite(url) else _postgres("connect_maker", url)


def connect_writer(url: sa.URL, *, busy_ms: int = WRITE_BUSY_MS) -> sa.Engine:
    """Return an engine for one connection that writes; every commit is on the disk when it returns."""
    if not _is_sqlite(url):
        return _postgres("connect_writer", url)
    engine = sa.create_engine(url, isolation_level="AUTOCOMMIT", poolclass=sa.pool.QueuePool, **ONE)
    _make_private(Path(url.database or ""))
    _on_connect(
        engine,
        f"PRAGMA busy_timeout={busy_ms}",
        "PRAGMA journal_mode=WAL",
        "PRAGMA synchronous=FULL",
        f"PRAGMA journal_size_limit={WAL_BYTES}",
        SECURE,
    )
    return engine


def connect_readers(url: sa.URL) -> sa.Engine:
    """Return an engine for connections that only read."""
    if not _is_sqlite(url):
        return _postgres("connect_readers", url, **SEVERAL)
    engine = sa.create_engine(url, isolation_level="AUTOCOMMIT", poolclass=sa.pool.QueuePool, **SEVERAL)
    _on_connect(engine, f"PRAGMA busy_timeout={READ_BUSY_MS}", "PRAGMA query_only=ON")
    return engine


def _is_sqlite(url: sa.URL) -> bool:
    return url.get_backend_name() == "sqlite"


def _postgres(connect: str, url: sa.URL, **pool: Any) -> sa.Engine:
    try:
        engine: sa.Engine = getattr(importlib.import_module(POSTGRES), connect)(url, **pool)
    except ImportError as problem:
        raise BadSetting("PostgreSQL needs its driver: pip install 'prankfilter[postgres]'") from problem
    return engine


def _make_private(path: Path) -> None:
    """Make the file with rights for its owner only; SQLite gives its log the same."""
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        os.close(os.open(path, os.O_CREAT | os.O_RDWR, 0o600))
    except OSError as problem:
        raise StoreUnavailable(f"{path} cannot be opened: {problem.strerror}") from problem


def _on_connect(engine: sa.Engine, *statements: str) -> None:
    def tune(connection: DBAPIConnection, _record: object) -> None:
        cursor = connection.cursor()
        for statement in statements:
            cursor.execute(statement)
        cursor.close()

    sa.event.listen(engine, "connect", tune)


def lock_key(subject: str) -> int:
    """Return the number under which PostgreSQL locks a subject, the same in every process."""
    digest = hashlib.blake2b(subject.encode("utf-8", "surrogatepass"), digest_size=8, person=b"prankfilter")
    return int.from_bytes(digest.digest(), "big", signed=True)


class SqlDisk:
    """Commits jobs; behind it stands one connection, made anew after every failure."""

    def __init__(self, engine: sa.Engine) -> None:
        self._engine = engine
        self._is_shared = engine.dialect.name != "sqlite"
        self._connection: sa.PoolProxiedConnection | None = None

    def commit(self, jobs: Sequence[Job]) -> None:
        """See `Disk.commit`."""
        try:
            if self._connection is None:
                self._connection = self._engine.raw_connection()
            cursor = self._connection.cursor()
            try:
                self._together(cursor, jobs)
            except Exception as problem:
                if self._is_passing(problem):
                    raise
                _quietly(cursor, "ROLLBACK")
                self._one_by_one(cursor, jobs)
        except Exception as problem:
            self._drop()
            for job in jobs:
                job.refusal = None
            raise StoreUnavailable(f"{type(problem).__name__}: {problem}") from problem

    def close(self) -> None:
        """See `Disk.close`."""
        self._drop()
        self._engine.dispose()

    def _begin(self, cursor: DBAPICursor, jobs: Sequence[Job]) -> None:
        """Begin, alone with the subjects of these jobs: what is read of them stands until the commit."""
        if not self._is_shared:
            cursor.execute("BEGIN IMMEDIATE")
            return
        cursor.execute("BEGIN")
        subjects = {subject for job in jobs for subject in job.subjects}
        if subjects:
            # In one order for all processes, so that no two ever wait for each other.
            cursor.execute(LOCK, {"keys": sorted(map(lock_key, subjects))})

    def _together(self, cursor: DBAPICursor, jobs: Sequence[Job]) -> None:
        self._begin(cursor, jobs)
        for reads_nothing, some in groupby(jobs, key=_reads_nothing):
            with self._unanswered() if reads_nothing else nullcontext():
                for job in some:
                    try:
                        job.write(cursor)
                    except PrankfilterError as refusal:
                        job.refusal = refusal  # Refusals come before anything is written.
        cursor.execute("COMMIT")

    def _unanswered(self) -> AbstractContextManager[object]:
        """Send what is written in this block without waiting for each answer, where the driver can."""
        assert self._connection is not None  # noqa: S101 - a transaction has begun on it
        ahead = getattr(self._connection.driver_connection, "ahead", nullcontext)
        block: AbstractContextManager[object] = ahead()
        return block

    def _one_by_one(self, cursor: DBAPICursor, jobs: Sequence[Job]) -> None:
        """Write what can be written, each under its own savepoint: one bad row must not cost the others."""
        self._begin(cursor, jobs)
        for job in jobs:
            job.refusal = None
            cursor.execute("SAVEPOINT one")
            try:
                job.write(cursor)
            except Exception as refusal:
                if self._is_passing(refusal):
                    raise
                job.refusal = refusal
                cursor.execute("ROLLBACK TO SAVEPOINT one")
            cursor.execute("RELEASE SAVEPOINT one")
        cursor.execute("COMMIT")

    def _is_passing(self, problem: Exception) -> bool:
        """Tell whether the database is at fault (locked, full, gone) and not the row."""
        driver = self._engine.dialect.dbapi
        assert driver is not None  # noqa: S101 - it made the connection
        at_fault = (driver.OperationalError, driver.InternalError, driver.InterfaceError)
        # SQLite reports a damaged file as a bare DatabaseError.
        return isinstance(problem, (*at_fault, SQLAlchemyError)) or type(problem) is driver.DatabaseError

    def _drop(self) -> None:
        if self._connection is not None:
            with contextlib.suppress(Exception):
                self._connection.invalidate()
            self._connection = None


def _reads_nothing(job: Job) -> bool:
    """Tell whether a job only adds rows; one that is flagged reads what was said of its call."""
    return job.remembered is not None and not job.remembered.screening.decision.flagged


def _quietly(cursor: DBAPICursor, statement: str) -> None:
    """Run what may fail because the database has done it already."""
    with contextlib.suppress(Exception):
        cursor.execute(statement)
