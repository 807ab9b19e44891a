"""What is queued and not yet durable, in the orders in which it is looked up.

A reader takes what is pending first and asks the database second; the writer commits first and lets go
second. So a screening is always in one or in both, never in neither, and readers drop what they meet twice.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Iterable
from dataclasses import dataclass

from prankfilter.store.past import Known, Look, known, look_at
from prankfilter.store.port import Screening


@dataclass(frozen=True, slots=True, eq=False)
class Queued:
    """A screening on its way to the disk, with what history reads of it."""

    screening: Screening
    call: Known
    look: Look
    queued_at: float
    """By the monotonic clock."""

    @property
    def result_id(self) -> str:
        """Name the answer."""
        return self.screening.decision.result_id


def queued(screening: Screening) -> Queued:
    """Prepare a screening; here, on the caller's thread, a time without offset is found out."""
    return Queued(screening, known(screening.record), look_at(screening), time.monotonic())


Group = dict[str, dict[str, Queued]]


class Pending:
    """Queued screenings of this process, at most ``limit``. All methods may be called from any thread."""

    def __init__(self, limit: int) -> None:
        self.dropped = 0
        self._limit = limit
        self._lock = threading.Lock()
        self._answers: dict[str, Queued] = {}
        self._calls: Group = {}
        self._callers: Group = {}
        self._areas: Group = {}
        self._centres: Group = {}

    def __len__(self) -> int:
        return len(self._answers)

    def add(self, one: Queued) -> bool | None:
        """Take one in; False where there is no room, None where the same answer is already queued."""
        with self._lock:
            if one.result_id in self._answers:
                return None
            if len(self._answers) >= self._limit:
                self.dropped += 1
                return False
            self._answers[one.result_id] = one
            for group, name in self._groups(one):
                group.setdefault(name, {})[one.result_id] = one
            return True

    def discard(self, ones: Iterable[Queued]) -> None:
        """Let go of what the database now answers for, or never will."""
        with self._lock:
            for one in ones:
                del self._answers[one.result_id]
                for group, name in self._groups(one):
                    members = group[name]
                    del members[one.result_id]
                    if not members:
                        del group[name]

    def answer(self, result_id: str) -> Queued | None:
        """Return the queued answer to a request."""
        return self._answers.get(result_id)

    def of_call(self, call_id: str) -> list[Queued]:
        """Return the queued looks at a call, in the order in which they were queued."""
        return self._members(self._calls, call_id)

    def of_caller(self, caller: str) -> list[Queued]:
        """Return the queued looks at calls from a number."""
        return self._members(self._callers, caller)

    def of_area(self, area: str) -> list[Queued]:
        """Return the queued looks at calls from an area."""
        return self._members(self._areas, area)

    def of_centre(self, centre_id: str | None) -> list[Queued]:
        """Return the queued looks at calls to a centre."""
        return self._members(self._centres, centre_id or "")

    def oldest_s(self) -> float:
        """Return for how many seconds the oldest has been waiting; 0 where none is."""
        with self._lock:
            oldest = next(iter(self._answers.values()), None)
        return 0.0 if oldest is None else time.monotonic() - oldest.queued_at

    def all(self) -> list[Queued]:
        """Return everything queued, oldest first."""
        with self._lock:
            return list(self._answers.values())

    def _members(self, group: Group, name: str) -> list[Queued]:
        if not self._answers:
            return []
        with self._lock:
            return list(group.get(name, {}).values())

    def _groups(self, one: Queued) -> tuple[tuple[Group, str], ...]:
        record = one.screening.record
        return (
            (self._calls, record.call_id),
            (self._callers, record.caller or ""),
            (self._areas, record.area),
            (self._centres, record.centre_id or ""),
        )
