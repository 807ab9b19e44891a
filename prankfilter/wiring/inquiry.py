"""What one look at a call asks, and what was found out for it."""

from __future__ import annotations

import dataclasses
import datetime as dt
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from prankfilter.audio.tracks import Tracks
from prankfilter.bundle.ears import Ears
from prankfilter.classifier.running import Artefacts
from prankfilter.vocabulary import CallerHistory, CallRecord, Decision, Stratum

Listen = Callable[[Ears, Callable[[], bool]], Tracks]
"""Work on a call's sound with these ears until asked to stop. Slow: never in the event loop."""


@dataclass(frozen=True, slots=True)
class ScreeningBody:
    """What one request brought: the call as JSON, perhaps sound, and the exact bytes of both."""

    call: Mapping[str, Any]
    call_bytes: bytes
    audio: bytes | None = None


@dataclass(frozen=True, slots=True)
class Inquiry:
    """One look at one call, and the moment by which it wants an answer."""

    record: CallRecord
    listen: Listen | None
    artefacts: Artefacts | None
    """Taken once: a model that is promoted meanwhile does not mix with the one that began."""
    result_id: str
    audit_drawn: bool
    faults: tuple[str, ...]
    now: dt.datetime
    started: float
    until: float
    """Both by `time.perf_counter`."""
    is_live: bool = False
    """Whether the sound comes as it is spoken; an earlier look then completes the record."""
    received_at_is_told: bool = True
    strata: frozenset[Stratum] = frozenset()
    """Of the call's earlier looks, as far as they are known without the store."""
    keys_pressed: bool = False

    @property
    def history_until(self) -> float:
        """A stalled store may use up half of the budget where there is sound to hear."""
        return self.until if self.listen is None else (self.started + self.until) / 2

    def with_what_it_knows(self, history: CallerHistory) -> CallerHistory:
        """Add what is known of the call itself without the store."""
        known = history.standing
        standing = dataclasses.replace(
            known, strata=known.strata | self.strata, keys_pressed=known.keys_pressed or self.keys_pressed
        )
        return dataclasses.replace(history, standing=standing)


@dataclass(frozen=True, slots=True)
class Recall:
    """What came of the look-up in the store."""

    history: CallerHistory
    answer: Decision | None = None
    record: CallRecord | None = None
    """The record, completed; None where it is the inquiry's own."""


def late(history: CallerHistory) -> CallerHistory:
    """Say of a history that not everything could be looked at in time."""
    standing = dataclasses.replace(history.standing, deadline_passed=True)
    return dataclasses.replace(history, standing=standing)
