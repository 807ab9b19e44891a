"""A store that is locked, full, damaged or overrun: what it costs, and how it comes back."""

from __future__ import annotations

import sqlite3
import threading
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
import sqlalchemy as sa

from prankfilter.errors import BadInput, StoreUnavailable
from prankfilter.store.database import READERS, SqlDisk, connect_readers, connect_writer, parse
from prankfilter.store.pending import Pending
from prankfilter.store.queries import queries_for
from prankfilter.store.sql import SqlStore
from prankfilter.store.writer import Job, Writer
from tests.builders import NOW, ago, call_record, outcome, screening
from tests.held import Held, recent_call, rows


class FailingDisk(SqlDisk):
    """Says when it failed."""

    def __init__(self, engine: sa.Engine) -> None:
        super().__init__(engine)
        self.failed = threading.Semaphore(0)

    def commit(self, jobs: Sequence[Job]) -> None:
        try:
            super().commit(jobs)
        except StoreUnavailable:
            self.failed.release()
            raise

    def fail_twice(self) -> None:
        """Wait for two failures: by the second, the first has been counted."""
        self.failed.acquire()
        self.failed.acquire()


def impatient(url: sa.URL, disk: SqlDisk, pending: Pending) -> SqlStore:
    """A store that waits a moment only for what must be durable."""
    queries = queries_for(disk._engine.dialect)
    return SqlStore(Writer(disk, pending.discard), connect_readers(url), queries, pending, put_s=0.05)


class TestFailures:
    def test_a_database_locked_by_another_process_costs_nothing_but_time(self, database: Path) -> None:
        url = parse(f"sqlite:///{database}")
        disk, pending = FailingDisk(connect_writer(url, busy_ms=1)), Pending(100)
        store = impatient(url, disk, pending)
        other = sqlite3.connect(database, isolation_level=None)
        other.execute("BEGIN IMMEDIATE")
        assert store.remember(screening(recent_call("a")))
        with pytest.raises(StoreUnavailable, match="not durable"):
            store.put_outcome("a", outcome())
        disk.fail_twice()
        assert store.call("a") is not None
        assert store.counters()["failed_total"] > 0
        assert store.counters()["queued"] == 1
        store.check()
        other.execute("ROLLBACK")
        other.close()
        store.close()
        assert rows(database, "SELECT call_id, count(*) FROM decisions") == [("a", 1)]

    def test_a_full_disk_recovers_by_itself(self, database: Path) -> None:
        url, pages = parse(f"sqlite:///{database}"), [1]
        engine, pending = connect_writer(url), Pending(100)

        @sa.event.listens_for(engine, "connect")
        def limit(connection: sqlite3.Connection, _record: object) -> None:
            connection.execute(f"PRAGMA max_page_count={pages[0]}").fetchall()

        disk = FailingDisk(engine)
        store = impatient(url, disk, pending)
        assert store.remember(screening(recent_call("a"), faults=("x" * 100_000,)))
        with pytest.raises(StoreUnavailable):
            store.put_outcome("a", outcome())
        disk.fail_twice()
        assert store.counters()["failed_total"] > 0
        pages[0] = 1_000_000
        store.close()
        assert store.counters()["queued"] == 0
        assert rows(database, "SELECT call_id FROM decisions") == [("a",)]
        assert rows(database, "PRAGMA integrity_check") == [("ok",)]

    def test_one_bad_row_does_not_poison_its_batch(self, held: Held) -> None:
        for call_id, policy in (("a", "queue"), ("half bad", "lone \ud800 surrogate"), ("b", "queue")):
            held.store.remember(screening(recent_call(call_id), policy=policy))
        held.go()
        held.store.put_outcome("c", outcome())
        assert held.store.call("a") is not None
        assert held.store.call("b") is not None
        assert held.store.call("half bad") is None
        counters = held.store.counters()
        assert (counters["queued"], counters["refused_total"]) == (0, 1)

    def test_a_row_that_no_database_takes_is_refused_by_name(self, sql_store: SqlStore) -> None:
        with pytest.raises(BadInput, match="UnicodeEncodeError") as refusal:
            sql_store.put_outcome("lone \ud800 surrogate", outcome())
        assert "lone" not in str(refusal.value)
        sql_store.put_outcome("a", outcome())

    @pytest.mark.parametrize(
        "read",
        [
            lambda store: store.answer("x"),
            lambda store: store.caller("x", before=NOW, except_call=""),
            lambda store: store.situation(call_record(), []),
            lambda store: store.calls(since=ago(days=1), until=NOW),
            lambda store: store.api_keys(),
        ],
    )
    def test_any_error_of_the_driver_means_unavailable(
        self, sql_store: SqlStore, database: Path, read: Callable[[SqlStore], object]
    ) -> None:
        read(sql_store)
        with sqlite3.connect(database) as other:
            for table in ("calls", "decisions", "api_keys"):
                other.execute(f"DROP TABLE {table}")
        other.close()
        with pytest.raises(StoreUnavailable):
            read(sql_store)

    def test_a_row_of_a_newer_program_means_unavailable_too(
        self, sql_store: SqlStore, database: Path
    ) -> None:
        sql_store.remember(screening(recent_call("a"), result_id="r"))
        sql_store.put_outcome("x", outcome())
        with sqlite3.connect(database) as other:
            other.execute("""UPDATE decisions SET decision = replace(decision, '"normal"', '"later"')""")
        other.close()
        with pytest.raises(StoreUnavailable, match="another version"):
            sql_store.answer("r")

    def test_more_readers_than_connections_is_refused_and_passes(self, sql_store: SqlStore) -> None:
        gate, waiting = threading.Event(), threading.Semaphore(0)

        def hold() -> None:
            with sql_store._reading() as reads:
                reads.first_received()
                waiting.release()
                gate.wait()

        with ThreadPoolExecutor(READERS) as pool:
            holders = [pool.submit(hold) for _ in range(READERS)]
            for _ in holders:
                waiting.acquire()
            with pytest.raises(StoreUnavailable, match="no connection"):
                sql_store.answer("x")
            gate.set()
        sql_store.check()

    def test_readers_cannot_write(self, database: Path) -> None:
        engine = connect_readers(parse(f"sqlite:///{database}"))
        connection = engine.raw_connection()
        with pytest.raises(sqlite3.OperationalError, match="readonly"):
            connection.cursor().execute("DELETE FROM calls")
        connection.close()
        engine.dispose()
