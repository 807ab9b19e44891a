"""The call-backs that are owed, and what is done about them (SAFETY rule 15)."""

from __future__ import annotations

from enum import StrEnum
from typing import Annotated

from fastapi import APIRouter, Depends, Query
from starlette.requests import Request

from prankfilter.errors import NotFound, Taken
from prankfilter.privacy.api_keys import Action
from prankfilter.store.port import CallBackAct
from prankfilter_api.documented import IN_LANE, KEYED, WITH_BODY, described, json_body, refusing
from prankfilter_api.refusals import InvalidBody
from prankfilter_api.schemas.call_back import CallBackOut, CallBacksOut
from prankfilter_api.schemas.inputs import CallBackIn
from prankfilter_api.state import Allowed, StateDep, read_json, utc_now

router = APIRouter(tags=["desk"], dependencies=[Depends(Allowed(Action.CALL_BACK))])

MOST = 200

_EXAMPLES = {
    "take it in hand": {"call_id": "a84b4c76e66710", "act": "claim", "by": "petugas-7"},
    "nobody picked up": {
        "call_id": "a84b4c76e66710",
        "act": "attempt",
        "attempt": 1,
        "result": "not_reached",
        "by": "petugas-7",
    },
    "no number": {"call_id": "b1", "act": "close", "result": "impossible", "by": "petugas-7"},
}


class Which(StrEnum):
    """Which call-backs are listed."""

    OPEN = "open"
    CLOSED = "closed"


@router.get(
    "/v1/callbacks",
    operation_id="list_callbacks",
    summary="Who is to be called back",
    responses=refusing(*KEYED, *IN_LANE, InvalidBody),
    openapi_extra=described(Action.CALL_BACK),
)
async def list_callbacks(
    state: StateDep, which: Annotated[Which, Query(alias="state")] = Which.OPEN
) -> CallBacksOut:
    """Open call-backs, the most pressing first; or the closed ones, the latest first. 200 at most."""
    now, call_backs = utc_now(), state["call_backs"]
    if which is Which.OPEN:
        found = await state["lane"].run(lambda: call_backs.waiting(limit=MOST))
    else:
        found = await state["lane"].run(lambda: call_backs.closed(before=now, limit=MOST))
    return CallBacksOut(callbacks=[CallBackOut.of(one, now=now) for one in found])


@router.post(
    "/v1/callbacks",
    operation_id="act_on_callback",
    summary="Take a call-back in hand, or say how it went",
    responses=refusing(*KEYED, *WITH_BODY, *IN_LANE, NotFound, Taken),
    openapi_extra=described(Action.CALL_BACK, body=json_body("CallBackIn", _EXAMPLES)),
)
async def act_on_callback(request: Request, state: StateDep) -> CallBackOut:
    """Claim a call-back, which shows its number to you and for ten minutes keeps it from others; or note an
    attempt. It closes when the caller was reached, or after two attempts in vain."""
    said = CallBackIn.read(await read_json(request))
    now, call_backs = utc_now(), state["call_backs"]
    act = CallBackAct(
        act=said.act,
        at=now,
        by=said.by,
        attempt=said.attempt,
        result=said.result,
        note=said.note,
    )
    listed = await state["lane"].run(lambda: call_backs.act(said.call_id, act))
    return CallBackOut.of(listed, now=now)
