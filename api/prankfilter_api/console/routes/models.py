"""Models, their cards and their proofs; data staff let another one run, or the one before."""

from __future__ import annotations

import time
from functools import cache
from typing import Annotated

from fastapi import Depends
from markupsafe import Markup
from starlette.responses import Response

from prankfilter.bundle.pointer import named_by_pointer
from prankfilter.classifier.gates import GATES
from prankfilter.classifier.promotion import Order, Promotion, promote, rollback
from prankfilter.errors import BadInput
from prankfilter.privacy.api_keys import Action
from prankfilter.reports.happenings import CHANGES
from prankfilter.store.deeds import Act, Deed
from prankfilter_api.console.models_view import MEASURES, POLICY_NAMES, read_card, read_models
from prankfilter_api.console.page_route import page_router
from prankfilter_api.console.visit import Allowed, Signed
from prankfilter_api.state import StateDep

router = page_router()

ReaderDep = Annotated[Signed, Depends(Allowed(Action.SEE_TONIGHT))]
KeeperDep = Annotated[Signed, Depends(Allowed(Action.MANAGE_MODELS))]

MODELS = "/console/models"

_GATES = {gate.name: gate.asks for gate in GATES}


@router.get("/models")
async def models(visit: ReaderDep) -> Response:
    """Show all models."""
    folder, store = visit.site.settings.models, visit.site.store
    shown = await visit.site.lane.run(lambda: read_models(folder, suspended=store.suspended(), now=visit.now))
    return await visit.page(
        "models.html",
        shown=shown,
        changes=CHANGES,
        measures=MEASURES,
        may_change=visit.may(Action.MANAGE_MODELS),
    )


@router.get("/models/{model_id}")
async def model(visit: ReaderDep, model_id: str) -> Response:
    """Show a model's card; whoever may let it run also sees what the gates say."""
    folder = visit.site.settings.models
    runs = await visit.site.lane.run(lambda: named_by_pointer(folder)) == model_id
    card = await visit.site.lane.run(lambda: read_card(folder, model_id))
    asked = None
    if visit.may(Action.MANAGE_MODELS) and not runs and visit.request.query_params.get("ask") == "yes":
        asked = await visit.site.lane.run(lambda: _promote(visit, model_id, reason="asked", dry_run=True))
    return await visit.page(
        "model.html",
        model_id=model_id,
        card=as_html(card),
        asked=asked,
        gates=_GATES,
        runs=runs,
        may_change=visit.may(Action.MANAGE_MODELS),
    )


@router.post("/models/{model_id}/promote")
async def let_run(visit: KeeperDep, model_id: str, state: StateDep) -> Response:
    """Let a model run if every gate holds; a refusal is in the journal too."""
    reason, deeds = _reason(visit), state["review"].shelf.deeds

    def work() -> Promotion:
        done = _promote(visit, model_id, reason=reason, dry_run=False)
        if done.done:
            details = {"model_id": model_id, "reason": reason}
            deeds.put(Deed(at=visit.now, by=visit.by, what=Act.PROMOTED_MODEL, details=details))
        return done

    result = await visit.site.lane.run(work)
    if result.done:
        return visit.go(MODELS, done="model_promoted")
    card = await visit.site.lane.run(lambda: read_card(visit.site.settings.models, model_id))
    return await visit.page(
        "model.html",
        status=409,
        model_id=model_id,
        card=as_html(card),
        asked=result,
        gates=_GATES,
        runs=False,
        may_change=True,
    )


@router.post("/models/rollback")
async def go_back(visit: KeeperDep, state: StateDep) -> Response:
    """Let the model run again that ran before."""
    reason, deeds = _reason(visit), state["review"].shelf.deeds

    def work() -> None:
        back = rollback(visit.site.settings.models, Order(by=visit.by, reason=reason, at=visit.now))
        details = {"model_id": back.model_id, "reason": reason}
        deeds.put(Deed(at=visit.now, by=visit.by, what=Act.ROLLED_BACK_MODEL, details=details))

    await visit.site.lane.run(work)
    return visit.go(MODELS, done="model_rolled_back")


def _promote(visit: Signed, model_id: str, *, reason: str, dry_run: bool) -> Promotion:
    return promote(
        visit.site.settings.models,
        model_id,
        Order(by=visit.by, reason=reason, at=visit.now),
        clock=time.perf_counter,
        policy_names=POLICY_NAMES,
        suspended=visit.site.store.suspended(),
        dry_run=dry_run,
    )


def _reason(visit: Signed) -> str:
    reason = visit.form.get("reason")
    if not reason:
        raise BadInput("reason: say why, in a few words")
    return reason


@cache
def as_html(markdown: str) -> Markup:
    """Turn a card into HTML; tags in it are shown and not obeyed."""
    # Imported with the first card: no other page needs it.
    from markdown_it import MarkdownIt  # noqa: PLC0415

    drawn = MarkdownIt("js-default", {"html": False, "linkify": False}).render(markdown)
    # Its headings stand below the page's own.
    for level in (3, 2, 1):
        drawn = drawn.replace(f"<h{level}>", f"<h{level + 1}>").replace(f"</h{level}>", f"</h{level + 1}>")
    return Markup(drawn)  # noqa: S704 - made from escaped text
