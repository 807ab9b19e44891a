"""What only the SQL store has: a queue that reads see through, a disk that fails, other processes, tables."""

from __future__ import annotations

import copy
import shutil
import sqlite3
import stat
import subprocess
import sys
import threading
from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from sqlalchemy.engine.interfaces import DBAPICursor

from prankfilter.errors import BadInput, BadSetting, StoreUnavailable
from prankfilter.store.database import READERS, SqlDisk, connect_readers, connect_writer, parse
from prankfilter.store.pending import Pending, Queued
from prankfilter.store.queries import Rows, queries_for
from prankfilter.store.schema import VERSION, metadata
from prankfilter.store.sql import SqlStore
from prankfilter.store.writer import Job, Writer
from prankfilter.vocabulary import Advice, CallRecord, Label, Stratum
from tests.builders import NOW, ago, call_record, outcome, ruling, screening

READS: tuple[Callable[[SqlStore], object], ...] = (
    lambda store: store.caller("caller-1", before=NOW, except_call=""),
    lambda store: store.arrivals("cell-1", [(ago(minutes=6), NOW), (ago(days=1), NOW)], except_call=""),
    lambda store: store.recent_priority_count("centre-1", before=NOW, except_call=""),
    lambda store: store.strata_of("a"),
    lambda store: store.answer("a1"),
    lambda store: store.call("a"),
    lambda store: store.calls(since=ago(days=1), until=NOW),
    lambda store: store.situation(call_record(call_id="now"), [(ago(minutes=6), NOW)]),
)


def everything(store: SqlStore) -> list[object]:
    """What every read says of the calls that `screen_two` made."""
    return [store.observed_since(), *(read(store) for read in READS)]


class HeldDisk(SqlDisk):
    """Stands still before each commit until the gate is open."""

    def __init__(self, engine: sa.Engine) -> None:
        super().__init__(engine)
        self.gate = threading.Event()

    def commit(self, jobs: Sequence[Job]) -> None:
        self.gate.wait()
        super().commit(jobs)


class HeldPending(Pending):
    """Stands still after each commit, before it lets go, until the gate is open; or races with a read."""

    def __init__(self, limit: int) -> None:
        super().__init__(limit)
        self.gate = threading.Event()
        self.reached = threading.Semaphore(0)
        self._passes: list[tuple[Callable[[], None], bool]] = []

    def discard(self, ones: Iterable[Queued]) -> None:
        self.reached.release()
        self.gate.wait()
        super().discard(ones)

    def race(self, passes: Callable[[], None], *, after: bool) -> None:
        """Have something done when the next read looks in here: just before, or just after it looked."""
        self._passes.append((passes, after))

    def _raced(self, look: Callable[[], Any]) -> Any:
        passes, after = self._passes.pop() if self._passes else (lambda: None, False)
        if after:
            seen = look()
            passes()
            return seen
        passes()
        return look()

    def answer(self, result_id: str) -> Any:
        return self._raced(lambda: Pending.answer(self, result_id))

    def of_call(self, call_id: str) -> Any:
        return self._raced(lambda: Pending.of_call(self, call_id))

    def of_caller(self, caller: str) -> Any:
        return self._raced(lambda: Pending.of_caller(self, caller))

    def of_area(self, area: str) -> Any:
        return self._raced(lambda: Pending.of_area(self, area))

    def of_centre(self, centre_id: str | None) -> Any:
        return self._raced(lambda: Pending.of_centre(self, centre_id))

    def all(self) -> Any:
        return self._raced(lambda: Pending.all(self))


class Held:
    """A store whose writer the test leads by the hand."""

    def __init__(self, url: sa.URL, *, write_queue: int = 100) -> None:
        engine = connect_writer(url)
        self.disk, self.pending = HeldDisk(engine), HeldPending(write_queue)
        self.writer = Writer(self.disk, self.pending.discard)
        self.store = SqlStore(self.writer, connect_readers(url), queries_for(engine.dialect), self.pending)

    def go(self) -> None:
        self.disk.gate.set()
        self.pending.gate.set()


