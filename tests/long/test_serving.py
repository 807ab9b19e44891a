"""The service as a process, over real sockets: how it starts, answers, drains, dies and comes back."""

from __future__ import annotations

import contextlib
import http.client
import json
import os
import re
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

pytestmark = pytest.mark.long

BIN = Path(sys.executable).parent
CALL = {"calling_number": "+6281234567890", "trunk": "trunk-1", "ring_s": 2.0}
PATIENCE_S = 60
"""How long anything may take before the test gives up; nothing is expected to take long."""


@dataclass
class Served:
    process: subprocess.Popen[str]
    port: int
    key: str
    log: Path

    def line(self) -> http.client.HTTPConnection:
        return http.client.HTTPConnection("127.0.0.1", self.port, timeout=PATIENCE_S)

    def ask(
        self, method: str, path: str, body: Any = None, **headers: str
    ) -> tuple[int, Any, dict[str, str]]:
        line = self.line()
        with contextlib.closing(line):
            sent = None if body is None else json.dumps(body).encode()
            kind = {"Content-Type": "application/json", "Authorization": f"Bearer {self.key}"}
            line.request(method, path, sent, kind | headers)
            answer = line.getresponse()
            text = answer.read()
            found = {name.lower(): value for name, value in answer.getheaders()}
            return answer.status, json.loads(text) if "json" in found["content-type"] else text, found

    def stop(self, number: int = signal.SIGTERM) -> int:
        self.process.send_signal(number)
        return self.process.wait(PATIENCE_S)


def environment(folder: Path, **settings: str) -> dict[str, str]:
    models = folder / "models"
    models.mkdir(exist_ok=True)
    own = {"PRANKFILTER_DATA": str(folder / "data"), "PRANKFILTER_MODELS": str(models)}
    own |= {f"PRANKFILTER_{name.upper()}": value for name, value in settings.items()}
    return {name: value for name, value in os.environ.items() if not name.startswith("PRANKFILTER_")} | own


def make_key(folder: Path, scope: str = "router") -> str:
    command = [BIN / "prankfilter", "keys", "add", "--scope", scope, "--name", "test"]
    return subprocess.run(
        command, env=environment(folder), check=True, capture_output=True, text=True
    ).stdout.strip()


@contextlib.contextmanager
def serving(
    folder: Path, *said: str, program: Sequence[str | Path] = (BIN / "prankfilter-serve",), **settings: str
) -> Iterator[Served]:
    """Start the service on the models in a folder, on any free port, and kill what is left afterwards."""
    key, log = make_key(folder), folder / "serve.log"
    with log.open("w") as out:
        process = subprocess.Popen(
            [*program, "--port", "0", *said],
            env=environment(folder, **settings),
            stderr=out,
            stdout=out,
            text=True,
        )
    try:
        yield Served(process, port_of(process, log), key, log)
    finally:
        process.kill()
        process.wait()


def port_of(process: subprocess.Popen[str], log: Path) -> int:
    for _ in range(PATIENCE_S * 20):
        told = re.search(r"running on http://127\.0\.0\.1:(\d+)", log.read_text())
        if told:
            return int(told[1])
        assert process.poll() is None, log.read_text()
        time.sleep(0.05)
    raise AssertionError("the service does not start")


def test_it_serves_normal_without_a_model_and_says_that_it_is_not_ready(tmp_path: Path) -> None:
    with serving(tmp_path) as service:
        status, decided, headers = service.ask("POST", "/v1/calls/a%2Fb@10.0.0.1/screening", CALL)
        assert (status, decided["call_id"], decided["advice"]) == (200, "a/b@10.0.0.1", "normal")
        assert "content-length" in headers
        assert "transfer-encoding" not in headers
        assert service.ask("GET", "/readyz")[0] == 503
        assert service.ask("GET", "/livez")[0] == 200
        assert service.stop() == 0
        assert "6281234567890" not in service.log.read_text()
        # By its id a call is found again; the address that it came by, which might hold more, is not logged.
        assert "call_id=a/b@10.0.0.1 " in service.log.read_text()
        assert "/v1/calls" not in service.log.read_text()


