"""Who has something in hand: a flag to rule on, a caller to call back."""

from __future__ import annotations

import datetime as dt
from typing import Protocol

CLAIM_HOLDS = dt.timedelta(minutes=10)
"""* After so long without a verdict or an attempt somebody else may take it."""


class Claimed(Protocol):
    """What one person takes in hand."""

    @property
    def claimed_by(self) -> str | None:
        """Who has, or had it; None for nobody."""
        ...

    @property
    def claimed_at(self) -> dt.datetime | None:
        """Since when."""
        ...


def is_held_from(claimed: Claimed, name: str, *, now: dt.datetime) -> bool:
    """Whether somebody else has it in hand."""
    since = claimed.claimed_at
    return since is not None and claimed.claimed_by not in (None, name) and now - since < CLAIM_HOLDS
