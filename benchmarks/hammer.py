"""Callers that ask a service as fast as it answers, and remember every word that it gave them."""

from __future__ import annotations

import contextlib
import http.client
import itertools
import json
import threading
import time
import zlib
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

PATIENCE_S = 60.0
OK, SENT_ON = 200, b'"overload"'
CALL = {"ring_s": 2.0, "calls_waiting": 1, "centre_id": "centre-1"}
OUTCOME = {"label": "genuine", "by": "sari", "advice_shown": False}
VERDICT = {"verdict": "overturned", "by": "ratna"}

Thing = tuple[str, str]


@dataclass
class Kept:
    """What was acknowledged and what was not, as (kind, call id), and how often each status came.

    What was not acknowledged may be kept or not; asking again must not double it. Status 0: no answer.
    """

    acknowledged: list[Thing] = field(default_factory=list)
    refused: list[Thing] = field(default_factory=list)
    statuses: Counter[int] = field(default_factory=Counter)


@dataclass
class Hammer:
    """Callers at one service.

    Parameters
    ----------
    port : int
        Where it listens.
    keys : mapping
        A key of the scopes ``router`` and ``supervisor``.
    name : str
        What the ids of its calls begin with.
    may_ask : callable
        Looked at before each request; once it says False a caller stops.
    """

    port: int
    keys: Mapping[str, str]
    name: str
    may_ask: Callable[[], bool] = lambda: True
    kept: Kept = field(default_factory=Kept)
    _lock: threading.Lock = field(default_factory=threading.Lock)
    _numbers: Iterator[int] = field(default_factory=itertools.count)
    _stopping: threading.Event = field(default_factory=threading.Event)

    @contextmanager
    def striking(self, *, lasting: int = 3, fresh: int = 1) -> Iterator[None]:
        """Ask until the end of a block; some callers keep their connection, others open one a request."""
        threads = [
            threading.Thread(target=self._strike, args=(number < lasting,))
            for number in range(lasting + fresh)
        ]
        for thread in threads:
            thread.start()
        try:
            yield
        finally:
            self._stopping.set()
            for thread in threads:
                thread.join()

    def wait_for(self, acknowledged: int) -> None:
        """Wait until so much is acknowledged."""
        until = time.monotonic() + PATIENCE_S
        while len(self.kept.acknowledged) < acknowledged:
            if time.monotonic() > until:
                raise TimeoutError(f"only {len(self.kept.acknowledged)} of {acknowledged} acknowledged")
            time.sleep(0.005)

    def repeat(self, things: Sequence[Thing]) -> None:
        """Ask again what was not acknowledged, and first about the call: its screening may be gone, too."""
        with contextlib.closing(self._line()) as line:
            for what, call_id in things:
                self._ask(line, "screening", call_id)
                self._ask(line, what, call_id)

    def _strike(self, lasting: bool) -> None:
        line = self._line()
        with contextlib.closing(line):
            while not self._stopping.is_set():
                call_id = f"{self.name}-{next(self._numbers)}"
                for what in _REQUESTS:
                    if not self.may_ask() or not self._ask(line, what, call_id):
                        return
                    if not lasting:
                        line.close()

    def _ask(self, line: http.client.HTTPConnection, what: str, call_id: str) -> bool:
        """Ask one thing; False once the service has gone."""
        try:
            status, body = self._exchange(line, what, call_id)
        except (OSError, http.client.HTTPException):
            status, body = 0, b""
        # A call that is sent on because there is too much work is answered, and may be kept or not.
        is_kept = status == OK and SENT_ON not in body
        with self._lock:
            self.kept.statuses[status] += 1
            (self.kept.acknowledged if is_kept else self.kept.refused).append((what, call_id))
        return status != 0

    def _exchange(self, line: http.client.HTTPConnection, what: str, call_id: str) -> tuple[int, bytes]:
        method, path, scope, body = _REQUESTS[what]
        if what == "screening":
            body = {**body, "calling_number": f"+62811{zlib.crc32(call_id.encode()) % 10**8:08d}"}
        headers = {"Content-Type": "application/json", "Authorization": f"Bearer {self.keys[scope]}"}
        line.request(method, path.format(call_id), json.dumps(body).encode(), headers)
        answer = line.getresponse()
        return answer.status, answer.read()

    def _line(self) -> http.client.HTTPConnection:
        return http.client.HTTPConnection("127.0.0.1", self.port, timeout=PATIENCE_S)


_REQUESTS: Mapping[str, tuple[str, str, str, Mapping[str, Any]]] = {
    "screening": ("POST", "/v1/calls/{}/screening", "router", CALL),
    "outcome": ("PUT", "/v1/calls/{}/outcome", "router", OUTCOME),
    "verdict": ("POST", "/v1/flags/{}/verdict", "supervisor", VERDICT),
}
"""Method, address, scope of the key and body of each thing that is asked."""
