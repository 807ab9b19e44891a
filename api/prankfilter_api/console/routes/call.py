"""One call: seen, heard and judged."""

from __future__ import annotations

from collections.abc import Callable
from typing import Annotated

from fastapi import Depends
from starlette.responses import JSONResponse, Response

from prankfilter.errors import ArtefactMissing, BadInput, NotFound
from prankfilter.privacy.api_keys import Action
from prankfilter.store.port import Ruling
from prankfilter.vocabulary import Label, Verdict
from prankfilter.wiring.review import is_blind_for
from prankfilter_api.console import sound_view
from prankfilter_api.console.call_view import CallView, band_of, view_of
from prankfilter_api.console.page_route import page_router
from prankfilter_api.console.reasons import views_of
from prankfilter_api.console.routes.flags import page_of
from prankfilter_api.console.visit import Allowed, Signed
from prankfilter_api.routes.sound import piece_of
from prankfilter_api.schemas.inputs import LONGEST_NOTE
from prankfilter_api.state import CallIdDep, StateDep

router = page_router()

ReaderDep = Annotated[Signed, Depends(Allowed(Action.READ_CALL))]
ListenerDep = Annotated[Signed, Depends(Allowed(Action.HEAR_CALL))]
JudgeDep = Annotated[Signed, Depends(Allowed(Action.GIVE_VERDICT))]

RULED_LABELS = tuple(label for label in Label if label not in (Label.ABANDONED, Label.UNKNOWN))
"""What a supervisor can say that a call was."""


# --- sound: before the page itself, whose address ends with any call id ------------------------------


@router.get("/calls/{call_id:path}/audio")
async def audio(visit: ListenerDep, call_id: CallIdDep, state: StateDep) -> Response:
    """Play the sound; that somebody listens is written down first."""
    review = state["review"]
    sound = await visit.site.lane.run(lambda: review.hear(call_id, by=visit.by, at=visit.now))
    return piece_of(sound, visit.request.headers.get("range"))


@router.get("/calls/{call_id:path}/outline.svg")
async def outline(visit: ListenerDep, call_id: CallIdDep, state: StateDep) -> Response:
    """Draw how loud the sound is, with what reasons point at."""
    review, store = state["review"], state["screener"].store

    def draw() -> str:
        call = store.call(call_id)
        reasons = call.decisions[-1].reasons if call is not None and call.decisions else ()
        parts = [
            (reason.start_s, reason.end_s)
            for reason in reasons
            if reason.start_s is not None and reason.end_s is not None
        ]
        return sound_view.outline(review.open_sound(call_id), parts)

    return await _drawn(visit, draw, "image/svg+xml")


@router.get("/calls/{call_id:path}/spectrogram.png")
async def spectrogram(visit: ListenerDep, call_id: CallIdDep, state: StateDep) -> Response:
    """Draw the bands in which the model hears the sound."""
    review, screener = state["review"], state["screener"]

    def draw() -> bytes:
        artefacts = screener.artefacts
        if artefacts is None:
            raise ArtefactMissing("no verified model is loaded")
        return sound_view.spectrogram(review.open_sound(call_id), artefacts.ears)

    return await _drawn(visit, draw, "image/png")


@router.get("/calls/{call_id:path}/quiet.json")
async def quiet(visit: ListenerDep, call_id: CallIdDep, state: StateDep) -> Response:
    """Say where the sound is quiet, for players that skip that."""
    review = state["review"]
    parts = await visit.site.lane.run(lambda: sound_view.quiet_parts(review.open_sound(call_id)))
    return JSONResponse(parts)


async def _drawn(visit: Signed, draw: Callable[[], str | bytes], kind: str) -> Response:
    return Response(await visit.site.lane.run(draw), media_type=kind)


# --- what is said of it -----------------------------------------------------------------------------------


