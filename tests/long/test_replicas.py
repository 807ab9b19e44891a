"""Several replicas on one PostgreSQL: one answer to one request, one history, and no call lost without it."""

from __future__ import annotations

import contextlib
import http.client
import json
import signal
import subprocess
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest

from tests.long.test_serving import BIN, PATIENCE_S, environment, port_of
from tests.postgres import Postgres, postgres_server

pytestmark = pytest.mark.long

MODELS = Path(__file__).parents[2] / "models"
CALL = {
    "received_at": "2026-11-02T21:14:20+08:00",
    "calling_number": "+6281234567890",
    "trunk": "trunk-1",
    "cell_id": "cell-1",
    "centre_id": "centre-1",
    "ring_s": 2.0,
}
REPEATS = 10_000
ASKERS = 8
OUTAGE_S = 30.0
PATIENT_MS = "60000"
"""A deadline that no call misses, however busy the computer: one answered late differs, as it may."""


@dataclass
class Replicas:
    """Processes of the service on one database, and who asks them."""

    server: Postgres
    address: str
    settings: dict[str, str]
    folder: Path
    ports: list[int]
    keys: dict[str, str]

    def line(self, replica: int) -> Line:
        return Line(self.ports[replica % len(self.ports)], self.keys["router"])

    def count(self, query: str) -> list[Any]:
        return self.server.ask(query, self.address)

    def metric(self, replica: int, name: str) -> float:
        with contextlib.closing(self.line(replica)) as line:
            _, text = line.ask("GET", "/metrics")
        (value,) = (one.split()[-1] for one in text.decode().splitlines() if one.startswith(f"{name} "))
        return float(value)

    def wait_for(self, holds: Callable[[int], bool]) -> None:
        """Wait until something holds of every replica."""
        until = time.monotonic() + PATIENCE_S
        while not all(holds(replica) for replica in range(len(self.ports))):
            assert time.monotonic() < until
            time.sleep(0.05)

    def is_ready(self, replica: int) -> bool:
        """Whether it answers, and is ready; several workers' port is told before any of them listens."""
        with contextlib.closing(self.line(replica)) as line, contextlib.suppress(ConnectionRefusedError):
            return line.ask("GET", "/readyz")[0] == 200
        return False


class Line:
    """A connection that is kept."""

    def __init__(self, port: int, key: str) -> None:
        self._line = http.client.HTTPConnection("127.0.0.1", port, timeout=PATIENCE_S)
        self._headers = {"Authorization": f"Bearer {key}", "Content-Type": "application/json"}

    def ask(self, method: str, path: str, body: Any = None) -> tuple[int, bytes]:
        sent = None if body is None else json.dumps(body).encode()
        self._line.request(method, path, sent, self._headers)
        answer = self._line.getresponse()
        return answer.status, answer.read()

    def screen(self, call_id: str, **call: Any) -> dict[str, Any]:
        status, text = self.ask("POST", f"/v1/calls/{call_id}/screening", CALL | call)
        assert status == 200, text
        decided: dict[str, Any] = json.loads(text)
        return decided

    def close(self) -> None:
        self._line.close()


@pytest.fixture(scope="module")
def server() -> Iterator[Postgres]:
    with postgres_server() as one:
        yield one


@contextlib.contextmanager
def replicas(server: Postgres, folder: Path, *workers: int, deadline_ms: str) -> Iterator[Replicas]:
    """One service for each number, with so many workers."""
    settings = {
        "models": str(MODELS),
        "keys": str(folder / "keys"),
        "store": server.make_database(),
        "deadline_ms": deadline_ms,
    }
    run_command(folder, settings, "keys", "init")
    keys = {scope: make_key(folder, settings, scope) for scope in ("router", "desk", "supervisor")}
    with contextlib.ExitStack() as stack:
        ports = [
            stack.enter_context(serving(folder, settings, one, number)) for number, one in enumerate(workers)
        ]
        some = Replicas(server, settings["store"], settings, folder, ports, keys)
        some.wait_for(some.is_ready)
        yield some


@contextlib.contextmanager
def serving(folder: Path, settings: dict[str, str], workers: int, number: int) -> Iterator[int]:
    log = folder / f"serve-{number}.log"
    with log.open("w") as out:
        said = [BIN / "prankfilter-serve", "--port", str(free_port() if workers > 1 else 0)]
        process = subprocess.Popen(
            [*said, "--workers", str(workers)],
            env=environment(folder, **settings),
            stderr=out,
            stdout=out,
            text=True,
        )
    try:
        yield port_of(process, log)
        process.send_signal(signal.SIGTERM)
        assert process.wait(PATIENCE_S) == 0, log.read_text()
    finally:
        process.kill()
        process.wait()
    assert "6281234567890" not in log.read_text()


def free_port() -> int:
    with contextlib.closing(http.client.socket.socket()) as probe:  # type: ignore[attr-defined]
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


def run_command(folder: Path, settings: dict[str, str], *said: str) -> str:
    command = [BIN / "prankfilter", *said]
    ran = subprocess.run(
        command, env=environment(folder, **settings), check=True, capture_output=True, text=True
    )
    return ran.stdout.strip()


def make_key(folder: Path, settings: dict[str, str], scope: str) -> str:
    return run_command(folder, settings, "keys", "add", "--scope", scope, "--name", "test")


