"""The off switch: off by anyone on shift with one click, on by a supervisor only (SAFETY rule 10)."""

from __future__ import annotations

from typing import Annotated

from fastapi import Depends
from starlette.responses import Response

from prankfilter.errors import BadInput
from prankfilter.privacy.api_keys import Action
from prankfilter_api.console.menu import HOME
from prankfilter_api.console.page_route import page_router
from prankfilter_api.console.visit import Allowed, Signed, place_within
from prankfilter_api.schemas.inputs import LONGEST_NOTE

router = page_router()


@router.post("/switch/off")
async def switch_off(visit: Annotated[Signed, Depends(Allowed(Action.SWITCH_OFF))]) -> Response:
    """Set every centre to ``observe``, at once and without a question."""
    store = visit.site.screener.store
    await visit.site.lane.run(lambda: store.put_switch(None, off=True, by=visit.by, reason="", at=visit.now))
    return visit.go(place_within(visit.form.get("next")), done="switched_off")


@router.post("/switch/on")
async def switch_on(visit: Annotated[Signed, Depends(Allowed(Action.SWITCH_ON))]) -> Response:
    """Turn a centre back to the service's own policy, with a reason."""
    reason, centre_id = visit.form.get("reason")[:LONGEST_NOTE], visit.form.get("centre_id") or None
    if not reason:
        raise BadInput("reason: must say why it is switched on again")
    store = visit.site.screener.store
    await visit.site.lane.run(
        lambda: store.put_switch(centre_id, off=False, by=visit.by, reason=reason, at=visit.now)
    )
    return visit.go(HOME, done="switched_on")
