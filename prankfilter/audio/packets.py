"""Packets of sound → one line of sound, in order and in time, whatever happened to them on their way."""

from __future__ import annotations

from collections import Counter, deque
from dataclasses import dataclass

REORDER_S = 0.2
"""How much later sound may have arrived before a packet that is still missing counts as lost."""

JUMP_S = 5.0
"""A packet this far from the newest one is on another clock: time goes on from where it stood."""

PACKET_S = 1.0
"""Longest packet; telephone systems send 10 to 60 ms."""

_SNAP_S = 0.01
_MOST_WAITING = 64
_REMEMBERED = 256


@dataclass(frozen=True, slots=True)
class Run:
    """Sound that follows what came before, and how much was lost between the two."""

    payload: bytes
    lost_samples: int = 0


class Timeline:
    """Puts the packets of one call into order.

    A packet says when its sound was captured. Sound that is there twice counts once; a missing packet is
    waited for until `REORDER_S` of later sound is there, then it is lost and its time is kept. Clocks of
    senders are not exact: a packet that lies less than half its length from where it should, 10 ms at most,
    follows without a gap.

    Parameters
    ----------
    rate_hz : int
        Samples a second.
    sample_bytes : int
        Bytes a sample.

    Examples
    --------
    >>> line = Timeline(rate_hz=8000, sample_bytes=1)
    >>> [run.payload[:1] for at_ms in (0, 40, 20) for run in line.add(b"%02d" % at_ms * 80, at_ms)]
    [b'0', b'2', b'4']
    """

    def __init__(self, *, rate_hz: int, sample_bytes: int) -> None:
        self.counts = Counter[str]()
        """Packets left out: `doubled`, `late`, `too_long`; and how often the clock `jumped`."""
        self.lost_samples = 0
        self._rate_hz = rate_hz
        self._sample_bytes = sample_bytes
        self._waiting: dict[int, bytes] = {}
        self._end = 0
        self._newest_end: int | None = None
        self._offset = 0
        self._has_begun = False
        self._rest = b""
        self._taken: deque[int] = deque(maxlen=_REMEMBERED)

    @property
    def seconds(self) -> float:
        """Seconds that are settled, lost ones included."""
        return self._end / self._rate_hz

    @property
    def lost_s(self) -> float:
        """Seconds of them that were lost."""
        return self.lost_samples / self._rate_hz

    def follow(self, payload: bytes) -> list[Run]:
        """Take in sound without a time of its own, which comes in order; any number of bytes."""
        payload = self._rest + payload
        whole = len(payload) - len(payload) % self._sample_bytes
        self._rest = payload[whole:]
        self._has_begun = True
        runs = self._settle(everything=True)
        if whole:
            runs.append(self._take(payload[:whole], self._end))
        return runs

    def add(self, payload: bytes, at_ms: float) -> list[Run]:
        """Take in one packet and return what is settled by it."""
        samples = len(payload) // self._sample_bytes
        if not 0 < samples <= PACKET_S * self._rate_hz:
            self.counts["too_long"] += samples > 0
            return []
        runs: list[Run] = []
        start = round(at_ms * self._rate_hz / 1000) + self._offset
        if self._newest_end is not None and abs(start - self._newest_end) > JUMP_S * self._rate_hz:
            runs = self.close()
            self.counts["jumped"] += 1
            self._offset += self._end - start
            start = self._end
        if start in self._waiting or start in self._taken:
            self.counts["doubled"] += 1
            return runs
        self._waiting[start] = payload[: samples * self._sample_bytes]
        self._newest_end = max(self._newest_end or 0, start + samples)
        return runs + self._settle()

    def close(self) -> list[Run]:
        """Give up waiting: all that is there, in order."""
        return self._settle(everything=True)

    def _settle(self, *, everything: bool = False) -> list[Run]:
        runs: list[Run] = []
        while self._waiting:
            start = min(self._waiting)
            patient = not everything and len(self._waiting) < _MOST_WAITING
            if patient and not self._may_follow(start):
                break
            runs += self._next(start, self._waiting.pop(start))
        return runs

    def _may_follow(self, start: int) -> bool:
        """Whether the earliest packet that is there is the next one, or the one before it is given up."""
        if start <= (self._newest_end or 0) - REORDER_S * self._rate_hz:
            return True
        return start <= self._end + self._snap(self._waiting[start]) if self._has_begun else start == 0

    def _next(self, start: int, payload: bytes) -> list[Run]:
        self._taken.append(start)
        if not self._has_begun:
            # What was lost before the first packet nobody can know.
            self._has_begun = True
            self._offset -= start
            self._waiting = {place - start: packet for place, packet in self._waiting.items()}
            self._newest_end = (self._newest_end or start) - start
            self._taken = deque([0], maxlen=_REMEMBERED)
            start = 0
        if start < self._end - self._snap(payload):
            self.counts["late"] += 1
            return []
        gap = start - self._end
        return [self._take(payload, start if gap > self._snap(payload) else self._end)]

    def _take(self, payload: bytes, start: int) -> Run:
        lost = start - self._end
        self.lost_samples += lost
        self._end = start + len(payload) // self._sample_bytes
        self._newest_end = max(self._newest_end or 0, self._end)
        return Run(payload, lost)

    def _snap(self, payload: bytes) -> int:
        return min(round(_SNAP_S * self._rate_hz), len(payload) // self._sample_bytes // 2)
