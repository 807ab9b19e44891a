"""The call record's JSON Schema, made from the one table of its fields."""

from __future__ import annotations

from typing import Any

from prankfilter.privacy.fields import FIELDS, Field

NAME = "CallRecord"

EXAMPLE = {
    "received_at": "2025-11-03T21:14:08+08:00",
    "calling_number": "+6281100001234",
    "number_kind": "asserted",
    "access_state": "service_initialized",
    "service_urn": "urn:service:sos",
    "trunk": "telkomsel-1",
    "cell_id": "510-10-2041-77",
    "ring_s": 3.5,
    "calls_waiting": 2,
    "audio_capture": "caller_before_answer",
}


def call_record_schema() -> dict[str, Any]:
    """Describe what a router may send of a call; every member may be missing."""
    return {
        "title": NAME,
        "type": "object",
        "description": "What the line tells of a call. Every member may be missing, null, an empty text or "
        "the text `<null>`, all four alike; missing is never zero. A member with an unusable value counts as "
        "missing and is named in `faults`.",
        "properties": {field.name: _property(field) for field in FIELDS},
        "additionalProperties": True,
        "examples": [EXAMPLE],
    }


def _property(field: Field) -> dict[str, Any]:
    schema = dict(field.reader.schema)
    schema["type"] = [schema["type"], "null"]
    if "enum" in schema:
        schema["enum"] = [*schema["enum"], "", None]
    return {**schema, "description": field.meaning}
