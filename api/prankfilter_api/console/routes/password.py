"""One's own password."""

from __future__ import annotations

from starlette.responses import Response

from prankfilter.errors import BadInput, BadKey
from prankfilter_api.console.page_route import LOGIN, page_router
from prankfilter_api.console.throttle import keys_of
from prankfilter_api.console.visit import AnybodyDep, Signed

router = page_router()


@router.get("/password")
async def ask(visit: AnybodyDep) -> Response:
    """Show the form."""
    return await _form(visit)


@router.post("/password")
async def change(visit: AnybodyDep) -> Response:
    """Replace one's password, knowing the old one; one has to sign in again, everywhere."""
    site, form = visit.site, visit.form
    keys = keys_of(visit.by, "", is_known=True)
    if site.throttle.wait_s(keys):
        return await _form(visit, status=429, fault="wait")
    site.throttle.was_wrong(keys)
    old, new = form.raw("old"), form.raw("new")
    try:
        await site.lane.run(lambda: site.people.change_own(visit.by, old, new, at=visit.now))
    except BadKey:
        return await _form(visit, status=422, fault="wrong")
    except BadInput:
        return await _form(visit, status=422, fault="unusable")
    site.throttle.was_right(keys)
    return visit.go(LOGIN, done="own_password_set")


async def _form(visit: Signed, *, status: int = 200, fault: str | None = None) -> Response:
    return await visit.page("password.html", status=status, fault=fault)
