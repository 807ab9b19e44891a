"""A service on a real socket that answers as a test says, mostly wrongly: for clients and routers to bear."""

from __future__ import annotations

import contextlib
import json
import socket
import struct
import threading
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from urllib.parse import unquote

DRIP_S = 0.1
"""Between two bytes of a server that drips."""


@dataclass(frozen=True)
class Asked:
    """One request."""

    method: str
    path: str
    headers: Mapping[str, str]
    body: bytes

    @property
    def call_id(self) -> str:
        """The call that it is about."""
        return unquote(self.path.removeprefix("/v1/calls/").partition("/")[0])


@dataclass
class Faulty:
    """Answers every screening as ``fault`` says, and facts as told; remembers what it was asked.

    Attributes
    ----------
    fault : str
        A name of `FAULTS`, or ``raw``: then ``raw`` is sent as it is and the connection closed.
    fault_of : callable, optional
        The fault for a call id, where calls are to meet different ones.
    word_of : callable
        The word for a call id, where the fault lets one through.
    keep : callable
        The status of the answer to a fact, after it was noted in ``told``.
    named : dict
        The word that was said for each call, as far as the whole of it was sent.
    """

    port: int
    fault: str = "none"
    raw: bytes = b""
    fault_of: Callable[[str], str] | None = None
    word_of: Callable[[str], str] = lambda call_id: "verify"
    keep: Callable[[Asked], str] = lambda fact: "200 OK"
    asked: list[Asked] = field(default_factory=list)
    told: list[Asked] = field(default_factory=list)
    named: dict[str, str] = field(default_factory=dict)
    closing: threading.Event = field(default_factory=threading.Event)
    connections: int = 0

    @property
    def url(self) -> str:
        """Where it listens."""
        return f"http://127.0.0.1:{self.port}"

    def serve(self, line: socket.socket) -> None:
        """Answer one connection until it ends."""
        with contextlib.suppress(OSError), line, line.makefile("rb") as arriving:
            while asked := _read_request(arriving):
                if not asked.path.endswith("/screening"):
                    self.told.append(asked)
                    line.sendall(answer(b"{}", status=self.keep(asked), kind="application/json"))
                    continue
                self.asked.append(asked)
                fault = self.fault_of(asked.call_id) if self.fault_of else self.fault
                if fault == "raw":
                    line.sendall(self.raw)
                    return
                if not FAULTS[fault](self, line, asked):
                    return


def answer(
    body: bytes,
    *,
    status: str = "200 OK",
    kind: str = "text/plain",
    length: int | None = None,
    more: str = "",
) -> bytes:
    """An answer whose length may be a lie."""
    told = len(body) if length is None else length
    head = f"HTTP/1.1 {status}\r\nContent-Type: {kind}\r\nContent-Length: {told}\r\n{more}\r\n"
    return head.encode() + body


def _read_request(arriving: object) -> Asked | None:
    readline, read = arriving.readline, arriving.read  # type: ignore[attr-defined]
    words = readline().decode("latin-1").split()
    if len(words) != 3:  # the end, or no HTTP at all
        return None
    method, path, _ = words
    headers = {}
    while line := readline().strip():
        name, _, value = line.decode("latin-1").partition(":")
        headers[name.lower()] = value.strip()
    return Asked(method, path, headers, read(int(headers.get("content-length", 0))))


# --- what it may do wrong: each says whether the connection goes on --------------------------------


def _none(service: Faulty, line: socket.socket, asked: Asked) -> bool:
    word = service.word_of(asked.call_id)
    service.named[asked.call_id] = word
    line.sendall(answer(word.encode()))
    return True


def _hang(service: Faulty, line: socket.socket, asked: Asked) -> bool:
    service.closing.wait()
    return False


def _drip(service: Faulty, line: socket.socket, asked: Asked) -> bool:
    for number in answer(service.word_of(asked.call_id).encode()):
        if service.closing.wait(DRIP_S):
            return False
        line.sendall(bytes([number]))
    return True


def _late(service: Faulty, line: socket.socket, asked: Asked) -> bool:
    """Later than any router waits, and then in one piece."""
    service.closing.wait(5 * DRIP_S)
    line.sendall(answer(service.word_of(asked.call_id).encode()))
    return True


