"""Live audio: ``WS /v1/calls/{call_id}/stream``.

OpenAPI knows no WebSockets: the router's guide describes this route, and tests hold it to that.
"""

from __future__ import annotations

from typing import cast

from fastapi import APIRouter
from starlette.websockets import WebSocket

from prankfilter.privacy.api_keys import Action
from prankfilter.vocabulary import Guard
from prankfilter.wiring.live import LiveCall
from prankfilter_api.live.address import read_query, wishes_of
from prankfilter_api.live.conversation import TRY_LATER, Conversation
from prankfilter_api.state import State, call_id_of, usable_call_id

router = APIRouter()

SUBPROTOCOLS = frozenset({"media"})
"""What Asterisk asks for; it stands for nothing but frames of sound."""

ANY_CALL = "-"
"""Stands in the address where the query says which call it is."""


@router.websocket("/v1/calls/{call_id:path}/stream")
async def stream(socket: WebSocket) -> None:
    """Listen to a call while it goes on. Refusals come before the connection is accepted, as HTTP answers."""
    state, query = cast(State, socket.scope["state"]), read_query(socket.scope)
    await state["keys"].holder(_authorization(socket, query), Action.SCREEN)
    if "call_id" in query:  # Asterisk's address of a stream is the same for every call
        socket.path_params["call_id"] = query.pop("call_id")
    call_id = _call_id(socket, query)
    offered = socket.scope.get("subprotocols") or []
    await socket.accept(subprotocol=next((name for name in offered if name in SUBPROTOCOLS), None))
    call = LiveCall(state["screener"], call_id)
    metrics, streams = state["metrics"], state["streams"]
    talk = Conversation(socket, call, wishes_of(query), life=state["life"], metrics=metrics)
    if not streams.enter():
        await talk.refuse(Guard.OVERLOAD, TRY_LATER)
        metrics.streams.ended("overload")
        return
    metrics.streams.opened()
    try:
        metrics.streams.ended(await talk.run())
    finally:
        streams.leave()
        metrics.streams.closed(call)


def _call_id(socket: WebSocket, query: dict[str, str]) -> str:
    """The call id in the address, or in the query of a client whose address is the same for all calls."""
    in_address = call_id_of(socket)
    return usable_call_id(query.get("call_id", "")) if in_address == ANY_CALL else in_address


def _authorization(socket: WebSocket, query: dict[str, str]) -> str | None:
    """The header, else the key in the address: media servers can often set nothing but that."""
    told = socket.headers.get("authorization")
    return f"Bearer {query['key']}" if told is None and "key" in query else told