@router.post("/calls/{call_id:path}/verdict")
async def rule(visit: JudgeDep, call_id: CallIdDep, state: StateDep) -> Response:
    """Keep a verdict; where the call waits for a second person's, this is that."""
    ruling, review = _ruling(visit), state["review"]

    def keep() -> str:
        if is_blind_for(review.shelf.flags.of(call_id), visit.by):
            review.rule_blind(call_id, ruling)
            return "second_ruled"
        review.rule(call_id, ruling)
        return "ruled"

    return visit.go(page_of(call_id), done=await visit.site.lane.run(keep))


@router.post("/calls/{call_id:path}/undo")
async def undo(visit: JudgeDep, call_id: CallIdDep, state: StateDep) -> Response:
    """Take back one's own last verdict."""
    review = state["review"]
    await visit.site.lane.run(lambda: review.undo(call_id, by=visit.by, at=visit.now))
    return visit.go(page_of(call_id), done="undone")


@router.post("/calls/{call_id:path}/clear")
async def clear(
    visit: Annotated[Signed, Depends(Allowed(Action.CLEAR_NUMBER))], call_id: CallIdDep, state: StateDep
) -> Response:
    """Let the number's pranks count no more, with a reason."""
    review, store, reason = state["review"], state["screener"].store, _told(visit, "reason")

    def keep() -> None:
        call = store.call(call_id)
        caller = call.record.caller if call is not None and call.record is not None else None
        if caller is None:
            raise NotFound("the call has no number")
        review.clear_number(caller, by=visit.by, reason=reason, at=visit.now, call_id=call_id)

    await visit.site.lane.run(keep)
    return visit.go(page_of(call_id), done="number_cleared")


@router.post("/calls/{call_id:path}/incident")
async def close_incident(
    visit: Annotated[Signed, Depends(Allowed(Action.CLOSE_INCIDENT))], call_id: CallIdDep, state: StateDep
) -> Response:
    """Close the call's incident with what was found."""
    review, note = state["review"], _told(visit, "note")
    await visit.site.lane.run(lambda: review.close_incident(call_id, by=visit.by, note=note, at=visit.now))
    return visit.go(page_of(call_id), done="incident_closed")


def _ruling(visit: Signed) -> Ruling:
    try:
        verdict = Verdict(visit.form.get("verdict"))
        label = Label(visit.form.get("label")) if visit.form.get("label") else None
    except ValueError:
        raise BadInput("verdict or label: a word that is none of the form's") from None
    note = visit.form.get("note")
    if len(note) > LONGEST_NOTE:
        raise BadInput(f"note: at most {LONGEST_NOTE} characters")
    return Ruling(verdict=verdict, at=visit.now, by=visit.by, label=label, note=note or None)


def _told(visit: Signed, field: str) -> str:
    said = visit.form.get(field)
    if not 0 < len(said) <= LONGEST_NOTE:
        raise BadInput(f"{field}: 1 to {LONGEST_NOTE} characters")
    return said


# --- the page ---------------------------------------------------------------------------------------------


@router.get("/calls/{call_id:path}")
async def call(visit: ReaderDep, call_id: CallIdDep, state: StateDep) -> Response:
    """Show one call."""
    review, store = state["review"], state["screener"].store

    def read() -> CallView:
        view = view_of(store, review, call_id, by=visit.by, now=visit.now)
        if view.outcome is None:
            # Whoever has seen the score says so when telling what the call was (SAFETY rule 12).
            review.note_seen(call_id, by=visit.by, at=visit.now)
        return view

    view = await visit.site.lane.run(read)
    return await visit.page(
        "call.html",
        view=view,
        address=page_of(call_id),
        page_of=page_of,
        reasons=views_of(view.last.reasons, visit.words) if view.last is not None else [],
        band_of=band_of,
        labels=RULED_LABELS,
        verdicts=Verdict,
        may_hear=visit.may(Action.HEAR_CALL),
        may_rule=visit.may(Action.GIVE_VERDICT),
        may_clear=visit.may(Action.CLEAR_NUMBER),
        may_close=visit.may(Action.CLOSE_INCIDENT),
        stores_sound=visit.site.settings.store_audio,
    )
