"""The sound of a call that is still going on: packets in, tracks out, each second worked on once."""

from __future__ import annotations

import hashlib
import threading
from collections import deque
from collections.abc import Callable, Iterator
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from prankfilter.audio.companding import decode_a_law, decode_mu_law
from prankfilter.audio.packets import Run, Timeline
from prankfilter.audio.telephone import LINE_RATE_HZ, LineFeed
from prankfilter.audio.tracks import Tracks
from prankfilter.bundle.ears import Ears
from prankfilter.errors import Cancelled
from prankfilter.vocabulary import LOOKS_S

HEARD_S = LOOKS_S[-1]
"""No look reaches beyond; what comes later is not kept."""

FADING_PACKETS = 3
"""So many lost packets in a row are filled with fading copies of what came before, any more with noise."""

_NOISE = np.random.default_rng(0).standard_normal(LINE_RATE_HZ).astype(np.float32)
"""A table, not chance: the same packets always give the same sound."""


@dataclass(frozen=True, slots=True)
class Coding:
    """How samples are written."""

    name: str
    sample_bytes: int
    levels: Callable[[bytes], NDArray[np.int16]]


LINEAR = Coding("linear", 2, lambda data: np.frombuffer(data, "<i2"))
MU_LAW = Coding("mu_law", 1, lambda data: decode_mu_law(np.frombuffer(data, np.uint8)))
A_LAW = Coding("a_law", 1, lambda data: decode_a_law(np.frombuffer(data, np.uint8)))


class Filler:
    """Makes up for lost sound, so that time is kept and no gap passes for a dead line.

    A lost packet becomes a copy of the 20 ms before it at half their level, which is what the simulated lines
    of the training do; where many are lost in a row, noise as loud as the quietest 20 ms of the call so far.

    Parameters
    ----------
    rate_hz : int
        Samples a second.

    Examples
    --------
    >>> filler = Filler(8000)
    >>> filler.heard(np.full(160, 0.5, np.float32))
    >>> filler.fill(160)[:2].tolist()
    [0.25, 0.25]
    """

    def __init__(self, rate_hz: int) -> None:
        self._packet = rate_hz // 50
        self._last = np.zeros(self._packet, np.float32)
        self._quietest = np.float32(np.inf)
        self._lost_in_a_row = 0

    def heard(self, samples: NDArray[np.float32]) -> None:
        """Take note of sound that did arrive, shape (n,)."""
        self._lost_in_a_row = 0
        blocks = samples[: len(samples) - len(samples) % self._packet].reshape(-1, self._packet)
        levels = blocks.std(axis=1)
        living = levels[levels > 0]
        if living.size:
            self._quietest = min(self._quietest, living.min())
        self._last = np.concatenate([self._last, samples])[-self._packet :]

    def fill(self, count: int) -> NDArray[np.float32]:
        """Make up ``count`` samples."""
        pieces = [self._piece(min(self._packet, count - done)) for done in range(0, count, self._packet)]
        return np.concatenate(pieces) if pieces else np.empty(0, np.float32)

    def _piece(self, count: int) -> NDArray[np.float32]:
        self._lost_in_a_row += 1
        if self._lost_in_a_row <= FADING_PACKETS or not np.isfinite(self._quietest):
            self._last = self._last * np.float32(0.5)
        else:
            start = self._lost_in_a_row * self._packet % (len(_NOISE) - self._packet)
            self._last = self._quietest * _NOISE[start : start + self._packet]
        return self._last[:count]


class LiveLine:
    """What arrives of a call's sound, as the telephone line that is scored.

    ``add`` and ``end`` keep books only and are called from one thread; `second` does the work, from another.
    """

    def __init__(self, coding: Coding, rate_hz: int) -> None:
        self.timeline = Timeline(rate_hz=rate_hz, sample_bytes=coding.sample_bytes)
        self._coding = coding
        self._runs: deque[Run] = deque()
        self._filler = Filler(rate_hz)
        self._feed = LineFeed(rate_hz)
        self._line = np.empty(0, np.float32)
        self._has_ended = False

    @property
    def seconds(self) -> float:
        """Seconds of the line that can be worked on, `HEARD_S` at most."""
        lag_s = 0.0 if self._has_ended else self._feed.lag_s
        return min(max(self.timeline.seconds - lag_s, 0.0), HEARD_S)

    @property
    def is_full(self) -> bool:
        """Whether nothing that may still come will be looked at."""
        return self.timeline.seconds - self._feed.lag_s >= HEARD_S

    def add(self, payload: bytes, at_ms: float | None = None) -> None:
        """Take in a packet, with its time in the stream if it has one."""
        if self.is_full or self._has_ended:
            return
        known = self.timeline
        self._runs.extend(known.follow(payload) if at_ms is None else known.add(payload, at_ms))

    def end(self) -> None:
        """Let nothing more be waited for."""
        if not self._has_ended:
            self._runs.extend(self.timeline.close())
            self._has_ended = True

    def second(self) -> NDArray[np.float32] | None:
        """Return the next whole second, shape (8000,); None while it is not there."""
        pieces = [self._line, *(self._feed.take(samples) for samples in self._decoded())]
        if self._has_ended:
            pieces.append(self._flushed())
        self._line = np.concatenate(pieces)
        if len(self._line) < LINE_RATE_HZ:
            return None
        second, self._line = self._line[:LINE_RATE_HZ], self._line[LINE_RATE_HZ:]
        return second

    def _decoded(self) -> Iterator[NDArray[np.float32]]:
        """Yield what has been settled, and what makes up for what was lost in it."""
        while self._runs:
            lost_samples, payload = self._next_stretch()
            if lost_samples:
                yield self._filler.fill(lost_samples)
            samples = self._coding.levels(payload).astype(np.float32) / np.float32(32768)
            self._filler.heard(samples)
            yield samples

    def _next_stretch(self) -> tuple[int, bytes]:
        """Join packets between which nothing was lost: many small pieces cost more than a large one."""
        first = self._runs.popleft()
        payloads = [first.payload]
        while self._runs and not self._runs[0].lost_samples:
            payloads.append(self._runs.popleft().payload)
        return first.lost_samples, b"".join(payloads)

    def _flushed(self) -> NDArray[np.float32]:
        feed, self._feed = self._feed, LineFeed(LINE_RATE_HZ)
        return feed.end()


class LiveSound:
    """The tracks of a line, and the name of what they were made from. One thread at a time works on it."""

    def __init__(self, line: LiveLine, ears: Ears) -> None:
        self._line = line
        self._tracks = Tracks(ears)
        self._digest = hashlib.sha256()
        self._lock = threading.Lock()
        self._seconds = 0

    @property
    def seconds(self) -> int:
        """Whole seconds worked on."""
        return self._seconds

    def advance(self, seconds: int, *, cancelled: Callable[[], bool]) -> Tracks:
        """Work on the sound up to a whole second, or as far as it is there.

        Raises `Cancelled` between two seconds once ``cancelled()`` says so; nothing is lost by it.
        """
        with self._lock:
            while self._seconds < seconds:
                if cancelled():
                    raise Cancelled("the deadline passed while sound was listened to")
                second = self._line.second()
                if second is None:
                    break
                self._tracks.feed(second)
                self._digest.update(second.tobytes())
                self._seconds += 1
            return self._tracks

    def digest(self) -> bytes:
        """Name the seconds worked on."""
        return self._digest.digest()
