"""Ask prankfilter how to route a call. Whatever goes wrong, the answer is ``normal``, and it comes in time.

One file, standard library only: copy it beside your router. As a module (any number of threads at once)::

    client = Client("http://127.0.0.1:8112", key)
    client.advice("a84b4c76@10.0.0.1", {"calling_number": "+6281100001234", "calls_waiting": 2})

As a command it prints one word and ends with 0, always; why it is ``normal`` goes to standard error::

    python prankfilter_client.py --url http://127.0.0.1:8112 --key-file router.key < record.json

A record is a JSON object with the fields of api/README.md, for the command also ``call_id``. The deadline
holds for the whole exchange, from resolving the name to the last byte: if it held for each read alone, a
server that drips could keep the call for as long as it likes.
"""

from __future__ import annotations

import argparse
import http.client
import io
import json
import os
import selectors
import socket
import ssl
import sys
import threading
import time
import urllib.parse
import uuid
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

NORMAL = "normal"
WORDS = frozenset({NORMAL, "priority", "verify"})
"""All the advice there is. A word that is not here is ``normal``."""

MOST_BYTES = 4096
"""Longest answer that is read; one word is expected."""

SERVICE_SHARE = 0.6
"""Of the deadline, what the service is told to be done within; the rest is for the way there and back."""

ADDRESSES_S = 30.0
"""How long resolved addresses are used before they are looked up again, beside the calls."""


class Refused(Exception):
    """The answer is of no use; the message names why in one word."""


class Client:
    """Asks one service, with a key of scope ``router``.

    ``deadline_ms`` is the most that a question may take. After ``open_after`` failures in a row the service
    is left alone; once in each ``rest_ms`` one call asks again. ``faults`` counts why there was no advice.
    """

    def __init__(
        self,
        url: str,
        key: str,
        *,
        deadline_ms: float = 200.0,
        open_after: int = 5,
        rest_ms: float = 2000.0,
        now: Callable[[], float] = time.monotonic,
    ) -> None:
        self.faults: Counter[str] = Counter()
        self._breaker = Breaker(open_after, rest_ms / 1000, now)
        self._service, self._key = _Service(url, now), key
        self._deadline_ms, self._now, self._lock = deadline_ms, now, threading.Lock()

    def advice(self, call_id: str, record: Mapping[str, Any], audio: bytes | None = None) -> str:
        """Ask how to route one call, with a recording (WAV) if there is one: one of `WORDS`. Never raises."""
        try:
            return self._ask(call_id, record, audio, self._now() + self._deadline_ms / 1000)
        except Exception as problem:
            self._count(problem)
            return NORMAL

    def tell(self, call_id: str, facts: Mapping[str, Any], *, deadline_ms: float = 2000.0) -> bool:
        """Tell how a call went on (``answered_at``, ``ended_at``, ``ended_by``); whether it is kept.

        Never raises. It waits for a disk, so do it beside the routing, and repeat it until it is True.
        """
        try:
            request = self._request("PATCH", call_id, "", _json(facts), {"Content-Type": "application/json"})
            self._service.exchange(request, self._now() + deadline_ms / 1000)
        except Exception as problem:
            self._count(problem)
            return False
        return True

    def close(self) -> None:
        """Hang up; it may be used again."""
        self._service.close()

    def _ask(self, call_id: str, record: Mapping[str, Any], audio: bytes | None, until: float) -> str:
        kind, body = ("application/json", _json(record)) if audio is None else _form(_json(record), audio)
        service_ms = str(int((until - self._now()) * 1000 * SERVICE_SHARE))
        headers = {"Content-Type": kind, "Accept": "text/plain", "X-Request-Deadline-Ms": service_ms}
        request = self._request("POST", call_id, "/screening", body, headers)
        if not self._breaker.admits():
            raise Refused("open_circuit")
        answer = None
        try:
            answer = self._service.exchange(request, until)
        finally:
            self._breaker.note(answer is not None)
        word = answer.decode("ascii", "replace")
        if word not in WORDS:
            raise Refused("unknown_word")
        return word

    def _request(self, method: str, call_id: str, rest: str, body: bytes, more: Mapping[str, str]) -> bytes:
        path = f"{self._service.path}/v1/calls/{urllib.parse.quote(call_id, safe='')}{rest}"
        headers = {"Host": self._service.host, "Authorization": f"Bearer {self._key}", **more}
        lines = [f"{method} {path} HTTP/1.1", *(f"{name}: {value}" for name, value in headers.items())]
        return "\r\n".join([*lines, f"Content-Length: {len(body)}", "", ""]).encode() + body

    def _count(self, problem: Exception) -> None:
        with self._lock:
            self.faults[fault_name(problem)] += 1


