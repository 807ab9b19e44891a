"""What desks, supervisors and routers say of a call after it. Unusable members are refused by name.

Values are read by the same readers as the call record's, so that a number or a time means the same
everywhere; null, "" and "<null>" are as good as missing here too.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Annotated, Any, Literal, Self

from pydantic import (
    AfterValidator,
    BaseModel,
    ConfigDict,
    Field,
    GetCoreSchemaHandler,
    GetJsonSchemaHandler,
    StrictBool,
    ValidationError,
    model_validator,
)
from pydantic_core import CoreSchema, core_schema

from prankfilter.privacy import readers
from prankfilter.privacy.fields import FIELDS_BY_NAME
from prankfilter.privacy.intake import MISSING_WORDS
from prankfilter.privacy.numbers import NotANumber, Unreadable, to_e164
from prankfilter.privacy.readers import Reader
from prankfilter.vocabulary import CallBackResult, CallBackStep, EndedBy, Label, Verdict
from prankfilter_api.refusals import InvalidBody

LONGEST_NOTE = 2000
LONGEST_CALL_ID = 1024
"""Bytes; what an index of PostgreSQL can hold, with room to spare."""
_DAY_S = 86_400


@dataclass(frozen=True, slots=True, eq=False)
class ReadBy:
    """Marks a member that is read as the call record's are, and says what an unusable value is told."""

    reader: Reader
    remedy: str

    def read(self, raw: object) -> Any:
        """Read one value, or say what it must be."""
        try:
            return self.reader.read(raw)
        except ValueError:
            raise ValueError(self.remedy) from None

    def __get_pydantic_core_schema__(self, source: Any, handler: GetCoreSchemaHandler) -> CoreSchema:
        """Read before the type is checked."""
        return core_schema.no_info_before_validator_function(self.read, handler(source))

    def __get_pydantic_json_schema__(self, _: CoreSchema, __: GetJsonSchemaHandler) -> dict[str, Any]:
        """Document the reader's own schema."""
        return dict(self.reader.schema)


def _as_in_record(name: str) -> ReadBy:
    field = FIELDS_BY_NAME[name]
    return ReadBy(field.reader, field.remedy)


def _text(longest: int) -> ReadBy:
    return ReadBy(readers.text(longest=longest), f"must be text of at most {longest} characters")


def _with_offset(time: dt.datetime) -> dt.datetime:
    if time.tzinfo is None:
        raise ValueError(FIELDS_BY_NAME["received_at"].remedy)
    return time


Time = Annotated[dt.datetime, _as_in_record("received_at"), AfterValidator(_with_offset)]
Name = Annotated[str, _text(readers.LONGEST_TEXT)]
Note = Annotated[str, _text(LONGEST_NOTE)]
Seconds = Annotated[
    float, ReadBy(readers.number(0, _DAY_S), f"must be a number of seconds from 0 to {_DAY_S}")
]


class _In(BaseModel):
    model_config = ConfigDict(extra="forbid")

    @model_validator(mode="before")
    @classmethod
    def _drop_missing(cls, members: Mapping[str, Any]) -> dict[str, Any]:
        return {
            name: value
            for name, value in members.items()
            if value is not None and not (isinstance(value, str) and value.strip() in MISSING_WORDS)
        }

    @classmethod
    def read(cls, members: Mapping[str, Any]) -> Self:
        """Read a JSON object, or raise `InvalidBody` naming each unusable member and never its value."""
        try:
            return cls.model_validate(members)
        except ValidationError as problem:
            raise InvalidBody(
                [cls._complaint(error) for error in problem.errors(include_input=False)]
            ) from None

    @classmethod
    def _complaint(cls, error: Mapping[str, Any]) -> tuple[str, str]:
        told = str(error["msg"]).removeprefix("Value error, ")
        if not error["loc"]:
            return "", told
        if error["loc"][0] not in cls.model_fields:
            # Its name may be anything, a telephone number too, and is not repeated.
            return "", f"has a member that is none of {', '.join(cls.model_fields)}"
        return f"/{error['loc'][0]}", told


