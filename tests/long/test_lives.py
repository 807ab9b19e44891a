"""The service killed and stopped under load, over HTTP: no acknowledged word is lost, no call fails."""

from __future__ import annotations

import contextlib
import http.client
import logging
import random
import signal
from pathlib import Path
from statistics import median

import pytest

from benchmarks.hammer import Hammer
from benchmarks.kills import SCOPES, damage, lives, rows
from benchmarks.processes import make_key, serving

pytestmark = pytest.mark.long

log = logging.getLogger(__name__)
"""Tells times, which no test may judge: ``pytest --log-cli-level=INFO``."""

MODELS = Path(__file__).parents[2] / "models"
LIVES = 12
"""As many as there is time for; ``python -m benchmarks kills`` takes a hundred."""


def test_no_kill_of_the_whole_service_loses_or_doubles_what_it_acknowledged(tmp_path: Path) -> None:
    run = list(lives(tmp_path, MODELS, LIVES, random.Random(5)))
    found = damage(tmp_path, run)
    ready_s = [life.ready_s for life in run[1:]]
    log.info("ready after a kill: median %.2f s, longest %.2f s", median(ready_s), max(ready_s))
    assert all(life.is_whole for life in run)
    assert found.acknowledged > LIVES
    assert (found.lost, found.doubled, found.orphans) == ((), (), 0)
    # A put that a slow disk held for five seconds is refused by 503, and told again.
    assert {status for life in run for status in life.kept.statuses} <= {0, 200, 503}


def test_stopping_in_order_fails_no_call_of_whoever_looks_whether_it_is_ready(tmp_path: Path) -> None:
    """As behind a balancer: each caller looks at `/readyz`, and asks only if it says 200."""
    keys = {scope: make_key(tmp_path, MODELS, scope) for scope in SCOPES}
    with serving(
        "prankfilter_api.entry", "/readyz", data=tmp_path, models=MODELS, said=["--port"]
    ) as service:
        looks: list[int] = []

        def is_ready() -> bool:
            with contextlib.closing(
                http.client.HTTPConnection("127.0.0.1", service.port, timeout=60)
            ) as line:
                try:
                    line.request("GET", "/readyz")
                    status = line.getresponse().status
                except OSError:  # nobody there any more: a balancer asks somewhere else
                    status = 0
            looks.append(status)
            return status == 200

        hammer = Hammer(service.port, keys, "drained", may_ask=is_ready)
        with hammer.striking(lasting=3, fresh=3):
            hammer.wait_for(60)
            service.process.send_signal(signal.SIGTERM)
            assert service.process.wait(60) == 0
    assert 503 in looks
    assert hammer.kept.statuses.keys() == {200}
    kept = set(rows(tmp_path, "SELECT what, call_id FROM said"))
    kept |= set(rows(tmp_path, "SELECT 'screening', call_id FROM decisions"))
    # Of calls that were sent on because there was too much work, some are kept.
    acknowledged, sent_on = set(hammer.kept.acknowledged), set(hammer.kept.refused)
    assert acknowledged <= kept <= acknowledged | sent_on
    assert {what for what, _ in sent_on} <= {"screening"}
    assert rows(tmp_path, "PRAGMA integrity_check") == [("ok",)]
