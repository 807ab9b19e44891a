"""What a router sends → a call record without a telephone number in it, and what was wrong with it.

A field with an unusable value counts as missing and is named; nothing of its value is repeated, since it may
be personal. Only a body that is no JSON object is refused.
"""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Callable, Iterable, Mapping
from typing import Any

from prankfilter.errors import BadRecord
from prankfilter.privacy.fields import FIELDS, FIELDS_BY_NAME
from prankfilter.privacy.numbers import NotANumber, NotDialable, Unreadable, Withheld, tail, to_e164
from prankfilter.vocabulary import AccessState, CallRecord, NumberKind

MISSING_WORDS = ("", "<null>")
"""As good as null; the second is what Kamailio writes for a header that is not there."""

CLOCK_SKEW = dt.timedelta(minutes=2)
"""How far ahead of ours a router's clock may be before its time is disbelieved."""

EARLIEST = dt.datetime(2000, 1, 1, tzinfo=dt.UTC)
"""A time before this comes from a clock that was never set."""

WITHOUT_SERVICE = frozenset({AccessState.NSI, AccessState.SIM_LESS})
"""States in which a number is shared or made up, so that it names no caller."""

_ALSO_UNDERSTOOD = frozenset({"call_id"})
"""May be repeated in the body; the address of the request counts."""

_NAMED_UNKNOWN = 5
_HARMLESS_NAME = re.compile(r"(?!.*\d{4})[A-Za-z][A-Za-z0-9_.-]{0,39}", re.ASCII)
_NOT_DIGITS = bytes(set(range(256)) - set(b"0123456789"))
_TELLING_DIGITS = 8
"""So many digits in a row give a number away; fewer than `_FEWEST_DIGITS` in all are a short code."""
_FEWEST_DIGITS = 7

Pseudonymise = Callable[[str], str]
"""E.164 → keyed pseudonym, such as `Pseudonymiser.pseudonym`."""


def read_record(
    call_id: str, body: object, *, now: dt.datetime, zone: dt.tzinfo, pseudonymise: Pseudonymise
) -> tuple[CallRecord, tuple[str, ...]]:
    """Read a call record; the second part names each field that counts as missing, and its remedy."""
    if not isinstance(body, Mapping):
        raise BadRecord("the call record must be a JSON object")
    faults: list[str] = []
    values = _usable_values(body, faults)
    _settle_times(values, faults, now, zone)
    settle_location(values, faults)
    hide_numbers(values, faults, pseudonymise)
    return CallRecord(call_id=call_id, **values), tuple(faults)


def _fault(name: str, remedy: str) -> str:
    return f"{name}: {remedy}; counted as missing"


def _usable_values(body: Mapping[Any, object], faults: list[str]) -> dict[str, Any]:
    values: dict[str, Any] = {}
    unknown: list[object] = []
    for name, raw in body.items():
        row = FIELDS_BY_NAME.get(name)
        if row is None:
            if name not in _ALSO_UNDERSTOOD:
                unknown.append(name)
            continue
        sent = raw.strip() if isinstance(raw, str) else raw
        if sent is None or sent in MISSING_WORDS:
            continue
        try:
            values[name] = row.reader.read(sent)
        except ValueError:
            faults.append(_fault(name, row.remedy))
    if unknown:
        faults.append(_unknown_fields(unknown))
    return values


def _unknown_fields(names: Iterable[object]) -> str:
    """Names that nobody declared can hold anything, a number too: only harmless ones are repeated."""
    listed = list(names)
    harmless = sorted(
        str(name) for name in listed if isinstance(name, str) and _HARMLESS_NAME.fullmatch(name)
    )
    shown = harmless[:_NAMED_UNKNOWN]
    rest = len(listed) - len(shown)
    return "unknown fields are ignored: " + ", ".join(shown + ([f"{rest} more"] if rest else []))


def _settle_times(values: dict[str, Any], faults: list[str], now: dt.datetime, zone: dt.tzinfo) -> None:
    """Put times into the centre's zone; disbelieve those of a clock that is far ahead, or was never set."""
    for name in ("received_at", "audio_started_at"):
        if name in values:
            values[name] = _believed(name, values[name], faults, now, zone)
    received_at = values.get("received_at")
    values["received_at"] = (now if received_at is None else min(received_at, now)).astimezone(zone)


