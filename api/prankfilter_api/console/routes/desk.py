"""The desk of a call taker. Nothing here shows score, advice or reasons (SAFETY rule 12)."""

from __future__ import annotations

import datetime as dt
from typing import Annotated, Any
from urllib.parse import quote, unquote

from fastapi import Depends, Query
from starlette.requests import Request
from starlette.responses import Response

from prankfilter.errors import BadInput, NotFound
from prankfilter.privacy.api_keys import Action
from prankfilter.privacy.pseudonym import Pseudonymiser
from prankfilter.store.instants import instant, microseconds
from prankfilter.vocabulary import Label
from prankfilter.wiring.claims import is_held_from
from prankfilter.wiring.desk import RECENT, Desk, DeskCall, Naming, new_call_id, read_number
from prankfilter_api.console.cookies import CENTRE, LONG_S, read_cookie, set_cookie
from prankfilter_api.console.desk_words import CARES, OFFERED, PHASES
from prankfilter_api.console.page_route import page_router
from prankfilter_api.console.switching import switch_of
from prankfilter_api.console.visit import Allowed, Signed, site_of
from prankfilter_api.schemas.inputs import LONGEST_NOTE
from prankfilter_api.state import state_of, usable_call_id

router = page_router()

TakerDep = Annotated[Signed, Depends(Allowed(Action.TELL_OUTCOME))]

ADDRESS = "/console/desk"
OWED_SHOWN = 20
SHOWN_MOST = 100
LONGEST_CENTRE = 200
"""Characters of a centre's name."""


async def desk_of(request: Request) -> Desk:
    """The desks of this service."""
    site, state = site_of(request), state_of(request)
    return Desk(
        site.store,
        state["review"],
        site.call_backs,
        pseudonymise=Pseudonymiser(site.screener.keyring).pseudonym,
        genuine_days=site.screener.policy.genuine_days,
    )


DeskDep = Annotated[Desk, Depends(desk_of)]


@router.get("/desk")
async def show(visit: TakerDep, desk: DeskDep) -> Response:
    """Show the calls that wait to be named, the call-backs that are owed, and the off switch."""
    return await _page(visit, desk)


@router.get("/desk/new")
async def arrivals(visit: TakerDep, desk: DeskDep, after: Annotated[int, Query(ge=0, lt=2**53)]) -> Response:
    """Give the calls that came in since, to be put before those that are shown, and take away those that
    somebody else has named."""
    since = max(instant(after) + dt.timedelta(microseconds=1), visit.now - RECENT)
    shown = visit.request.query_params.getlist("call_id")[:SHOWN_MOST]
    calls = await visit.site.lane.run(lambda: desk.calls(since=since, centre_id=_centre(visit)))
    named = await visit.site.lane.run(lambda: [one for one in shown if desk.is_named(one)])
    return await visit.page(
        "_desk_new.html", calls=calls, named=named, after=_newest(calls, after), **_words()
    )


@router.get("/desk/call")
async def show_one(visit: TakerDep, desk: DeskDep, id: str) -> Response:  # noqa: A002 - as the address has it
    """Show one call again, to mend what was said of it."""
    call = await visit.site.lane.run(lambda: desk.call(usable_call_id(id)))
    if call is None:
        raise NotFound("there is no call with this id")
    return await visit.page("desk_call.html", call=call, **_words())


@router.post("/desk/centre")
async def keep_to(visit: TakerDep) -> Response:
    """Keep this desk, on this browser, to one centre, or to all again."""
    response = visit.go(ADDRESS)
    chosen = quote(visit.form.get("centre_id")[:LONGEST_CENTRE], safe="")
    set_cookie(response, visit.request, CENTRE, chosen, lasts_s=LONG_S)
    return response


@router.post("/desk/outcome")
async def name(visit: TakerDep, desk: DeskDep) -> Response:
    """Keep what a call was."""
    call_id = usable_call_id(visit.form.get("call_id"))
    is_new = visit.form.get("is_new") == "yes"
    try:
        naming = _naming(visit)
    except BadInput:
        return await _page(visit, desk, status=422, fault="number")
    await visit.site.lane.run(lambda: (desk.name_new if is_new else desk.name)(call_id, naming))
    return visit.go(ADDRESS, done="saved")


def _naming(visit: Signed) -> Naming:
    try:
        label = Label(visit.form.get("label"))
    except ValueError:
        raise NotFound("there is no such label") from None
    return Naming(
        label=label,
        cut_off=visit.form.get("cut_off") == "yes",
        number=read_number(visit.form.get("number")),
        note=visit.form.get("note")[:LONGEST_NOTE] or None,
        by=visit.by,
        at=visit.now,
    )


async def _page(visit: Signed, desk: Desk, *, status: int = 200, fault: str | None = None) -> Response:
    site = visit.site
    centre_id = _centre(visit)
    view = await site.lane.run(lambda: desk.view(by=visit.by, now=visit.now, centre_id=centre_id))
    owed = await site.lane.run(lambda: site.call_backs.waiting(limit=OWED_SHOWN, centre_id=centre_id))
    return await visit.page(
        "desk.html",
        status=status,
        view=view,
        centre_id=centre_id,
        owed=owed,
        is_held=lambda owed: is_held_from(owed, visit.by, now=visit.now),
        switch=await site.lane.run(lambda: switch_of(site)),
        fault=fault,
        after=_newest(view.calls, microseconds(visit.now - RECENT)),
        new_call_id=new_call_id(visit.now),
        **_words(),
    )


def _centre(visit: Signed) -> str | None:
    """The centre that this desk keeps to; None for all."""
    chosen = read_cookie(visit.request, CENTRE)
    return None if chosen is None else unquote(chosen)[:LONGEST_CENTRE] or None


def _newest(calls: list[DeskCall] | tuple[DeskCall, ...], otherwise: int) -> int:
    return max((microseconds(call.received_at) for call in calls), default=otherwise)


def _words() -> dict[str, Any]:
    return {"cares": CARES, "phases": PHASES, "offered": OFFERED}