@pytest.fixture(scope="module")
def blank(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("blank") / "store.sqlite"
    SqlStore.open(f"sqlite:///{path}").close()
    return path


@pytest.fixture
def path(blank: Path, tmp_path: Path) -> Path:
    return Path(shutil.copy(blank, tmp_path / "store.sqlite"))


@pytest.fixture
def store(path: Path) -> Iterator[SqlStore]:
    one = SqlStore.open(f"sqlite:///{path}")
    yield one
    one.close()


@pytest.fixture
def held(path: Path) -> Iterator[Held]:
    one = Held(parse(f"sqlite:///{path}"))
    yield one
    one.go()
    one.store.close()


def record(call_id: str = "a", **over: object) -> CallRecord:
    return call_record(call_id=call_id, received_at=ago(minutes=5), **over)


def screen_two(store: SqlStore) -> None:
    """Two looks at one call, one at another."""
    store.remember(screening(record("a"), result_id="a1", advice=Advice.PRIORITY))
    child = frozenset({Stratum.CHILD})
    store.remember(screening(record("a"), result_id="a2", audio_s=5.0, strata=child, at=ago(minutes=4)))
    store.remember(screening(record("b"), result_id="b1", advice=Advice.VERIFY))


class TestOverlay:
    def test_reads_say_the_same_before_a_commit_between_and_after(self, held: Held) -> None:
        screen_two(held.store)
        queued = everything(held.store)
        assert held.store.arrivals("cell-1", [(ago(minutes=6), NOW)], except_call="") == [2]
        assert held.store.counters()["queued"] == 3
        assert held.store.counters()["oldest_queued_s"] > 0

        held.disk.gate.set()
        held.pending.reached.acquire()
        # Committed, but still pending: met twice.
        assert everything(held.store) == queued

        held.pending.gate.set()
        held.store.put_outcome("other", outcome())
        assert held.store.counters()["queued"] == 0
        assert held.store.counters()["oldest_queued_s"] == 0
        assert everything(held.store) == queued

    def test_what_is_queued_joins_what_is_stored(self, path: Path, held: Held) -> None:
        earlier = SqlStore.open(f"sqlite:///{path}")
        earlier.put_record(record("a"))
        earlier.put_record(call_record(call_id="c", received_at=ago(minutes=9)))
        earlier.put_outcome("b", outcome(at=ago(minutes=1)))
        screen_two(held.store)
        screen_two(earlier)
        earlier.close()
        # Now `a` and `b` are stored and queued, `c` is stored only.
        calls = held.store.calls(since=ago(days=1), until=NOW)
        assert [(file.call_id, len(file.decisions), len(file.outcomes)) for file in calls] == [
            ("c", 0, 0),
            ("a", 2, 0),
            ("b", 1, 1),
        ]
        past = held.store.caller("caller-1", before=NOW, except_call="").past_calls
        assert [(call.call_id, call.child_like, len(call.labels)) for call in past] == [
            ("c", False, 0),
            ("a", True, 0),
            ("b", False, 1),
        ]
        assert held.store.arrivals("cell-1", [(ago(minutes=10), NOW)], except_call="a") == [2]
        assert held.store.observed_since() == ago(minutes=9)

    def test_what_was_said_before_a_call_is_stored_is_known_of_it(self, path: Path, held: Held) -> None:
        other = SqlStore.open(f"sqlite:///{path}")
        other.put_outcome("a", outcome(Label.SILENT, at=ago(minutes=1)))
        other.close()
        held.store.remember(screening(record("a")))
        (call,) = held.store.caller("caller-1", before=NOW, except_call="").past_calls
        assert [event.label for event in call.labels] == [Label.SILENT]

    def test_a_page_is_cut_off_at_its_limit_wherever_its_calls_are(self, path: Path, held: Held) -> None:
        stored = SqlStore.open(f"sqlite:///{path}")
        for minutes in (8, 6, 4):
            stored.put_record(call_record(call_id=f"c{minutes}", received_at=ago(minutes=minutes)))
        stored.close()
        for minutes in (7, 5):
            held.store.remember(
                screening(call_record(call_id=f"c{minutes}", received_at=ago(minutes=minutes)))
            )
        page = held.store.calls(since=ago(minutes=10), until=NOW, limit=3)
        assert [file.call_id for file in page] == ["c8", "c7", "c6"]
        assert [len(file.decisions) for file in page] == [0, 1, 0]

    def test_a_full_queue_drops_and_counts(self, path: Path) -> None:
        held = Held(parse(f"sqlite:///{path}"), write_queue=2)
        kept = [held.store.remember(screening(record(f"c{number}"))) for number in range(4)]
        assert kept == [True, True, False, False]
        assert held.store.remember(screening(record("c0")))
        assert held.store.counters()["dropped_total"] == 2
        assert held.store.call("c3") is None
        held.go()
        held.store.put_outcome("x", outcome())
        assert held.store.remember(screening(record("c3")))
        held.store.close()

    def test_a_verdict_sees_the_call_that_was_queued_before_it(self, held: Held) -> None:
        screen_two(held.store)
        with ThreadPoolExecutor(1) as pool:
            put = pool.submit(held.store.put_ruling, "a", ruling())
            held.go()
            put.result()
        file = held.store.call("a")
        assert file is not None and file.rulings == (ruling(),)

    def test_a_commit_between_the_two_queries_of_arrivals_is_counted_once(self, held: Held) -> None:
        screen_two(held.store)
        queries = copy.copy(held.store._queries)
        held.store._queries, real = queries, queries.area_calls

        class Overtaken:
            def rows(self, cursor: DBAPICursor, **values: Any) -> Rows:
                held.go()
                held.store.put_outcome("other", outcome())
                return real.rows(cursor, **values)

        queries.area_calls = Overtaken()  # type: ignore[assignment]
        assert held.store.arrivals("cell-1", [(ago(minutes=6), NOW)], except_call="") == [2]
        assert len(held.pending) == 0

    @pytest.mark.parametrize("after", [False, True], ids=["before it looks", "after it looked"])
    @pytest.mark.parametrize("read", range(len(READS)))
    def test_no_read_falls_into_the_gap_when_the_writer_passes_it(
        self, path: Path, held: Held, read: int, after: bool
    ) -> None:
        screen_two(held.store)
        expected = READS[read](held.store)

        def overtaken() -> None:
            held.go()
            held.store.put_outcome("other", outcome())
            assert len(held.pending) == 0

        held.pending.race(overtaken, after=after)
        assert READS[read](held.store) == expected
        assert len(held.pending) == 0


class TestFailures:
    def test_a_database_locked_by_another_process_costs_nothing_but_time(self, path: Path) -> None:
        url = parse(f"sqlite:///{path}")
        engine, pending = connect_writer(url, busy_ms=1), Pending(100)
        writer = Writer(SqlDisk(engine), pending.discard)
        store = SqlStore(writer, connect_readers(url), queries_for(engine.dialect), pending, put_s=0.05)
        other = sqlite3.connect(path, isolation_level=None)
        other.execute("BEGIN IMMEDIATE")
        store.remember(screening(record("a")))
        with pytest.raises(StoreUnavailable, match="not durable"):
            store.put_outcome("a", outcome(by="first"))
        assert store.call("a") is not None
        assert store.counters()["failed_total"] > 0
        assert store.counters()["queued"] == 1
        store.check()
        other.execute("ROLLBACK")
        other.close()
        store.close()
        assert rows(path, "SELECT call_id, count(*) FROM decisions") == [("a", 1)]

    def test_a_full_disk_recovers_by_itself(self, path: Path) -> None:
        url = parse(f"sqlite:///{path}")
        engine, pending, pages = connect_writer(url), Pending(100), [1]

        @sa.event.listens_for(engine, "connect")
        def limit(connection: sqlite3.Connection, _record: object) -> None:
            connection.execute(f"PRAGMA max_page_count={pages[0]}").fetchall()

        writer = Writer(SqlDisk(engine), pending.discard)
        store = SqlStore(writer, connect_readers(url), queries_for(engine.dialect), pending, put_s=0.2)
        with pytest.raises(StoreUnavailable):
            store.put_outcome("a", outcome(note="x" * 100_000))
        store.remember(screening(record("a"), faults=("x" * 100_000,)))
        assert store.counters()["failed_total"] > 0
        pages[0] = 1_000_000
        store.close()
        assert store.counters()["queued"] == 0
        assert rows(path, "SELECT call_id FROM decisions") == [("a",)]
        assert rows(path, "PRAGMA integrity_check") == [("ok",)]

    def test_one_bad_row_does_not_poison_its_batch(self, held: Held) -> None:
        for call_id, policy in (("a", "queue"), ("half bad", "lone \ud800 surrogate"), ("b", "queue")):
            held.store.remember(screening(record(call_id), policy=policy))
        held.go()
        held.store.put_outcome("c", outcome())
        assert held.store.call("a") is not None
        assert held.store.call("b") is not None
        assert held.store.call("half bad") is None
        counters = held.store.counters()
        assert (counters["queued"], counters["refused_total"]) == (0, 1)

    def test_a_row_that_no_database_takes_is_refused_by_name(self, store: SqlStore) -> None:
        with pytest.raises(BadInput, match="UnicodeEncodeError") as refusal:
            store.put_outcome("lone \ud800 surrogate", outcome())
        assert "lone" not in str(refusal.value)
        store.put_outcome("a", outcome())

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
        self, store: SqlStore, path: Path, read: Callable[[SqlStore], object]
    ) -> None:
        read(store)
        with sqlite3.connect(path) as other:
            for table in ("calls", "decisions", "api_keys"):
                other.execute(f"DROP TABLE {table}")
        other.close()
        with pytest.raises(StoreUnavailable):
            read(store)

    def test_a_row_of_a_newer_program_means_unavailable_too(self, store: SqlStore, path: Path) -> None:
        store.remember(screening(record("a"), result_id="r"))
        store.put_outcome("x", outcome())
        with sqlite3.connect(path) as other:
            other.execute("""UPDATE decisions SET decision = replace(decision, '"normal"', '"later"')""")
        other.close()
        with pytest.raises(StoreUnavailable, match="another version"):
            store.answer("r")

    def test_more_readers_than_connections_is_refused_and_passes(self, store: SqlStore) -> None:
        gate, waiting = threading.Event(), threading.Semaphore(0)

        def hold() -> None:
            with store._reading() as reads:
                reads.first_received()
                waiting.release()
                gate.wait()

        with ThreadPoolExecutor(READERS) as pool:
            holders = [pool.submit(hold) for _ in range(READERS)]
            for _ in holders:
                waiting.acquire()
            with pytest.raises(StoreUnavailable, match="no connection"):
                store.answer("x")
            gate.set()
        store.check()

    def test_readers_cannot_write(self, path: Path) -> None:
        engine = connect_readers(parse(f"sqlite:///{path}"))
        connection = engine.raw_connection()
        with pytest.raises(sqlite3.OperationalError, match="readonly"):
            connection.cursor().execute("DELETE FROM calls")
        connection.close()
        engine.dispose()


