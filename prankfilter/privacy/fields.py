"""The table of the call record's fields. Reading, OpenAPI and the documentation go by it.

A row says what a field means (and which standard the word is from), how it is read, and what whoever sent an
unusable value is told. Whatever that says, it never repeats the value, which may be personal.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from types import MappingProxyType

from prankfilter.privacy import readers
from prankfilter.privacy.readers import Reader
from prankfilter.vocabulary import (
    AccessState,
    Attestation,
    AudioCapture,
    CallSource,
    Channel,
    NumberKind,
    Verstat,
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Field:
    """One row."""

    name: str
    meaning: str
    reader: Reader
    remedy: str
    """What an unusable value is told: "must be …"."""
    private: bool = False
    """Never kept as it was sent."""


_TIME_REMEDY = "must be a time of RFC 3339 with its offset, such as 2025-03-01T08:15:00+08:00"
_TEXT_REMEDY = (
    f"must be text of at most {readers.LONGEST_TEXT} characters that does not hold the calling number"
)
_LATITUDE_LIMIT = 90
_LONGITUDE_LIMIT = 180
_EARTH_HALF_ROUND_M = 20_037_508
_DAY_S = 86_400
_MOST_WAITING = 100_000


def _words(kind: type[StrEnum]) -> str:
    return "must be one of " + ", ".join(kind)


FIELDS: tuple[Field, ...] = (
    Field(
        name="received_at",
        meaning="When the call came in; now, if not told or more than two minutes ahead. "
        "Kept in the centre's zone.",
        reader=readers.moment(),
        remedy=_TIME_REMEDY,
    ),
    Field(
        name="calling_number",
        meaning="Asserted identity (P-Asserted-Identity, RFC 3325), else From: E.164, national, or a tel: or "
        "sip: URI. Kept only as a keyed pseudonym and its last three digits. Anonymous callers, short codes, "
        "dummies, and stand-ins for phones without service (911 and seven digits) name no caller: such calls "
        "are judged without any history.",
        reader=readers.telephone(),
        remedy="must be text with a telephone number, such as +62 and the number without its 0",
        private=True,
    ),
    Field(
        name="number_kind",
        meaning="What the number is worth. Where missing, `withheld` follows from an anonymous number, and "
        "`none` from a phone without service.",
        reader=readers.word(NumberKind),
        remedy=_words(NumberKind),
    ),
    Field(
        name="access_state",
        meaning="State of the handset (RFC 7406, FCC). The number of a phone that is `nsi` or `sim_less` is "
        "shared or made up, so it names no caller.",
        reader=readers.word(AccessState),
        remedy=_words(AccessState),
    ),
    Field(
        name="attestation",
        meaning="STIR attestation (RFC 8588).",
        reader=readers.word(Attestation),
        remedy=_words(Attestation),
    ),
    Field(
        name="verstat",
        meaning="Verification of the number by the network (3GPP TS 24.229).",
        reader=readers.word(Verstat),
        remedy=_words(Verstat),
    ),
    Field(
        name="service_urn",
        meaning="Emergency service asked for (RFC 5031), such as urn:service:sos.",
        reader=readers.text(lower=True),
        remedy=_TEXT_REMEDY,
    ),
    Field(
        name="called_number",
        meaning="Number that was called. A short code or a URN is kept; a whole telephone number, such as a "
        "citizen's who is called back, is kept as a keyed pseudonym.",
        reader=readers.telephone(),
        remedy="must be a short code, a URN or a telephone number",
        private=True,
    ),
    Field(
        name="priority",
        meaning="Priority header; psap-callback marks a call-back (RFC 7090).",
        reader=readers.header("psap-callback"),
        remedy=_TEXT_REMEDY,
    ),
    Field(
        name="resource_priority",
        meaning="Resource-Priority header; esnet.0 to esnet.4 marks responders (RFC 7135).",
        reader=readers.header("esnet"),
        remedy=_TEXT_REMEDY,
    ),
    Field(name="trunk", meaning="Trunk it came in by.", reader=readers.text(), remedy=_TEXT_REMEDY),
    Field(
        name="source_ip",
        meaning="Address that the signalling came from.",
        reader=readers.address(),
        remedy="must be an IPv4 or IPv6 address",
    ),
    Field(name="provider", meaning="Network operator of origin.", reader=readers.text(), remedy=_TEXT_REMEDY),
    Field(name="user_agent", meaning="User-Agent header.", reader=readers.text(), remedy=_TEXT_REMEDY),
    Field(
        name="media",
        meaning="Media of the call. Calls with text or video are never screened.",
        reader=readers.media(),
        remedy="must be a list of audio, text, video",
    ),
    Field(
        name="cell_id",
        meaning="Cell that serves the phone (P-Access-Network-Info, RFC 7315).",
        reader=readers.text(),
        remedy=_TEXT_REMEDY,
    ),
    Field(
        name="latitude",
        meaning="Degrees north (PIDF-LO, AML). Used with longitude only; 0 and 0 is AML's word for unknown.",
        reader=readers.number(-_LATITUDE_LIMIT, _LATITUDE_LIMIT),
        remedy=f"must be a number from -{_LATITUDE_LIMIT} to {_LATITUDE_LIMIT}",
    ),
    Field(
        name="longitude",
        meaning="Degrees east. Used with latitude only.",
        reader=readers.number(-_LONGITUDE_LIMIT, _LONGITUDE_LIMIT),
        remedy=f"must be a number from -{_LONGITUDE_LIMIT} to {_LONGITUDE_LIMIT}",
    ),
    Field(
        name="uncertainty_m",
        meaning="Radius of the location's uncertainty, in metres.",
        reader=readers.number(0, _EARTH_HALF_ROUND_M),
        remedy="must be a number of metres, not negative",
    ),
    Field(
        name="location_method",
        meaning="How it was located: gnss, wifi, cell, … (AML, RFC 4119).",
        reader=readers.text(),
        remedy=_TEXT_REMEDY,
    ),
    Field(
        name="ring_s",
        meaning="Seconds it has rung so far; never the final ring time.",
        reader=readers.number(0, _DAY_S),
        remedy=f"must be a number of seconds from 0 to {_DAY_S}",
    ),
    Field(
        name="calls_waiting",
        meaning="Calls that wait for a call taker; the policy `queue` goes by it.",
        reader=readers.count(_MOST_WAITING),
        remedy=f"must be a whole number from 0 to {_MOST_WAITING}",
    ),
    Field(name="centre_id", meaning="Centre that answers.", reader=readers.text(), remedy=_TEXT_REMEDY),
    Field(name="session_id", meaning="Session-ID (RFC 7989).", reader=readers.text(), remedy=_TEXT_REMEDY),
    Field(
        name="emergency_call_id",
        meaning="Emergency Call Identifier (NENA i3), urn:emergency:uid:callid:….",
        reader=readers.text(),
        remedy=_TEXT_REMEDY,
    ),
    Field(
        name="incident_id",
        meaning="Incident Tracking Identifier (NENA i3), urn:emergency:uid:incidentid:….",
        reader=readers.text(),
        remedy=_TEXT_REMEDY,
    ),
    Field(
        name="channel",
        meaning="How the caller reached the centre; `app_panic` and `text` are never screened.",
        reader=readers.word(Channel),
        remedy=_words(Channel),
    ),
    Field(
        name="source",
        meaning="Who sends this record.",
        reader=readers.word(CallSource),
        remedy=_words(CallSource),
    ),
    Field(
        name="audio_capture",
        meaning="Whose sound is sent, and when it was captured.",
        reader=readers.word(AudioCapture),
        remedy=_words(AudioCapture),
    ),
    Field(
        name="audio_started_at",
        meaning="When the first sample of the sound was captured.",
        reader=readers.moment(),
        remedy=_TIME_REMEDY,
    ),
)

FIELDS_BY_NAME = MappingProxyType({row.name: row for row in FIELDS})
