"""The OpenAPI document: FastAPI's, completed by what it cannot see."""

from __future__ import annotations

from typing import Any

from fastapi import FastAPI
from fastapi.openapi.utils import get_openapi
from pydantic.json_schema import models_json_schema

from prankfilter_api.documented import PROBLEM_REF, SCREENING_PROBLEM_REF, SECURITY_SCHEME
from prankfilter_api.problems import MEDIA_TYPE, PROBLEMS, is_screening
from prankfilter_api.schemas.inputs import CallBackIn, FactsIn, OutcomeIn, PolicyIn, VerdictIn
from prankfilter_api.schemas.record import NAME, call_record_schema

DESCRIPTION = """Tells the router of an emergency line how likely a call is a prank, before a human answers.

It advises and never blocks: `advice` is `normal`, `priority` or `verify`; a client that meets anything else,
an error or nothing at all within its deadline treats the call as `normal`. The guide is `api/README.md`."""

_PROBLEM = {
    "title": "Problem",
    "type": "object",
    "description": "A refusal (RFC 9457).",
    "required": ["type", "title", "status", "instance"],
    "properties": {
        "type": {
            "type": "string",
            "format": "uri-reference",
            "enum": [row.uri for row in PROBLEMS],
            "description": "Leads to a page of this service that explains it.",
        },
        "title": {"type": "string"},
        "status": {"type": "integer", "minimum": 400, "maximum": 599},
        "detail": {"type": "string"},
        "instance": {
            "type": "string",
            "format": "uri",
            "description": "Names this occurrence; the service's log has it where the fault is ours.",
        },
        "errors": {
            "type": "array",
            "description": "What cannot be used of the body, on `/problems/invalid-body`.",
            "items": {
                "type": "object",
                "required": ["pointer", "detail"],
                "properties": {
                    "pointer": {"type": "string", "format": "json-pointer"},
                    "detail": {"type": "string"},
                },
            },
        },
    },
}

_SCREENING_PROBLEM = {
    "title": "ScreeningProblem",
    "description": "A refusal on the screening route: it carries the advice too.",
    "allOf": [
        PROBLEM_REF,
        {"type": "object", "required": ["advice"], "properties": {"advice": {"const": "normal"}}},
    ],
}


def describe(app: FastAPI) -> None:
    """Make the application describe itself in full."""

    def openapi() -> dict[str, Any]:
        if app.openapi_schema is None:
            app.openapi_schema = _document(app)
        return app.openapi_schema

    app.openapi = openapi  # type: ignore[method-assign]


def _document(app: FastAPI) -> dict[str, Any]:
    document = get_openapi(
        title=app.title, version=app.version, routes=app.routes, description=DESCRIPTION, tags=_TAGS
    )
    components = document.setdefault("components", {})
    components["schemas"] = dict(sorted({**components.get("schemas", {}), **_schemas()}.items()))
    components["securitySchemes"] = {SECURITY_SCHEME: _BEARER}
    for path, operations in document["paths"].items():
        schema = SCREENING_PROBLEM_REF if is_screening(path) else PROBLEM_REF
        for operation in operations.values():
            operation["responses"]["default"] = {
                "description": "Any other refusal, or a fault of ours",
                "content": {MEDIA_TYPE: {"schema": schema}},
            }
    return document


def _schemas() -> dict[str, Any]:
    _, inputs = models_json_schema(
        [(model, "validation") for model in (OutcomeIn, FactsIn, VerdictIn, PolicyIn, CallBackIn)],
        ref_template="#/components/schemas/{model}",
    )
    made: dict[str, Any] = inputs["$defs"]
    return {**made, NAME: call_record_schema(), "Problem": _PROBLEM, "ScreeningProblem": _SCREENING_PROBLEM}


_BEARER = {
    "type": "http",
    "scheme": "bearer",
    "description": "A key made with `prankfilter keys add`; each operation names the scopes it takes.",
}

_TAGS = [
    {"name": "router", "description": "What the call-routing layer asks and tells."},
    {"name": "desk", "description": "What call takers tell, and the off switch."},
    {"name": "supervisor", "description": "What supervisors and auditors read, and what supervisors rule."},
    {"name": "probes", "description": "Life, readiness and metrics; no key."},
]