def fault_name(problem: Exception) -> str:
    """Name what went wrong, in one word, without anything of the call in it."""
    if isinstance(problem, Refused):
        return str(problem)
    kinds = ((TimeoutError, "deadline"), (OSError, "unreachable"), (http.client.HTTPException, "bad_answer"))
    return next((name for kind, name in kinds if isinstance(problem, kind)), "bad_record")


class Breaker:
    """Leaves a service alone after so many failures in a row; once in each rest one call asks again."""

    def __init__(self, open_after: int, rest_s: float, now: Callable[[], float]) -> None:
        self._open_after, self._rest_s, self._now = open_after, rest_s, now
        self._failures, self._asked_at = 0, now()
        self._lock = threading.Lock()

    def admits(self) -> bool:
        """Whether the service may be asked now."""
        with self._lock:
            if self._failures >= self._open_after and self._now() - self._asked_at < self._rest_s:
                return False
            self._asked_at = self._now()
            return True

    def note(self, answered: bool) -> None:
        """Remember how it went."""
        with self._lock:
            self._failures = 0 if answered else self._failures + 1


class _Service:
    """Where the service is, and the open connections to it."""

    def __init__(self, url: str, now: Callable[[], float]) -> None:
        parts = urllib.parse.urlsplit(url)
        if parts.scheme not in ("http", "https") or not parts.hostname:
            raise ValueError(f"url={url!r} must begin with http:// or https:// and name a host")
        self.host, self.path, self._name = (
            parts.netloc.rpartition("@")[2],
            parts.path.rstrip("/"),
            parts.hostname,
        )
        self._tls = ssl.create_default_context() if parts.scheme == "https" else None
        self._addresses = _Addresses(parts.hostname, parts.port or (443 if self._tls else 80), now)
        self._idle: list[socket.socket] = []
        self._now = now

    def exchange(self, request: bytes, until: float) -> bytes:
        """Send a request and return the body of its 200."""
        while (kept := self._kept()) is not None:
            try:
                return self._over(kept, request, until)
            except ConnectionError:
                continue  # closed while idle; a repeat is the same question
        return self._over(self._connected(until), request, until)

    def close(self) -> None:
        while self._idle:
            self._idle.pop().close()

    def _kept(self) -> socket.socket | None:
        while self._idle:
            try:
                line = self._idle.pop()
            except IndexError:  # another thread took it
                break
            if _is_silent(line):
                return line
            line.close()
        return None

    def _over(self, line: socket.socket, request: bytes, until: float) -> bytes:
        reading = _Reading(line, lambda: self._left(until))
        try:
            line.settimeout(self._left(until))
            line.sendall(request)
            answer = http.client.HTTPResponse(reading)  # type: ignore[arg-type]
            answer.begin()
            body = _whole_body(answer)
        except BaseException:
            line.close()
            raise
        line.close() if answer.will_close else self._idle.append(line)
        if answer.status != 200:
            raise Refused(f"status_{answer.status}")
        return body

    def _connected(self, until: float) -> socket.socket:
        addresses, problem = self._addresses.known(until), OSError("no address")
        for number, (family, address) in enumerate(addresses):
            line = socket.socket(family, socket.SOCK_STREAM)
            try:
                # A dead address must leave time for the next one.
                line.settimeout(self._left(until) / (len(addresses) - number))
                line.connect(address)
                line.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
                line.settimeout(self._left(until))
                return self._tls.wrap_socket(line, server_hostname=self._name) if self._tls else line
            except OSError as problem_here:
                line.close()
                problem = problem_here
        raise problem

    def _left(self, until: float) -> float:
        left = until - self._now()
        if left <= 0:
            raise TimeoutError
        return left


