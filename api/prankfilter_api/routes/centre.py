"""The off switch (SAFETY rule 10): anyone on shift turns it, only a supervisor turns it back."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Depends
from starlette.requests import Request

from prankfilter.privacy.api_keys import ALLOWED, Action, ApiKey, may
from prankfilter.routing.policies import DEFAULT_POLICY
from prankfilter_api.documented import IN_LANE, KEYED, WITH_BODY, described, json_body, refusing
from prankfilter_api.refusals import InvalidBody, ScopeMissing
from prankfilter_api.schemas.call import PolicyOut
from prankfilter_api.schemas.inputs import PolicyIn
from prankfilter_api.state import Allowed, StateDep, read_json, utc_now

router = APIRouter(tags=["desk", "supervisor"])

_EXAMPLES = {
    "off": {"policy": "observe", "by": "petugas-7"},
    "on again": {"policy": "queue", "reason": "Gangguan selesai", "by": "ratna"},
}


@router.put(
    "/v1/centre/policy",
    operation_id="set_policy",
    summary="Switch off, or on again",
    responses=refusing(*KEYED, *WITH_BODY, *IN_LANE),
    openapi_extra=described(Action.SWITCH_OFF, body=json_body("PolicyIn", _EXAMPLES)),
)
async def set_policy(
    request: Request, key: Annotated[ApiKey, Depends(Allowed(Action.SWITCH_OFF))], state: StateDep
) -> PolicyOut:
    """Set the centre to `observe`, or, as a supervisor and with a reason, back to the service's own policy.
    Without `centre_id` it counts for every centre. Once it is acknowledged no call gets `verify`."""
    said = PolicyIn.read(await read_json(request))
    own, store = state["screener"].policy.name, state["screener"].store
    if said.policy not in (DEFAULT_POLICY, own):
        raise InvalidBody([("/policy", f"must be {DEFAULT_POLICY} or {own}")])
    off = said.policy == DEFAULT_POLICY
    if not off:
        _check_right_to_switch_on(key, said)
    now, by = utc_now(), said.by or key.name
    await state["lane"].run(
        lambda: store.put_switch(said.centre_id, off=off, by=by, reason=said.reason or "", at=now)
    )
    return PolicyOut(policy=said.policy, centre_id=said.centre_id, stored_at=now)


def _check_right_to_switch_on(key: ApiKey, said: PolicyIn) -> None:
    if not may(key.scope, Action.SWITCH_ON):
        raise ScopeMissing(
            f"Switching on takes a key of scope {' or '.join(sorted(ALLOWED[Action.SWITCH_ON]))}."
        )
    if said.reason is None:
        raise InvalidBody([("/reason", "must say why it is switched on again")])
