"""What supervisors rule on flagged calls."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Depends
from starlette.requests import Request

from prankfilter.errors import NotAllowed, NotFound
from prankfilter.privacy.api_keys import Action, ApiKey
from prankfilter.store.port import Ruling
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
from prankfilter_api.schemas.call import Stored
from prankfilter_api.schemas.inputs import VerdictIn
from prankfilter_api.state import Allowed, CallIdDep, StateDep, read_json, utc_now

router = APIRouter(tags=["supervisor"])

_EXAMPLES = {
    "a prank": {"verdict": "confirmed", "label": "joke_or_abuse", "by": "ratna"},
    "an emergency": {"verdict": "was_emergency", "label": "genuine", "by": "ratna"},
}


@router.post(
    "/v1/flags/{call_id:path}/verdict",
    operation_id="give_verdict",
    summary="Rule on a flag",
    responses=refusing(*KEYED, *ON_CALL, *WITH_BODY, *IN_LANE, NotFound, NotAllowed),
    openapi_extra=described(
        Action.GIVE_VERDICT, body=json_body("VerdictIn", _EXAMPLES), parameters=[CALL_ID]
    ),
)
async def give_verdict(
    request: Request,
    key: Annotated[ApiKey, Depends(Allowed(Action.GIVE_VERDICT))],
    call_id: CallIdDep,
    state: StateDep,
) -> Stored:
    """Say whether the flag was right, and what the call was. Acknowledged only when it is on disk. A call
    that got `verify` and was an emergency sets its centre to `observe` by itself."""
    said = VerdictIn.read(await read_json(request))
    now = utc_now()
    ruling = Ruling(verdict=said.verdict, at=now, by=said.by or key.name, label=said.label, note=said.note)
    await state["lane"].run(lambda: state["review"].rule(call_id, ruling))
    return Stored(call_id=call_id, stored_at=now)
