"""Forms as browsers send them."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping, Sequence
from urllib.parse import parse_qs

from starlette.requests import Request

from prankfilter_api.bodies import BODY_S, read_bytes
from prankfilter_api.refusals import WrongMediaType

MOST_BYTES = 64 * 1024
_MOST_FIELDS = 500
_KIND = "application/x-www-form-urlencoded"


class Form:
    """The fields of one form."""

    def __init__(self, fields: Mapping[str, Sequence[str]] | None = None) -> None:
        self._fields = fields or {}

    def get(self, name: str) -> str:
        """The value of a field without the blanks around it; empty where there is none."""
        return self._fields.get(name, ("",))[-1].strip()

    def every(self, name: str) -> list[str]:
        """All values of a field that may be there more than once."""
        return list(self._fields.get(name, ()))

    def raw(self, name: str) -> str:
        """The value of a field as it was typed: a password."""
        return self._fields.get(name, ("",))[-1]


async def read_form(request: Request) -> Form:
    """Read the form that a request brings."""
    if request.headers.get("content-type", "").partition(";")[0].strip().lower() != _KIND:
        raise WrongMediaType(f"A form is {_KIND}.")
    until = asyncio.get_running_loop().time() + BODY_S
    body = await read_bytes(request.receive, most=MOST_BYTES, until=until)
    try:
        text = body.decode("ascii")
        return Form(parse_qs(text, keep_blank_values=True, errors="strict", max_num_fields=_MOST_FIELDS))
    except ValueError:
        raise WrongMediaType(f"The body is no {_KIND}.") from None
