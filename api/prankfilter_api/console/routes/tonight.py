"""The shift at a glance."""

from __future__ import annotations

from typing import Annotated

from fastapi import Depends
from starlette.responses import Response

from prankfilter.privacy.api_keys import Action
from prankfilter_api.console.menu import home_of
from prankfilter_api.console.page_route import page_router
from prankfilter_api.console.visit import Allowed, Signed

router = page_router()


@router.get("/")
async def tonight(visit: Annotated[Signed, Depends(Allowed(None))]) -> Response:
    """Show how the shift goes; whose first page is another goes there."""
    if not visit.may(Action.SEE_TONIGHT):
        return visit.go(home_of(visit.account.role))
    return await visit.page("tonight.html")
