"""The outermost layer: times and counts each request, and answers every refusal and fault as a problem."""

from __future__ import annotations

import logging
import time
import traceback
import uuid
from collections.abc import Mapping

from starlette.types import ASGIApp, Message, Receive, Scope, Send

from prankfilter_api import problems
from prankfilter_api.bodies import ClientGone
from prankfilter_api.metrics import Metrics

log = logging.getLogger("prankfilter.api")

UNMATCHED = "unmatched"

TICKET = "prankfilter.ticket"
"""Where a request's scope holds its leave to be worked on."""

STARTED = "prankfilter.started"
"""Where a request's scope holds the moment at which its headers were there, by `time.perf_counter`."""

_NOSNIFF = (b"x-content-type-options", b"nosniff")
_CLIENT_GONE = 499

STATUS_OF: Mapping[str, Mapping[str, int]] = {
    "http": {},
    "websocket": {"websocket.accept": 101, "websocket.close": 403},
}


class Edge:
    """ASGI middleware. Written by hand since it stands in the way of every call."""

    def __init__(self, app: ASGIApp, metrics: Metrics) -> None:
        self._app = app
        self._metrics = metrics

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one request; nothing that goes wrong in it leaves this function unanswered."""
        if scope["type"] not in STATUS_OF:
            await self._app(scope, receive, send)
            return
        started = scope.setdefault(STARTED, time.perf_counter())
        status = 0

        async def watched(message: Message) -> None:
            nonlocal status
            if message["type"].endswith("http.response.start"):
                status = message["status"]
                message["headers"].append(_NOSNIFF)
            # What a WebSocket begins with, or ends with before it began, says its status by its name.
            status = status or STATUS_OF[scope["type"]].get(message["type"], 0)
            await send(message)

        try:
            await self._app(scope, receive, watched)
        except ClientGone:
            pass
        except Exception as refusal:
            if status:
                raise
            await self._answer(refusal, scope, receive, watched)
        finally:
            if TICKET in scope:
                scope[TICKET].give_back()
            seconds = time.perf_counter() - started
            method = scope.get("method", "GET")
            self._metrics.request(_template(scope), method, status or _CLIENT_GONE, seconds)

    async def _answer(self, refusal: Exception, scope: Scope, receive: Receive, send: Send) -> None:
        instance = f"urn:uuid:{uuid.uuid4()}"
        row = problems.problem_of(refusal)
        if row is problems.INTERNAL:
            self._metrics.failures.inc()
            # Without the exception's message: it may quote what somebody sent.
            frames = "".join(traceback.format_tb(refusal.__traceback__))
            log.error("%s %s\n%s", instance, type(refusal).__name__, frames)
        elif row.status >= problems.SERVER_FAULTS:
            log.warning("%s %s: %s", instance, type(refusal).__name__, refusal)
        await problems.answer(refusal, scope["path"], instance)(scope, receive, send)


def _template(scope: Scope) -> str:
    """Name the route by its template: a path could hold a number."""
    route = scope.get("route")
    return getattr(route, "path_format", UNMATCHED)
