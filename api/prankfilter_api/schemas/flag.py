"""A flagged call as the queue shows it."""

from __future__ import annotations

import datetime as dt
from typing import Self

from pydantic import BaseModel, Field

from prankfilter.store.flags import Flag
from prankfilter.vocabulary import Advice, Label, Verdict


class FlagOut(BaseModel):
    """One flagged call. What the blind second review said is in the reports only."""

    call_id: str
    received_at: dt.datetime
    centre_id: str | None
    advice: Advice = Field(description="The least favourable that the call ever got.")
    kind: Label | None = Field(description="What the call most likely is.")
    prank_score: float | None
    genuine_probability: float | None = Field(description="The open queue begins with the highest.")
    guards: list[str]
    reasons: list[str] = Field(description="Features, the weightiest first.")
    model_id: str | None
    label: Label | None = Field(description="The last outcome.")
    verdict: Verdict | None
    ruled_by: str | None
    ruled_at: dt.datetime | None
    claimed_by: str | None
    claimed_at: dt.datetime | None

    @classmethod
    def of(cls, flag: Flag) -> Self:
        """Convert the store's value."""
        return cls.model_validate({name: getattr(flag, name) for name in cls.model_fields})


class FlagsOut(BaseModel):
    """A page of the queue."""

    count: int = Field(description="How many there are in all, 10,000 at most.")
    flags: list[FlagOut]
