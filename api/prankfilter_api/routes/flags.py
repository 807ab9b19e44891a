"""What supervisors rule on flagged calls."""

from __future__ import annotations

import datetime as dt
from typing import Annotated

from fastapi import APIRouter, Depends
from starlette.requests import Request

from prankfilter.errors import NotFound
from prankfilter.privacy.api_keys import Action, ApiKey
from prankfilter.store.port import Ruling, Store
from prankfilter.vocabulary import Advice, Label, Verdict
from prankfilter.wiring.proof_watch import hold_against_proof
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
    responses=refusing(*KEYED, *ON_CALL, *WITH_BODY, *IN_LANE, NotFound),
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
    now, store = utc_now(), state["screener"].store
    ruling = Ruling(verdict=said.verdict, at=now, by=said.by or key.name, label=said.label, note=said.note)
    await state["lane"].run(lambda: rule(store, call_id, ruling, now))
    return Stored(call_id=call_id, stored_at=now)


def rule(store: Store, call_id: str, ruling: Ruling, now: dt.datetime) -> None:
    """Keep a verdict and what follows from it for proof and centre (SAFETY rule 10); repeating it is safe."""
    store.put_ruling(call_id, ruling)
    if ruling.verdict is Verdict.WAS_EMERGENCY or ruling.label is Label.GENUINE:
        hold_against_proof(store, call_id, at=now)
    if ruling.verdict is not Verdict.WAS_EMERGENCY:
        return
    call = store.call(call_id)
    if call is not None and any(decision.advice is Advice.VERIFY for decision in call.decisions):
        centre_id = call.record.centre_id if call.record else None
        reason = f"verified call {call_id} was an emergency"
        store.put_switch(centre_id, off=True, by=ruling.by, reason=reason, at=now)
