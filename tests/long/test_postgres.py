"""What holds on PostgreSQL beyond the contract of every store: tables, writers, an end to every wait."""

from __future__ import annotations

import json
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from typing import Any

import psycopg
import pytest
import sqlalchemy as sa
from alembic import command
from alembic.autogenerate import compare_metadata
from alembic.config import Config
from alembic.migration import MigrationContext
from sqlalchemy.engine.interfaces import DBAPICursor

from prankfilter.errors import StoreUnavailable
from prankfilter.store.asking import Ask
from prankfilter.store.database import connect_maker, parse
from prankfilter.store.erasing import Eraser, Order, Subject
from prankfilter.store.migrate import MIGRATIONS
from prankfilter.store.postgres import ABANDONED_S, READ_S, Reader
from prankfilter.store.queries import queries_for
from prankfilter.store.query import Query, Rows
from prankfilter.store.recall import recall
from prankfilter.store.schema import VERSION, metadata
from prankfilter.store.sql import SqlStore
from prankfilter.store.writer import Write
from prankfilter.vocabulary import Advice
from tests.builders import NOW, ago, call_record, outcome, ruling, screening
from tests.held import recent_call
from tests.postgres import Postgres, postgres_server
from tests.subjects import kept, row_of

pytestmark = pytest.mark.long

CALLS = call_record(call_id="now")
"""A call that comes in."""


@pytest.fixture(scope="module")
def server() -> Iterator[Postgres]:
    """A server that tests may stop, as long as they start it again."""
    with postgres_server() as one:
        yield one


@pytest.fixture
def address(server: Postgres) -> str:
    """A database with all tables and no rows."""
    return server.emptied()


@pytest.fixture
def store(address: str) -> Iterator[SqlStore]:
    """The store in it."""
    with closing(SqlStore.open(address)) as one:
        yield one


def tables_are_the_schema(address: str) -> bool:
    engine = sa.create_engine(parse(address))
    with engine.connect() as connection:
        context = MigrationContext.configure(connection)
        differences = compare_metadata(context, metadata)
        assert differences == [], differences
        version = context.get_current_revision()
    engine.dispose()
    return version == VERSION