def at_once(works: list[Callable[[], None]]) -> None:
    """Run all, and hear of whatever breaks in any."""
    broken: list[BaseException] = []

    def run(work: Callable[[], None]) -> None:
        try:
            work()
        except BaseException as problem:
            broken.append(problem)

    threads = [threading.Thread(target=run, args=(work,)) for work in works]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    if broken:
        raise broken[0]


def test_repeats_of_one_request_have_one_answer_and_replicas_one_history(
    server: Postgres, tmp_path: Path
) -> None:
    with replicas(server, tmp_path, 2, 1, deadline_ms=PATIENT_MS) as some:
        answers: Counter[str] = Counter()

        def repeat(asker: int) -> Callable[[], None]:
            def ask() -> None:
                with contextlib.closing(some.line(asker)) as line:
                    for _ in range(REPEATS // ASKERS):
                        decided = line.screen("again")
                        # The one thing that differs until the first answer is stored.
                        decided.pop("elapsed_ms")
                        answers[json.dumps(decided, sort_keys=True)] += 1

            return ask

        at_once([repeat(asker) for asker in range(ASKERS)])
        assert answers.total() == REPEATS
        assert len(answers) == 1, answers
        assert some.count("SELECT count(*), count(DISTINCT result_id) FROM decisions") == [(1, 1)]
        stored = set()
        for replica in range(4):
            with contextlib.closing(some.line(replica)) as line:
                stored.add(line.ask("POST", "/v1/calls/again/screening", CALL)[1])
        assert len(stored) == 1

        # What one replica was told, all others know of the next call.
        with contextlib.closing(some.line(0)) as line:
            told = {"label": "genuine", "by": "sari", "ended_at": "2026-11-02T21:16:00+08:00"}
            assert line.ask("PUT", "/v1/calls/again/outcome", told)[0] == 200
        with contextlib.closing(Line(some.ports[1], some.keys["supervisor"])) as line:
            _, text = line.ask("GET", "/v1/calls/again")
            assert json.loads(text)["outcome"]["label"] == "genuine"


@dataclass
class Told:
    """What callers and call takers were told during an outage."""

    guards: Counter[str] = field(default_factory=Counter)
    advice: Counter[str] = field(default_factory=Counter)
    statuses: Counter[int] = field(default_factory=Counter)
    acknowledged: list[str] = field(default_factory=list)
    screened: list[str] = field(default_factory=list)


def test_no_call_and_no_acknowledged_word_is_lost_while_the_database_is_away(
    server: Postgres, tmp_path: Path
) -> None:
    with replicas(server, tmp_path, 1, 1, deadline_ms="2000") as some:
        told, over = Told(), threading.Event()
        lock = threading.Lock()

        def call(asker: int) -> Callable[[], None]:
            def ask() -> None:
                with contextlib.closing(some.line(asker)) as line:
                    number = 0
                    while not over.is_set():
                        call_id = f"{asker}-{number}"
                        decided = line.screen(call_id, calling_number=f"+62812000{number % 50:04d}")
                        with lock:
                            told.screened.append(call_id)
                            told.advice[decided["advice"]] += 1
                            told.guards.update(decided["guards"])
                        number += 1
                        time.sleep(0.02)

            return ask

        def judge(asker: int) -> Callable[[], None]:
            def ask() -> None:
                with contextlib.closing(some.line(asker)) as line:
                    number = 0
                    while not over.is_set():
                        call_id = f"said-{asker}-{number}"
                        status, _ = line.ask("PUT", f"/v1/calls/{call_id}/outcome", {"label": "genuine"})
                        with lock:
                            told.statuses[status] += 1
                            if status == 200:
                                told.acknowledged.append(call_id)
                        number += 1

            return ask

        def wait_for_more() -> None:
            """Both kinds of work go on."""
            calls, words = len(told.screened) + 40, len(told.acknowledged) + 10
            some.wait_for(lambda _: len(told.screened) >= calls and len(told.acknowledged) >= words)

        def break_it() -> None:
            try:
                wait_for_more()
                server.stop()
                time.sleep(OUTAGE_S)
                server.start()
                wait_for_more()
                with server.frozen():
                    time.sleep(OUTAGE_S / 6)
                wait_for_more()
                some.wait_for(some.is_ready)
            finally:
                over.set()

        at_once([*(call(asker) for asker in range(4)), *(judge(asker) for asker in range(2)), break_it])
        some.wait_for(lambda replica: some.metric(replica, "prankfilter_store_queued") == 0)
        assert some.metric(0, "prankfilter_store_failed_total") > 0
        assert [some.metric(one, "prankfilter_store_dropped_total") for one in range(2)] == [0, 0]
        assert [some.metric(one, "prankfilter_unforeseen_failures_total") for one in range(2)] == [0, 0]
        kept = some.count("SELECT call_id, count(*) FROM decisions GROUP BY call_id")
        said = some.count("SELECT call_id, count(*) FROM said GROUP BY call_id")
    # Every screening was answered, and none of them with less than its place in the queue.
    assert set(told.advice) <= {"normal", "priority"}
    assert told.guards["store_unavailable"] > 0
    assert {call_id for call_id, _ in kept} == set(told.screened)
    assert set(told.statuses) == {200, 503}
    assert set(told.acknowledged) <= {call_id for call_id, _ in said}
    assert {count for _, count in said} == {1}
