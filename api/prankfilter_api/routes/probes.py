"""Is it alive, should it get calls, and how is it doing."""

from __future__ import annotations

from fastapi import APIRouter
from prometheus_client.exposition import choose_encoder
from pydantic import BaseModel
from starlette.requests import Request
from starlette.responses import Response

from prankfilter_api.documented import refusing
from prankfilter_api.refusals import NotReady
from prankfilter_api.state import StateDep

router = APIRouter(tags=["probes"])


class AliveOut(BaseModel):
    """The process answers."""

    alive: bool


class ReadyOut(BaseModel):
    """The service should get calls."""

    ready: bool
    model_id: str | None
    policy: str


@router.get("/livez", operation_id="livez", summary="Is the process alive")
async def livez() -> AliveOut:
    """Answer. It looks at nothing: restart the process only if this fails."""
    return AliveOut(alive=True)


@router.get(
    "/readyz", operation_id="readyz", summary="Should this replica get calls", responses=refusing(NotReady)
)
async def readyz(state: StateDep) -> ReadyOut:
    """Say whether the model is verified and warmed and the store open. A call that comes all the same is
    screened as well as can be."""
    screener = state["screener"]
    if state["life"].draining:
        raise NotReady("draining")
    ready, why = await screener.ready()
    if not ready:
        raise NotReady(why)
    return ReadyOut(ready=True, model_id=screener.model_id, policy=screener.policy.name)


@router.get(
    "/metrics",
    operation_id="metrics",
    summary="Metrics for Prometheus",
    response_class=Response,
    responses={200: {"content": {"text/plain": {"schema": {"type": "string"}}}}},
)
async def metrics(request: Request, state: StateDep) -> Response:
    """Count requests, decisions, guards, the write queue, model and certificate. Nothing personal."""
    write, content_type = choose_encoder(request.headers.get("accept", ""))
    registry = state["metrics"].registry
    text = await state["lane"].run(lambda: write(registry))
    return Response(text, headers={"Content-Type": content_type})


for _path, _probe in (("/livez", livez), ("/readyz", readyz)):
    # Load balancers like to ask with HEAD.
    router.add_api_route(_path, _probe, methods=["HEAD"], include_in_schema=False)
