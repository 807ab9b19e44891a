"""The service over a disk that is full and a database that others lock: no call notices."""

from __future__ import annotations

import contextlib
import resource
import signal
import sqlite3
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from tests.long.test_serving import CALL, PATIENCE_S, Served, serving

pytestmark = pytest.mark.long

CALLS = 60
LONG_TEXT = "x" * 200
"""So that a few calls fill what is left of the disk."""


def store_file(folder: Path) -> Path:
    return folder / "data" / "prankfilter.sqlite"


def metric(service: Served, name: str) -> float:
    _, text, _ = service.ask("GET", "/metrics")
    (value,) = (one.split()[-1] for one in text.decode().splitlines() if one.startswith(f"{name} "))
    return float(value)


def wait_for(holds: Callable[[], bool]) -> None:
    until = time.monotonic() + PATIENCE_S
    while not holds():
        assert time.monotonic() < until
        time.sleep(0.05)


def screen(service: Served, prefix: str) -> None:
    """Screen calls; whatever the disk does, each gets its answer."""
    for number in range(CALLS):
        path = f"/v1/calls/{prefix}-{number}/screening"
        status, decided, _ = service.ask("POST", path, CALL | {"user_agent": LONG_TEXT})
        assert (status, decided["advice"]) == (200, "normal")


def tell(service: Served, call_id: str) -> int:
    return service.ask("PUT", f"/v1/calls/{call_id}/outcome", {"label": "genuine", "by": "sari"})[0]


def rows(folder: Path, query: str) -> list[tuple[object, ...]]:
    with contextlib.closing(sqlite3.connect(store_file(folder))) as connection:
        return connection.execute(query).fetchall()


@contextlib.contextmanager
def full_disk(process: int, folder: Path) -> Iterator[None]:
    """No file of a process may grow any more, as on a disk that is full."""
    largest = max(path.stat().st_size for path in folder.rglob("*") if path.is_file())
    resource.prlimit(process, resource.RLIMIT_FSIZE, (largest, resource.RLIM_INFINITY))
    try:
        yield
    finally:
        resource.prlimit(process, resource.RLIMIT_FSIZE, (resource.RLIM_INFINITY, resource.RLIM_INFINITY))


def test_a_full_disk_costs_no_call_and_is_got_over_without_a_restart(tmp_path: Path) -> None:
    with serving(tmp_path, deadline_ms="60000") as service:
        screen(service, "before")
        assert tell(service, "before-0") == 200
        with full_disk(service.process.pid, tmp_path):
            screen(service, "meanwhile")
            assert tell(service, "meanwhile-0") == 503
            assert metric(service, "prankfilter_store_failed_total") > 0
            assert metric(service, "prankfilter_store_queued") > 0
            assert metric(service, "prankfilter_store_oldest_queued_s") > 0
        wait_for(lambda: metric(service, "prankfilter_store_queued") == 0)
        assert tell(service, "meanwhile-1") == 200
        assert metric(service, "prankfilter_store_dropped_total") == 0
        assert service.stop() == 0
    assert rows(tmp_path, "PRAGMA integrity_check") == [("ok",)]
    assert rows(tmp_path, "SELECT count(*) FROM decisions") == [(2 * CALLS,)]
    told = [call_id for (call_id,) in rows(tmp_path, "SELECT call_id FROM said ORDER BY call_id")]
    # What was refused may be kept all the same: whoever was refused tells it again, and it is kept once.
    assert [one for one in told if one != "meanwhile-0"] == ["before-0", "meanwhile-1"]
    assert told.count("meanwhile-0") <= 1


def test_a_database_that_another_process_locks_costs_no_call_and_what_is_put_waits_for_it(
    tmp_path: Path,
) -> None:
    with serving(tmp_path, deadline_ms="60000") as service:
        other = sqlite3.connect(store_file(tmp_path), isolation_level=None)
        other.execute("BEGIN EXCLUSIVE")
        screen(service, "meanwhile")
        assert metric(service, "prankfilter_store_queued") == CALLS
        statuses: list[int] = []
        waiting = threading.Thread(target=lambda: statuses.append(tell(service, "meanwhile-0")))
        waiting.start()
        wait_for(lambda: metric(service, "prankfilter_store_failed_total") > 0)
        other.execute("ROLLBACK")
        other.close()
        waiting.join()
        # It may have waited too long on a busy computer; then it was refused, and is told again.
        assert statuses in ([200], [503])
        assert tell(service, "meanwhile-0") == 200
        wait_for(lambda: metric(service, "prankfilter_store_queued") == 0)
        assert service.stop(signal.SIGTERM) == 0
    assert rows(tmp_path, "SELECT count(*) FROM decisions") == [(CALLS,)]
    assert rows(tmp_path, "SELECT count(*) FROM said") == [(1,)]
