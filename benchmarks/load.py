"""A source of calls in a process of its own: on a clock, whether or not earlier ones were answered, or one
after another as fast as they are.

Every call is timed from the moment it was due, so a service that stops answering cannot hide it by being
asked less. The source runs on the same machine as the service and takes processor time from it: it is one
thread over plain sockets, and says how late it was itself.
"""

from __future__ import annotations

import multiprocessing
import select
import socket
import time
from collections import Counter, deque
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from multiprocessing.connection import Connection

import numpy as np

from benchmarks.calls import as_form, as_json, clip, records
from benchmarks.processes import Service

JUDGED = frozenset({"full", "metadata_only", "not_enough_audio"})
"""What an answer says that was assessed in full, within its deadline."""

PATIENCE_S = 20.0
"""How long after the last call was due its answer may come; then it is an error."""


@dataclass(frozen=True, slots=True)
class Plan:
    """Which calls to make."""

    prefix: str
    """Of their ids, so that no two sources make the same call."""
    for_s: float
    per_s: float | None = None
    """None: each line asks again as soon as it was answered."""
    sound: bool = False
    lines: int = 256
    """Connections, kept open; with a clock, calls wait for a free one."""


@dataclass(slots=True)
class Seen:
    """What came back."""

    seconds: list[float] = field(default_factory=list)
    """From the moment each call was due to the end of its answer."""
    judged: list[float] = field(default_factory=list)
    """The same of those that were judged."""
    assessed: Counter[str] = field(default_factory=Counter)
    errors: int = 0
    late: list[float] = field(default_factory=list)
    """Seconds from the moment a call was due to that at which the source got to it."""
    lasted_s: float = 0.0
    cpu_s: float = float("nan")
    """Processor time that the service took meanwhile, for all plans that were carried out together."""

    def ms(self, percent: float) -> float:
        """A percentile of all answers."""
        return float(np.percentile(self.seconds, percent)) * 1000 if self.seconds else float("nan")

    @property
    def late_ms(self) -> float:
        """The 99th percentile of the source's own delay."""
        return float(np.percentile(self.late, 99)) * 1000 if self.late else float("nan")

    @property
    def judged_per_s(self) -> float:
        """Calls that were judged, rather than sent on."""
        return sum(self.assessed[one] for one in JUDGED) / self.lasted_s

    @property
    def judged_per_cpu_s(self) -> float:
        """The same for each second of processor time that the service got: neighbours take none of it."""
        return sum(self.assessed[one] for one in JUDGED) / self.cpu_s

    @property
    def answered_per_s(self) -> float:
        """Calls that were answered at all."""
        return len(self.seconds) / self.lasted_s


def offer(service: Service, *plans: Plan) -> list[Seen]:
    """Carry out plans, all at the same time, each in a process of its own."""
    ends, sources, before_s = [], [], service.cpu_s()
    for plan in plans:
        here, there = multiprocessing.Pipe(duplex=False)
        source = multiprocessing.Process(target=_run, args=(there, plan, service.port, service.key))
        source.start()
        # So that a process that dies is heard of, instead of waited for.
        there.close()
        ends.append(here)
        sources.append(source)
    seen: list[Seen] = [end.recv() for end in ends]
    for source in sources:
        source.join()
    for one in seen:
        one.cpu_s = service.cpu_s() - before_s
    return seen


def _run(told: Connection, plan: Plan, port: int, key: str) -> None:
    told.send(_Source(plan, port, key).run())


@dataclass(slots=True, eq=False)
class _Line:
    """One connection, and the call that it is busy with."""

    socket: socket.socket
    due: float = 0.0
    unsent: memoryview = field(default_factory=lambda: memoryview(b""))
    answer: bytes = b""


