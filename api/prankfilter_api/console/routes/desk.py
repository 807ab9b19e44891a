"""The desk of a call taker. Nothing here shows score, advice or reasons (SAFETY rule 12)."""

from __future__ import annotations

from typing import Annotated

from fastapi import Depends
from starlette.responses import Response

from prankfilter.privacy.api_keys import Action
from prankfilter_api.console.page_route import page_router
from prankfilter_api.console.visit import Allowed, Signed

router = page_router()

DeskDep = Annotated[Signed, Depends(Allowed(Action.TELL_OUTCOME))]


@router.get("/desk")
async def desk(visit: DeskDep) -> Response:
    """Show the desk."""
    return await visit.page("desk.html")