class TestProcesses:
    def test_the_first_stored_answer_wins_across_stores(self, path: Path, store: SqlStore) -> None:
        other = SqlStore.open(f"sqlite:///{path}")
        for one, advice in ((store, Advice.PRIORITY), (other, Advice.NORMAL)):
            one.remember(screening(record("a"), result_id="r", advice=advice))
            one.put_outcome("x", outcome())
        answers = [one.answer("r") for one in (store, other)]
        other.close()
        assert [answer.advice for answer in answers if answer] == [Advice.PRIORITY] * 2
        assert rows(path, "SELECT count(*) FROM decisions") == [(1,)]

    def test_what_is_closed_is_whole_and_opens_again(self, path: Path, store: SqlStore) -> None:
        screen_two(store)
        store.close()
        again = SqlStore.open(f"sqlite:///{path}")
        assert len(again.calls(since=ago(days=1), until=NOW)) == 2
        again.close()
        assert rows(path, "PRAGMA integrity_check") == [("ok",)]

    def test_commits_are_durable(self, store: SqlStore) -> None:
        engine = store._writer.disk._engine  # type: ignore[attr-defined]
        store.put_outcome("a", outcome())
        store.close()
        connection = engine.raw_connection()
        pragmas = {
            name: connection.execute(f"PRAGMA {name}").fetchone()[0]
            for name in ("journal_mode", "synchronous")
        }
        connection.close()
        engine.dispose()
        assert pragmas == {"journal_mode": "wal", "synchronous": 2}


