"""The one route that calls wait for.

FastAPI documents it and never serves it: `Shortcut` hands requests to the endpoint past the framework's own
layers, and it reads and writes by hand. What it takes and gives is held to its documentation by tests.
"""

from __future__ import annotations

import asyncio
import dataclasses
import math
import time
from typing import Any

from fastapi import APIRouter
from fastapi.routing import APIRoute
from starlette.requests import Request
from starlette.responses import Response
from starlette.types import ASGIApp, Receive, Scope, Send

from prankfilter import errors
from prankfilter.privacy.api_keys import Action
from prankfilter.vocabulary import Decision
from prankfilter.wiring.admission import Kind, Ticket
from prankfilter.wiring.inquiry import ScreeningBody
from prankfilter_api import refusals
from prankfilter_api.answers import answer, answer_with, wants_word
from prankfilter_api.aside import HEAD_BYTES
from prankfilter_api.bodies import BODY_S, ClientGone, read_chunk, read_object
from prankfilter_api.documented import CALL_ID, KEYED, ON_CALL, SCREENING_PROBLEM_REF, described, refusing
from prankfilter_api.edge import STARTED, TICKET
from prankfilter_api.schemas.decision import DecisionOut
from prankfilter_api.schemas.record import EXAMPLE
from prankfilter_api.state import State, call_id_of, state_of, usable_call_id
from prankfilter_api.upload import Upload, read_upload

ASIDE_S = 0.005
"""How long a call that is sent on waits for the first of its body, only so that it can be kept later."""

_DEADLINE_FAULT = "X-Request-Deadline-Ms: must be a number of milliseconds; counted as missing"

_RECORD = {"$ref": "#/components/schemas/CallRecord"}
_BODY = {
    "application/json": {"schema": _RECORD, "examples": {"ringing": {"value": EXAMPLE}}},
    "multipart/form-data": {
        "schema": {
            "type": "object",
            "required": ["call"],
            "properties": {
                "call": _RECORD,
                "audio": {
                    "type": "string",
                    "contentMediaType": "audio/wav",
                    "description": "WAV (16-bit PCM, A-law, µ-law), FLAC, OGG/Opus or MP3; after `call`.",
                },
            },
        },
        "encoding": {"call": {"contentType": "application/json"}, "audio": {"contentType": "audio/*"}},
    },
}
_PARAMETERS: tuple[dict[str, Any], ...] = (
    CALL_ID,
    {
        "name": "reasons",
        "in": "query",
        "description": "`0` leaves the reasons out: the answer then stays under 1 kB.",
        "schema": {"type": "string", "enum": ["0", "1"], "default": "1"},
    },
    {
        "name": "X-Request-Deadline-Ms",
        "in": "header",
        "description": "Milliseconds that the router waits for the answer, from its first byte on.",
        "schema": {"type": "number", "exclusiveMinimum": 0},
    },
)


router = APIRouter(tags=["router"])


