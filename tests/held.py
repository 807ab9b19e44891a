"""A SQL store whose writer the test leads by the hand, and questions to the file behind it."""

from __future__ import annotations

import sqlite3
import threading
from collections.abc import Callable, Iterable, Sequence
from pathlib import Path
from typing import Any

import sqlalchemy as sa

from prankfilter.store.database import SqlDisk, connect_readers, connect_writer
from prankfilter.store.pending import Pending, Queued
from prankfilter.store.queries import queries_for
from prankfilter.store.sql import SqlStore
from prankfilter.store.writer import Job, Writer
from prankfilter.vocabulary import CallRecord
from tests.builders import ago, call_record


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


def recent_call(call_id: str = "a", **over: object) -> CallRecord:
    """A call of five minutes ago."""
    return call_record(call_id=call_id, received_at=ago(minutes=5), **over)


def rows(path: Path, query: str) -> list[tuple[object, ...]]:
    """Ask the file itself."""
    connection = sqlite3.connect(path)
    try:
        return connection.execute(query).fetchall()
    finally:
        connection.close()
