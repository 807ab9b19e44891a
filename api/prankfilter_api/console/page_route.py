"""What makes a route a page: refusals become pages too, and every answer is dressed in the same headers."""

from __future__ import annotations

import logging
import traceback
import uuid
from collections.abc import Callable, Coroutine
from typing import Any
from urllib.parse import urlencode, urlsplit

from fastapi import APIRouter
from fastapi.routing import APIRoute
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from prankfilter_api.bodies import ClientGone
from prankfilter_api.console.cookies import GUEST, LANGUAGE, is_secure, new_guest, read_cookie
from prankfilter_api.console.menu import HOME
from prankfilter_api.console.refused import INTERNAL, SignInNeeded, refusal_of
from prankfilter_api.console.visit import LIVE, Visit, site_of
from prankfilter_api.state import state_of

LOGIN = "/console/login"

CSP = (
    "default-src 'self'; img-src 'self' data:; object-src 'none'; base-uri 'none'; form-action 'self'; "
    "frame-ancestors 'none'"
)
"""No inline script or style, no other host. Pictures in style sheets are ``data:``."""

HEADERS = {
    "Content-Security-Policy": CSP,
    "Referrer-Policy": "same-origin",
    "X-Frame-Options": "DENY",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Permissions-Policy": "camera=(), microphone=(), geolocation=(), payment=()",
}
_UNCACHED = "no-store"
_STRICT_TRANSPORT = "max-age=31536000"

log = logging.getLogger("prankfilter.console")

Handler = Callable[[Request], Coroutine[Any, Any, Response]]


class PageRoute(APIRoute):
    """A route of the console."""

    def get_route_handler(self) -> Handler:
        """Wrap the page's own function."""
        handle = super().get_route_handler()

        async def handler(request: Request) -> Response:
            try:
                response = await handle(request)
            except ClientGone:
                raise
            except SignInNeeded:
                response = _to_sign_in(request)
            except Exception as refused:
                response = await _refused(request, refused)
            return _dressed(response, request)

        return handler


def page_router() -> APIRouter:
    """Make a router of pages; they are no part of the API's description."""
    return APIRouter(prefix="/console", route_class=PageRoute, include_in_schema=False)


def _dressed(response: Response, request: Request) -> Response:
    for name, value in HEADERS.items():
        response.headers.setdefault(name, value)
    # Desks are shared: no page stays in a browser's cache, nor behind its back button.
    response.headers.setdefault("Cache-Control", _UNCACHED)
    if is_secure(request):
        response.headers.setdefault("Strict-Transport-Security", _STRICT_TRANSPORT)
    return response


def _to_sign_in(request: Request) -> Response:
    here = str(request.url.path)
    params = {name: value for name, value in request.query_params.items() if name != LIVE}
    if params:
        here += f"?{urlencode(params)}"
    is_part = request.headers.get("hx-request") == "true"
    if is_part:
        here = urlsplit(request.headers.get("hx-current-url", "")).path or HOME
    wanted = request.method == "GET" and here != HOME
    address = f"{LOGIN}?{urlencode({'next': here})}" if wanted else LOGIN
    if is_part:
        # A part of a page cannot be a sign-in form: the whole page goes there.
        return Response(status_code=401, headers={"HX-Redirect": address})
    return RedirectResponse(address, 303)


async def _refused(request: Request, refused: Exception) -> Response:
    row, instance = refusal_of(refused), None
    if row is INTERNAL:
        instance = str(uuid.uuid4())
        state_of(request)["metrics"].failures.inc()
        # Without the exception's message: it may quote what somebody sent.
        frames = "".join(traceback.format_tb(refused.__traceback__))
        log.error("%s %s\n%s", instance, type(refused).__name__, frames)
    site = site_of(request)
    visit = Visit(
        request=request,
        site=site,
        words=await site.lane.run(lambda: site.words(read_cookie(request, LANGUAGE))),
        now=site.now(),
        owner=read_cookie(request, GUEST) or new_guest(),
    )
    return await visit.page("refused.html", status=row.status, refusal=row, instance=instance)