@router.post(
    "/v1/calls/{call_id:path}/screening",
    operation_id="screen",
    summary="Screen a call",
    responses={
        200: {
            "model": DecisionOut,
            "description": "The decision; with `Accept: text/plain` nothing but the word of `advice`.",
            "content": {"text/plain": {"schema": {"type": "string"}, "example": "normal"}},
        },
        **refusing(
            *KEYED,
            *ON_CALL,
            errors.BadRecord,
            refusals.BodyTooSlow,
            refusals.BodyTooLarge,
            schema=SCREENING_PROBLEM_REF,
        ),
    },
    openapi_extra=described(Action.SCREEN, body=_BODY, parameters=_PARAMETERS),
)
async def screen(request: Request) -> Response:
    """Score one call within its deadline and advise the router. Route by `advice`, and take anything but a
    word you know, and any problem, as `normal`.

    A repeat of the same call id and body gets the stored answer."""
    state = state_of(request)
    headers = request.headers
    waited_ms = _since_ms(request)
    await state["keys"].holder(headers.get("authorization"), Action.SCREEN)
    call_id = call_id_of(request)
    word = wants_word(headers.get("accept"))
    if TICKET not in request.scope:
        kind = kind_of(headers.get("content-type", ""))
        entered = state["screener"].admission.enter(kind, call_id)
        if not isinstance(entered, Ticket):
            await _put_aside(request, state, call_id)
            return answer_with(state["shedding"].send_on(call_id, kind, entered, word=word), word=word)
        request.scope[TICKET] = entered
    deadline_ms, faults = read_deadline(headers.get("x-request-deadline-ms"))
    upload = await _receive(request, deadline_ms, state["screener"].settings.audio_bytes)
    body = ScreeningBody(read_object(upload.call), upload.call, upload.audio)
    # Where nobody says when they stop waiting, a slow sender costs nothing, but our own delay does.
    usual_ms = state["screener"].settings.deadline_ms
    left_ms = usual_ms - waited_ms if deadline_ms is None else deadline_ms - _since_ms(request)
    decision = await state["screener"].screen(call_id, body, max(left_ms, 0.0))
    state["metrics"].decision(decision)
    return answer(
        _with_faults(decision, faults + upload.faults),
        reasons=b"reasons=0" not in request.scope["query_string"].split(b"&"),
        word=word,
    )


def kind_of(content_type: str) -> Kind:
    """Tell from its headers whether a request brings sound."""
    return Kind.SOUND if content_type.lstrip().lower().startswith("multipart/") else Kind.RING


def call_id_at(method: bytes, path: str) -> str | None:
    """The call id of a request for a screening; None where it asks for anything else."""
    match = _ROUTE.path_regex.match(path) if method == b"POST" else None
    try:
        return None if match is None else usable_call_id(match["call_id"])
    except refusals.UnknownAddress:
        return None


(_ROUTE,) = (route for route in router.routes if isinstance(route, APIRoute))


class Shortcut:
    """ASGI middleware: serves this one route itself and leaves all others to the framework."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve a request whose method and address are this route's."""
        ours = scope["type"] == "http" and scope["method"] == "POST"
        match = _ROUTE.path_regex.match(scope["path"]) if ours else None
        if match is None:
            await self._app(scope, receive, send)
            return
        scope["route"], scope["path_params"] = _ROUTE, match.groupdict()
        response = await screen(Request(scope, receive))
        await response(scope, receive, send)


def read_deadline(text: str | None) -> tuple[float | None, tuple[str, ...]]:
    """Read the deadline in milliseconds; an unusable one counts as missing and is named."""
    if text is None:
        return None, ()
    try:
        deadline_ms = float(text)
    except ValueError:
        return None, (_DEADLINE_FAULT,)
    return (deadline_ms, ()) if math.isfinite(deadline_ms) else (None, (_DEADLINE_FAULT,))


async def _put_aside(request: Request, state: State, call_id: str) -> None:
    """Put aside what has arrived of a call that is sent on; it waits for no more."""
    until = asyncio.get_running_loop().time() + ASIDE_S
    try:
        head, _ = await read_chunk(request.receive, until=until)
    except (refusals.BodyTooSlow, ClientGone):
        state["metrics"].shed_unkept.inc()
    else:
        state["aside"].put(call_id, request.headers.get("content-type", ""), head[:HEAD_BYTES])


def _since_ms(request: Request) -> float:
    """Milliseconds since the request's headers were there."""
    started: float = request.scope[STARTED]
    return (time.perf_counter() - started) * 1000


async def _receive(request: Request, deadline_ms: float | None, audio_bytes: int) -> Upload:
    budget_s = BODY_S
    if deadline_ms is not None:
        budget_s = min(BODY_S, max(deadline_ms - _since_ms(request), 0.0) / 1000)
    return await read_upload(
        request.headers.get("content-type", ""),
        request.receive,
        audio_bytes=audio_bytes,
        until=asyncio.get_running_loop().time() + budget_s,
    )


def _with_faults(decision: Decision, faults: tuple[str, ...]) -> Decision:
    return dataclasses.replace(decision, faults=faults + decision.faults) if faults else decision
