"""Where the console joins the service: only if what it needs is installed (extra ``console``)."""

from __future__ import annotations

import logging

from starlette.routing import BaseRoute

from prankfilter_api.console.routes import (
    accounts,
    call,
    calling_back,
    desk,
    flags,
    frame,
    lists,
    login,
    models,
    password,
    reports,
    switch,
    tonight,
)
from prankfilter_api.console.site import missing_packages

ROUTERS = (
    login.router,
    tonight.router,
    desk.router,
    calling_back.router,
    switch.router,
    flags.router,
    call.router,
    lists.router,
    models.router,
    reports.router,
    accounts.router,
    password.router,
    frame.router,
    # Last: what no other page answers.
    frame.rest,
)

log = logging.getLogger("prankfilter.console")


def console_routes() -> list[BaseRoute]:
    """All pages; none, and a line in the log that says so, where packages are missing."""
    missing = missing_packages()
    if missing:
        log.warning(
            "the console is not served: install prankfilter[console] (missing: %s)", ", ".join(missing)
        )
        return []
    return [route for router in ROUTERS for route in router.routes]
