"""Calls at an even pace over one UDP socket, and how long each took to ring (SIPp has steps of 4 ms)."""

from __future__ import annotations

import re
import socket
import time

LONGEST_S = 5.0
"""How long the last calls may take."""

AGAIN_S = 0.5
"""After so long without any reply an INVITE is sent again, and again after twice as long (RFC 3261, T1)."""

HEADER = r"^(?:{}):\s*(.+?)\s*$"


class Caller:
    """Sends INVITEs to a router on loopback, answers what comes back, and hangs up."""

    def __init__(self, router_port: int, prefix: str) -> None:
        self._router, self._prefix = ("127.0.0.1", router_port), prefix
        self._socket = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self._socket.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 1 << 20)
        self._socket.bind(("127.0.0.1", 0))
        self._port = self._socket.getsockname()[1]
        self._sent_s: dict[str, float] = {}
        self._rang_s: dict[str, float] = {}
        self._unheard: dict[str, tuple[float, float]] = {}
        """Calls without any reply yet: when the next INVITE is due, and the pause after that."""

    def call(self, calls: int, per_s: float) -> list[float]:
        """Make calls; seconds from each INVITE to its ringing, inf for one that never rang."""
        started = time.perf_counter()
        for number in range(calls):
            self._hear_until(started + number / per_s)
            self._invite(f"{self._prefix}-{number}")
        until = time.perf_counter() + LONGEST_S
        while len(self._rang_s) < calls and time.perf_counter() < until:
            self._hear_until(time.perf_counter() + 0.05)
        self._hear_until(time.perf_counter() + 0.3)  # answers, to be acknowledged
        self._socket.close()
        return [self._rang_s.get(one, float("inf")) - sent_s for one, sent_s in self._sent_s.items()]

    def _hear_until(self, until: float) -> None:
        while (left := until - time.perf_counter()) > 0:
            self._send_again()
            self._socket.settimeout(min(left, AGAIN_S / 10))
            try:
                self._hear(self._socket.recv(65536), time.perf_counter())
            except TimeoutError:
                continue

    def _send_again(self) -> None:
        now = time.perf_counter()
        for call_id, (due_s, pause_s) in self._unheard.items():
            if now >= due_s:
                self._unheard[call_id] = (now + 2 * pause_s, 2 * pause_s)
                self._send_invite(call_id)

    def _hear(self, datagram: bytes, at_s: float) -> None:
        reply = datagram.decode("latin-1")
        status, _, call_id = reply[8:11], reply[:7], _headers(reply, "Call-ID")[0]
        self._unheard.pop(call_id, None)
        if status in ("180", "183"):
            self._rang_s.setdefault(call_id, at_s)
        elif status == "200" and _headers(reply, "CSeq")[0].endswith("INVITE"):
            target = _headers(reply, "Contact")[0].strip("<>")
            routes = "".join(f"Route: {route}\r\n" for route in reversed(_headers(reply, "Record-Route")))
            to = _headers(reply, "To")[0]
            for number, method in ((1, "ACK"), (2, "BYE")):
                self._send(method, target, call_id, number, to, routes)

    def _invite(self, call_id: str) -> None:
        now = self._sent_s[call_id] = time.perf_counter()
        self._unheard[call_id] = (now + AGAIN_S, AGAIN_S)
        self._send_invite(call_id)

    def _send_invite(self, call_id: str) -> None:
        number = int(call_id.rpartition("-")[2])
        asserted = f"P-Asserted-Identity: <sip:+62811{number:07d}@operator.example>\r\n"
        self._send("INVITE", "sip:112@127.0.0.1", call_id, 1, "<sip:112@127.0.0.1>", asserted)

    def _send(self, method: str, target: str, call_id: str, number: int, to: str, more: str) -> None:
        request = (
            f"{method} {target} SIP/2.0\r\n"
            f"Via: SIP/2.0/UDP 127.0.0.1:{self._port};branch=z9hG4bK-{method}-{call_id}\r\n"
            f"From: <sip:caller@127.0.0.1>;tag=t{call_id}\r\nTo: {to}\r\nCall-ID: {call_id}\r\n"
            f"CSeq: {number} {method}\r\nContact: <sip:caller@127.0.0.1:{self._port}>\r\n"
            f"Max-Forwards: 70\r\n{more}Content-Length: 0\r\n\r\n"
        )
        self._socket.sendto(request.encode("latin-1"), self._router)


def _headers(message: str, name: str) -> list[str]:
    return re.findall(HEADER.format(name), message, re.MULTILINE | re.IGNORECASE)
