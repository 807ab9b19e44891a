"""Which screenings are worked on, and which are answered `normal` at once because there is too much work.

::

    a call arrives ──▶ fewer of its kind under way than the limit? ──yes──▶ it is worked on
                            │ no
                            ▼
                       `normal`, guard `overload`, before its body is read

    limit  =  ALWAYS + slack × (MOST − ALWAYS)           slack: 0 to 1, one for each kind
    at each beat, for every kind:  the loop is late?     slack × CUT, else slack + 1 / CALM_BEATS
    at each sound that was heard:  over half the budget? slack × CUT

A process does one thing at a time. Work that is taken on beyond what it gets done makes all of it late, and
what is late was done for nothing: more calls asked means fewer calls judged (Beyer et al., Site Reliability
Engineering, 2016, chapters 21 and 22). So few are under way at once, and the rest is sent on for next to
nothing.

What tells "too many" is how late the event loop is, not how long answers take: above 5 ms there is a standing
queue (the target of CoDel, RFC 8289, 4.2). A stalled store makes answers slow and leaves the loop on time, so
those calls are let in, wait without cost, and are judged as well as can be. Growing by steps and shrinking by
shares is what settles (Chiu and Jain, Computer Networks and ISDN Systems 17, 1989).

Sound is heard one call at a time, so calls with sound have a limit of their own, and calls without sound are
never refused for their sake.
"""

from __future__ import annotations

import asyncio
import time
from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from enum import StrEnum

from prankfilter.settings import Settings

BEAT_S = 0.01
"""How often the loop's delay is measured."""

TARGET_S = 0.005
"""A delay above it is a queue."""

CUT, CALM_BEATS = 0.5, 100
"""A second on time brings back all of the slack."""


class Kind(StrEnum):
    """Kinds of work, each with a limit of its own."""

    RING = "ring"
    SOUND = "sound"


class Why(StrEnum):
    """Why a call was sent on unscreened."""

    LATE = "late"
    """The process is behind: the limit is below its highest."""
    FULL = "full"
    """As many as ever may be are under way, and wait for something slow."""


@dataclass(frozen=True, slots=True)
class Range:
    """How many may be under way however late the loop is, and how many while it is on time."""

    always: int
    most: int


RING_ALWAYS = 4
"""Enough to keep one process busy: one waits for the store while the other is judged."""

SOUND = Range(1, 4)


class Ticket:
    """Leave to work on one call, until it is given back."""

    __slots__ = ("_admission", "_call_id", "_kind")

    def __init__(self, admission: Admission, kind: Kind, call_id: str) -> None:
        self._admission: Admission | None = admission
        self._kind = kind
        self._call_id = call_id

    def give_back(self) -> None:
        """Make room; a second time changes nothing."""
        if self._admission is not None:
            self._admission.leave(self._kind, self._call_id)
            self._admission = None


class Admission:
    """Counts what is under way, and knows how much may be. Used from the event loop alone.

    Parameters
    ----------
    ranges : Mapping[Kind, Range]
        Of every kind.
    budget_s : float
        Within which calls are answered.
    """

    def __init__(self, ranges: Mapping[Kind, Range], *, budget_s: float) -> None:
        self._ranges = ranges
        self._budget_s = budget_s
        self._slack = dict.fromkeys(ranges, 1.0)
        self._under_way = dict.fromkeys(ranges, 0)
        self._calls = Counter[str]()

    @classmethod
    def of(cls, settings: Settings) -> Admission:
        """Make one with the ranges that the settings leave."""
        most = settings.screenings_at_once
        ranges = {
            Kind.RING: Range(min(RING_ALWAYS, most), most),
            Kind.SOUND: Range(SOUND.always, min(SOUND.most, most)),
        }
        return cls(ranges, budget_s=settings.deadline_ms / 1000)

    def slack(self, kind: Kind) -> float:
        """1 while all is on time, towards 0 while it is late."""
        return self._slack[kind]

    def limit(self, kind: Kind) -> int:
        """How many of a kind may be under way now."""
        limits = self._ranges[kind]
        return limits.always + int(self._slack[kind] * (limits.most - limits.always))

    def under_way(self, kind: Kind) -> int:
        """How many of a kind are."""
        return self._under_way[kind]

    @property
    def is_busy(self) -> bool:
        """Whether anything is under way."""
        return any(self._under_way.values())

    def enter(self, kind: Kind, call_id: str) -> Ticket | Why:
        """Let a call in, or say why not. One that is under way already is let in, to join that work."""
        count = self._under_way[kind]
        if count >= self._ranges[kind].most:
            return Why.FULL
        if count >= self.limit(kind) and call_id not in self._calls:
            return Why.LATE
        self._under_way[kind] = count + 1
        self._calls[call_id] += 1
        return Ticket(self, kind, call_id)

    def leave(self, kind: Kind, call_id: str) -> None:
        """Make room again."""
        self._under_way[kind] -= 1
        self._calls[call_id] -= 1
        if not self._calls[call_id]:
            del self._calls[call_id]

    def beat(self, late_s: float) -> None:
        """Take note of how late the loop is, once a `BEAT_S`."""
        for kind, slack in self._slack.items():
            self._slack[kind] = slack * CUT if late_s > TARGET_S else min(slack + 1 / CALM_BEATS, 1.0)

    def heard(self, took_s: float) -> None:
        """Take note of how long one call's sound waited and was worked on."""
        if took_s > self._budget_s / 2:
            self._slack[Kind.SOUND] *= CUT


async def keep_beat(admission: Admission, *, clock: Callable[[], float] = time.perf_counter) -> None:
    """Measure the delay of the loop that this runs in, until cancelled."""
    while True:
        due = clock() + BEAT_S
        await asyncio.sleep(BEAT_S)
        admission.beat(clock() - due)
