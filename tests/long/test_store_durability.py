"""The store under `kill -9` and under several processes: nothing acknowledged is lost or doubled."""

from __future__ import annotations

import random
import signal
import sqlite3
import subprocess
import sys
import threading
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import pytest

from prankfilter.store.sql import SqlStore
from tests.builders import outcome

pytestmark = pytest.mark.long

ROOT = Path(__file__).parents[2]

UNDER_LOAD = """
import sys, threading
from prankfilter.store.sql import SqlStore
from tests.builders import call_record, outcome, screening

address, first = sys.argv[1], int(sys.argv[2])
store = SqlStore.open(address)
said = threading.Lock()

def work(worker):
    number = first
    while True:
        call_id = f"{worker}-{number}"
        store.remember(screening(call_record(call_id=call_id)))
        store.put_outcome(call_id, outcome(note=str(number)))
        with said:
            print(call_id, flush=True)
        number += 1

for worker in range(8):
    threading.Thread(target=work, args=(worker,), daemon=True).start()
threading.Event().wait()
"""

OPEN_AT_ONCE = """
import sys
from prankfilter.store.sql import SqlStore
from tests.builders import outcome

sys.stdin.readline()
store = SqlStore.open(sys.argv[1])
store.put_outcome(sys.argv[2], outcome())
store.close()
"""


def start(program: str, *arguments: str) -> subprocess.Popen[str]:
    return subprocess.Popen(
        [sys.executable, "-c", program, *arguments],
        cwd=ROOT,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )


def acknowledged(process: subprocess.Popen[str], enough: int) -> Iterator[str]:
    """Kill a process once so many outcomes are acknowledged; yield all that it still managed to say."""
    with process:
        assert process.stdout is not None
        for count, line in enumerate(process.stdout, start=1):
            # What the process was cut off in saying, nobody was told.
            if line.endswith("\n"):
                yield line.strip()
            if count == enough:
                process.send_signal(signal.SIGKILL)


def rows(path: Path, query: str) -> list[tuple[object, ...]]:
    connection = sqlite3.connect(path)
    try:
        return connection.execute(query).fetchall()
    finally:
        connection.close()


def test_no_kill_loses_or_doubles_what_was_acknowledged(tmp_path: Path) -> None:
    path = tmp_path / "store.sqlite"
    chance = random.Random(112)
    told: list[str] = []
    for round_ in range(20):
        process = start(UNDER_LOAD, f"sqlite:///{path}", str(round_ * 1_000_000))
        told += acknowledged(process, chance.randint(1, 400))
        assert rows(path, "PRAGMA integrity_check") == [("ok",)]
    kept = Counter(call_id for (call_id,) in rows(path, "SELECT call_id FROM said"))
    assert len(told) > 20
    assert [call_id for call_id in told if kept[call_id] != 1] == []
    assert max(kept.values()) == 1
    # An outcome is queued behind its screening, so what is durable has both.
    orphans = "SELECT count(*) FROM said WHERE call_id NOT IN (SELECT call_id FROM decisions)"
    assert rows(path, orphans) == [(0,)]
    store = SqlStore.open(f"sqlite:///{path}")
    store.put_outcome("after", outcome())
    store.close()


def test_processes_that_start_at_once_make_the_tables_once(tmp_path: Path) -> None:
    for round_ in range(2):
        path = tmp_path / f"{round_}.sqlite"
        processes = [start(OPEN_AT_ONCE, f"sqlite:///{path}", f"c{number}") for number in range(4)]
        for process in processes:
            assert process.stdin is not None
            process.stdin.write("go\n")
            process.stdin.flush()
        for process in processes:
            with process:
                assert process.wait() == 0
        assert rows(path, "SELECT count(*) FROM said") == [(4,)]


def test_two_processes_share_one_file_under_load(tmp_path: Path) -> None:
    path = tmp_path / "store.sqlite"
    SqlStore.open(f"sqlite:///{path}").close()
    told: list[list[str]] = [[], []]

    def run(side: int) -> None:
        told[side] += acknowledged(start(UNDER_LOAD, f"sqlite:///{path}", str(side * 1_000_000)), 1000)

    threads = [threading.Thread(target=run, args=(side,)) for side in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    kept = {call_id for (call_id,) in rows(path, "SELECT call_id FROM said")}
    assert {*told[0], *told[1]} <= kept
    assert len(told[0]) >= 1000 and len(told[1]) >= 1000
