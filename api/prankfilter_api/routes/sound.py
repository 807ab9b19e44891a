"""The sound of a call, for people who may hear it; each listening is written down (SAFETY, Personal data)."""

from __future__ import annotations

import re
from typing import Annotated

from fastapi import APIRouter, Depends
from starlette.requests import Request
from starlette.responses import Response

from prankfilter.errors import BadSeal, NotFound
from prankfilter.privacy.api_keys import Action, ApiKey
from prankfilter_api.documented import CALL_ID, IN_LANE, KEYED, ON_CALL, described, refusing
from prankfilter_api.state import Allowed, CallIdDep, StateDep, utc_now

router = APIRouter(tags=["supervisor"])

WAV = "audio/wav"

_RANGE = re.compile(r"bytes=(\d*)-(\d*)")

_ANSWERS: dict[int | str, dict[str, object]] = {
    200: {"description": "The recording: WAV, 16-bit PCM, 8 kHz, mono.", "content": {WAV: {}}},
    206: {"description": "The piece that `Range` asked for.", "content": {WAV: {}}},
    416: {"description": "There is no such piece."},
}


@router.get(
    "/v1/calls/{call_id:path}/audio",
    operation_id="hear_call",
    summary="The sound of a call",
    response_class=Response,
    responses=_ANSWERS | refusing(*KEYED, *ON_CALL, *IN_LANE, NotFound, BadSeal),
    openapi_extra=described(Action.HEAR_CALL, parameters=[CALL_ID]),
)
async def hear_call(
    request: Request,
    key: Annotated[ApiKey, Depends(Allowed(Action.HEAR_CALL))],
    call_id: CallIdDep,
    state: StateDep,
) -> Response:
    """Listen to what is kept of a call: its first 30 s at most, for 30 days, if it was flagged or audited and
    `PRANKFILTER_STORE_AUDIO` is on. Who listened, and when, is written down first."""
    review, now = state["review"], utc_now()
    sound = await state["lane"].run(lambda: review.hear(call_id, by=key.name, at=now))
    return piece_of(sound, request.headers.get("range"))


def piece_of(sound: bytes, wanted: str | None) -> Response:
    """Answer with a whole recording, or with one range of its bytes (RFC 9110, 14.2).

    A header that asks for several ranges, or for none that can be read, is as good as missing.
    """
    headers = {"Accept-Ranges": "bytes", "Cache-Control": "private, no-store"}
    asked = _RANGE.fullmatch((wanted or "").strip())
    if asked is None or not any(asked.groups()):
        return Response(sound, media_type=WAV, headers=headers)
    first, last = _bounds(asked[1], asked[2], len(sound))
    if not 0 <= first <= last:
        return Response(status_code=416, headers=headers | {"Content-Range": f"bytes */{len(sound)}"})
    headers["Content-Range"] = f"bytes {first}-{last}/{len(sound)}"
    return Response(sound[first : last + 1], status_code=206, media_type=WAV, headers=headers)


def _bounds(first: str, last: str, size: int) -> tuple[int, int]:
    """Return the first and the last byte; the first is beyond the last where there is no such piece."""
    if not first:
        # The last so many bytes.
        return (max(size - int(last), 0), size - 1) if int(last) else (size, size - 1)
    return int(first), min(int(last), size - 1) if last else size - 1
