"""The shift at a glance."""

from __future__ import annotations

from typing import Annotated

from fastapi import Depends, Query
from starlette.responses import Response

from prankfilter.classifier.score_drift import Drift
from prankfilter.privacy.api_keys import Action
from prankfilter_api.console.menu import home_of
from prankfilter_api.console.page_route import page_router
from prankfilter_api.console.switching import switch_of
from prankfilter_api.console.tonight import DRIFTS, MOST_BACK, STEPS, Proof
from prankfilter_api.console.visit import Allowed, Signed

router = page_router()


@router.get("/")
async def tonight(
    visit: Annotated[Signed, Depends(Allowed(None))],
    back: Annotated[int, Query(ge=0, le=MOST_BACK)] = 0,
) -> Response:
    """Show how a shift goes, or the part that changes; whose first page is another goes there."""
    if not visit.may(Action.SEE_TONIGHT):
        return visit.go(home_of(visit.account.role))
    site = visit.site
    view = await site.lane.run(lambda: site.glance.read(back))
    switch = await site.lane.run(lambda: switch_of(site))
    return await visit.page(
        "_tonight.html" if visit.is_part else "tonight.html",
        view=view,
        steps=STEPS,
        Proof=Proof,
        drifts=DRIFTS,
        Drift=Drift,
        switch=switch,
        most_back=MOST_BACK,
    )
