"""Everything kept of one call, as a supervisor or an auditor reads it."""

from __future__ import annotations

import dataclasses
import datetime as dt
from typing import TYPE_CHECKING, Any, Self, get_type_hints

from pydantic import BaseModel, Field, create_model

from prankfilter.store.port import CallFile, Change, Ruling
from prankfilter.vocabulary import CallRecord, EndedBy, Label, LabelSource, Outcome, Verdict
from prankfilter_api.schemas.decision import DecisionOut

_HIDDEN = frozenset({"call_id", "caller", "number_tail"})
"""The id stands outside; a pseudonym is nobody's business, and of the number three digits are shown."""

_LATER = {"answered_at": dt.datetime | None, "ended_at": dt.datetime | None, "ended_by": EndedBy | None}


def _record_fields() -> dict[str, Any]:
    hints = get_type_hints(CallRecord)
    known = {field.name: hints[field.name] for field in dataclasses.fields(CallRecord)}
    shown = {name: (kind | None, ...) for name, kind in known.items() if name not in _HIDDEN}
    number = Field(description="The last three digits only, as `•••• 890`.", examples=["•••• 890"])
    return {
        "calling_number": (str | None, number),
        **shown,
        **{name: (kind, ...) for name, kind in _LATER.items()},
    }


if TYPE_CHECKING:
    RecordOut = BaseModel
else:
    RecordOut = create_model(
        "RecordOut", __doc__="The call record, with the facts that became known later.", **_record_fields()
    )


class OutcomeOut(BaseModel):
    """What a call turned out to be, as the last one said who knew."""

    label: Label
    source: LabelSource
    at: dt.datetime
    by: str | None
    duration_s: float | None
    answered_at: dt.datetime | None
    ended_at: dt.datetime | None
    ended_by: EndedBy | None
    cut_off: bool | None
    unfounded: bool | None
    advice_shown: bool | None
    note: str | None

    @classmethod
    def of(cls, outcome: Outcome) -> Self:
        """Convert the engine's value."""
        return cls.model_validate(dataclasses.asdict(outcome))


class VerdictOut(BaseModel):
    """What a supervisor ruled on the flag."""

    verdict: Verdict
    at: dt.datetime
    by: str
    label: Label | None
    note: str | None

    @classmethod
    def of(cls, ruling: Ruling) -> Self:
        """Convert the store's value."""
        return cls.model_validate(dataclasses.asdict(ruling))


class ChangeOut(BaseModel):
    """One line of the call's trail."""

    at: dt.datetime
    by: str
    what: str
    details: dict[str, Any]

    @classmethod
    def of(cls, change: Change) -> Self:
        """Convert the store's value."""
        return cls(at=change.at, by=change.by, what=change.what, details=dict(change.details))


class CallOut(BaseModel):
    """Everything kept of one call."""

    call_id: str
    record: RecordOut | None = Field(
        description="Null where an outcome came for a call that was never screened."
    )
    decisions: list[DecisionOut] = Field(description="One a look, oldest first.")
    outcome: OutcomeOut | None = Field(description="The last one; `changes` has all.")
    verdict: VerdictOut | None
    changes: list[ChangeOut]

    @classmethod
    def of(cls, call: CallFile) -> Self:
        """Convert the store's value."""
        return cls(
            call_id=call.call_id,
            record=_record_of(call),
            decisions=[DecisionOut.of(decision) for decision in call.decisions],
            outcome=OutcomeOut.of(call.outcomes[-1]) if call.outcomes else None,
            verdict=VerdictOut.of(call.rulings[-1]) if call.rulings else None,
            changes=[ChangeOut.of(change) for change in call.changes],
        )


def _record_of(call: CallFile) -> RecordOut | None:
    if call.record is None and not call.facts:
        return None
    members: dict[str, Any] = dict.fromkeys(RecordOut.model_fields)
    if call.record is not None:
        members |= dataclasses.asdict(call.record)
        tail = call.record.number_tail
        members["calling_number"] = f"•••• {tail}" if tail else None
    members |= call.facts
    return RecordOut.model_validate({name: members[name] for name in RecordOut.model_fields})


class Stored(BaseModel):
    """The acknowledgement that something is on disk."""

    call_id: str
    stored_at: dt.datetime


class PolicyOut(BaseModel):
    """What the centre is set to from now on."""

    policy: str
    centre_id: str | None = Field(description="Null: every centre.")
    stored_at: dt.datetime