class _Addresses:
    """Addresses of a host, looked up in a thread of its own: a resolver cannot be told to hurry."""

    def __init__(self, host: str, port: int, now: Callable[[], float]) -> None:
        self._host, self._port, self._now = host, port, now
        self._found: list[tuple[int, Any]] = []
        self._found_at, self._looking = 0.0, False
        self._changed = threading.Condition()

    def known(self, until: float) -> list[tuple[int, Any]]:
        """Return the addresses; old ones at once while new ones are looked up."""
        with self._changed:
            if not self._looking and (not self._found or self._now() - self._found_at > ADDRESSES_S):
                self._looking = True
                threading.Thread(target=self._look_up, daemon=True).start()
            if not self._found and not self._changed.wait_for(lambda: not self._looking, until - self._now()):
                raise TimeoutError
            return self._found

    def _look_up(self) -> None:
        try:
            rows = socket.getaddrinfo(self._host, self._port, type=socket.SOCK_STREAM)
        except (OSError, UnicodeError):
            rows = []
        with self._changed:
            self._found = [(row[0], row[4]) for row in rows] or self._found
            self._found_at, self._looking = self._now(), False
            self._changed.notify_all()


class _Reading(io.RawIOBase):
    """What arrives on a connection, each read within what is left of the deadline."""

    def __init__(self, line: socket.socket, left: Callable[[], float]) -> None:
        self._line, self._left = line, left

    def makefile(self, *_: Any) -> io.BufferedReader:
        return io.BufferedReader(self)

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Any) -> int:
        self._line.settimeout(self._left())
        return self._line.recv_into(buffer)


def _whole_body(answer: http.client.HTTPResponse) -> bytes:
    """Read an answer that says where it ends; a part of one is none."""
    if answer.length is None and not answer.chunked:
        raise Refused("unframed")
    body = answer.read(MOST_BYTES)
    if answer.read(1):
        raise Refused("too_long")
    if answer.length:
        raise Refused("cut_off")
    return body


def _is_silent(line: socket.socket) -> bool:
    """Whether an idle connection has neither ended nor said anything unasked."""
    with selectors.DefaultSelector() as selector:
        selector.register(line, selectors.EVENT_READ)
        return not selector.select(0)


def _json(members: Mapping[str, Any]) -> bytes:
    """Write a JSON object; times are written as RFC 3339, and nan is refused."""
    return json.dumps(members, allow_nan=False, default=lambda time_: time_.isoformat()).encode()


def _form(call: bytes, audio: bytes) -> tuple[str, bytes]:
    edge = uuid.uuid4().hex
    head = f'--{edge}\r\nContent-Disposition: form-data; name="%s"\r\nContent-Type: %s\r\n\r\n'
    parts = (head % ("call", "application/json")).encode() + call + b"\r\n"
    parts += (head % ('audio"; filename="audio', "audio/wav")).encode() + audio
    return f"multipart/form-data; boundary={edge}", parts + f"\r\n--{edge}--\r\n".encode()


def main(arguments: Sequence[str] | None = None) -> None:
    """Print one word for the record on standard input."""
    told = [(NORMAL, "deadline")]
    try:
        said = _read_options(arguments)
    except SystemExit as stop:
        if not stop.code:
            raise
        told = [(NORMAL, "usage")]
    else:
        # Whoever feeds standard input may never end it.
        asking = threading.Thread(target=lambda: told.append(_answer(said)), daemon=True)
        asking.start()
        asking.join(said.deadline_ms / 1000)
    word, why = told[-1]
    sys.stderr.write(f"prankfilter_client: {why}\n" if why else "")
    sys.stdout.write(f"{word}\n")
    sys.stdout.flush()


def _read_options(arguments: Sequence[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--url", required=True, help="where the service is, such as http://127.0.0.1:8112")
    parser.add_argument("--key-file", type=Path, required=True, help="file with a key of scope router")
    parser.add_argument("--audio", type=Path, help="a recording of the caller, as WAV")
    parser.add_argument("--deadline-ms", type=float, default=200.0, help="limit of the whole exchange (200)")
    return parser.parse_args(arguments)


def _answer(said: argparse.Namespace) -> tuple[str, str]:
    """Ask, and say why there is no advice."""
    try:
        client = Client(said.url, said.key_file.read_text().strip(), deadline_ms=said.deadline_ms)
        record = json.loads(sys.stdin.buffer.read())
        audio = said.audio.read_bytes() if said.audio else None
        word = client.advice(record.pop("call_id"), record, audio)
    except Exception as problem:
        return NORMAL, f"{type(problem).__name__} in what was given to it"
    return word, " ".join(client.faults)


if __name__ == "__main__":
    main()
    os._exit(0)  # a thread may still wait for standard input
