"""All pages of the console. Imported when the first of them is asked for (`later`)."""

from __future__ import annotations

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


def console_routes() -> list[BaseRoute]:
    """All pages, in the order in which an address is matched."""
    return [route for router in ROUTERS for route in router.routes]
