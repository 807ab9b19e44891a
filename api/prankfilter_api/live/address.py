"""What the address of a stream says beside the call id: key, format, wishes, fields of the call."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any
from urllib.parse import parse_qsl

from starlette.types import Scope

from prankfilter.audio.live import Coding
from prankfilter_api.live.frames import ASTERISK_FORMATS, RATES_HZ

MOST_FIELDS = 64

OWN = frozenset({"key", "call_id", "rate_hz", "format", "reasons", "decisions"})
"""What is no field of a call record."""


@dataclass(frozen=True, slots=True)
class Wishes:
    """What whoever opened a stream wants."""

    coding: Coding
    rate_hz: int
    rate_is_odd: bool
    reasons: bool
    decisions: bool
    fields: Mapping[str, Any]


def read_query(scope: Scope) -> dict[str, str]:
    """Read the query; of several values of one name the last counts, and one beyond all limits is none."""
    text: str = scope["query_string"].decode("latin-1")
    try:
        return dict(parse_qsl(text, keep_blank_values=True, max_num_fields=MOST_FIELDS))
    except ValueError:
        return {}


def retold(wishes: Wishes, said: Mapping[str, Any]) -> Wishes:
    """Sort out what came with the first frame: Twilio passes no query on, but parameters of its own."""
    return replace(
        wishes,
        reasons=wishes.reasons and said.get("reasons") != "0",
        decisions=wishes.decisions and said.get("decisions") != "0",
        fields={name: value for name, value in said.items() if name not in OWN},
    )


def wishes_of(query: Mapping[str, str]) -> Wishes:
    """Sort out what a query says; what cannot be used counts as not said."""
    coding, usual_hz = ASTERISK_FORMATS.get(query.get("format", "slin").lower(), ASTERISK_FORMATS["slin"])
    told = query.get("rate_hz", str(usual_hz))
    is_odd = told not in {str(rate_hz) for rate_hz in RATES_HZ}
    return Wishes(
        coding=coding,
        rate_hz=RATES_HZ[0] if is_odd else int(told),
        rate_is_odd=is_odd,
        reasons=query.get("reasons") != "0",
        decisions=query.get("decisions") != "0",
        fields={name: value for name, value in query.items() if name not in OWN},
    )
