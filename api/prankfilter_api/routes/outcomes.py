"""What a call was, as the one says who heard it."""

from __future__ import annotations

from fastapi import APIRouter, Depends
from starlette.requests import Request

from prankfilter import errors
from prankfilter.privacy.api_keys import Action
from prankfilter.vocabulary import LabelSource, Outcome
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
from prankfilter_api.schemas.inputs import OutcomeIn
from prankfilter_api.state import Allowed, CallIdDep, StateDep, read_json, utc_now

router = APIRouter(tags=["router", "desk"])

_EXAMPLES = {
    "genuine": {
        "label": "genuine",
        "duration_s": 84,
        "answered_at": "2025-11-03T21:14:20+08:00",
        "ended_at": "2025-11-03T21:15:44+08:00",
        "advice_shown": False,
        "by": "petugas-7",
    },
    "cut off": {"label": "genuine", "duration_s": 6.5, "cut_off": True, "by": "petugas-7"},
    "never answered": {"label": "abandoned", "ended_by": "caller", "ended_at": "2025-11-03T21:14:31+08:00"},
}


@router.put(
    "/v1/calls/{call_id:path}/outcome",
    operation_id="tell_outcome",
    summary="Say what a call was",
    responses=refusing(*KEYED, *ON_CALL, *WITH_BODY, *IN_LANE, errors.BadInput),
    openapi_extra=described(
        Action.TELL_OUTCOME, body=json_body("OutcomeIn", _EXAMPLES), parameters=[CALL_ID]
    ),
    dependencies=[Depends(Allowed(Action.TELL_OUTCOME))],
)
async def tell_outcome(request: Request, call_id: CallIdDep, state: StateDep) -> Stored:
    """Say what a call was, how long it lasted and whether its advice had been seen. Acknowledged only when it
    is on disk; a repeat changes nothing, another outcome is appended and counts from now on."""
    said = OutcomeIn.read(await read_json(request)).model_dump()
    number = said.pop("calling_number")
    now, review = utc_now(), state["review"]
    # Unsigned stays unsigned: the name of a key is no person, and a second person's word weighs more.
    outcome = Outcome(**said, at=now, source=LabelSource.CALL_TAKER)
    call_backs = state["call_backs"]

    def keep() -> None:
        review.tell(call_id, outcome)
        call_backs.settle(call_id, number=number, at=now)

    await state["lane"].run(keep)
    return Stored(call_id=call_id, stored_at=now)
