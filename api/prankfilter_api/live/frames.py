"""What one frame of a stream says, whichever dialect it is in. Nothing here raises, whatever was sent.

Binary frames are sound. Text frames are JSON with an ``event`` (Twilio Media Streams, and Telnyx and
SignalWire, which differ from it in their spelling; Asterisk's chan_websocket with
``control_message_format=json``), or a line of words (Asterisk's chan_websocket).
"""

from __future__ import annotations

import base64
import binascii
import json
import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Any

from prankfilter.audio.live import A_LAW, LINEAR, MU_LAW, Coding

RATES_HZ = (8000, 16000)

TEXT_BYTES = 65536
"""Longest text frame that is read."""


@dataclass(frozen=True, slots=True)
class Opened:
    """The sound begins, and this is what it is like; fields of the call record may come with it."""

    coding: Coding
    rate_hz: int
    fields: Mapping[str, Any] = field(default_factory=lambda: MappingProxyType({}))


@dataclass(frozen=True, slots=True)
class Packet:
    """Sound, of which a dialect with times of its own says when it was captured."""

    payload: bytes
    at_ms: float | None
    coding: Coding | None
    """What its dialect is in where nothing was said before; None: what the address says."""


class Key:
    """The caller pressed a key."""


class Ended:
    """The sound has ended; a last decision is wanted."""


class Beside:
    """Nothing of use, and nothing wrong."""


@dataclass(frozen=True, slots=True)
class Unusable:
    """Something wrong, by its name in `prankfilter.wiring.live.FAULTS`."""

    fault: str


Event = Opened | Packet | Key | Ended | Beside | Unusable

_UNREADABLE = Unusable("unreadable")

ASTERISK_FORMATS: Mapping[str, tuple[Coding, int]] = MappingProxyType(
    {
        "slin": (LINEAR, 8000),
        "slin16": (LINEAR, 16000),
        "ulaw": (MU_LAW, 8000),
        "alaw": (A_LAW, 8000),
    }
)
JSON_ENCODINGS: Mapping[str, Coding] = MappingProxyType(
    {"audio/x-mulaw": MU_LAW, "pcmu": MU_LAW, "audio/x-alaw": A_LAW, "pcma": A_LAW}
)
ASTERISK_BESIDE = frozenset(
    {
        "MEDIA_XON",
        "MEDIA_XOFF",
        "MEDIA_MARK_PROCESSED",
        "MEDIA_BUFFERING_COMPLETED",
        "QUEUE_DRAINED",
        "STATUS",
    }
)


def read_bytes(data: bytes) -> Event:
    """Read a binary frame: sound, in whatever coding the stream was opened with."""
    return Packet(data, None, None)


def read_text(text: str) -> Event:
    """Read a text frame of any dialect."""
    if len(text) > TEXT_BYTES:
        return _UNREADABLE
    if not text.lstrip().startswith("{"):
        return _read_words(text.split())
    try:
        said = json.loads(text)
        return _read_event(said)
    except (ValueError, TypeError, AttributeError, RecursionError):
        return _UNREADABLE


def _read_words(words: list[str]) -> Event:
    """Read a line such as ``MEDIA_START connection_id:… format:slin16 optimal_frame_size:640``."""
    if not words:
        return _UNREADABLE
    pairs = (word.partition(":") for word in words[1:])
    return _read_asterisk(words[0], {name: value for name, _, value in pairs})


def _read_asterisk(name: str, said: Mapping[str, Any]) -> Event:
    if name == "MEDIA_START":
        form = ASTERISK_FORMATS.get(str(said.get("format", "")).lower())
        return Unusable("format") if form is None else Opened(*form)
    if name == "DTMF_END":
        return Key()
    if name.upper() in {"HANGUP", "STOP"}:
        return Ended()
    return Beside() if name in ASTERISK_BESIDE else _UNREADABLE


def _read_event(said: Mapping[str, Any]) -> Event:
    event = said.get("event")
    if not isinstance(event, str):
        return _UNREADABLE
    read = _TWILIO.get(event)
    return _read_asterisk(event, said) if read is None else read(said)


def _read_start(said: Mapping[str, Any]) -> Event:
    start = said["start"]
    form = _either(start, "mediaFormat", "media_format") or {}
    coding = JSON_ENCODINGS.get(str(form.get("encoding", "audio/x-mulaw")).lower())
    rate_hz = _number(_either(form, "sampleRate", "sample_rate") or 8000)
    if coding is None or rate_hz != 8000 or _number(form.get("channels", 1)) != 1:
        return Unusable("format")
    fields = _either(start, "customParameters", "custom_parameters") or {}
    return Opened(coding, 8000, dict(fields))


def _read_media(said: Mapping[str, Any]) -> Event:
    """Read one packet of the caller's sound; what the centre says to the caller is none of our business."""
    media = said["media"]
    if media.get("track", "inbound") not in ("inbound", "inbound_track"):
        return Beside()
    try:
        payload = base64.b64decode(media["payload"], validate=True)
    except (KeyError, binascii.Error):
        return _UNREADABLE
    at_ms = _number(media.get("timestamp"))
    return Packet(payload, None if math.isnan(at_ms) else at_ms, MU_LAW)


def _number(value: object) -> float:
    """Read a number that may be a string; NaN where it is none, or absurd."""
    if isinstance(value, bool) or not isinstance(value, str | int | float):
        return math.nan
    try:
        number = float(value)
    except (ValueError, OverflowError):
        return math.nan
    return number if 0 <= number < 1e12 else math.nan


def _either(said: Mapping[str, Any], *names: str) -> Any:
    return next((said[name] for name in names if said.get(name) is not None), None)


_TWILIO: Mapping[str, Callable[[Mapping[str, Any]], Event]] = MappingProxyType(
    {
        "connected": lambda _: Beside(),
        "start": _read_start,
        "media": _read_media,
        "dtmf": lambda _: Key(),
        "mark": lambda _: Beside(),
        "error": lambda _: Beside(),
        "stop": lambda _: Ended(),
    }
)
