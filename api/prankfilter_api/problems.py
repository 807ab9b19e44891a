"""Every refusal as an RFC 9457 problem: one row a type. Status codes live here and nowhere else."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Any

from starlette.responses import Response

from prankfilter import errors
from prankfilter.routing.answer import encode
from prankfilter.vocabulary import Advice
from prankfilter_api import refusals

MEDIA_TYPE = "application/problem+json"

SERVER_FAULTS = 500
"""Statuses from here on are the service's own fault."""

ADVICE_ON_PROBLEM = Advice.NORMAL
"""What every problem on the screening route advises: whatever breaks, the call goes its normal way."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Problem:
    """One row: which refusal, how it is answered, and what its reader should do."""

    refusal: type[Exception]
    status: int
    slug: str
    title: str
    remedy: str
    headers: Mapping[str, str] = field(default_factory=lambda: MappingProxyType({}))

    @property
    def uri(self) -> str:
        """Its type: a relative reference that resolves to its page on this very service."""
        return f"/problems/{self.slug}"


_SOON = MappingProxyType({"Retry-After": "1"})
_CHALLENGE = MappingProxyType({"WWW-Authenticate": 'Bearer realm="prankfilter"'})

INTERNAL = Problem(
    refusal=Exception,
    status=500,
    slug="internal",
    title="A fault of ours",
    remedy="Send the call on as normal. Report the instance: it names the entry in the service's log.",
)

PROBLEMS: tuple[Problem, ...] = (
    Problem(
        refusal=errors.BadRecord,
        status=400,
        slug="no-call-record",
        title="The body is no JSON object",
        remedy="Send one JSON object in UTF-8, or multipart/form-data whose part `call` is one.",
    ),
    Problem(
        refusal=errors.BadKey,
        status=401,
        slug="no-valid-key",
        title="The key is missing, unknown or revoked",
        remedy="Send `Authorization: Bearer <key>`. Keys are made with `prankfilter keys add`.",
        headers=_CHALLENGE,
    ),
    Problem(
        refusal=refusals.ScopeMissing,
        status=403,
        slug="scope-missing",
        title="The key is not for this",
        remedy="Use a key of a scope that the route names.",
    ),
    Problem(
        refusal=errors.NotAllowed,
        status=403,
        slug="not-allowed",
        title="Whoever asks may not do this to this call",
        remedy="The detail says why. Somebody else may: whoever answered a call does not review it.",
    ),
    Problem(
        refusal=refusals.UnknownAddress,
        status=404,
        slug="unknown-address",
        title="There is nothing at this address",
        remedy="Compare the address with /docs. A `/` inside a call id is sent as %2F.",
    ),
    Problem(
        refusal=errors.NotFound,
        status=404,
        slug="not-found",
        title="There is no such call, key or flag",
        remedy="Check the id. A call that was erased is not found either.",
    ),
    Problem(
        refusal=refusals.WrongMethod,
        status=405,
        slug="wrong-method",
        title="The method is not allowed here",
        remedy="The header Allow names the methods of this address.",
    ),
    Problem(
        refusal=refusals.BodyTooSlow,
        status=408,
        slug="body-too-slow",
        title="The body did not arrive in time",
        remedy="Send the call record first and the sound after it, over a connection that is already open.",
        headers=MappingProxyType({"Connection": "close"}),
    ),
    Problem(
        refusal=errors.Taken,
        status=409,
        slug="taken",
        title="Somebody else has this call-back in hand, or it is closed",
        remedy="Take the next one of GET /v1/callbacks.",
    ),
    Problem(
        refusal=refusals.BodyTooLarge,
        status=413,
        slug="body-too-large",
        title="The body is too large",
        remedy="Call records may have 256 kB; recordings as many bytes as PRANKFILTER_AUDIO_BYTES says.",
    ),
    Problem(
        refusal=errors.AudioTooLarge,
        status=413,
        slug="audio-too-large",
        title="The recording exceeds a limit",
        remedy="The detail names the limit. Screening never answers this: the call is judged without sound.",
    ),
    Problem(
        refusal=refusals.WrongMediaType,
        status=415,
        slug="wrong-media-type",
        title="The body's media type is not read here",
        remedy="Send `Content-Type: application/json`.",
    ),
    Problem(
        refusal=refusals.InvalidBody,
        status=422,
        slug="invalid-body",
        title="The body is a JSON object with unusable members",
        remedy="`errors` names each of them and what it should be.",
    ),
    Problem(
        refusal=errors.BadInput,
        status=422,
        slug="bad-input",
        title="The request must be mended",
        remedy="The detail says where and how.",
    ),
    Problem(
        refusal=errors.UnreadableAudio,
        status=422,
        slug="unreadable-audio",
        title="The recording cannot be read",
        remedy="Send WAV, FLAC, OGG/Opus or MP3. Screening never answers this: "
        "the call is judged without sound.",
    ),
    Problem(
        refusal=errors.DecoderFailed,
        status=422,
        slug="decoder-failed",
        title="The recording could not be decoded within the limits",
        remedy="Send WAV with 16-bit PCM, A-law or µ-law, which needs no decoder.",
    ),
    Problem(
        refusal=errors.OverloadedError,
        status=429,
        slug="overloaded",
        title="More work than can be queued",
        remedy="Send it again after the seconds in Retry-After. Screening advises normal instead.",
        headers=_SOON,
    ),
    INTERNAL,
    Problem(
        refusal=errors.BadSetting,
        status=500,
        slug="bad-setting",
        title="A setting has an unusable value",
        remedy="The service's log names the setting.",
    ),
    Problem(
        refusal=errors.BadSeal,
        status=500,
        slug="bad-seal",
        title="Kept data cannot be opened",
        remedy="It was altered, or the key that sealed it is gone: restore PRANKFILTER_KEYS from its copy.",
    ),
    Problem(
        refusal=errors.StoreUnavailable,
        status=503,
        slug="store-unavailable",
        title="The store does not answer",
        remedy="Nothing was kept. Send it again after the seconds in Retry-After.",
        headers=_SOON,
    ),
    Problem(
        refusal=refusals.NotReady,
        status=503,
        slug="not-ready",
        title="The service should get no calls right now",
        remedy="Ask another replica; the detail says what is missing here.",
        headers=_SOON,
    ),
    Problem(
        refusal=errors.ReportFailed,
        status=503,
        slug="report-failed",
        title="The report could not be made",
        remedy="Ask again, for a shorter period or another format. The service's log says what happened.",
        headers=_SOON,
    ),
    Problem(
        refusal=errors.ArtefactMissing,
        status=503,
        slug="model-missing",
        title="There is no model",
        remedy="Check PRANKFILTER_MODELS and its pointer `current`.",
    ),
    Problem(
        refusal=errors.ArtefactCorrupt,
        status=503,
        slug="model-corrupt",
        title="A model, ears bundle or certificate is damaged",
        remedy="Promote another model, or restore the damaged one: a bundle never changes.",
    ),
    Problem(
        refusal=errors.ArtefactUntrusted,
        status=503,
        slug="model-untrusted",
        title="A model, ears bundle or certificate is not trusted",
        remedy="Trust the key that signed it with `prankfilter-train trust`, or promote another.",
    ),
    Problem(
        refusal=errors.JournalBroken,
        status=503,
        slug="journal-broken",
        title="The journal of models was altered",
        remedy="Restore journal.jsonl from a copy. No model is promoted before; the one that runs serves on.",
    ),
    Problem(
        refusal=errors.Cancelled,
        status=503,
        slug="deadline-passed",
        title="The deadline passed",
        remedy="Allow more time. Screening never answers this: it advises normal.",
        headers=_SOON,
    ),
)

_BY_TYPE: Mapping[type, Problem] = MappingProxyType({row.refusal: row for row in PROBLEMS})


def problem_of(refusal: Exception) -> Problem:
    """Find the row of a refusal, or of the nearest of its ancestors."""
    return next(_BY_TYPE[kind] for kind in type(refusal).__mro__ if kind in _BY_TYPE)


def describe(refusal: Exception, instance: str) -> dict[str, Any]:
    """Say a refusal as the members of a problem. The message of an unforeseen fault stays inside."""
    row = problem_of(refusal)
    members: dict[str, Any] = {"type": row.uri, "title": row.title, "status": row.status}
    if row is not INTERNAL and str(refusal):
        members["detail"] = str(refusal)
    members["instance"] = instance
    if isinstance(refusal, refusals.InvalidBody):
        members["errors"] = [{"pointer": pointer, "detail": detail} for pointer, detail in refusal.errors]
    return members


def is_screening(path: str) -> bool:
    """Whether an address is, or was meant to be, that of the screening route or of a stream."""
    return path.rstrip("/").endswith(("/screening", "/stream"))


def answer(refusal: Exception, path: str, instance: str) -> Response:
    """Answer a request with its problem; on the screening route it carries the advice too."""
    row = problem_of(refusal)
    members = describe(refusal, instance)
    if is_screening(path):
        members["advice"] = ADVICE_ON_PROBLEM
    headers = dict(row.headers)
    if isinstance(refusal, refusals.WrongMethod):
        headers["Allow"] = ", ".join(refusal.allowed)
    return Response(encode(members), row.status, headers, MEDIA_TYPE)
