"""The declared columns of a labelled log: those of the call record, and what is known after the call.

Reading, checking and the table in the README go by these rows. A row says how a value is read and what
whoever wrote an unusable one is told.
"""

from __future__ import annotations

from types import MappingProxyType

from prankfilter.privacy import readers
from prankfilter.privacy.fields import FIELDS, Field
from prankfilter.vocabulary import EndedBy, Label, LabelSource, Verdict

LONGEST_S = 7 * 86_400.0
NOTE_PREFIX = "sim_"
"""Columns that tell the truth of a simulated call; nothing learns from them."""

_TIME = "must be a time with its offset, such as 2025-03-01T08:15:00+08:00"
_SECONDS = "must be a number of seconds, such as 12.5"
_FLAG = "must be true or false"
_TEXT = f"must be text of at most {readers.LONGEST_TEXT} characters"


def _flag() -> readers.Reader:
    known = {"true": True, "1": True, "ya": True, "false": False, "0": False, "tidak": False}

    def read(raw: object) -> bool:
        try:
            return known[str(raw).strip().lower()]
        except KeyError:
            raise ValueError from None

    return readers.Reader(read, {"type": "boolean"})


def _time(name: str, meaning: str) -> Field:
    return Field(name=name, meaning=meaning, reader=readers.moment(), remedy=_TIME)


def _text(name: str, meaning: str) -> Field:
    return Field(name=name, meaning=meaning, reader=readers.text(), remedy=_TEXT)


LABEL_WORDS = "must be one of " + ", ".join(Label)

LOG_COLUMNS: tuple[Field, ...] = (
    _text("caller", "A pseudonym of the number, in place of `calling_number`."),
    _time("answered_at", "When a call taker answered; missing where nobody did."),
    _time("ended_at", "When the call, or the attempt, ended."),
    Field(
        name="duration_s",
        meaning="Seconds from answer to end.",
        reader=readers.number(0, LONGEST_S),
        remedy=_SECONDS,
    ),
    Field(
        name="ended_by",
        meaning="Who ended it.",
        reader=readers.word(EndedBy),
        remedy="must be one of " + ", ".join(EndedBy),
    ),
    Field(name="cut_off", meaning="Cut off while speaking.", reader=_flag(), remedy=_FLAG),
    Field(
        name="unfounded", meaning="Genuine, in good faith, and nothing found.", reader=_flag(), remedy=_FLAG
    ),
    _text("audio_path", "Recording of the caller, relative to the folder or to --audio-root."),
    Field(
        name="audio_s",
        meaning="Seconds of the caller's sound that were captured.",
        reader=readers.number(0, LONGEST_S),
        remedy=_SECONDS,
    ),
    _text("bank_key", "Clip of the feature bank that stands for the sound (simulated logs)."),
    Field(name="label", meaning="What the call was.", reader=readers.word(Label), remedy=LABEL_WORDS),
    Field(
        name="label_source",
        meaning="Who said so; `import` where missing.",
        reader=readers.word(LabelSource),
        remedy="must be one of " + ", ".join(LabelSource),
    ),
    _text("label_by", "Which person said so (a pseudonym)."),
    _time("label_at", "When it was said; `ended_at` where missing. History knows it from then on."),
    Field(
        name="verdict",
        meaning="A supervisor's ruling on the call.",
        reader=readers.word(Verdict),
        remedy="must be one of " + ", ".join(Verdict),
    ),
    _text("verdict_by", "Who ruled (a pseudonym)."),
    _time("verdict_at", "When; one day after the call where missing."),
    Field(
        name="verdict_label",
        meaning="What the call was, in the supervisor's words.",
        reader=readers.word(Label),
        remedy=LABEL_WORDS,
    ),
    _time("cleared_at", "When a supervisor cleared the number."),
    Field(
        name="advice_shown",
        meaning="The label was given after seeing a score: it teaches and proves nothing.",
        reader=_flag(),
        remedy=_FLAG,
    ),
    Field(
        name="would_verify",
        meaning="The call got `verify`, or would have got it but for the audit sample.",
        reader=_flag(),
        remedy=_FLAG,
    ),
    Field(
        name="audit_probability",
        meaning="Set where the call was in the audit sample.",
        reader=readers.number(0, 1),
        remedy="must be a number from 0 to 1",
    ),
    _text("agency", "Agency that was sent out."),
    _time("dispatched_at", "When a unit was sent out."),
    _time("on_scene_at", "When it arrived."),
)

LOG_COLUMNS_BY_NAME = MappingProxyType({column.name: column for column in LOG_COLUMNS})
EVERY_COLUMN = ("call_id", *(field.name for field in FIELDS), *LOG_COLUMNS_BY_NAME)


def table_for_readme() -> str:
    """The columns as a Markdown table; a test holds the README to it."""
    rows = ["| Column | Meaning | A value |", "|---|---|---|"]
    rows.append("| `call_id` | The call's own id. | must be text, different for every call |")
    rows += [f"| `{field.name}` | {field.meaning} | {field.remedy} |" for field in (*FIELDS, *LOG_COLUMNS)]
    return "\n".join(rows) + "\n"
