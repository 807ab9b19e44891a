"""The queue of flagged calls."""

from __future__ import annotations

from typing import Annotated
from urllib.parse import quote

from fastapi import Depends
from starlette.responses import Response

from prankfilter.errors import Taken
from prankfilter.features.table import FEATURES
from prankfilter.privacy.api_keys import Action
from prankfilter.store.flags import Filter, Wanted
from prankfilter.vocabulary import Advice, Guard, Label, Verdict
from prankfilter.wiring.claims import is_held_from
from prankfilter.wiring.review import Review
from prankfilter_api.console.call_view import band_of
from prankfilter_api.console.page_route import page_router
from prankfilter_api.console.queue_view import MOST_COUNTED, Queue, read_asked, read_queue
from prankfilter_api.console.visit import Allowed, Signed
from prankfilter_api.state import CallIdDep, StateDep

router = page_router()

ReaderDep = Annotated[Signed, Depends(Allowed(Action.READ_FLAGS))]
JudgeDep = Annotated[Signed, Depends(Allowed(Action.GIVE_VERDICT))]

QUEUE = "/console/flags"
TRIED = 20
"""So many of the queue's first calls are tried: others may take them at this very moment."""


def page_of(call_id: str) -> str:
    """The address of one call's page; a `/` in its id is no part of the path."""
    return f"/console/calls/{quote(call_id, safe='')}"


@router.get("/flags")
async def queue(visit: ReaderDep, state: StateDep) -> Response:
    """Show a page of the queue."""
    asked = read_asked(visit.request.query_params, by=visit.by, zone=visit.words.zone)
    review = state["review"]

    def read() -> Queue:
        found = read_queue(review.shelf.flags, asked, by=visit.by)
        for flag in found.flags:
            if flag.label is None:
                # The list shows how likely a prank is, too (SAFETY rule 12).
                review.note_seen(flag.call_id, by=visit.by, at=visit.now)
        return found

    found = await visit.site.lane.run(read)
    return await visit.page(
        "flags.html",
        queue=found,
        most=MOST_COUNTED,
        wanted=Wanted,
        labels=Label,
        advices=Advice,
        verdicts=Verdict,
        guards=Guard,
        features=[feature for feature in FEATURES if feature.says],
        band_of=band_of,
        page_of=page_of,
        is_held=lambda flag: is_held_from(flag, visit.by, now=visit.now),
        may_rule=visit.may(Action.GIVE_VERDICT),
    )


@router.post("/flags/next")
async def take_next(visit: JudgeDep, state: StateDep) -> Response:
    """Take in hand what nobody has in hand, the likeliest emergency first, and open it."""
    review, second = state["review"], visit.form.get("second") == "yes"
    taken = await visit.site.lane.run(lambda: _take(review, visit, second=second))
    return visit.go(QUEUE, done="queue_empty") if taken is None else visit.go(page_of(taken))


@router.post("/flags/{call_id:path}/release")
async def release(visit: JudgeDep, call_id: CallIdDep, state: StateDep) -> Response:
    """Give a flag back to the queue."""
    review = state["review"]
    await visit.site.lane.run(lambda: review.release(call_id, by=visit.by))
    return visit.go(QUEUE, done="released")


@router.post("/flags/{call_id:path}/claim")
async def claim(visit: JudgeDep, call_id: CallIdDep, state: StateDep) -> Response:
    """Take one flag in hand."""
    review = state["review"]
    await visit.site.lane.run(lambda: review.claim(call_id, by=visit.by, at=visit.now))
    return visit.go(page_of(call_id))


def _take(review: Review, visit: Signed, *, second: bool) -> str | None:
    wanted = Filter(wanted=Wanted.SECOND if second else Wanted.OPEN, not_by=visit.by)
    for flag in review.shelf.flags.listed(wanted, limit=TRIED):
        if is_held_from(flag, visit.by, now=visit.now):
            continue
        try:
            review.claim(flag.call_id, by=visit.by, at=visit.now)
        except Taken:
            continue
        return flag.call_id
    return None