class _Source:
    """Makes the calls of one plan."""

    def __init__(self, plan: Plan, port: int, key: str) -> None:
        self._plan = plan
        self._address = ("127.0.0.1", port)
        self._requests = _requests(plan, key)
        self._seen = Seen()
        self._poll = select.epoll()
        self._lines: dict[int, _Line] = {}
        self._idle: deque[_Line] = deque()
        self._waiting: deque[float] = deque()
        for _ in range(plan.lines):
            self._open()

    def run(self) -> Seen:
        """Make all calls and wait for their answers."""
        started = time.perf_counter()
        end = started + self._plan.for_s
        due = deque(self._clock(started))
        while due or self._busy:
            now = time.perf_counter()
            if now > end + PATIENCE_S:
                self._seen.errors += self._busy + len(self._waiting)
                break
            while due and due[0] <= now:
                moment = due.popleft()
                self._seen.late.append(now - moment)
                self._waiting.append(moment)
            self._send_waiting()
            self._read(min(max(due[0] - now, 0.0), 0.05) if due else 0.05, end)
        self._seen.lasted_s = min(time.perf_counter(), end) - started
        return self._seen

    @property
    def _busy(self) -> int:
        return len(self._lines) - len(self._idle)

    def _clock(self, started: float) -> Iterable[float]:
        if self._plan.per_s is None:
            return [started] * self._plan.lines
        return (
            started + number / self._plan.per_s
            for number in range(round(self._plan.per_s * self._plan.for_s))
        )

    def _open(self) -> None:
        line = _Line(socket.create_connection(self._address, timeout=PATIENCE_S))
        line.socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        line.socket.setblocking(False)
        self._lines[line.socket.fileno()] = line
        self._poll.register(line.socket, select.EPOLLIN)
        self._idle.append(line)

    def _send_waiting(self) -> None:
        while self._waiting and self._idle:
            line = self._idle.popleft()
            line.due, line.answer = self._waiting.popleft(), b""
            line.unsent = memoryview(next(self._requests))
            self._send(line)

    def _send(self, line: _Line) -> None:
        try:
            line.unsent = line.unsent[line.socket.send(line.unsent) :]
        except BlockingIOError:
            pass
        except OSError:
            self._lose(line)
            return
        wanted = select.EPOLLIN | (select.EPOLLOUT if line.unsent else 0)
        self._poll.modify(line.socket, wanted)

    def _read(self, wait_s: float, end: float) -> None:
        for number, event in self._poll.poll(wait_s):
            line = self._lines[number]
            if event & select.EPOLLOUT:
                self._send(line)
            elif not self._take(line):
                self._lose(line)
            elif _is_whole(line.answer):
                self._note(line)
                self._idle.append(line)
                if self._plan.per_s is None and time.perf_counter() < end:
                    self._waiting.append(time.perf_counter())
        self._send_waiting()

    def _take(self, line: _Line) -> bool:
        try:
            received = line.socket.recv(65536)
        except OSError:
            return False
        line.answer += received
        return bool(received)

    def _note(self, line: _Line) -> None:
        seconds = time.perf_counter() - line.due
        self._seen.seconds.append(seconds)
        assessed = line.answer.partition(b'"assessed":"')[2].partition(b'"')[0].decode()
        if line.answer[9:12] != b"200" or not assessed:
            self._seen.errors += 1
            return
        self._seen.assessed[assessed] += 1
        if assessed in JUDGED:
            self._seen.judged.append(seconds)

    def _lose(self, line: _Line) -> None:
        """Count a connection that broke, in the middle of a call or before one, and open another."""
        self._seen.errors += 1
        if line in self._idle:
            self._idle.remove(line)
        del self._lines[line.socket.fileno()]
        line.socket.close()
        self._open()


def _is_whole(answer: bytes) -> bool:
    head, _, body = answer.partition(b"\r\n\r\n")
    length = head.lower().partition(b"content-length: ")[2].partition(b"\r\n")[0]
    return bool(length) and len(body) >= int(length)


def _requests(plan: Plan, key: str) -> Iterator[bytes]:
    audio = clip()
    for call_id, record in records(plan.prefix):
        kind, body = as_form(record, audio) if plan.sound else as_json(record)
        head = (
            f"POST /v1/calls/{call_id}/screening HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Type: {kind}\r\n"
            f"Authorization: Bearer {key}\r\nContent-Length: {len(body)}\r\n\r\n"
        )
        yield head.encode() + body
