"""All that features may look at: one value, gathered once per look at a call."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any, TypeVar, cast

from prankfilter.audio.heard import Heard
from prankfilter.vocabulary import CallerHistory, CallRecord

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Evidence:
    """What is known of a call at one look.

    Attributes
    ----------
    record : CallRecord
        What the line tells; times stand in the centre's own zone.
    history : CallerHistory
        What was known of caller and area before the call was received.
    heard : Heard or None
        The sound up to this look, or None at the moment ``ring``. Where it is shorter than the first
        look, ``heard.look_s`` is None and every feature of sound is unknown.
    child_voice_probability : float
        That the main speaker is a child of 9 years or younger; NaN where nothing was heard or the
        inference is switched off.
    """

    record: CallRecord
    history: CallerHistory
    heard: Heard | None = None
    child_voice_probability: float = math.nan
    _worked_out: dict[Any, Any] = field(default_factory=dict, init=False, repr=False, compare=False)


def once(evidence: Evidence, work_out: Callable[[Evidence], T]) -> T:
    """Work something out of the evidence once, however many features need it; a pure function of it."""
    known = evidence._worked_out
    if work_out not in known:
        known[work_out] = work_out(evidence)
    return cast(T, known[work_out])
