"""A call-back as a desk sees it."""

from __future__ import annotations

import datetime as dt
from typing import Self

from pydantic import BaseModel, Field

from prankfilter.store.port import Change
from prankfilter.store.said import What
from prankfilter.vocabulary import CallBackResult, CallBackStep, OwedFor
from prankfilter.wiring.call_backs import Listed

CANNOT = "tidak dapat dipanggil balik"


class AttemptOut(BaseModel):
    """One attempt."""

    at: dt.datetime
    by: str
    result: CallBackResult
    note: str | None

    @classmethod
    def of(cls, change: Change) -> Self:
        """Read it from the call's trail."""
        details = change.details
        return cls(at=change.at, by=change.by, result=details["result"], note=details.get("note"))


class CallBackOut(BaseModel):
    """One call-back. It shows nothing of score or advice (SAFETY rule 12)."""

    call_id: str
    reason: OwedFor
    received_at: dt.datetime | None
    opened_at: dt.datetime
    due_at: dt.datetime
    late: bool = Field(description="Open, and due already.")
    calling_number: str | None = Field(
        description="The last three digits only; in full for whoever has just claimed it.",
        examples=["•••• 890"],
    )
    remark: str | None = Field(description=f"`{CANNOT}` where no number is kept.")
    centre_id: str | None
    cell_id: str | None
    latitude: float | None
    longitude: float | None
    uncertainty_m: float | None
    claimed_by: str | None
    claimed_at: dt.datetime | None
    attempts: list[AttemptOut]
    closed_at: dt.datetime | None
    result: CallBackResult | None

    @classmethod
    def of(cls, listed: Listed, *, now: dt.datetime) -> Self:
        """Convert the engine's value."""
        owed, call = listed.owed, listed.call
        record = call.record if call else None
        tail = record.number_tail if record else None
        facts = call.facts if call else {}
        where = {
            name: facts.get(name, getattr(record, name, None))
            for name in ("cell_id", "latitude", "longitude", "uncertainty_m")
        }
        return cls(
            call_id=owed.call_id,
            reason=owed.reason,
            received_at=record.received_at if record else None,
            opened_at=owed.opened_at,
            due_at=owed.due_at,
            late=owed.closed_at is None and now > owed.due_at,
            calling_number=listed.number or (f"•••• {tail}" if tail else None),
            remark=None if owed.number is not None or owed.closed_at is not None else CANNOT,
            centre_id=record.centre_id if record else None,
            **where,
            claimed_by=owed.claimed_by,
            claimed_at=owed.claimed_at,
            attempts=[AttemptOut.of(one) for one in _attempts(call.changes if call else ())],
            closed_at=owed.closed_at,
            result=owed.result,
        )


class CallBacksOut(BaseModel):
    """The list."""

    callbacks: list[CallBackOut]


def _attempts(changes: tuple[Change, ...]) -> list[Change]:
    acts = (one for one in changes if one.what == What.CALL_BACK.value)
    return [one for one in acts if one.details.get("act") == CallBackStep.ATTEMPT]