def _dialable(raw: str) -> str | None:
    """Read a number that somebody may have to call back; one that names nobody counts as missing."""
    try:
        return to_e164(raw)
    except Unreadable:
        raise ValueError(FIELDS_BY_NAME["calling_number"].remedy) from None
    except NotANumber:
        return None


DialableNumber = Annotated[
    str | None,
    _as_in_record("calling_number"),
    AfterValidator(lambda raw: None if raw is None else _dialable(raw)),
    Field(
        description="Kept, sealed, only if a call-back is owed, and only until that is closed or a day old.",
    ),
]


class OutcomeIn(_In):
    """What a call turned out to be. Every member may be missing."""

    label: Label = Label.UNKNOWN
    duration_s: Seconds | None = None
    answered_at: Time | None = None
    ended_at: Time | None = None
    ended_by: EndedBy | None = None
    cut_off: StrictBool | None = None
    unfounded: StrictBool | None = None
    advice_shown: StrictBool | None = None
    by: Name | None = None
    note: Note | None = None
    calling_number: DialableNumber = None


class VerdictIn(_In):
    """A supervisor's ruling on a flag."""

    verdict: Verdict
    label: Label | None = None
    note: Note | None = None
    by: Name | None = None


class PolicyIn(_In):
    """The off switch: `observe` is off, the service's own policy is on."""

    policy: Name
    centre_id: Name | None = None
    reason: Note | None = None
    by: Name | None = None


class FactsIn(_In):
    """What is known of a call only later. A later fact replaces an earlier one of the same name."""

    cell_id: Annotated[str, _as_in_record("cell_id")] | None = None
    latitude: Annotated[float, _as_in_record("latitude")] | None = None
    longitude: Annotated[float, _as_in_record("longitude")] | None = None
    uncertainty_m: Annotated[float, _as_in_record("uncertainty_m")] | None = None
    location_method: Annotated[str, _as_in_record("location_method")] | None = None
    answered_at: Time | None = None
    ended_at: Time | None = None
    ended_by: EndedBy | None = None
    agency: (
        Annotated[Name, Field(description="Which agency it was forwarded to, for the reports.")] | None
    ) = None
    dispatched_at: Time | None = None
    on_scene_at: Time | None = None
    calling_number: DialableNumber = None

    @model_validator(mode="after")
    def _is_whole(self) -> Self:
        if not self.model_fields_set - {"calling_number"}:
            raise ValueError("has no fact in it")
        if (self.latitude is None) != (self.longitude is None):
            raise ValueError("has latitude or longitude; one is of no use without the other")
        return self


_RESULTS = {
    CallBackStep.CLAIM: frozenset({None}),
    CallBackStep.ATTEMPT: frozenset({CallBackResult.REACHED, CallBackResult.NOT_REACHED}),
    CallBackStep.CLOSE: frozenset({CallBackResult.SETTLED, CallBackResult.IMPOSSIBLE}),
}


class CallBackIn(_In):
    """`claim` takes a call-back in hand and answers its number; `attempt` says how calling went; `close` ends
    it without a call."""

    call_id: Annotated[str, _text(LONGEST_CALL_ID)]
    act: CallBackStep
    by: Name
    attempt: Literal[1, 2] | None = Field(default=None, description="Which of the two attempts it was.")
    result: CallBackResult | None = None
    note: Note | None = None

    @model_validator(mode="after")
    def _fits(self) -> Self:
        allowed = _RESULTS[self.act]
        if self.result not in allowed:
            words = " or ".join(sorted(one.value for one in allowed if one)) or "left out"
            raise ValueError(f"has act {self.act.value}, so result must be {words}")
        if (self.attempt is None) == (self.act is CallBackStep.ATTEMPT):
            raise ValueError("has attempt 1 or 2 with act attempt, and with no other")
        return self
