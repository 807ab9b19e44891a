"""How one value of a call record is read: a usable value comes back, or ``ValueError`` is raised.

Text arrives stripped. Routers send what they have, numbers as text and words in any case: that much is
forgiven, the rest counts as missing.
"""

from __future__ import annotations

import datetime as dt
import math
import re
import socket
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

LONGEST_TEXT = 200
LONGEST_CALL_ID = 1024
"""Bytes, as in the service's addresses."""

_NUMBER = re.compile(r"[+-]?[0-9]+(\.[0-9]*)?([eE][+-]?[0-9]{1,3})?")
_LONGEST_NUMBER = 40
_TIME = re.compile(r"\d{4}-\d\d-\d\d[Tt ]\d\d:\d\d(:\d\d([.,]\d{1,9})?)?([Zz]|[+-]\d\d:?\d\d)?", re.ASCII)
_CONTROL = re.compile(r"[\x00-\x1f\x7f-\x9f]+")
_LONE_SURROGATE = re.compile(r"[\ud800-\udfff]")

_MEDIA_WORDS = {
    "audio": "audio",
    "text": "text",
    "video": "video",
    "message": "text",
    "rtt": "text",
    "tty": "text",
    "sign_language": "video",
}
"""Other words for text and video are understood: who needs them must not be met by a spoken prompt."""
_MOST_ITEMS = 16


@dataclass(frozen=True, slots=True)
class Reader:
    """A way of reading, and the JSON Schema of what it takes."""

    read: Callable[[object], Any]
    schema: Mapping[str, Any]


def text(*, longest: int = LONGEST_TEXT, lower: bool = False) -> Reader:
    """Plain text without control characters. Too long is unusable: half an identifier is another one."""

    def read(raw: object) -> str:
        if type(raw) is int and abs(raw) < 1 << 63:
            raw = str(raw)
        if not isinstance(raw, str) or len(raw) > longest:
            raise ValueError
        plain = raw if raw.isprintable() else _printable(raw)
        return plain.lower() if lower else plain

    return Reader(read, {"type": "string", "maxLength": longest})


def call_id() -> Reader:
    """The id of a call: text that can be printed. A whole number is its digits."""

    def read(raw: object) -> str:
        if type(raw) is int:
            raw = str(raw)
        if not isinstance(raw, str) or not raw.isprintable() or len(raw.encode()) > LONGEST_CALL_ID:
            raise ValueError
        return raw

    return Reader(read, {"type": "string", "maxLength": LONGEST_CALL_ID})


def header(telling: str) -> Reader:
    """A header with one value or more, as a list or parted by commas: the telling one, else the first."""
    plain = text(lower=True)

    def read(raw: object) -> str:
        items = raw if isinstance(raw, list | tuple) else [raw]
        if len(items) > _MOST_ITEMS:
            raise ValueError
        parts = [part.strip() for item in items for part in plain.read(item).split(",")]
        values: list[str] = [part for part in parts if part]
        if not values:
            raise ValueError
        return next((value for value in values if value.startswith(telling)), values[0])

    return Reader(read, plain.schema)


def word(kind: type[StrEnum]) -> Reader:
    """One of the words of an enumeration, in any case, with hyphens or underscores."""
    known = {_plain_word(member): member for member in kind}

    def read(raw: object) -> StrEnum:
        member = known.get(_plain_word(raw)) if isinstance(raw, str) else None
        if member is None:
            raise ValueError
        return member

    return Reader(read, {"type": "string", "enum": [str(member) for member in kind]})


def number(low: float, high: float) -> Reader:
    """A finite number in [low, high]."""

    def read(raw: object) -> float:
        value = _finite(raw)
        if not low <= value <= high:
            raise ValueError
        return value + 0.0  # -0.0 is 0.0

    return Reader(read, {"type": "number", "minimum": low, "maximum": high})


def count(high: int) -> Reader:
    """A whole number in [0, high]."""

    def read(raw: object) -> int:
        value = _finite(raw)
        if not 0 <= value <= high or value != int(value):
            raise ValueError
        return int(value)

    return Reader(read, {"type": "integer", "minimum": 0, "maximum": high})


def moment() -> Reader:
    """A date and time of RFC 3339; naive where the offset is missing, which is for intake to name."""

    def read(raw: object) -> dt.datetime:
        if not isinstance(raw, str) or not _TIME.fullmatch(raw):
            raise ValueError
        return dt.datetime.fromisoformat(raw.upper())

    return Reader(read, {"type": "string", "format": "date-time"})


def address() -> Reader:
    """An IPv4 or IPv6 address, as it was spelt."""

    def read(raw: object) -> str:
        if not isinstance(raw, str) or len(raw) > LONGEST_TEXT:
            raise ValueError
        return _checked_address(raw.strip("[]"))

    return Reader(read, {"type": "string", "maxLength": LONGEST_TEXT, "examples": ["10.20.30.40"]})


def media() -> Reader:
    """The media of a call: a list, or words parted by commas. Words that are no medium are passed over."""

    def read(raw: object) -> tuple[str, ...]:
        items = raw.split(",", _MOST_ITEMS) if isinstance(raw, str) else raw
        if not isinstance(items, list | tuple) or len(items) > _MOST_ITEMS:
            raise ValueError
        words = [_MEDIA_WORDS.get(_plain_word(item)) for item in items if isinstance(item, str)]
        known = tuple(dict.fromkeys(word for word in words if word))
        if not known:
            raise ValueError
        return known

    return Reader(read, {"type": "array", "items": {"type": "string", "enum": ["audio", "text", "video"]}})


def telephone() -> Reader:
    """A telephone number as it was sent; `prankfilter.privacy.numbers` reads it."""

    def read(raw: object) -> str:
        # A JSON integer keeps all digits of a number; a float, such as 8.12E+10, may have lost some.
        if type(raw) is int and 0 <= raw < 10**20:
            return str(raw)
        if not isinstance(raw, str) or len(raw) > LONGEST_TEXT:
            raise ValueError
        return raw

    return Reader(read, {"type": "string", "maxLength": LONGEST_TEXT})


def _checked_address(plain: str) -> str:
    # The C library checks in a tenth of the time that the module ipaddress takes.
    try:
        socket.inet_pton(socket.AF_INET6 if ":" in plain else socket.AF_INET, plain)
    except OSError:
        raise ValueError from None
    return plain


def _plain_word(text: str) -> str:
    return text.strip().lower().replace("-", "_").replace(" ", "_")


def _printable(raw: str) -> str:
    plain = _CONTROL.sub(" ", raw).strip()
    if not plain or _LONE_SURROGATE.search(plain):
        raise ValueError
    return plain


def _finite(raw: object) -> float:
    """A number, or a number in text as JSON would spell it; a bool is neither."""
    if isinstance(raw, str) and len(raw) <= _LONGEST_NUMBER and _NUMBER.fullmatch(raw):
        raw = float(raw)
    if (
        isinstance(raw, bool)
        or not isinstance(raw, int | float)
        or abs(raw) > 1e300
        or not math.isfinite(raw)
    ):
        raise ValueError
    return float(raw)
