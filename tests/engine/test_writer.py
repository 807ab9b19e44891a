"""The writer: group commit, order, what it does while the disk fails, and how it ends."""

from __future__ import annotations

import threading
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor

import pytest
from sqlalchemy.engine.interfaces import DBAPICursor

from prankfilter.errors import NotFound, StoreUnavailable
from prankfilter.store.pending import Queued, queued
from prankfilter.store.writer import BATCH, Job, Write, Writer
from tests.builders import call_record, screening


class FakeDisk:
    """Keeps what is written in lists of batches; fails and stands still when told to."""

    def __init__(self) -> None:
        self.batches: list[list[Job]] = []
        self.attempts = 0
        self.closed = False
        self.broken = False
        self.reached = threading.Semaphore(0)
        """Released whenever a commit begins."""
        self.gate = threading.Event()
        self.gate.set()

    def commit(self, jobs: Sequence[Job]) -> None:
        self.attempts += 1
        self.reached.release()
        self.gate.wait()
        if self.broken:
            raise StoreUnavailable("told to fail")
        for job in jobs:
            try:
                job.write(None)  # type: ignore[arg-type]
            except NotFound as refusal:
                job.refusal = refusal
        self.batches.append(list(jobs))

    def close(self) -> None:
        self.closed = True


class Ledger:
    """What writes leave behind, and what the writer said was settled."""

    def __init__(self) -> None:
        self.written: list[str] = []
        self.settled: list[str] = []

    def write(self, name: str) -> Write:
        def write(_cursor: DBAPICursor) -> None:
            self.written.append(name)

        return write

    def settle(self, ones: Sequence[Queued]) -> None:
        self.settled += [one.call.call_id for one in ones]


@pytest.fixture
def disk() -> FakeDisk:
    return FakeDisk()


@pytest.fixture
def ledger() -> Ledger:
    return Ledger()


@pytest.fixture
def writer(disk: FakeDisk, ledger: Ledger) -> Iterator[Writer]:
    one = Writer(disk, ledger.settle)
    one.start()
    yield one
    disk.gate.set()
    disk.broken = False
    one.close(within_s=30)


def remember(writer: Writer, ledger: Ledger, name: str) -> None:
    writer.remember(queued(screening(call_record(call_id=name))), ledger.write(name))


def refuse(_cursor: DBAPICursor) -> None:
    raise NotFound("no such call")


class TestGroupCommit:
    def test_what_waits_while_a_commit_runs_goes_into_the_next_ones(
        self, writer: Writer, disk: FakeDisk, ledger: Ledger
    ) -> None:
        disk.gate.clear()
        names = [f"c{number}" for number in range(1 + BATCH + 10)]
        remember(writer, ledger, names[0])
        disk.reached.acquire()
        for name in names[1:]:
            remember(writer, ledger, name)
        disk.gate.set()
        writer.put([ledger.write("last")], within_s=30)
        assert [len(batch) for batch in disk.batches] == [1, BATCH, 11]
        assert ledger.written == [*names, "last"]
        assert ledger.settled == names
        assert writer.tally.written == len(names) + 1

    def test_a_put_returns_only_when_it_is_durable(
        self, writer: Writer, disk: FakeDisk, ledger: Ledger
    ) -> None:
        disk.gate.clear()
        with ThreadPoolExecutor(1) as pool:
            put = pool.submit(writer.put, [ledger.write("a"), ledger.write("b")], within_s=30)
            disk.reached.acquire()
            assert not put.done()
            disk.gate.set()
            put.result()
        assert ledger.written == ["a", "b"]

    def test_a_refusal_reaches_who_asked_and_nobody_else(
        self, writer: Writer, disk: FakeDisk, ledger: Ledger
    ) -> None:
        with pytest.raises(NotFound, match="no such call"):
            writer.put([ledger.write("a"), refuse], within_s=30)
        writer.put([ledger.write("b")], within_s=30)
        assert ledger.written == ["a", "b"]


class TestFailingDisk:
    def test_what_was_remembered_is_tried_again_until_it_is_kept(
        self, writer: Writer, disk: FakeDisk, ledger: Ledger
    ) -> None:
        disk.broken = True
        remember(writer, ledger, "a")
        for _ in range(3):
            disk.reached.acquire()
        assert ledger.settled == []
        disk.broken = False
        writer.put([ledger.write("b")], within_s=30)
        assert ledger.written == ["a", "b"]
        assert ledger.settled == ["a"]
        assert writer.tally.failed == disk.attempts - len(disk.batches)
        assert writer.tally.failed >= 2

    def test_a_put_gives_up_in_time_and_is_not_begun_anew(
        self, writer: Writer, disk: FakeDisk, ledger: Ledger
    ) -> None:
        disk.broken = True
        with pytest.raises(StoreUnavailable, match="not durable within 0 s"):
            writer.put([ledger.write("a")], within_s=0)
        disk.broken = False
        writer.put([ledger.write("b")], within_s=30)
        # It may have been on its way at the moment of giving up; it is never written after what followed.
        assert ledger.written[-1] == "b"
        assert ledger.written.count("a") <= 1

    def test_what_nobody_waits_for_any_more_is_dropped(
        self, writer: Writer, disk: FakeDisk, ledger: Ledger
    ) -> None:
        disk.gate.clear()
        remember(writer, ledger, "first")
        disk.reached.acquire()
        with pytest.raises(StoreUnavailable):
            writer.put([ledger.write("given up")], within_s=0)
        disk.gate.set()
        writer.put([ledger.write("next")], within_s=30)
        assert ledger.written == ["first", "next"]


class TestEnd:
    def test_closing_writes_what_is_queued(self, disk: FakeDisk, ledger: Ledger) -> None:
        writer = Writer(disk, ledger.settle)
        disk.gate.clear()
        writer.start()
        for number in range(2 * BATCH):
            remember(writer, ledger, f"c{number}")
        disk.gate.set()
        writer.close(within_s=30)
        assert len(ledger.written) == len(ledger.settled) == 2 * BATCH
        assert disk.closed
        assert not writer.is_alive()

    def test_closing_does_not_wait_for_ever_and_counts_what_is_lost(
        self, disk: FakeDisk, ledger: Ledger
    ) -> None:
        writer = Writer(disk, ledger.settle)
        disk.broken = True
        writer.start()
        for number in range(2 * BATCH):
            remember(writer, ledger, f"c{number}")
        writer.close(within_s=0)
        assert ledger.written == []
        assert len(ledger.settled) == 2 * BATCH
        assert writer.tally.refused == 2 * BATCH

    def test_after_closing_nothing_is_taken(self, writer: Writer, ledger: Ledger) -> None:
        writer.close(within_s=30)
        with pytest.raises(StoreUnavailable, match="closed"):
            writer.put([ledger.write("a")], within_s=30)
