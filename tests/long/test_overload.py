"""The service over real sockets, asked for more than it can judge: nothing breaks, nothing is lost."""

from __future__ import annotations

import contextlib
import http.client
import json
import re
import signal
import sys
import threading
import time
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest

from tests.bundles import shelve
from tests.long.test_serving import CALL, PATIENCE_S, Served, make_key, serving
from tests.sounds import voice, wav

pytestmark = pytest.mark.long

ASKERS, FLOOD_S = 24, 10.0
PATIENT_MS = "60000"
"""Else a busy machine judges nothing in time, and nothing would be seen of what is judged."""
CLIP = wav(voice(5.2))
FORM = "multipart/form-data; boundary=part"


def form(audio: bytes) -> bytes:
    """The call and its sound."""
    call = b'--part\r\nContent-Disposition: form-data; name="call"\r\n\r\n%b\r\n' % json.dumps(CALL).encode()
    return call + b'--part\r\nContent-Disposition: form-data; name="audio"\r\n\r\n%b\r\n--part--\r\n' % audio


@dataclass
class Told:
    """What callers were told."""

    answers: list[dict[str, Any]] = field(default_factory=list)
    broken: list[Any] = field(default_factory=list)

    @property
    def assessed(self) -> Counter[str]:
        """How often each word was said."""
        return Counter(one["assessed"] for one in self.answers)


class Crowd:
    """Routers that ask as fast as they are answered, each over one connection that it keeps."""

    def __init__(self, service: Served, *, sound_each: int = 0) -> None:
        self.told = Told()
        self.over = threading.Event()
        self._service = service
        self._sound_each = sound_each
        self._threads = [threading.Thread(target=self._ask, args=(number,)) for number in range(ASKERS)]

    @contextlib.contextmanager
    def asking(self) -> Any:
        """Ask until the end of a block."""
        for thread in self._threads:
            thread.start()
        try:
            yield
        finally:
            self.over.set()
            for thread in self._threads:
                thread.join()

    def _ask(self, asker: int) -> None:
        line, number = self._service.line(), 0
        sounds = self._sound_each and asker % self._sound_each == 0
        body, kind = (form(CLIP), FORM) if sounds else (json.dumps(CALL).encode(), "application/json")
        headers = {"Authorization": f"Bearer {self._service.key}", "Content-Type": kind}
        while not self.over.is_set():
            number += 1
            try:
                line.request("POST", f"/v1/calls/crowd-{asker}-{number}/screening?reasons=0", body, headers)
                answer = line.getresponse()
                told = answer.read()
                if answer.status == 200:
                    self.told.answers.append(json.loads(told))
                else:
                    self.told.broken.append((answer.status, told))
            except (OSError, http.client.HTTPException) as problem:
                self.told.broken.append(repr(problem))
                line.close()
        line.close()


def metric(service: Served, name: str) -> float:
    """The sum of all samples of a name."""
    text = service.ask("GET", "/metrics")[1].decode()
    return sum(
        float(value) for value in re.findall(rf"^{name}(?:{{[^}}]*}})? ([0-9.e+]+)$", text, re.MULTILINE)
    )


def wait_for(condition: Callable[[], bool]) -> None:
    until = time.monotonic() + PATIENCE_S
    while not condition():
        assert time.monotonic() < until
        time.sleep(0.05)


def test_all_are_answered_some_are_judged_and_the_rest_is_on_record_afterwards(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    shelve(tmp_path / "models")
    with serving(tmp_path, audit_share="0", deadline_ms=PATIENT_MS) as service:
        crowd = Crowd(service, sound_each=8)
        with crowd.asking():
            time.sleep(FLOOD_S)
        told = crowd.told
        assert told.broken == []
        assert {one["advice"] for one in told.answers} <= {"normal", "priority"}
        shed = [one for one in told.answers if one["guards"] == ["overload"]]
        assert {one["assessed"] for one in shed} == {"not_assessed"}
        assert len(shed) == told.assessed["not_assessed"] > 0
        assert told.assessed["metadata_only"] > 0
        assert metric(service, "prankfilter_shed_total") == len(shed)
        assert metric(service, "prankfilter_unforeseen_failures_total") == 0

        # As soon as nobody asks too much any more, calls are judged.
        wait_for(
            lambda: service.ask("POST", "/v1/calls/after/screening", CALL)[1]["assessed"] != "not_assessed"
        )
        supervisor = Served(service.process, service.port, make_key(tmp_path, "supervisor"), service.log)
        last = shed[-1]["call_id"]
        wait_for(lambda: supervisor.ask("GET", f"/v1/calls/{last}")[0] == 200)
        _, kept, _ = supervisor.ask("GET", f"/v1/calls/{last}")
        assert kept["record"]["trunk"] == CALL["trunk"]
        assert kept["decisions"][0]["result_id"] == shed[-1]["result_id"]
        assert metric(service, "prankfilter_shed_unkept_total") == 0
    with capsys.disabled():
        sys.stdout.write(f"\n{ASKERS} askers for {FLOOD_S:g} s: {dict(told.assessed)}, 0 broken\n")


def test_sigterm_in_the_middle_of_it_fails_no_call_that_was_begun(tmp_path: Path) -> None:
    shelve(tmp_path / "models")
    with serving(tmp_path, deadline_ms=PATIENT_MS) as service:
        crowd = Crowd(service)
        with crowd.asking():
            wait_for(lambda: crowd.told.assessed["metadata_only"] > 20)
            service.process.send_signal(signal.SIGTERM)
            wait_for(lambda: "draining" in str(service.ask("GET", "/readyz")[1]))
            seen = len(crowd.told.answers)
            wait_for(lambda: len(crowd.told.answers) > seen + 20)
            crowd.over.set()
        assert crowd.told.broken == []
        assert service.process.wait(PATIENCE_S) == 0
