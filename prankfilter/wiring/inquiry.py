"""What one request asks, and what was found out for it."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from prankfilter.classifier.running import Artefacts
from prankfilter.vocabulary import CallerHistory, CallRecord, Decision


@dataclass(frozen=True, slots=True)
class ScreeningBody:
    """What one request brought: the call as JSON, perhaps sound, and the exact bytes of both."""

    call: Mapping[str, Any]
    call_bytes: bytes
    audio: bytes | None = None


@dataclass(frozen=True, slots=True)
class Inquiry:
    """One request, read, and the moment by which it wants an answer."""

    record: CallRecord
    audio: bytes | None
    artefacts: Artefacts | None
    """Taken once: a model that is promoted meanwhile does not mix with the one that began."""
    result_id: str
    audit_drawn: bool
    faults: tuple[str, ...]
    now: dt.datetime
    started: float
    until: float
    """Both by `time.perf_counter`."""

    @property
    def history_until(self) -> float:
        """A stalled store may use up half of the budget where there is sound to hear."""
        return self.until if self.audio is None else (self.started + self.until) / 2


@dataclass(frozen=True, slots=True)
class Recall:
    """What came of the look-up in the store."""

    history: CallerHistory
    answer: Decision | None = None