def _reset(service: Faulty, line: socket.socket, asked: Asked) -> bool:
    line.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    return False


def _sends(*pieces: bytes) -> Callable[[Faulty, socket.socket, Asked], bool]:
    def send(service: Faulty, line: socket.socket, asked: Asked) -> bool:
        line.sendall(b"".join(pieces))
        return False

    return send


def _endless(piece: bytes, start: bytes = b"") -> Callable[[Faulty, socket.socket, Asked], bool]:
    def flood(service: Faulty, line: socket.socket, asked: Asked) -> bool:
        line.sendall(start)
        while not service.closing.is_set():
            line.sendall(piece)
        return False

    return flood


_VERIFY = json.dumps({"advice": "verify"}).encode()

FAULTS: Mapping[str, Callable[[Faulty, socket.socket, Asked], bool]] = {
    "none": _none,
    "hang": _hang,
    "drip": _drip,
    "late": _late,
    "reset": _reset,
    "hangs_up": _sends(),
    "status_500": _sends(answer(b"verify", status="500 Internal Server Error")),
    "status_204": _sends(answer(b"verify", status="204 No Content")),
    "redirect": _sends(answer(b"verify", status="302 Found", more="Location: /verify\r\n")),
    "empty": _sends(answer(b"")),
    "array": _sends(answer(b'["verify"]', kind="application/json")),
    "array_member": _sends(answer(b'{"advice": ["verify"]}', kind="application/json")),
    "json": _sends(answer(_VERIFY, kind="application/json")),
    "unknown_word": _sends(answer(b"reject")),
    "more_words": _sends(answer(b"verify verify")),
    "other_case": _sends(answer(b"VERIFY")),
    "not_utf8": _sends(answer(b"verify\xff\xfe\x00")),
    "garbage": _sends(bytes(range(256)) * 20),
    "no_http": _sends(b"verify"),
    "cut_off": _sends(answer(b"ver", length=6)),
    "cut_off_after_word": _sends(answer(b"verify", length=600)),
    "length_too_short": _sends(answer(b"verify and more", length=3)),
    "length_is_no_number": _sends(b"HTTP/1.1 200 OK\r\nContent-Length: six\r\n\r\nverify"),
    "unframed": _sends(b"HTTP/1.1 200 OK\r\n\r\nverify"),
    "chunk_cut_off": _sends(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n6\r\nver"),
    "too_long": _sends(answer(b"verify" + b" " * 1_000_000)),
    "endless_line": _endless(b"verify" * 100, b"HTTP/1.1 200 OK\r\nX-More: "),
    "endless_head": _endless(b"X-More: verify\r\n", b"HTTP/1.1 200 OK\r\n"),
    "endless_continue": _endless(b"HTTP/1.1 100 Continue\r\n\r\n"),
    "endless_body": _endless(b"verify", b"HTTP/1.1 200 OK\r\nContent-Length: 999999999999\r\n\r\n"),
    "endless_chunks": _endless(b"6\r\nverify\r\n", b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n"),
    "endless_trailer": _endless(
        b"X-More: verify\r\n", b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n6\r\nverify\r\n0\r\n"
    ),
}


@contextmanager
def faulty(port: int = 0, fault: str = "none") -> Iterator[Faulty]:
    """Serve on a port until the end of a test."""
    with socket.create_server(("127.0.0.1", port), backlog=1024) as listening:
        service = Faulty(listening.getsockname()[1], fault)
        lines: list[socket.socket] = []

        def accept() -> None:
            with contextlib.suppress(OSError):
                while True:
                    line, _ = listening.accept()
                    service.connections += 1
                    lines.append(line)
                    threading.Thread(target=service.serve, args=(line,), daemon=True).start()

        accepting = threading.Thread(target=accept, daemon=True)
        accepting.start()
        try:
            yield service
        finally:
            service.closing.set()
            listening.shutdown(socket.SHUT_RDWR)
            accepting.join()
            for line in lines:
                with contextlib.suppress(OSError):
                    line.shutdown(socket.SHUT_RDWR)
