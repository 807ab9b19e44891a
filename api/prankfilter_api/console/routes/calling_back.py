"""Calling back, from a desk: take one in hand, see its number, say how it went (SAFETY rule 15)."""

from __future__ import annotations

from typing import Annotated

from fastapi import Depends
from starlette.responses import Response

from prankfilter.errors import BadInput
from prankfilter.privacy.api_keys import Action
from prankfilter.store.port import CallBackAct
from prankfilter.store.said import What
from prankfilter.vocabulary import CallBackResult, CallBackStep
from prankfilter.wiring.call_backs import ATTEMPTS, Listed
from prankfilter_api.console.page_route import page_router
from prankfilter_api.console.routes.desk import ADDRESS
from prankfilter_api.console.visit import Allowed, Signed
from prankfilter_api.schemas.inputs import LONGEST_NOTE
from prankfilter_api.state import usable_call_id

router = page_router()

CallerDep = Annotated[Signed, Depends(Allowed(Action.CALL_BACK))]

_BY_CALLING = (CallBackResult.REACHED, CallBackResult.NOT_REACHED)


@router.post("/desk/call-back")
async def take(visit: CallerDep) -> Response:
    """Take a call-back in hand. Its number is on this page alone, for whoever took it; that is recorded."""
    call_id = usable_call_id(visit.form.get("call_id"))
    act = CallBackAct(act=CallBackStep.CLAIM, at=visit.now, by=visit.by)
    listed = await visit.site.lane.run(lambda: visit.site.call_backs.act(call_id, act))
    return await visit.page("call_back.html", one=listed, attempts=attempts_of(listed), most=ATTEMPTS)


@router.post("/desk/call-back/result")
async def tell(visit: CallerDep) -> Response:
    """Keep how it went; it closes when the caller was reached, or after two attempts in vain."""
    call_id = usable_call_id(visit.form.get("call_id"))
    try:
        result = CallBackResult(visit.form.get("result"))
    except ValueError:
        raise BadInput("result: none of the words of the form") from None
    by_calling = result in _BY_CALLING
    act = CallBackAct(
        act=CallBackStep.ATTEMPT if by_calling else CallBackStep.CLOSE,
        at=visit.now,
        by=visit.by,
        attempt=_attempt(visit.form.get("attempt")) if by_calling else None,
        result=result,
        note=visit.form.get("note")[:LONGEST_NOTE] or None,
    )
    await visit.site.lane.run(lambda: visit.site.call_backs.act(call_id, act))
    return visit.go(ADDRESS, done="saved")


def _attempt(typed: str) -> int:
    if typed not in [str(number) for number in range(1, ATTEMPTS + 1)]:
        raise BadInput(f"attempt: a number from 1 to {ATTEMPTS}")
    return int(typed)


def attempts_of(listed: Listed) -> int:
    """How often somebody tried to call."""
    changes = listed.call.changes if listed.call else ()
    return sum(
        change.what == What.CALL_BACK and change.details.get("act") == CallBackStep.ATTEMPT
        for change in changes
    )
