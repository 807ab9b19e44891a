"""A telephone that speaks SIP over UDP as badly as a test wants."""

from __future__ import annotations

import re
import socket
from collections.abc import Callable
from types import TracebackType
from typing import Self

PATIENCE_S = 30.0

STATUS = re.compile(rb"SIP/2\.0 (\d{3}) .*?^CSeq:\s*\d+ (\w+)", re.DOTALL | re.MULTILINE | re.IGNORECASE)


class Phone:
    """Sends requests to a router and hears its replies."""

    def __init__(self, router_port: int) -> None:
        self._socket = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self._socket.bind(("127.0.0.1", 0))
        self._socket.settimeout(PATIENCE_S)
        self._router = ("127.0.0.1", router_port)
        self.port: int = self._socket.getsockname()[1]

    def __enter__(self) -> Self:
        """Nothing to do: it is there."""
        return self

    def __exit__(
        self, _: type[BaseException] | None, __: BaseException | None, ___: TracebackType | None
    ) -> None:
        """Let the port go."""
        self._socket.close()

    def invite(self, call_id: str, target: str = "sip:112@127.0.0.1", *, more: str = "", **over: str) -> None:
        """Call; headers may be replaced by name, or added."""
        self.send(self.request("INVITE", call_id, target, more=more, **over))

    def cancel(self, call_id: str) -> None:
        """Give up before there is an answer."""
        self.send(self.request("CANCEL", call_id, "sip:112@127.0.0.1"))

    def request(self, method: str, call_id: str, target: str, *, more: str = "", **over: str) -> bytes:
        """Write one request of a call."""
        headers = {
            "Via": f"SIP/2.0/UDP 127.0.0.1:{self.port};branch=z9hG4bK{abs(hash(call_id))}",
            "From": f"<sip:+6281200000123@127.0.0.1>;tag={abs(hash(call_id))}",
            "To": "<sip:112@127.0.0.1>",
            "Call-ID": call_id,
            "CSeq": f"1 {method}",
            "Contact": f"<sip:phone@127.0.0.1:{self.port}>",
            "Max-Forwards": "70",
            "Content-Length": "0",
        }
        headers |= {name.replace("_", "-"): value for name, value in over.items()}
        lines = [f"{method} {target} SIP/2.0", *(f"{name}: {value}" for name, value in headers.items())]
        return ("\r\n".join(lines) + "\r\n" + more + "\r\n").encode("utf-8", "surrogateescape")

    def send(self, datagram: bytes) -> None:
        """Send anything."""
        self._socket.sendto(datagram, self._router)

    def hear_until(self, enough: Callable[[set[tuple[int, str]]], bool]) -> set[tuple[int, str]]:
        """Collect statuses and the methods that they answer, until it is enough."""
        heard: set[tuple[int, str]] = set()
        while not enough(heard):
            told = STATUS.match(self._socket.recv(65536))
            if told:
                heard.add((int(told[1]), told[2].decode()))
        return heard
