"""The console's place among the routes: its pages are loaded when the first of them is asked for.

They are a quarter of what the service would import at its start, and a router must not wait for them.
"""

from __future__ import annotations

import asyncio
import importlib
import logging

from starlette.routing import BaseRoute, Match, Router
from starlette.types import Receive, Scope, Send

from prankfilter_api.console.site import missing_packages

PAGES = "prankfilter_api.console.mounting"
"""Loaded by name, with all that pages need."""

PREFIX = "/console"

log = logging.getLogger("prankfilter.console")


def console_pages() -> list[BaseRoute]:
    """All pages as one route; none, and a line in the log that says so, where packages are missing."""
    missing = missing_packages()
    if missing:
        log.warning(
            "the console is not served: install prankfilter[console] (missing: %s)", ", ".join(missing)
        )
        return []
    return [Pages()]


class Pages(BaseRoute):
    """Every address below `PREFIX`."""

    def __init__(self) -> None:
        self._router: Router | None = None
        self._loading = asyncio.Lock()

    def matches(self, scope: Scope) -> tuple[Match, Scope]:
        """Take what is asked of the console over HTTP."""
        path = scope.get("path", "")
        ours = scope["type"] == "http" and (path == PREFIX or path.startswith(f"{PREFIX}/"))
        return (Match.FULL if ours else Match.NONE), {}

    async def handle(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Let the page answer that has the address."""
        router = self._router or await self._load()
        await router(scope, receive, send)

    async def _load(self) -> Router:
        async with self._loading:
            if self._router is None:
                module = await asyncio.to_thread(importlib.import_module, PAGES)
                self._router = Router(module.console_routes(), redirect_slashes=False)
        return self._router
