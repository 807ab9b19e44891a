"""What every page needs beside itself: styles and scripts, a choice of language, an end of addresses."""

from __future__ import annotations

from typing import Annotated

from fastapi import Depends
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from prankfilter.language.words import LANGUAGES
from prankfilter_api.console.cookies import LANGUAGE, LONG_S, SESSION, read_cookie, set_cookie
from prankfilter_api.console.menu import HOME
from prankfilter_api.console.page_route import page_router
from prankfilter_api.console.visit import Allowed, Visit, guest, place_within, site_of
from prankfilter_api.refusals import UnknownAddress

router = page_router()
rest = page_router()
"""Matched after all other pages."""

_FOREVER = "public, max-age=31536000, immutable"


@router.get("/assets/{name}")
async def asset(request: Request, name: str) -> Response:
    """Serve a file of the console's own."""
    found = site_of(request).assets.named(name)
    if found is None:
        raise UnknownAddress
    headers = {"Cache-Control": _FOREVER, "Vary": "Accept-Encoding"}
    if "gzip" in request.headers.get("accept-encoding", ""):
        headers["Content-Encoding"] = "gzip"
        return Response(found.zipped, headers=headers, media_type=found.media_type)
    return Response(found.content, headers=headers, media_type=found.media_type)


@router.get("")
async def without_slash() -> Response:
    """Lead to the first page."""
    return RedirectResponse(HOME, 308)


async def anybody(request: Request) -> Visit:
    """Whoever sent a form, signed in or not."""
    signed_in = read_cookie(request, SESSION) is not None
    return await Allowed(None)(request) if signed_in else await guest(request)


@router.post("/language")
async def choose_language(visit: Annotated[Visit, Depends(anybody)]) -> Response:
    """Remember which language somebody reads, on this browser."""
    response = visit.go(place_within(visit.form.get("next")))
    chosen = visit.form.get("language")
    if chosen in LANGUAGES:
        set_cookie(response, visit.request, LANGUAGE, chosen, lasts_s=LONG_S)
    return response


@rest.api_route("/{address:path}", methods=["GET", "POST"])
async def nothing(address: str) -> Response:
    """Say that there is no such page."""
    raise UnknownAddress(address)
