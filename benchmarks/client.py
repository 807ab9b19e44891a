"""One keep-alive connection over a plain socket: a client that costs next to nothing itself."""

from __future__ import annotations

import json
import socket
from typing import Any


class Client:
    """Sends one request at a time and reads its answer."""

    def __init__(self, port: int, *, key: str = "", timeout_s: float = 30.0) -> None:
        self._socket = socket.create_connection(("127.0.0.1", port), timeout=timeout_s)
        self._socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self._key = key

    def request(self, method: str, path: str, kind: str = "", body: bytes = b"") -> bytes:
        """Make the bytes of a request."""
        head = f"{method} {path} HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Length: {len(body)}\r\n"
        if kind:
            head += f"Content-Type: {kind}\r\n"
        if self._key:
            head += f"Authorization: Bearer {self._key}\r\n"
        return f"{head}\r\n".encode() + body

    def ask(self, request: bytes) -> tuple[int, bytes]:
        """Send a request; returns status and body of the answer."""
        self._socket.sendall(request)
        answer = b""
        while b"\r\n\r\n" not in answer:
            answer += self._receive()
        head, _, body = answer.partition(b"\r\n\r\n")
        length = int(head.lower().partition(b"content-length: ")[2].partition(b"\r\n")[0])
        while len(body) < length:
            body += self._receive()
        return int(head[9:12]), body

    def members(self, request: bytes) -> dict[str, Any]:
        """Send a request that must succeed; returns its JSON."""
        status, body = self.ask(request)
        if status != 200:
            raise RuntimeError(f"status {status}: {body[:200]!r}")
        answer: dict[str, Any] = json.loads(body)
        return answer

    def close(self) -> None:
        """Hang up."""
        self._socket.close()

    def _receive(self) -> bytes:
        received = self._socket.recv(65536)
        if not received:
            raise ConnectionError("the service hung up")
        return received
