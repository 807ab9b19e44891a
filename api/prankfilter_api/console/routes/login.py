"""Signing in and out."""

from __future__ import annotations

from starlette.responses import Response

from prankfilter.errors import BadKey
from prankfilter_api.console.cookies import (
    KNOWN,
    LONG_S,
    SESSION,
    drop_cookie,
    read_cookie,
    set_cookie,
)
from prankfilter_api.console.menu import HOME, home_of
from prankfilter_api.console.page_route import LOGIN, page_router
from prankfilter_api.console.throttle import keys_of
from prankfilter_api.console.visit import AnybodyDep, GuestDep, Visit, place_within, remember_guest

router = page_router()


@router.get("/login")
async def ask(visit: GuestDep) -> Response:
    """Show the form."""
    return await _form(visit)


@router.post("/login")
async def sign_in(visit: GuestDep) -> Response:
    """Begin a session, or show the form again with what was wrong; never more than that it was wrong."""
    site, name = visit.site, visit.form.get("name")
    known = read_cookie(visit.request, KNOWN)
    client = visit.request.client
    keys = keys_of(name, client.host if client else "", is_known=site.tokens.knows(known, name))
    wait_s = site.throttle.wait_s(keys)
    if wait_s:
        return await _form(visit, status=429, wait_s=wait_s)
    password = visit.form.raw("password")
    # Counted before it is known to be wrong: many at once must not all be tried for free.
    site.throttle.was_wrong(keys)
    try:
        token = await site.lane.run(lambda: site.people.sign_in(name, password, at=visit.now))
    except BadKey:
        return await _form(visit, status=401, is_wrong=True)
    site.throttle.was_right(keys)
    account = await site.lane.run(lambda: site.people.visitor(token, at=visit.now, stirs=False))
    wanted = place_within(visit.form.get("next"))
    home = home_of(account.role) if account else HOME
    response = visit.go(home if wanted == HOME else wanted)
    set_cookie(response, visit.request, SESSION, token)
    set_cookie(response, visit.request, KNOWN, site.tokens.knowing(known, name), lasts_s=LONG_S)
    return response


@router.post("/logout")
async def sign_out(visit: AnybodyDep) -> Response:
    """End the session."""
    await visit.site.lane.run(lambda: visit.site.people.sign_out(visit.owner, at=visit.now))
    response = visit.go(LOGIN, done="signed_out")
    drop_cookie(response, visit.request, SESSION)
    return response


async def _form(visit: Visit, *, status: int = 200, is_wrong: bool = False, wait_s: int = 0) -> Response:
    asked_for = visit.form.get("next") or visit.request.query_params.get("next", "")
    response = await visit.page(
        "login.html",
        status=status,
        is_wrong=is_wrong,
        wait_s=wait_s,
        name=visit.form.get("name"),
        goes_to=place_within(asked_for),
    )
    if wait_s:
        response.headers["Retry-After"] = str(wait_s)
    remember_guest(response, visit.request)
    return response
