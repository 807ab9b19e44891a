"""The declared columns of a labelled log: the call's id, its record, and what is known after the call.

Reading, checking and ``docs/labelled_log.md`` go by these rows. A row says how a value is read and what
whoever wrote an unusable one is told; what an author of a log should know beside that is in `usage`.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from types import MappingProxyType

from prankfilter.privacy import readers
from prankfilter.privacy.fields import FIELDS
from prankfilter.privacy.readers import Reader
from prankfilter.vocabulary import EndedBy, Label, LabelSource, Verdict
from prankfilter_training.log.spellings import truth

LONGEST_S = 7 * 86_400.0
NOTE_PREFIX = "sim_"
"""Columns that tell the truth of a simulated call; nothing learns from them."""

REJECT_COLUMN = "fault"
"""What a reject file adds to the columns of its log, so that it can be mended and checked by itself."""


class Kind(StrEnum):
    """What a column holds."""

    TEXT = "text"
    WORD = "word"
    WORDS = "words"
    TELEPHONE = "telephone number"
    ADDRESS = "IP address"
    TRUTH = "true or false"
    NUMBER = "number"
    COUNT = "whole number"
    TIME = "time"


@dataclass(frozen=True, slots=True, kw_only=True)
class Column:
    """One row."""

    name: str
    kind: Kind
    meaning: str
    reader: Reader
    remedy: str
    """What an unusable value is told: "must be …"."""
    day_will_do: bool = False
    """A time of which the bare date is read, as the end of that day."""

    @property
    def verbatim(self) -> bool:
        """Whether plain text is its own value."""
        return self.kind is Kind.TEXT and self.name != "service_urn"

    @property
    def private(self) -> bool:
        """Whether its values are never shown."""
        return self.kind in (Kind.TEXT, Kind.TELEPHONE)


_TIME = (
    "must be a time with its offset, such as 2025-03-01T08:15:00+08:00, "
    "or the centre's own, such as 01/03/2025 08:15:00"
)
_SECONDS = f"must be a number of seconds from 0 to {LONGEST_S:.0f}, such as 12.5 or 12,5"
_TRUTH = "must be true or false (ya, tidak, BENAR, SALAH)"
_TEXT = f"must be text of at most {readers.LONGEST_TEXT} characters"

_WORD_FIELDS = frozenset(
    {"number_kind", "access_state", "attestation", "verstat", "channel", "source", "audio_capture"}
)
_FIELD_KINDS = MappingProxyType(
    {
        **dict.fromkeys(_WORD_FIELDS, Kind.WORD),
        **dict.fromkeys(("received_at", "audio_started_at"), Kind.TIME),
        **dict.fromkeys(("calling_number", "called_number"), Kind.TELEPHONE),
        **dict.fromkeys(("latitude", "longitude", "uncertainty_m", "ring_s"), Kind.NUMBER),
        **dict.fromkeys(("media", "priority", "resource_priority"), Kind.WORDS),
        "calls_waiting": Kind.COUNT,
        "source_ip": Kind.ADDRESS,
    }
)
"""Of the call record's fields; the others are text."""


def _time(name: str, meaning: str, *, day_will_do: bool = False) -> Column:
    return Column(
        name=name,
        kind=Kind.TIME,
        meaning=meaning,
        reader=readers.moment(),
        remedy=_TIME,
        day_will_do=day_will_do,
    )


def _text(name: str, meaning: str) -> Column:
    return Column(name=name, kind=Kind.TEXT, meaning=meaning, reader=readers.text(), remedy=_TEXT)


def _seconds(name: str, meaning: str) -> Column:
    reader = readers.number(0, LONGEST_S)
    return Column(name=name, kind=Kind.NUMBER, meaning=meaning, reader=reader, remedy=_SECONDS)


def _word(name: str, meaning: str, kind: type[StrEnum]) -> Column:
    remedy = "must be one of " + ", ".join(kind)
    return Column(name=name, kind=Kind.WORD, meaning=meaning, reader=readers.word(kind), remedy=remedy)


def _truth(name: str, meaning: str) -> Column:
    reader = Reader(truth, {"type": "boolean"})
    return Column(name=name, kind=Kind.TRUTH, meaning=meaning, reader=reader, remedy=_TRUTH)


CALL_ID = Column(
    name="call_id",
    kind=Kind.TEXT,
    meaning="The call's own id, different for every call.",
    reader=readers.call_id(),
    remedy=f"must be text of at most {readers.LONGEST_CALL_ID} bytes that can be printed",
)

RECORD_COLUMNS: tuple[Column, ...] = tuple(
    Column(
        name=field.name,
        kind=_FIELD_KINDS.get(field.name, Kind.TEXT),
        meaning="When the call came in." if field.name == "received_at" else field.meaning,
        reader=field.reader,
        remedy=_TIME if _FIELD_KINDS.get(field.name) is Kind.TIME else field.remedy,
    )
    for field in FIELDS
)

LOG_COLUMNS: tuple[Column, ...] = (
    _text("caller", "A pseudonym of the number, in place of `calling_number`."),
    _time("answered_at", "When a call taker answered; missing where nobody did."),
    _time("ended_at", "When the call, or the attempt, ended."),
    _seconds("duration_s", "Time from answer to end."),
    _word("ended_by", "Who ended it.", EndedBy),
    _truth("cut_off", "Cut off while speaking."),
    _truth("unfounded", "Genuine, in good faith, and nothing found."),
    _text("audio_path", "Recording of the caller, relative to the log's folder or to --audio-root."),
    _seconds("audio_s", "Length of the caller's sound that was captured."),
    _text("bank_key", "Clip of the feature bank that stands for the sound (simulated logs)."),
    _word("label", "What the call was.", Label),
    _word("label_source", "Who said so.", LabelSource),
    _text("label_by", "Which person said so (a pseudonym)."),
    _time("label_at", "When it was said. History knows it from then on.", day_will_do=True),
    _word("verdict", "A supervisor's ruling on the call.", Verdict),
    _text("verdict_by", "Who ruled (a pseudonym)."),
    _time("verdict_at", "When the supervisor ruled.", day_will_do=True),
    _word("verdict_label", "What the call was, in the supervisor's words.", Label),
    _time(
        "cleared_at",
        "When a supervisor cleared the number: pranks before it no longer count.",
        day_will_do=True,
    ),
    _truth("advice_shown", "The label was given after seeing a score: it teaches and proves nothing."),
    _truth("would_verify", "The call got `verify`, or would have got it but for the audit sample."),
    Column(
        name="audit_probability",
        kind=Kind.NUMBER,
        meaning="Set where the call was in the audit sample: the probability of being drawn.",
        reader=readers.number(0, 1),
        remedy="must be a number from 0 to 1",
    ),
    _text("agency", "Agency that was sent out."),
    _time("dispatched_at", "When a unit was sent out."),
    _time("on_scene_at", "When it arrived."),
)

COLUMNS: tuple[Column, ...] = (CALL_ID, *RECORD_COLUMNS, *LOG_COLUMNS)
COLUMNS_BY_NAME = MappingProxyType({column.name: column for column in COLUMNS})
LOG_COLUMNS_BY_NAME = MappingProxyType({column.name: column for column in LOG_COLUMNS})
EVERY_COLUMN = tuple(COLUMNS_BY_NAME)


def is_note(name: str) -> bool:
    """Whether a column is a note, which nothing reads."""
    return name.startswith(NOTE_PREFIX) or name == REJECT_COLUMN