def _believed(
    name: str, time: dt.datetime, faults: list[str], now: dt.datetime, zone: dt.tzinfo
) -> dt.datetime | None:
    if time.tzinfo is None:
        faults.append(f"{name}: its offset is missing; read as the centre's own time")
        time = time.replace(tzinfo=zone)
    if time < EARLIEST:
        faults.append(_fault(name, "lies before the year 2000; set the router's clock"))
        return None
    if time > now + CLOCK_SKEW:
        faults.append(_fault(name, "lies in the future; set the router's clock"))
        return None
    return time if name == "received_at" else time.astimezone(zone)


def settle_location(values: dict[str, Any], faults: list[str]) -> None:
    """A location has both coordinates, and is not the 0, 0 that AML sends where there is no fix."""
    latitude, longitude = values.get("latitude"), values.get("longitude")
    if latitude is None and longitude is None:
        return
    if latitude is None or longitude is None:
        faults.append(_fault("latitude, longitude", "one is of no use without the other"))
    elif latitude == 0 and longitude == 0:
        faults.append(_fault("latitude, longitude", "0 and 0 mean that there was no fix"))
    else:
        return
    values.pop("latitude", None)
    values.pop("longitude", None)


def hide_numbers(values: dict[str, Any], faults: list[str], pseudonymise: Pseudonymise) -> None:
    """Turn numbers into pseudonyms, and make sure that no other field carries the caller's."""
    sent: str | None = values.pop("calling_number", None)
    if sent is not None:
        _settle_caller(sent, values, faults, pseudonymise)
    if values.get("access_state") in WITHOUT_SERVICE:
        values.pop("caller", None)
        values.pop("number_tail", None)
        _settle_kind(NumberKind.NONE, values, faults)
    if "called_number" in values:
        _settle_called(values, faults, pseudonymise)


def _settle_caller(sent: str, values: dict[str, Any], faults: list[str], pseudonymise: Pseudonymise) -> None:
    """Set ``caller``, ``number_tail`` and what the number itself says of ``number_kind``."""
    try:
        e164 = to_e164(sent)
    except Unreadable as problem:
        faults.append(_fault("calling_number", str(problem)))
        values.pop("number_kind", None)
        _drop_copies(sent.partition("@")[0], values, faults)
    except Withheld:
        _settle_kind(NumberKind.WITHHELD, values, faults)
    except NotDialable:
        _settle_kind(NumberKind.NONE, values, faults)
        _drop_copies(sent.partition("@")[0], values, faults)
    else:
        _drop_copies(e164[-_TELLING_DIGITS:], values, faults)
        values["caller"] = pseudonymise(e164)
        values["number_tail"] = tail(e164)


def _drop_copies(number: str, values: dict[str, Any], faults: list[str]) -> None:
    """Text fields are free text: a router may put the number into any of them."""
    digits = _digits(number)
    if len(digits) < _FEWEST_DIGITS:
        return
    starts = range(max(1, len(digits) - _TELLING_DIGITS + 1))
    telling = [digits[start : start + _TELLING_DIGITS] for start in starts]
    texts = {name: value for name, value in values.items() if type(value) is str and name != "called_number"}
    if not _tells(telling, "".join(texts.values())):
        return
    for name, value in texts.items():
        if _tells(telling, value):
            faults.append(_fault(name, "holds the calling number; send that in calling_number alone"))
            del values[name]


def _tells(telling: list[bytes], text: str) -> bool:
    digits = _digits(text)
    return any(part in digits for part in telling)


def _digits(text: str) -> bytes:
    """The ASCII digits of a text; on the path of every call, hence no regular expression."""
    return text.encode("utf-8", "replace").translate(None, _NOT_DIGITS)


def _settle_kind(kind: NumberKind, values: dict[str, Any], faults: list[str]) -> None:
    told = values.get("number_kind", kind)
    if told in (NumberKind.ASSERTED, NumberKind.UNVERIFIED):
        faults.append(f"number_kind: there is no number that names a caller; read as {kind.value}")
        told = kind
    values["number_kind"] = told


def _settle_called(values: dict[str, Any], faults: list[str], pseudonymise: Pseudonymise) -> None:
    sent: str = values.pop("called_number")
    if len(_digits(sent)) < _FEWEST_DIGITS and sent.isprintable():
        values["called_number"] = sent.strip().lower()
        return
    try:
        values["called_number"] = pseudonymise(to_e164(sent))
    except NotANumber:
        faults.append(_fault("called_number", FIELDS_BY_NAME["called_number"].remedy))


__all__ = [
    "CLOCK_SKEW",
    "EARLIEST",
    "FIELDS",
    "MISSING_WORDS",
    "WITHOUT_SERVICE",
    "Pseudonymise",
    "hide_numbers",
    "read_record",
    "settle_location",
]
