"""The server's side of a connection, which sends calls on by itself while there is too much work.

Whatever is let in goes the usual way: server, application, route. What is not is answered here, as soon as
its headers are there and before anything of its body is looked at. Behind a server that knows nothing of this
the route does the same.
"""

from __future__ import annotations

import time
from typing import Any, cast
from urllib.parse import unquote

from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

from prankfilter.privacy.api_keys import Action
from prankfilter.wiring.admission import Kind, Ticket, Why
from prankfilter_api.answers import wants_word
from prankfilter_api.aside import HEAD_BYTES
from prankfilter_api.edge import STARTED, TICKET
from prankfilter_api.routes.screening import call_id_at, kind_of
from prankfilter_api.state import State

_HEAD = (
    b"content-type: %b\r\ncontent-length: %d\r\n"
    b"cache-control: no-store\r\nx-content-type-options: nosniff\r\n"
)


class FrontDoor(HttpToolsProtocol):
    """One connection."""

    _sent_on = ""
    """The id of the call that was sent on, while its request lasts."""
    _head = b""
    _closes = False

    def on_message_begin(self) -> None:
        """Begin a request."""
        super().on_message_begin()
        self._sent_on, self._head, self._closes = "", b"", False

    def on_headers_complete(self) -> None:
        """Let a request in, or answer it."""
        if self.url.partition(b"?")[0].endswith(b"/screening") and self._is_sent_on():
            return
        super().on_headers_complete()

    def on_body(self, body: bytes) -> None:
        """Take in a piece of the body."""
        if not self._sent_on:
            super().on_body(body)
        elif len(self._head) < HEAD_BYTES:
            self._head += body[:HEAD_BYTES]

    def on_message_complete(self) -> None:
        """End a request."""
        if not self._sent_on:
            super().on_message_complete()
            return
        headers: dict[bytes, bytes] = dict(self.headers)
        cast(State, self.app_state)["aside"].put(self._sent_on, _text(headers, b"content-type"), self._head)
        if self._closes:
            self.transport.close()
        self.on_response_complete()

    def _is_sent_on(self) -> bool:
        state = cast(State, self.app_state)
        if (self.cycle is not None and not self.cycle.response_complete) or "screener" not in state:
            return False
        path = unquote(self.url.partition(b"?")[0].decode("ascii", "replace"))
        call_id = call_id_at(self.parser.get_method(), path)
        headers: dict[bytes, bytes] = dict(self.headers)
        if call_id is None or not state["keys"].knows(_text(headers, b"authorization"), Action.SCREEN):
            return False
        kind = kind_of(_text(headers, b"content-type"))
        entered = state["screener"].admission.enter(kind, call_id)
        if isinstance(entered, Ticket):
            scope = cast(dict[str, Any], self.scope)
            scope[TICKET], scope[STARTED] = entered, time.perf_counter()
            return False
        self._send_on(state, call_id, kind, entered, word=wants_word(_text(headers, b"accept")))
        return True

    def _send_on(self, state: State, call_id: str, kind: Kind, why: Why, *, word: bool) -> None:
        body = state["shedding"].send_on(call_id, kind, why, word=word)
        self._sent_on = call_id
        # Who waits for "100 Continue" sends no body after this, and nobody could tell what comes instead.
        self._closes = self.expect_100_continue or not self.parser.should_keep_alive()
        lines = [b"HTTP/1.1 200 OK\r\n"]
        lines += [b"%b: %b\r\n" % line for line in self.server_state.default_headers]
        lines.append(_HEAD % (b"text/plain; charset=utf-8" if word else b"application/json", len(body)))
        if self._closes:
            lines.append(b"connection: close\r\n")
        self.transport.write(b"".join((*lines, b"\r\n", body)))
        if self.expect_100_continue:
            self.transport.close()


def _text(headers: dict[bytes, bytes], name: bytes) -> str:
    return headers.get(name, b"").decode("latin-1")