class TestTables:
    def test_the_baseline_makes_exactly_the_tables_of_the_schema(self, path: Path) -> None:
        engine = sa.create_engine(f"sqlite:///{path}")
        with engine.connect() as connection:
            context = MigrationContext.configure(connection)
            assert compare_metadata(context, metadata) == []
            assert context.get_current_revision() == VERSION
        engine.dispose()

    def test_only_its_owner_may_read_the_file(self, tmp_path: Path) -> None:
        path = tmp_path / "folder" / "new.sqlite"
        SqlStore.open(f"sqlite:///{path}").close()
        assert stat.S_IMODE(path.stat().st_mode) == 0o600

    def test_several_that_start_at_once_make_the_tables_once(self, tmp_path: Path) -> None:
        url = f"sqlite:///{tmp_path / 'new.sqlite'}"
        start = threading.Barrier(4)

        def open_and_close(number: int) -> None:
            start.wait()
            store = SqlStore.open(url)
            store.put_outcome(f"c{number}", outcome())
            store.close()

        with ThreadPoolExecutor(4) as pool:
            list(pool.map(open_and_close, range(4)))
        assert rows(tmp_path / "new.sqlite", "SELECT count(*) FROM said") == [(4,)]

    def test_tables_of_a_newer_program_are_left_alone(self, path: Path) -> None:
        with sqlite3.connect(path) as other:
            other.execute("UPDATE alembic_version SET version_num = '9999'")
        other.close()
        with pytest.raises(StoreUnavailable, match=r"9999.*upgrade the program"):
            SqlStore.open(f"sqlite:///{path}")

    def test_a_start_that_finds_its_tables_imports_no_migration_tool(self, path: Path) -> None:
        program = (
            "import sys; from prankfilter.store.sql import SqlStore; "
            f"SqlStore.open('sqlite:///{path}').close(); "
            "print([name for name in ('alembic', 'mako', 'pandas') if name in sys.modules])"
        )
        done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
        assert done.stdout.strip() == "[]"


