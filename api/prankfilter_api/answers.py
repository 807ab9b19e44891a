"""A Decision on its way to a router: small, or one word."""

from __future__ import annotations

from typing import Any

from starlette.responses import Response

from prankfilter.routing.answer import decision_members, encode
from prankfilter.vocabulary import Decision

SMALL_BYTES = 1000
"""Most bytes of an answer without reasons, for call ids of up to 255 bytes."""

_NO_STORE = {"Cache-Control": "no-store"}


def answer(decision: Decision, *, reasons: bool, word: bool) -> Response:
    """Answer with JSON, or with nothing but the advice."""
    body = decision.advice.value.encode() if word else decision_bytes(decision, reasons=reasons)
    return answer_with(body, word=word)


def answer_with(body: bytes, *, word: bool) -> Response:
    """Answer with what is written already."""
    return Response(body, headers=_NO_STORE, media_type="text/plain" if word else "application/json")


def decision_bytes(decision: Decision, *, reasons: bool) -> bytes:
    """Write the answer; without reasons it stays small, however many faults there are to name."""
    members = decision_members(decision, reasons=reasons)
    written = encode(members)
    return written if reasons or len(written) <= SMALL_BYTES else _shortened(members)


def _shortened(members: dict[str, Any]) -> bytes:
    faults: list[str] = members["faults"]
    written = encode(members)
    for kept in range(len(faults) - 1, -1, -1):
        members["faults"] = [*faults[:kept], f"and {len(faults) - kept} more"]
        written = encode(members)
        if len(written) <= SMALL_BYTES:
            break
    return written


def wants_word(accept: str | None) -> bool:
    """Whether a client would rather have one word than JSON; a client that accepts neither gets JSON."""
    if accept is None or "text/" not in accept:
        return False
    return _quality(accept, "text/plain") > _quality(accept, "application/json")


def _quality(accept: str, kind: str) -> float:
    """How much a media type is wanted (RFC 9110, 12.5.1): the most specific range counts."""
    ranges = {kind: 2, f"{kind.partition('/')[0]}/*": 1, "*/*": 0}
    best, quality = -1, 0.0
    for item in accept.lower().split(","):
        name, *parameters = (part.strip() for part in item.split(";"))
        if ranges.get(name, -1) > best:
            best, quality = ranges[name], _q(parameters)
    return quality


def _q(parameters: list[str]) -> float:
    for parameter in parameters:
        if parameter.startswith("q="):
            try:
                return float(parameter[2:])
            except ValueError:
                return 0.0
    return 1.0
