"""The application, put together: routes, the layer around them, and what they own while they run."""

from __future__ import annotations

import asyncio
import logging
import uuid
from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager, suppress
from http import HTTPStatus
from importlib.metadata import version

from fastapi import FastAPI
from fastapi.routing import APIRoute
from fastapi.telemetry import TelemetryConfig
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response

from prankfilter.errors import PrankfilterError
from prankfilter.privacy.api_keys import ApiKey, KeyCheck
from prankfilter.store.runs import BEAT_S, Runs
from prankfilter.store.sql import SqlStore
from prankfilter.wiring.report_child import ReportChildren
from prankfilter.wiring.screener import Screener
from prankfilter_api.aside import Aside
from prankfilter_api.auth import Keys
from prankfilter_api.building import build_call_backs, build_review
from prankfilter_api.console.later import console_pages
from prankfilter_api.console.site import Site
from prankfilter_api.edge import Edge
from prankfilter_api.lane import Lane
from prankfilter_api.metrics import Metrics
from prankfilter_api.openapi import describe
from prankfilter_api.refusals import UnknownAddress, WrongMethod
from prankfilter_api.routes import (
    call_backs,
    calls,
    centre,
    docs,
    flags,
    outcomes,
    probes,
    reports,
    screening,
    sound,
    stream,
)
from prankfilter_api.shedding import Shedding
from prankfilter_api.state import Life, State, Streams, utc_now

ROUTERS = (
    screening.router,
    stream.router,
    outcomes.router,
    sound.router,
    calls.router,
    flags.router,
    call_backs.router,
    centre.router,
    reports.router,
    probes.router,
    docs.router,
)
"""In the order in which an address is matched."""

SWEEP_S = 600.0
"""How often numbers that were kept for a day are looked for."""

_NO_TELEMETRY = TelemetryConfig(tracing=False, metrics=False, logs=False, auto_configure=False)
"""Spans and exported exceptions would carry addresses and messages; `metrics` counts without them."""

log = logging.getLogger("prankfilter.api")

Hook = Callable[[Life], None]


def create_app(build: Callable[[], Screener], *, started: Hook = lambda _: None) -> FastAPI:
    """Make the application. ``build`` runs when it starts, ``started`` when it is about to serve."""
    metrics = Metrics()
    app = FastAPI(
        title="prankfilter",
        version=version("prankfilter"),
        lifespan=_lifespan(build, metrics, started),
        redirect_slashes=False,
        openapi_url=None,
        docs_url=None,
        redoc_url=None,
        telemetry=_NO_TELEMETRY,
    )
    for router in ROUTERS:
        app.router.routes.extend(router.routes)
    app.router.routes.extend(console_pages())
    app.add_exception_handler(HTTPException, _as_refusal)
    app.add_middleware(screening.Shortcut)
    app.add_middleware(Edge, metrics=metrics)
    describe(app)
    return app


def _lifespan(
    build: Callable[[], Screener], metrics: Metrics, started: Hook
) -> Callable[[FastAPI], AbstractAsyncContextManager[State]]:
    @asynccontextmanager
    async def run(_: FastAPI) -> AsyncIterator[State]:
        screener = build()
        await screener.start()
        metrics.watch(screener)
        call_backs = build_call_backs(screener)
        state = State(
            screener=screener,
            keys=Keys(_check(screener)),
            lane=Lane(),
            call_backs=call_backs,
            site=Site(screener, call_backs, now=utc_now),
            review=build_review(screener),
            reports=ReportChildren(screener.settings),
            metrics=metrics,
            life=Life(),
            streams=Streams(screener.settings.streams_at_once),
            shedding=Shedding(screener, metrics),
            aside=Aside(screener, metrics.shed_unkept.inc),
        )
        chores = [asyncio.create_task(chore(state)) for chore in (_sweep, _beat, _keep_shed)]
        started(state["life"])
        yield state
        state["life"].draining = True
        for chore in chores:
            chore.cancel()
        state["aside"].give_up()
        await screener.stop()

    return run


async def _keep_shed(state: State) -> None:
    """Keep calls that were sent on unscreened."""
    await state["aside"].keep_all()


async def _beat(state: State) -> None:
    """Say again and again that this process runs: from what no process covers, reports tell downtime."""
    store = state["screener"].store
    if not isinstance(store, SqlStore):
        return
    runs, run_id, began_at = Runs(store), uuid.uuid4().hex, utc_now()
    while True:
        with suppress(PrankfilterError):
            await state["lane"].run(lambda: runs.beat(run_id, began_at=began_at, at=utc_now()))
        await asyncio.sleep(BEAT_S)


async def _sweep(state: State) -> None:
    """Destroy numbers that were kept for a day."""
    while True:
        try:
            await state["lane"].run(lambda: state["call_backs"].forget(now=utc_now()))
            await state["site"].lane.run(state["site"].forget)
        except PrankfilterError as refusal:
            log.error("numbers of old call-backs were not destroyed, tried again: %s", refusal)
        await asyncio.sleep(SWEEP_S)


def _check(screener: Screener) -> Callable[[str], ApiKey]:
    check = KeyCheck(screener.keyring)
    return lambda presented: check.holder(presented, screener.store.key)


async def _as_refusal(request: Request, refused: Exception) -> Response:
    """Turn what the framework refuses into a refusal of the door's own, for the outermost layer to answer."""
    status = getattr(refused, "status_code", 0)
    if status == HTTPStatus.NOT_FOUND:
        raise UnknownAddress
    if status == HTTPStatus.METHOD_NOT_ALLOWED:
        raise WrongMethod(_methods_at(request))
    raise refused


def _methods_at(request: Request) -> list[str]:
    routes = (route for route in request.app.router.routes if isinstance(route, APIRoute))
    here = (route for route in routes if route.path_regex.match(request.scope["path"]))
    return sorted({method for route in here for method in route.methods or ()})