class TestAddress:
    @pytest.mark.parametrize(
        ("address", "match"),
        [
            ("", "no address"),
            ("store.sqlite", "no address"),
            ("mysql://host/db", "neither sqlite nor postgresql"),
            ("sqlite://", "needs a file"),
            ("sqlite:///:memory:", "needs a file"),
        ],
    )
    def test_what_is_none_is_refused(self, address: str, match: str) -> None:
        with pytest.raises(BadSetting, match=match):
            SqlStore.open(address)

    def test_a_secret_in_an_address_is_not_repeated(self) -> None:
        with pytest.raises(BadSetting) as refusal:
            SqlStore.open("oracle://user:secret@host/db")
        assert "secret" not in str(refusal.value)

    def test_a_file_that_cannot_be_made_is_unavailable(self, tmp_path: Path) -> None:
        (tmp_path / "file").write_text("")
        with pytest.raises(StoreUnavailable, match="cannot be opened"):
            SqlStore.open(f"sqlite:///{tmp_path / 'file' / 'store.sqlite'}")

    def test_a_file_that_is_no_database_is_unavailable(self, tmp_path: Path) -> None:
        (tmp_path / "store.sqlite").write_text("not a database " * 1000)
        with pytest.raises(StoreUnavailable, match="cannot be opened"):
            SqlStore.open(f"sqlite:///{tmp_path / 'store.sqlite'}")


def rows(path: Path, query: str) -> list[tuple[object, ...]]:
    """Ask the file itself."""
    connection = sqlite3.connect(path)
    try:
        return connection.execute(query).fetchall()
    finally:
        connection.close()
