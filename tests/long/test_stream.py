"""Live audio of a real process: twenty calls at once by an independent Twilio simulator, and the way out."""

from __future__ import annotations

import asyncio
import http.client
import json
import sys
import threading
import time
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from websockets.exceptions import ConnectionClosed
from websockets.sync.client import connect

from prankfilter.audio.companding import encode_mu_law
from tests.api.service import PATIENT_MS
from tests.bundles import shelve
from tests.long.test_serving import PATIENCE_S, Served, make_key, serving
from tests.sounds import line_noise, voice

streamdouble = pytest.importorskip("streamdouble.api", reason="streamdouble is not installed")
simulator = pytest.importorskip("streamdouble.session", reason="streamdouble is not installed")
chaos = pytest.importorskip("streamdouble.chaos", reason="streamdouble is not installed")

pytestmark = pytest.mark.long

CALLS, SOUND_S, LOSS, JITTER_MS = 20, 6.0, 0.1, 60
PACKET = 160

RINGING = {"trunk": "trunk-1", "ring_s": 2.0}
"""A call without a number: many from one number would be a burst, and that is `priority`."""


def packets_of(seed: int) -> list[bytes]:
    """What one caller says, as 20 ms of µ-law each."""
    sound = np.concatenate([line_noise(0.5, seed=seed), voice(SOUND_S - 0.5, pitch_hz=100 + 8 * seed)])
    codes = encode_mu_law((sound * 32767).round().astype(np.int16)).tobytes()
    return [codes[start : start + PACKET] for start in range(0, len(codes), PACKET)]


def url_of(service: Served, call_id: str, query: str = "") -> str:
    return f"ws://127.0.0.1:{service.port}/v1/calls/{call_id}/stream?key={service.key}&{query}"


async def twenty_calls(service: Served) -> list[Any]:
    """Twenty callers at once over bad lines, in real time."""

    def config(number: int) -> Any:
        return simulator.SessionConfig(
            fork=True,
            chaos_seed=number,
            impairments=chaos.Impairments(loss=LOSS, jitter_ms=JITTER_MS),
            custom_parameters={"trunk": f"trunk-{number}", "audio_capture": "caller_before_answer"},
        )

    return await asyncio.gather(
        *(
            streamdouble.call(
                url_of(service, f"twilio-{number}", "decisions=0"),
                frames=packets_of(number),
                config=config(number),
            )
            for number in range(CALLS)
        )
    )


class Asking(threading.Thread):
    """A router that asks without sound, over and over, until it is told to stop."""

    def __init__(self, service: Served, name: str) -> None:
        super().__init__()
        self.service, self.prefix = service, name
        self.seconds: list[float] = []
        self.wrong: list[Any] = []
        self.stopped = threading.Event()

    def run(self) -> None:
        line = self.service.line()
        headers = {"Authorization": f"Bearer {self.service.key}", "Accept": "text/plain"}
        for number in range(100_000):
            if self.stopped.is_set():
                break
            started = time.perf_counter()
            self.ask(line, f"/v1/calls/{self.prefix}-{number}/screening", headers)
            self.seconds.append(time.perf_counter() - started)
            self.stopped.wait(0.02)
        line.close()

    def ask(self, line: http.client.HTTPConnection, path: str, headers: dict[str, str]) -> None:
        line.request("POST", path, json.dumps(RINGING).encode(), headers)
        answer = line.getresponse()
        told = (answer.status, answer.read())
        if told != (200, b"normal"):
            self.wrong.append(told)

    def until(self, done: Any) -> float:
        """Ask while something is done; returns the 99th percentile in milliseconds."""
        self.start()
        done()
        self.stopped.set()
        self.join()
        return float(np.percentile(self.seconds, 99) * 1000)


def decisions_of(service: Served, supervisor: str, call_id: str, count: int) -> list[dict[str, Any]]:
    """All decisions that were kept of a call, waited for until there are so many: a peer does not wait."""
    asking = replace(service, key=supervisor)
    until = time.monotonic() + PATIENCE_S
    while True:
        status, call, _ = asking.ask("GET", f"/v1/calls/{call_id}")
        assert status == 200
        if len(call["decisions"]) >= count or time.monotonic() > until:
            return list(call["decisions"])
        time.sleep(0.05)


def test_twenty_calls_over_bad_lines_are_heard_while_other_calls_are_answered(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    shelve(tmp_path / "models")
    with serving(tmp_path, deadline_ms=PATIENT_MS) as service:
        supervisor = make_key(tmp_path, "supervisor")
        alone, beside = Asking(service, "alone"), Asking(service, "beside")
        reports: list[Any] = []
        alone_ms = alone.until(lambda: time.sleep(SOUND_S))
        beside_ms = beside.until(lambda: reports.extend(asyncio.run(twenty_calls(service))))
        kept = [decisions_of(service, supervisor, f"twilio-{number}", 4) for number in range(CALLS)]
        log = service.log.read_text()
    assert alone.wrong == beside.wrong == []
    assert [report.violations for report in reports] == [[]] * CALLS
    for report, decisions in zip(reports, kept, strict=True):
        assert report.result.frames_dropped > 0
        assert [one["audio_s"] for one in decisions] == [1.0, 3.0, 5.0, 5.0]
        assert {one["moment"] for one in decisions} == {"audio"}
        assert {one["advice"] for one in decisions} == {"normal"}
        assert "were lost and filled in" in decisions[-1]["faults"][-1]
    assert service.key not in log
    with capsys.disabled():
        sys.stdout.write(
            f"\nmetadata-only calls beside {CALLS} streams: p99 {beside_ms:.1f} ms, alone {alone_ms:.1f} ms, "
            f"{beside_ms / alone_ms:.1f} times; {len(beside.seconds)} asked, 0 wrong\n"
        )


def test_sigterm_in_the_middle_of_streams_leaves_nobody_without_an_answer(tmp_path: Path) -> None:
    shelve(tmp_path / "models")
    told: dict[str, tuple[list[dict[str, Any]], int | None]] = {}
    middle = threading.Barrier(5 + 1)

    def speak(call_id: str) -> None:
        decisions: list[dict[str, Any]] = []
        with connect(url_of(service, call_id), open_timeout=PATIENCE_S) as socket:
            sound = (voice(3.2) * 32767).astype("<i2").tobytes()
            socket.send(sound)
            decisions += [json.loads(socket.recv(PATIENCE_S)) for _ in range(2)]
            middle.wait(PATIENCE_S)
            try:
                while True:
                    decisions.append(json.loads(socket.recv(PATIENCE_S)))
            except ConnectionClosed:
                told[call_id] = (decisions, socket.close_code)

    with serving(tmp_path, deadline_ms=PATIENT_MS) as service:
        speakers = [threading.Thread(target=speak, args=(f"stopped-{number}",)) for number in range(5)]
        for speaker in speakers:
            speaker.start()
        middle.wait(PATIENCE_S)
        assert service.stop() == 0
        for speaker in speakers:
            speaker.join(PATIENCE_S)
        log = service.log.read_text()
    assert len(told) == 5
    for decisions, code in told.values():
        assert [one["audio_s"] for one in decisions] == [1.0, 3.0, 3.0]
        assert decisions[-1]["advice"] == "normal"
        assert code == 1001
    assert "ERROR" not in log
    with serving(tmp_path, deadline_ms=PATIENT_MS) as service:
        supervisor = make_key(tmp_path, "supervisor")
        assert all(len(decisions_of(service, supervisor, call_id, 3)) == 3 for call_id in told)
