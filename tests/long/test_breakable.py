"""The service over a disk that stalls and under a clock that is set: no call notices, a metric says so."""

from __future__ import annotations

import contextlib
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.breakable import CLOCK, STALLED
from tests.long.test_serving import Served, serving
from tests.long.test_store_faults import CALLS, metric, rows, screen, tell, wait_for

pytestmark = pytest.mark.long

HOUR_S = 3600.0
OFF_BY_S = (HOUR_S, -2 * HOUR_S, 400 * 24 * HOUR_S, -400 * 24 * HOUR_S, 0.0)
ROUNDING_S = 1.0
"""A clock may be slowed or hurried a little while a test looks at it."""


@contextlib.contextmanager
def breakable(folder: Path) -> Iterator[Served]:
    program = (sys.executable, "-m", "tests.breakable", str(folder))
    with serving(folder, program=program, deadline_ms="60000") as service:
        yield service


def test_a_disk_that_stalls_costs_no_call_and_is_got_over_without_a_restart(tmp_path: Path) -> None:
    with breakable(tmp_path) as service:
        screen(service, "before")
        assert tell(service, "before-0") == 200
        (tmp_path / STALLED).touch()
        screen(service, "meanwhile")
        assert tell(service, "meanwhile-0") == 503  # not acknowledged: it is not on disk
        assert metric(service, "prankfilter_store_queued") >= CALLS - 1
        assert metric(service, "prankfilter_store_oldest_queued_s") > 1
        (tmp_path / STALLED).unlink()
        wait_for(lambda: metric(service, "prankfilter_store_queued") == 0)
        assert tell(service, "meanwhile-0") == 200
        assert metric(service, "prankfilter_store_dropped_total") == 0
        assert service.stop() == 0
    assert rows(tmp_path, "PRAGMA integrity_check") == [("ok",)]
    assert rows(tmp_path, "SELECT count(*) FROM decisions") == [(2 * CALLS,)]
    told = "SELECT call_id, count(*) FROM said GROUP BY call_id ORDER BY call_id"
    assert rows(tmp_path, told) == [("before-0", 1), ("meanwhile-0", 1)]


def test_a_clock_that_is_set_costs_no_call_and_is_told(tmp_path: Path) -> None:
    with breakable(tmp_path) as service:
        for number, off_by_s in enumerate(OFF_BY_S):
            (tmp_path / CLOCK).write_text(str(off_by_s))
            screen(service, f"jump{number}")
            assert tell(service, f"jump{number}-0") == 200
            assert abs(metric(service, "prankfilter_clock_set_seconds") - off_by_s) < ROUNDING_S
        assert service.stop() == 0
    assert rows(tmp_path, "SELECT count(*) FROM decisions") == [(len(OFF_BY_S) * CALLS,)]
    assert rows(tmp_path, "SELECT count(*) FROM said") == [(len(OFF_BY_S),)]
