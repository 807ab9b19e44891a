"""The store under `kill -9` and under several processes: nothing acknowledged is lost or doubled."""

from __future__ import annotations

import logging
import os
import random
import signal
import sqlite3
import subprocess
import sys
import threading
import time
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from statistics import median

import pytest

from prankfilter.store.sql import SqlStore
from tests.builders import outcome

pytestmark = pytest.mark.long

log = logging.getLogger(__name__)
"""Tells times, which no test may judge: ``pytest --log-cli-level=INFO``."""

ROOT = Path(__file__).parents[2]
LIVES = 100

UNDER_LOAD = """
import sys, threading
from prankfilter.store.sql import SqlStore
from tests.builders import call_record, outcome, ruling, screening

address, first = sys.argv[1], int(sys.argv[2])

def live(first):
    store = SqlStore.open(address)
    store.check()
    said = threading.Lock()

    def tell(word):
        with said:
            print(word, flush=True)

    def work(worker):
        number = first
        while True:
            call_id = f"{worker}-{number}"
            store.remember(screening(call_record(call_id=call_id)))
            store.put_outcome(call_id, outcome(note=str(number)))
            tell(f"outcome {call_id}")
            if number % 3 == 0:
                store.put_ruling(call_id, ruling())
                tell(f"verdict {call_id}")
            number += 1

    tell("ready")
    for worker in range(8):
        threading.Thread(target=work, args=(worker,), daemon=True).start()
    threading.Event().wait()
"""

ONE_LIFE = (
    UNDER_LOAD
    + """
live(first)
"""
)

MANY_LIVES = (
    """
import os
"""
    + UNDER_LOAD
    + """
for first in sys.stdin:
    child = os.fork()
    if not child:
        live(int(first))
    print(f"born {child}", flush=True)
    os.waitpid(child, 0)
    # A line that was cut off ends here; what was said by halves, nobody was told.
    print("\\ndied", flush=True)
"""
)
"""Lives are forked from a process that has imported everything: a start costs what the store costs."""

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
    """Kill a process once so much is acknowledged; yield all that it still managed to say."""
    with process:
        assert process.stdout is not None
        told = (line for line in process.stdout if line != "ready\n")
        for count, line in enumerate(told, start=1):
            # What the process was cut off in saying, nobody was told.
            if line.endswith("\n"):
                yield line.strip()
            if count == enough:
                process.send_signal(signal.SIGKILL)


def one_life(process: subprocess.Popen[str], first: int, enough: int) -> tuple[list[str], float]:
    """Have a life forked and killed; returns what it acknowledged, and how long it took to be ready."""
    assert process.stdin is not None and process.stdout is not None
    print(first, file=process.stdin, flush=True)
    started, ready_s, child, told = time.perf_counter(), 0.0, 0, []
    for line in process.stdout:
        word, _, rest = line.strip().partition(" ")
        if word == "born":
            child = int(rest)
        elif word == "ready":
            ready_s = time.perf_counter() - started
        elif word in ("outcome", "verdict"):
            told.append(line.strip())
        elif word == "died":
            break
        if child and len(told) >= enough:
            os.kill(child, signal.SIGKILL)
            child = 0
            enough = sys.maxsize
    return told, ready_s


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
    ready_s: list[float] = []
    with start(MANY_LIVES, f"sqlite:///{path}", "0") as process:
        for life in range(LIVES):
            words, seconds = one_life(process, life * 1_000_000, chance.randint(1, 200))
            told += words
            ready_s.append(seconds)
            assert rows(path, "PRAGMA integrity_check") == [("ok",)]
        assert process.stdin is not None
        process.stdin.close()
    log.info("ready after a kill: median %.3f s, longest %.3f s", median(ready_s), max(ready_s))
    kept = Counter(f"{what} {call_id}" for what, call_id in rows(path, "SELECT what, call_id FROM said"))
    assert len(told) > LIVES
    assert [word for word in told if kept[word] != 1] == []
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
        told[side] += acknowledged(start(ONE_LIFE, f"sqlite:///{path}", str(side * 1_000_000)), 1000)

    threads = [threading.Thread(target=run, args=(side,)) for side in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    kept = {f"{what} {call_id}" for what, call_id in rows(path, "SELECT what, call_id FROM said")}
    assert {*told[0], *told[1]} <= kept
    assert len(told[0]) >= 1000 and len(told[1]) >= 1000
