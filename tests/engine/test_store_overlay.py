"""What is queued is seen by every read, wherever the writer stands, and several processes agree."""

from __future__ import annotations

import copy
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy.engine.interfaces import DBAPICursor

from prankfilter.store.database import parse
from prankfilter.store.queries import Rows
from prankfilter.store.sql import SqlStore
from prankfilter.vocabulary import Advice, Label, Stratum
from tests.builders import NOW, ago, call_record, outcome, ruling, screening
from tests.held import Held, recent_call, rows

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


def screen_two(store: SqlStore) -> None:
    """Two looks at one call, one at another."""
    store.remember(screening(recent_call("a"), result_id="a1", advice=Advice.PRIORITY))
    child = frozenset({Stratum.CHILD})
    store.remember(screening(recent_call("a"), result_id="a2", audio_s=5.0, strata=child, at=ago(minutes=4)))
    store.remember(screening(recent_call("b"), result_id="b1", advice=Advice.VERIFY))


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

    def test_what_is_queued_joins_what_is_stored(self, database: Path, held: Held) -> None:
        earlier = SqlStore.open(f"sqlite:///{database}")
        earlier.put_record(recent_call("a"))
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

    def test_what_was_said_before_a_call_is_stored_is_known_of_it(self, database: Path, held: Held) -> None:
        other = SqlStore.open(f"sqlite:///{database}")
        other.put_outcome("a", outcome(Label.SILENT, at=ago(minutes=1)))
        other.close()
        held.store.remember(screening(recent_call("a")))
        (call,) = held.store.caller("caller-1", before=NOW, except_call="").past_calls
        assert [event.label for event in call.labels] == [Label.SILENT]

    def test_a_page_is_cut_off_at_its_limit_wherever_its_calls_are(self, database: Path, held: Held) -> None:
        stored = SqlStore.open(f"sqlite:///{database}")
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

    def test_a_full_queue_drops_and_counts(self, database: Path) -> None:
        held = Held(parse(f"sqlite:///{database}"), write_queue=2)
        kept = [held.store.remember(screening(recent_call(f"c{number}"))) for number in range(4)]
        assert kept == [True, True, False, False]
        assert held.store.remember(screening(recent_call("c0")))
        assert held.store.counters()["dropped_total"] == 2
        assert held.store.call("c3") is None
        held.go()
        held.store.put_outcome("x", outcome())
        assert held.store.remember(screening(recent_call("c3")))
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
        self, database: Path, held: Held, read: int, after: bool
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


class TestProcesses:
    def test_the_first_stored_answer_wins_across_stores(self, database: Path, sql_store: SqlStore) -> None:
        other = SqlStore.open(f"sqlite:///{database}")
        for one, advice in ((sql_store, Advice.PRIORITY), (other, Advice.NORMAL)):
            one.remember(screening(recent_call("a"), result_id="r", advice=advice))
            one.put_outcome("x", outcome())
        answers = [one.answer("r") for one in (sql_store, other)]
        other.close()
        assert [answer.advice for answer in answers if answer] == [Advice.PRIORITY] * 2
        assert rows(database, "SELECT count(*) FROM decisions") == [(1,)]

    def test_what_is_closed_is_whole_and_opens_again(self, database: Path, sql_store: SqlStore) -> None:
        screen_two(sql_store)
        sql_store.close()
        again = SqlStore.open(f"sqlite:///{database}")
        assert len(again.calls(since=ago(days=1), until=NOW)) == 2
        again.close()
        assert rows(database, "PRAGMA integrity_check") == [("ok",)]

    def test_commits_are_durable(self, sql_store: SqlStore) -> None:
        engine = sql_store._writer.disk._engine  # type: ignore[attr-defined]
        sql_store.put_outcome("a", outcome())
        sql_store.close()
        connection = engine.raw_connection()
        pragmas = {
            name: connection.execute(f"PRAGMA {name}").fetchone()[0]
            for name in ("journal_mode", "synchronous")
        }
        connection.close()
        engine.dispose()
        assert pragmas == {"journal_mode": "wal", "synchronous": 2}
