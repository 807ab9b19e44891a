"""The queue of flagged calls, and what supervisors rule on them."""

from __future__ import annotations

import datetime as dt
from typing import Annotated

from fastapi import APIRouter, Depends, Query
from starlette.requests import Request

from prankfilter.errors import NotAllowed, NotFound
from prankfilter.privacy.api_keys import Action, ApiKey
from prankfilter.store.flags import Filter, Wanted
from prankfilter.store.port import Ruling
from prankfilter.vocabulary import Advice, Guard, Label, Verdict
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
from prankfilter_api.refusals import InvalidBody
from prankfilter_api.schemas.call import Stored
from prankfilter_api.schemas.flag import FlagOut, FlagsOut
from prankfilter_api.schemas.inputs import VerdictIn
from prankfilter_api.state import Allowed, CallIdDep, StateDep, read_json, utc_now

router = APIRouter(tags=["supervisor"])

_EXAMPLES = {
    "a prank": {"verdict": "confirmed", "label": "joke_or_abuse", "by": "ratna"},
    "an emergency": {"verdict": "was_emergency", "label": "genuine", "by": "ratna"},
}


MOST = 200
MOST_COUNTED = 10_000


@router.get(
    "/v1/flags",
    operation_id="list_flags",
    summary="The queue of flagged calls",
    responses=refusing(*KEYED, *IN_LANE, InvalidBody),
    openapi_extra=described(Action.READ_FLAGS),
    dependencies=[Depends(Allowed(Action.READ_FLAGS))],
)
async def list_flags(
    state: StateDep,
    wanted: Annotated[Wanted, Query(alias="state")] = Wanted.OPEN,
    since: dt.datetime | None = None,
    until: dt.datetime | None = None,
    kind: Label | None = None,
    advice: Advice | None = None,
    verdict: Verdict | None = None,
    guard: Guard | None = None,
    reason: Annotated[str | None, Query(description="A feature's name.")] = None,
    model_id: str | None = None,
    reviewer: str | None = None,
    limit: Annotated[int, Query(ge=1, le=MOST)] = 50,
    offset: Annotated[int, Query(ge=0)] = 0,
) -> FlagsOut:
    """Flagged calls that nobody ruled on, the likeliest genuine call first; or others, the latest first."""
    found = Filter(
        wanted=wanted,
        since=_with_offset("since", since),
        until=_with_offset("until", until),
        kind=kind,
        advice=advice,
        verdict=verdict,
        guard=guard,
        reason=reason,
        model_id=model_id,
        reviewer=reviewer,
    )
    flags = state["review"].shelf.flags

    def read() -> FlagsOut:
        page = flags.listed(found, limit=limit, offset=offset)
        count = flags.count(found, most=MOST_COUNTED)
        return FlagsOut(count=count, flags=[FlagOut.of(flag) for flag in page])

    return await state["lane"].run(read)


def _with_offset(name: str, moment: dt.datetime | None) -> dt.datetime | None:
    if moment is not None and moment.tzinfo is None:
        raise InvalidBody([(name, "must be a time with its offset, as in 2025-11-03T21:14:20+08:00")])
    return moment


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
