"""Reading request bodies: never more than the route takes, never longer than it waits."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Mapping
from typing import Any

from starlette.types import Receive

from prankfilter.errors import BadRecord
from prankfilter_api.refusals import BodyTooLarge, BodyTooSlow

CALL_BYTES = 256 * 1024
"""Most bytes of a call record, or of any other JSON body."""

BODY_S = 10.0
"""How long a body may take to arrive where no deadline says less."""


class ClientGone(Exception):
    """The client went away while it was sending."""


async def read_chunk(receive: Receive, *, until: float) -> tuple[bytes, bool]:
    """Read what has arrived of a body, and whether more is to come; wait up to a time of the loop's clock."""
    try:
        async with asyncio.timeout_at(until):
            message = await receive()
    except TimeoutError:
        raise BodyTooSlow("The body did not arrive within the time that was left.") from None
    if message["type"] == "http.disconnect":
        raise ClientGone
    return message.get("body", b""), message.get("more_body", False)


async def read_bytes(receive: Receive, *, most: int, until: float) -> bytes:
    """Read a whole body of limited size."""
    body, more = await read_chunk(receive, until=until)
    parts, size = [body], len(body)
    while more and size <= most:
        chunk, more = await read_chunk(receive, until=until)
        parts.append(chunk)
        size += len(chunk)
    if size > most:
        raise BodyTooLarge(f"The body has more than {most} bytes.")
    return body if len(parts) == 1 else b"".join(parts)


def read_object(body: bytes) -> Mapping[str, Any]:
    """Read one JSON object, in whatever Unicode encoding it came; anything else is no call record."""
    try:
        value = _loads(body)
    except (ValueError, RecursionError):
        # Their messages would quote the body, and the body may hold a number.
        raise BadRecord("The body is no JSON.") from None
    if not isinstance(value, dict):
        raise BadRecord(f"The body is a JSON {_kind(value)}, not an object.")
    return value


def _loads(body: bytes) -> Any:
    try:
        return json.loads(body)
    except (json.JSONDecodeError, UnicodeDecodeError):
        raise
    except ValueError:
        # An integer of thousands of digits: one unusable value, not an unusable body.
        return json.loads(body, parse_int=float)


def _kind(value: object) -> str:
    names = {list: "array", str: "string", bool: "boolean", int: "number", float: "number"}
    return names.get(type(value), "null")
