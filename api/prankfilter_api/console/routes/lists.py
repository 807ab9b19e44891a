"""Lists: numbers that call often, areas where many call, incidents, call-backs."""

from __future__ import annotations

import math
from typing import Annotated

from fastapi import Depends
from starlette.responses import Response

from prankfilter.privacy.api_keys import Action
from prankfilter.reports.happenings import CAUSES
from prankfilter.store.busy import Busy
from prankfilter_api.console.lists_view import DAYS, area_rows, caller_rows
from prankfilter_api.console.page_route import page_router
from prankfilter_api.console.routes.flags import page_of
from prankfilter_api.console.visit import Allowed, Signed
from prankfilter_api.state import StateDep

router = page_router()

ReaderDep = Annotated[Signed, Depends(Allowed(Action.READ_CALL))]
DeskDep = Annotated[Signed, Depends(Allowed(Action.CALL_BACK))]

MOST = 200


@router.get("/callers")
async def callers(visit: ReaderDep) -> Response:
    """List the numbers that call often."""
    asked = visit.request.query_params.get("days", "")
    days = next((days for days in DAYS if str(days) == asked), DAYS[1])
    store = visit.site.store
    rows = await visit.site.lane.run(lambda: caller_rows(store, Busy(store), days=days, now=visit.now))
    return await visit.page("callers.html", rows=rows, days=days, choices=DAYS, page_of=page_of)


@router.get("/surges")
async def surges(visit: ReaderDep) -> Response:
    """List the areas that calls come from, those with a surge first."""
    store = visit.site.store
    now = visit.now.astimezone(visit.words.zone)
    rows = await visit.site.lane.run(lambda: area_rows(store, Busy(store), now=now))
    return await visit.page("surges.html", rows=rows, is_known=lambda value: not math.isnan(value))


@router.get("/incidents")
async def incidents(visit: ReaderDep, state: StateDep) -> Response:
    """List safety incidents, the open ones first."""
    book = state["review"].shelf.incidents
    found = await visit.site.lane.run(lambda: (book.open(), book.closed(limit=MOST)))
    return await visit.page("incidents.html", open=found[0], closed=found[1], page_of=page_of, causes=CAUSES)


@router.get("/callbacks")
async def callbacks(visit: DeskDep, state: StateDep) -> Response:
    """List call-backs: who waits, and what became of the latest others."""
    book = state["call_backs"]
    found = await visit.site.lane.run(
        lambda: (book.waiting(limit=MOST), book.closed(before=visit.now, limit=MOST // 4))
    )
    return await visit.page("callbacks.html", waiting=found[0], closed=found[1])
