"""The API's documentation, from local files alone: it works in a centre without the internet."""

from __future__ import annotations

from pathlib import Path

from fastapi import APIRouter
from starlette.requests import Request
from starlette.responses import HTMLResponse, JSONResponse, Response

from prankfilter_api.pages import DOCS, problem_page, problems_page
from prankfilter_api.problems import PROBLEMS
from prankfilter_api.refusals import UnknownAddress
from prankfilter_api.state import StateDep

router = APIRouter(include_in_schema=False)

FOLDER = Path(__file__).parents[1] / "assets"

ASSETS = {
    "docs.js": ("docs.js", "text/javascript; charset=utf-8"),
    "pages.css": ("pages.css", "text/css; charset=utf-8"),
    "swagger-ui.css": ("swagger-ui/swagger-ui.css", "text/css; charset=utf-8"),
    "swagger-ui-bundle.js": ("swagger-ui/swagger-ui-bundle.js", "text/javascript; charset=utf-8"),
}
"""All that is served, by the name in its address."""

CSP = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; connect-src 'self'; "
    "base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
)

_ON_PAGES = {"Content-Security-Policy": CSP, "Referrer-Policy": "no-referrer"}
_ON_ASSETS = {"Cache-Control": "public, max-age=3600"}


@router.get("/openapi.json")
async def openapi(request: Request) -> JSONResponse:
    """Describe the API."""
    return JSONResponse(request.app.openapi())


@router.get("/docs")
async def docs() -> HTMLResponse:
    """Draw the description, with forms to try it."""
    return HTMLResponse(DOCS, headers=_ON_PAGES)


@router.get("/docs/assets/{name}")
async def asset(name: str, state: StateDep) -> Response:
    """Serve one of the known files."""
    if name not in ASSETS:
        raise UnknownAddress("There is no such file.")
    path, media_type = ASSETS[name]
    content = await state["lane"].run((FOLDER / path).read_bytes)
    return Response(content, headers=_ON_ASSETS, media_type=media_type)


@router.get("/problems")
async def problems() -> HTMLResponse:
    """List the types of problems."""
    return HTMLResponse(problems_page(), headers=_ON_PAGES)


@router.get("/problems/{slug}")
async def problem(slug: str) -> HTMLResponse:
    """Explain one type of problem: where its `type` leads."""
    row = next((row for row in PROBLEMS if row.slug == slug), None)
    if row is None:
        raise UnknownAddress("There is no such type of problem.")
    return HTMLResponse(problem_page(row), headers=_ON_PAGES)
