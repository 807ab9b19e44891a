"""What the application owns while it runs, as one readable list, and how routes get at it."""

from __future__ import annotations

import asyncio
import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Annotated, Any, TypedDict, cast

from fastapi import Depends
from starlette.requests import HTTPConnection, Request

from prankfilter.privacy.api_keys import Action, ApiKey
from prankfilter.wiring.call_backs import CallBacks
from prankfilter.wiring.report_child import ReportChildren
from prankfilter.wiring.review import Review
from prankfilter.wiring.screener import Screener
from prankfilter_api.aside import Aside
from prankfilter_api.auth import Keys
from prankfilter_api.bodies import BODY_S, CALL_BYTES, read_bytes, read_object
from prankfilter_api.console.site import Site
from prankfilter_api.lane import Lane
from prankfilter_api.metrics import Metrics
from prankfilter_api.refusals import UnknownAddress, WrongMediaType
from prankfilter_api.schemas.inputs import LONGEST_CALL_ID
from prankfilter_api.shedding import Shedding


@dataclass(slots=True)
class Life:
    """Whether the service is about to stop."""

    draining: bool = False


@dataclass(slots=True)
class Streams:
    """How many calls are listened to, and how many at most."""

    most: int
    count: int = 0

    def enter(self) -> bool:
        """Take a place; False where none is free."""
        if self.count >= self.most:
            return False
        self.count += 1
        return True

    def leave(self) -> None:
        """Give the place back."""
        self.count -= 1


class State(TypedDict):
    """Made when the application starts, closed when it stops."""

    screener: Screener
    keys: Keys
    lane: Lane
    call_backs: CallBacks
    site: Site
    review: Review
    reports: ReportChildren
    metrics: Metrics
    life: Life
    streams: Streams
    shedding: Shedding
    aside: Aside


def state_of(request: Request) -> State:
    """What the application owns."""
    return cast(State, request.scope["state"])


def call_id_of(request: HTTPConnection) -> str:
    """The call id in the address, `/` and all; what can be no id is an address of nothing."""
    return usable_call_id(request.path_params["call_id"])


def usable_call_id(call_id: str) -> str:
    """The same call id, if it can be one."""
    if not call_id.isprintable() or not 0 < len(call_id.encode("utf-8", "surrogatepass")) <= LONGEST_CALL_ID:
        raise UnknownAddress(f"A call id is 1 to {LONGEST_CALL_ID} bytes of printable characters.")
    return call_id


async def read_json(request: Request) -> Mapping[str, Any]:
    """Read the JSON object that a request brings."""
    kind = request.headers.get("content-type", "").partition(";")[0].strip().lower()
    if kind != "application/json":
        raise WrongMediaType("The body must be application/json.")
    until = asyncio.get_running_loop().time() + BODY_S
    return read_object(await read_bytes(request.receive, most=CALL_BYTES, until=until))


def utc_now() -> dt.datetime:
    """The moment at which something is said."""
    return dt.datetime.now(dt.UTC)


class Allowed:
    """Lets a request pass whose key may do this."""

    def __init__(self, action: Action) -> None:
        self._action = action

    async def __call__(self, request: Request) -> ApiKey:
        """The key of the request, or a refusal."""
        return await state_of(request)["keys"].holder(request.headers.get("authorization"), self._action)


StateDep = Annotated[State, Depends(state_of)]
CallIdDep = Annotated[str, Depends(call_id_of)]