class TestTables:
    def test_a_new_database_gets_exactly_the_tables_of_the_schema(self, address: str) -> None:
        assert tables_are_the_schema(address)

    def test_the_oldest_tables_are_brought_up_to_date_with_what_they_hold(self, server: Postgres) -> None:
        address = server.make_database(template="template0")
        upgrade_to(address, "0001")
        first = "INSERT INTO call_backs (caller, at, by) VALUES ('caller-1', 1, 'sari')"
        server.ask(first, address)
        with closing(SqlStore.open(address)) as store:
            known = store.caller("caller-1", before=NOW, except_call="")
            assert known.called_back_at is not None
        assert tables_are_the_schema(address)

    def test_several_that_start_at_once_make_the_tables_once(self, server: Postgres) -> None:
        address = server.make_database(template="template0")
        start = threading.Barrier(4)

        def open_and_close(number: int) -> None:
            start.wait()
            with closing(SqlStore.open(address)) as store:
                store.put_outcome(f"c{number}", outcome())

        with ThreadPoolExecutor(4) as pool:
            list(pool.map(open_and_close, range(4)))
        assert server.ask("SELECT count(*) FROM said", address) == [(4,)]

    def test_a_server_that_is_not_there_is_unavailable(
        self, server: Postgres, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr("prankfilter.store.tables.OPEN_S", 0.1)
        with pytest.raises(StoreUnavailable, match="cannot be opened"):
            SqlStore.open(f"postgresql://somebody@/db?host={server.folder / 'nowhere'}")


def upgrade_to(address: str, version: str) -> None:
    """Make the tables of an older program."""
    engine = connect_maker(parse(address))
    with engine.connect() as connection:
        config = Config(attributes={"connection": connection})
        config.set_main_option("script_location", str(MIGRATIONS))
        config.set_main_option("path_separator", "os")
        command.upgrade(config, version)
    engine.dispose()


class TestSeveralWriters:
    def test_an_outcome_told_to_all_replicas_at_once_is_kept_once(
        self, server: Postgres, address: str
    ) -> None:
        stores = [SqlStore.open(address) for _ in range(3)]
        start = threading.Barrier(len(stores))

        def tell(store: SqlStore) -> None:
            for number in range(60):
                start.wait()
                store.put_outcome(f"c{number % 20}", outcome(note=str(number)))

        with ThreadPoolExecutor(len(stores)) as pool:
            list(pool.map(tell, stores))
        for store in stores:
            store.close()
        kept = server.ask("SELECT call_id, count(*) FROM said GROUP BY call_id", address)
        assert {count for _, count in kept} == {3}
        assert len(kept) == 20

    def test_batches_about_the_same_calls_in_any_order_never_wait_for_each_other(
        self, server: Postgres, address: str
    ) -> None:
        stores = [SqlStore.open(address) for _ in range(2)]
        ids = [f"c{number}" for number in range(150)]

        def tell(store: SqlStore, order: list[str]) -> None:
            for round_ in range(4):
                for call_id in order:
                    store.remember(screening(recent_call(call_id), result_id=f"{call_id}-{round_}"))
                store.put_outcome(order[0], outcome(note=str(round_)))

        with ThreadPoolExecutor(2) as pool:
            list(pool.map(tell, stores, (ids, ids[::-1])))
        failed = [store.counters()["failed_total"] for store in stores]
        for store in stores:
            store.close()
        assert failed == [0, 0]
        assert server.ask("SELECT count(*), count(DISTINCT result_id) FROM decisions", address) == [
            (600, 600)
        ]

    def test_the_first_answer_to_a_request_stands_whichever_replica_gave_it(
        self, server: Postgres, store: SqlStore, address: str
    ) -> None:
        with closing(SqlStore.open(address)) as other:
            store.remember(screening(recent_call(), result_id="r", advice=Advice.NORMAL))
            store.put_outcome("x", outcome())
            other.remember(screening(recent_call(), result_id="r", advice=Advice.VERIFY))
            other.put_outcome("y", outcome())
            answers = [one.answer("r") for one in (store, other)]
        assert [answer.advice for answer in answers if answer] == [Advice.NORMAL, Advice.NORMAL]
        assert server.ask("SELECT count(*) FROM decisions", address) == [(1,)]

    @pytest.mark.parametrize("bad", [{"policy": None}, {"policy": "a\0b"}], ids=["server", "driver"])
    def test_a_screening_that_the_database_refuses_costs_no_other(
        self, server: Postgres, store: SqlStore, address: str, bad: dict[str, Any]
    ) -> None:
        """Whoever finds out, while others were sent ahead of it and after it."""
        for number in range(40):
            call = recent_call(f"c{number}")
            store.remember(screening(call, **bad if number == 20 else {}, flagged=number % 7 == 0))
        store.put_outcome("c20", outcome())
        assert store.counters()["refused_total"] == 1
        kept = {row[0] for row in server.ask("SELECT call_id FROM decisions", address)}
        assert kept == {f"c{number}" for number in range(40) if number != 20}

    def test_what_one_replica_has_kept_is_history_to_the_other(self, store: SqlStore, address: str) -> None:
        with closing(SqlStore.open(address)) as other:
            store.put_record(recent_call("a"))
            store.put_outcome("a", outcome())
            store.put_switch("centre-1", off=True, by="sari", reason="", at=NOW)
            (past,) = other.caller("caller-1", before=NOW, except_call="").past_calls
            assert (past.call_id, len(past.labels)) == ("a", 1)
            assert other.switched_off("centre-1")
            other.put_ruling("a", ruling(at=ago(minutes=1)))
            file = store.call("a")
            assert file is not None
            assert len(file.rulings) == 1

    def test_a_replica_that_stands_still_in_the_middle_of_a_commit_is_cut_off(self, store: SqlStore) -> None:
        shown = told_by_the_writer(store, "SHOW idle_in_transaction_session_timeout")
        assert shown == f"{ABANDONED_S}s"

    def test_what_is_committed_is_on_the_disk(self, store: SqlStore) -> None:
        assert told_by_the_writer(store, "SHOW synchronous_commit") == "on"


def told_by_the_writer(store: SqlStore, query: str) -> Any:
    """Ask on the connection that writes."""
    rows: list[Any] = []

    def ask(cursor: Any) -> None:
        cursor.execute(query)
        rows.extend(cursor.fetchone())

    write: Write = ask
    store._writer.put([write], within_s=30)
    return rows[0]


class TestReaders:
    def test_cannot_write(self, store: SqlStore) -> None:
        with pytest.raises(StoreUnavailable), store._reading() as reads:
            reads.cursor.execute("DELETE FROM calls")

    def test_a_query_that_takes_too_long_is_ended_by_the_server(self, store: SqlStore) -> None:
        with pytest.raises(StoreUnavailable, match="does not answer"), store._reading() as reads:
            reads.cursor.execute(f"SELECT pg_sleep({READ_S * 60})")

    def test_a_screening_waits_for_the_server_once(
        self, store: SqlStore, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        store.put_record(recent_call("a"))
        store.put_outcome("a", outcome(at=ago(minutes=1)))
        store.check()
        asked: list[int] = []

        ask = Reader.ask

        def counting(reader: Reader, cursor: DBAPICursor, asks: Sequence[Ask]) -> list[Rows]:
            asked.append(len(asks))
            return ask(reader, cursor, asks)

        monkeypatch.setattr(Reader, "ask", counting)
        known = recall(store, CALLS)
        assert known.caller is not None and len(known.caller.past_calls) == 1
        assert len(asked) == 1
        assert asked[0] > 8

    def test_one_refusal_rests_the_database_for_a_moment_only(self, store: SqlStore) -> None:
        with pytest.raises(StoreUnavailable), store._reading() as reads:
            reads.cursor.execute("SELECT no_such_column")
        with pytest.raises(StoreUnavailable, match="a moment ago"):
            store.check()
        come_back(store)


def come_back(store: SqlStore) -> None:
    """Wait until the store answers."""
    until = time.monotonic() + 60
    while True:
        try:
            store.check()
            return
        except StoreUnavailable:
            assert time.monotonic() < until
            time.sleep(0.02)


class TestOutages:
    def test_a_restart_is_not_noticed_between_two_reads(self, server: Postgres, store: SqlStore) -> None:
        store.put_outcome("a", outcome())
        for _ in range(2):
            assert recall(store, CALLS).caller is not None
            server.stop()
            server.start()
        assert recall(store, CALLS).caller is not None
        store.put_outcome("a", outcome(note="again"))
        assert server.ask("SELECT count(*) FROM said", server.address("reused")) == [(2,)]

    @pytest.mark.parametrize("how", ["stopped", "killed", "frozen"])
    def test_what_was_remembered_is_kept_once_it_is_back_and_puts_are_refused_meanwhile(
        self, server: Postgres, address: str, how: str
    ) -> None:
        store = SqlStore.open(address)
        store._put_s = 0.5
        with outage(server, how):
            for number in range(20):
                assert store.remember(screening(recent_call(f"c{number}")))
            with pytest.raises(StoreUnavailable, match="not durable"):
                store.put_outcome("c1", outcome())
            for read in (lambda: store.call("c1"), lambda: store.answer("x"), lambda: recall(store, CALLS)):
                with pytest.raises(StoreUnavailable):
                    read()
        come_back(store)
        store._put_s = 60.0
        store.put_outcome("c1", outcome())
        counters = store.counters()
        store.close()
        assert (counters["queued"], counters["dropped_total"], counters["refused_total"]) == (0, 0, 0)
        assert counters["failed_total"] > 0
        assert server.ask("SELECT count(*) FROM decisions", address) == [(20,)]
        assert server.ask("SELECT call_id, count(*) FROM said GROUP BY call_id", address) == [("c1", 1)]

    def test_a_frozen_server_is_asked_by_one_at_a_time(self, server: Postgres, store: SqlStore) -> None:
        store.check()
        with server.frozen():
            with pytest.raises(StoreUnavailable):
                store.check()
            asked = [refused_by(store.check) for _ in range(100)]
            # Any of these may be the one that tries.
            assert asked.count("it did not answer a moment ago") >= 98
        come_back(store)


def refused_by(read: Callable[[], object]) -> str:
    try:
        read()
    except StoreUnavailable as refusal:
        return str(refusal)
    return ""


class outage:  # noqa: N801 - it reads as what it makes
    """The server is gone, in one way or another, and back at the end."""

    def __init__(self, server: Postgres, how: str) -> None:
        self._server = server
        self._frozen = server.frozen() if how == "frozen" else None
        self._how = how

    def __enter__(self) -> None:
        if self._frozen is not None:
            self._frozen.__enter__()
        else:
            self._server.stop(*([3] if self._how == "killed" else []))

    def __exit__(self, *ended: Any) -> None:
        if self._frozen is not None:
            self._frozen.__exit__(*ended)
        else:
            self._server.start()


FILL = """
INSERT INTO calls (call_id, received_at, caller, number_is_verified, area, centre_id, record)
  SELECT 'c' || n, n * 1000000::bigint, 'caller-' || n % 5000, true, 'area-' || n % 50, 'centre-1', '{}'
  FROM generate_series(1, 20000) AS n;
INSERT INTO decisions (result_id, call_id, at, known_from, assessed, advice, flagged, child_like,
                       strata, policy, decision)
  SELECT 'r' || n, 'c' || n, n * 1000000::bigint, n * 1000000::bigint, 'full', 'normal', false, false,
         '', '', '{}'
  FROM generate_series(1, 20000) AS n;
INSERT INTO said (call_id, at, by, what, details)
  SELECT 'c' || n, n * 1000000::bigint, 'sari', 'outcome', '{}' FROM generate_series(1, 20000) AS n;
ANALYZE
"""


def test_no_read_on_the_way_to_an_answer_goes_through_a_table(server: Postgres) -> None:
    """As the planner sees it, on a table with rows; with few it would read them all, and rightly."""
    address = server.make_database()
    server.ask(FILL, address)
    engine = sa.create_engine(parse(address))
    queries = queries_for(engine.dialect)
    hot: dict[str, Query] = {
        name: getattr(queries, name)
        for name in ("answer", "past_calls", "past_looks", "past_said", "last_marks", "first_received")
    } | {
        name: getattr(queries, name)
        for name in ("strata", "centre_calls", "area_calls", "record", "decisions", "said", "is_on_record")
    }
    hot["arrivals"] = queries.arrivals(3).query
    edges = {f"{name}_{index}": 19_000_000_000 for index in range(3) for name in ("since", "before")}
    values = edges | {
        "caller": "caller-7",
        "area": "area-7",
        "centre_id": "centre-1",
        "call_id": "c7",
        "result_id": "r7",
        "except_call": "c9",
        "since": 19_000_000_000,
        "before": 19_900_000_000,
    }
    with psycopg.connect(address) as connection:
        scanned = {
            name for name, query in hot.items() if scans(connection, query.text, query._fixed | values)
        }
    engine.dispose()
    assert scanned == set()


def scans(connection: psycopg.Connection[Any], query: str, values: dict[str, Any]) -> list[str]:
    """Tables that a query reads from end to end."""
    (plan,) = connection.execute(f"EXPLAIN (FORMAT JSON) {query}".encode(), values).fetchone() or ([],)
    found: list[str] = []

    def visit(node: dict[str, Any]) -> None:
        if node["Node Type"] == "Seq Scan" and node["Relation Name"] in ("calls", "decisions", "said"):
            found.append(node["Relation Name"])
        for child in node.get("Plans", []):
            visit(child)

    visit(json.loads(plan)[0]["Plan"] if isinstance(plan, str) else plan[0]["Plan"])
    return found


def test_a_dump_that_is_restored_holds_every_table(server: Postgres) -> None:
    """As the page for operators says; an erasure is made again on it."""
    address, again = server.make_database(), server.make_database(template="template0")
    tables = metadata.sorted_tables
    with closing(SqlStore.open(address)) as store:
        store.put(*(row_of(store, table, call_id="a", caller="x", at=1) for table in tables))
    copy = server.folder / "copy.dump"
    server.run("pg_dump", "--format=custom", "--file", str(copy), address)
    server.run("pg_restore", "--dbname", again, str(copy))
    counts = {table.name: server.ask(f"SELECT count(*) FROM {table.name}", again)[0][0] for table in tables}  # noqa: S608 - names of our own
    assert counts == dict.fromkeys((table.name for table in tables), 1)
    assert tables_are_the_schema(again)
    with closing(SqlStore.open(again)) as store:
        Eraser(store).erase(Subject(callers=("x",)), Order(by="ratna", reason="again", at=NOW))
        assert kept(store, "a") == kept(store, "x") == {}