def test_sigterm_turns_readiness_off_while_it_serves_on_and_then_ends_with_0(tmp_path: Path) -> None:
    with serving(tmp_path) as service:
        service.process.send_signal(signal.SIGTERM)
        for _ in range(PATIENCE_S * 100):
            status, problem, _ = service.ask("GET", "/readyz")
            if problem["detail"] == "draining":
                break
        assert (status, problem["detail"]) == (503, "draining")
        assert service.ask("POST", "/v1/calls/late/screening", CALL)[0] == 200
        assert service.process.wait(PATIENCE_S) == 0


def test_ctrl_c_ends_with_130(tmp_path: Path) -> None:
    with serving(tmp_path) as service:
        assert service.stop(signal.SIGINT) == 130


def test_a_port_that_is_taken_is_refused_with_1(tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        said = [BIN / "prankfilter-serve", "--port", str(taken.getsockname()[1])]
        ended = subprocess.run(
            said, env=environment(tmp_path), check=False, capture_output=True, text=True, timeout=PATIENCE_S
        )
    assert ended.returncode == 1
    assert "address already in use" in ended.stderr


def test_what_was_acknowledged_survives_being_killed(tmp_path: Path) -> None:
    with serving(tmp_path) as service:
        for number in range(20):
            told = service.ask("PUT", f"/v1/calls/kept-{number}/outcome", {"label": "genuine", "by": "sari"})
            assert told[0] == 200
        service.stop(signal.SIGKILL)
    with serving(tmp_path) as service:
        service.key = make_key(tmp_path, "supervisor")
        for number in range(20):
            status, call, _ = service.ask("GET", f"/v1/calls/kept-{number}")
            assert (status, call["outcome"]["label"]) == (200, "genuine")


def test_a_recording_that_is_too_large_is_answered_before_it_has_all_arrived(tmp_path: Path) -> None:
    with (
        serving(tmp_path) as service,
        socket.create_connection(("127.0.0.1", service.port), PATIENCE_S) as line,
    ):
        head = (
            f"POST /v1/calls/big/screening HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer {service.key}\r\n"
            "Content-Type: multipart/form-data; boundary=b\r\nContent-Length: 1000000000\r\n\r\n"
            '--b\r\nContent-Disposition: form-data; name="call"\r\n\r\n{}\r\n'
            '--b\r\nContent-Disposition: form-data; name="audio"\r\n\r\n'
        )
        line.sendall(head.encode() + bytes(10_100_000))
        answer = http.client.HTTPResponse(line)
        answer.begin()
        decided = json.loads(answer.read())
    assert answer.status == 200
    assert decided["faults"][0] == "audio: the recording has more than 10000000 bytes"


def test_a_connection_serves_many_calls(tmp_path: Path) -> None:
    with serving(tmp_path) as service, contextlib.closing(service.line()) as line:
        for number in range(200):
            headers = {"Authorization": f"Bearer {service.key}", "Accept": "text/plain"}
            line.request("POST", f"/v1/calls/many-{number}/screening", json.dumps(CALL).encode(), headers)
            assert line.getresponse().read() == b"normal"


TWO_WORKERS = """
import sys
from prankfilter.settings import read_settings
from prankfilter_api.serve import Options, serve_many
sys.exit(serve_many(Options("127.0.0.1", 0, 2, "observe", demo=False, once=False), read_settings()))
"""


def test_several_workers_start_answer_and_stop(tmp_path: Path) -> None:
    log = tmp_path / "serve.log"
    make_key(tmp_path)
    with log.open("w") as out:
        process = subprocess.Popen(
            [sys.executable, "-c", TWO_WORKERS], env=environment(tmp_path), stderr=out, stdout=out, text=True
        )
    try:
        port = port_of(process, log)
        for _ in range(PATIENCE_S * 20):
            if log.read_text().count("Application startup complete") == 2:
                break
            time.sleep(0.05)
        for _ in range(10):
            assert Served(process, port, "", log).ask("GET", "/livez")[0] == 200
        process.send_signal(signal.SIGINT)
        assert process.wait(PATIENCE_S) == 130
    finally:
        process.kill()
        process.wait()
    assert "died" not in log.read_text()
