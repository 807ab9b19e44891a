"""What becomes known of a call later, and what supervisors and auditors read of it."""

from __future__ import annotations

from typing import Annotated, Any

from fastapi import APIRouter, Depends
from starlette.requests import Request

from prankfilter import errors
from prankfilter.errors import NotFound
from prankfilter.privacy.api_keys import Action, ApiKey
from prankfilter_api.documented import (
    CALL_ID,
    IN_LANE,
    KEYED,
    ON_CALL,
    WITH_BODY,
    described,
    json_body,
    refusing,
)
from prankfilter_api.schemas.call import CallOut, Stored
from prankfilter_api.schemas.inputs import FactsIn
from prankfilter_api.state import Allowed, CallIdDep, StateDep, read_json, utc_now

router = APIRouter()

_LOCATED = {"latitude": -5.1477, "longitude": 119.4327, "uncertainty_m": 35, "location_method": "gnss"}
_ENDED = {
    "answered_at": "2025-11-03T21:14:20+08:00",
    "ended_at": "2025-11-03T21:15:02+08:00",
    "ended_by": "caller",
}


_FACTS: dict[str, Any] = {
    "tags": ["router"],
    "responses": refusing(*KEYED, *ON_CALL, *WITH_BODY, *IN_LANE, errors.BadInput),
    "openapi_extra": described(
        Action.ADD_FACTS,
        body=json_body("FactsIn", {"located": _LOCATED, "ended": _ENDED}),
        parameters=[CALL_ID],
    ),
}


@router.post(
    "/v1/calls/{call_id:path}/facts",
    operation_id="send_facts",
    summary="Add what became known later, for engines that cannot send PATCH",
    **_FACTS,
)
@router.patch(
    "/v1/calls/{call_id:path}", operation_id="add_facts", summary="Add what became known later", **_FACTS
)
async def add_facts(
    request: Request,
    key: Annotated[ApiKey, Depends(Allowed(Action.ADD_FACTS))],
    call_id: CallIdDep,
    state: StateDep,
) -> Stored:
    """Add location, answer and end of a call. A later fact replaces an earlier one of the same name;
    acknowledged only when it is on disk. An end without an answer opens a call-back: send `calling_number`
    along, since it is kept nowhere else."""
    facts = FactsIn.read(await read_json(request)).model_dump(exclude_none=True)
    number = facts.pop("calling_number", None)
    now, store, call_backs = utc_now(), state["screener"].store, state["call_backs"]

    def keep() -> None:
        store.put_facts(call_id, facts, by=key.name, at=now)
        call_backs.settle(call_id, number=number, at=now)

    await state["lane"].run(keep)
    return Stored(call_id=call_id, stored_at=now)


@router.get(
    "/v1/calls/{call_id:path}",
    tags=["supervisor"],
    operation_id="read_call",
    summary="Everything kept of one call",
    responses=refusing(*KEYED, *ON_CALL, *IN_LANE, NotFound),
    openapi_extra=described(Action.READ_CALL, parameters=[CALL_ID]),
    dependencies=[Depends(Allowed(Action.READ_CALL))],
)
async def read_call(call_id: CallIdDep, state: StateDep) -> CallOut:
    """Read a call's record, decisions, outcome, verdict and trail. Of its number, three digits."""
    store = state["screener"].store
    call = await state["lane"].run(lambda: store.call(call_id))
    if call is None:
        raise NotFound("There is no call with this id.")
    return CallOut.of(call)
