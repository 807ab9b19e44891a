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
from prankfilter_api.state import State, call_id_of

router = APIRouter()

SUBPROTOCOLS = frozenset({"media"})
"""What Asterisk asks for; it stands for nothing but frames of sound."""


@router.websocket("/v1/calls/{call_id:path}/stream")
async def stream(socket: WebSocket) -> None:
    """Listen to a call while it goes on. Refusals come before the connection is accepted, as HTTP answers."""
    state, query = cast(State, socket.scope["state"]), read_query(socket.scope)
    await state["keys"].holder(_authorization(socket, query), Action.SCREEN)
    call_id = call_id_of(socket)
    offered = socket.scope.get("subprotocols") or []
    await socket.accept(subprotocol=next((name for name in offered if name in SUBPROTOCOLS), None))
    call = LiveCall(state["screener"], call_id)
    metrics, streams = state["metrics"], state["streams"]
    talk = Conversation(socket, call, wishes_of(query), life=state["life"], metrics=metrics)
    if not streams.enter():
        await talk.refuse(Guard.OVERLOAD, TRY_LATER)
        metrics.streams.ended("overload")
        return
    try:
        metrics.streams.ended(await talk.run())
    finally:
        streams.leave()
        metrics.streams.heard(call)


def _authorization(socket: WebSocket, query: dict[str, str]) -> str | None:
    """The header, else the key in the address: media servers can often set nothing but that."""
    told = socket.headers.get("authorization")
    return f"Bearer {query['key']}" if told is None and "key" in query else told
