"""What OpenAPI says of a route beyond its signature: who may ask, what may be refused, what is sent."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from prankfilter import errors
from prankfilter.privacy.api_keys import ALLOWED, Action
from prankfilter_api import refusals
from prankfilter_api.problems import MEDIA_TYPE, PROBLEMS, Problem

SECURITY_SCHEME = "bearer"

KEYED = (errors.BadKey, refusals.ScopeMissing, errors.StoreUnavailable)
"""What any route may refuse that wants a key."""

ON_CALL = (refusals.UnknownAddress,)
"""What any route may refuse that has a call id in its address."""

WITH_BODY = (
    errors.BadRecord,
    refusals.BodyTooSlow,
    refusals.BodyTooLarge,
    refusals.WrongMediaType,
    refusals.InvalidBody,
)
"""What any route may refuse that reads a JSON body."""

IN_LANE = (errors.OverloadedError,)
"""What any route may refuse that waits for the store."""

PROBLEM_REF = {"$ref": "#/components/schemas/Problem"}
SCREENING_PROBLEM_REF = {"$ref": "#/components/schemas/ScreeningProblem"}

CALL_ID = {
    "name": "call_id",
    "in": "path",
    "required": True,
    "description": "The call's id, such as its SIP Call-ID. A `/` in it is sent as %2F.",
    "schema": {"type": "string", "minLength": 1, "maxLength": 1024},
    "example": "a84b4c76e66710@10.0.0.1",
}


def refusing(
    *kinds: type[Exception], schema: Mapping[str, Any] = PROBLEM_REF
) -> dict[int | str, dict[str, Any]]:
    """Declare the problems of a route, by status."""
    by_status: dict[int | str, list[Problem]] = {}
    for row in PROBLEMS:
        if row.refusal in kinds:
            by_status.setdefault(row.status, []).append(row)
    return {status: _response(rows, schema) for status, rows in by_status.items()}


def _response(rows: Iterable[Problem], schema: Mapping[str, Any]) -> dict[str, Any]:
    listed = list(rows)
    return {
        "description": "; or: ".join(row.title for row in listed),
        "content": {
            MEDIA_TYPE: {
                "schema": dict(schema),
                "examples": {row.slug: {"value": example(row, schema)} for row in listed},
            }
        },
    }


def example(row: Problem, schema: Mapping[str, Any] = PROBLEM_REF) -> dict[str, Any]:
    """Make up a problem of this type."""
    members: dict[str, Any] = {
        "type": row.uri,
        "title": row.title,
        "status": row.status,
        "instance": "urn:uuid:0b7c2a5e-5c39-4b0e-9f4d-3f6a1d2c8e77",
    }
    return members | ({"advice": "normal"} if schema is SCREENING_PROBLEM_REF else {})


def described(
    *actions: Action, body: Mapping[str, Any] | None = None, parameters: Iterable[Mapping[str, Any]] = ()
) -> dict[str, Any]:
    """Say who may ask, what is sent, and what stands in the address, as OpenAPI writes it."""
    extra: dict[str, Any] = {}
    if actions:
        scopes = sorted(set().union(*(ALLOWED[action] for action in actions)))
        extra["security"] = [{SECURITY_SCHEME: scopes}]
    if parameters:
        extra["parameters"] = [dict(parameter) for parameter in parameters]
    if body is not None:
        extra["requestBody"] = {"required": True, "content": dict(body)}
    return extra


def json_body(name: str, examples: Mapping[str, Any]) -> dict[str, Any]:
    """Describe a JSON body by a component's name."""
    return {
        "application/json": {
            "schema": {"$ref": f"#/components/schemas/{name}"},
            "examples": {key: {"value": value} for key, value in examples.items()},
        }
    }
