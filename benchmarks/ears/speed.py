"""Milliseconds per second of sound: the whole front end, its parts, and what a user would pick instead.

Processor time on one core, everything in turn within one run: a busy machine stretches all of it alike.
"""

from __future__ import annotations

import io
import os
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass

import numpy as np
import soundfile
from numpy.typing import NDArray
from threadpoolctl import threadpool_limits

from benchmarks.calls import LIMITS, RATE_HZ, clip
from benchmarks.ears.rivals import Rival
from benchmarks.ears.stages import REST, SEAMS, timing
from prankfilter.audio.child import child_voice_probability
from prankfilter.audio.decode import decode
from prankfilter.audio.heard import Heard
from prankfilter.audio.hearing import hear
from prankfilter.audio.telephone import to_line
from prankfilter.audio.tracks import Tracks
from prankfilter.bundle.ears import Ears
from prankfilter.features.evidence import Evidence
from prankfilter.features.row import Source
from prankfilter.features.table import FEATURES, extract
from prankfilter.vocabulary import LOOKS_S, CallerHistory, CallRecord

LENGTHS_S = (1.0, 3.0, 5.0, 10.0, 30.0)
PARTS_S = 10.0
"""The length whose parts are told."""

OURS = "prankfilter, whole front end"
STREAMED = "the same, streamed: a look at each of 1, 3, 5, 10 s"
WIDE = "the same, of 16-bit PCM at 16 kHz"

SOUND_FEATURES = tuple(feature for feature in FEATURES if feature.source is Source.SOUND)
ROUNDS, LONGEST_S, WARM = 15, 40.0, 2
"""Rounds for each length, and after how many seconds no further one begins."""


@dataclass(frozen=True, slots=True, eq=False)
class Timed:
    """Milliseconds per second of sound of some things, each in every round: shape (rounds,)."""

    length_s: float
    ms_per_s: Mapping[str, NDArray[np.float64]]

    def median(self, name: str) -> float:
        """Its middle."""
        return float(np.median(self.ms_per_s[name]))

    def ratio(self, name: str, base: str) -> float:
        """Median over the rounds of its time by that of another in the same round."""
        return float(np.median(self.ms_per_s[name] / self.ms_per_s[base]))


def sound_of(seconds: float) -> bytes:
    """Speech of the demonstration's synthesiser, over again, as µ-law WAV."""
    samples = to_line(decode(clip(30.0), LIMITS))
    return _wav(np.resize(samples, round(seconds * RATE_HZ)), RATE_HZ, "ULAW")


def _wav(samples: NDArray[np.float32], rate_hz: int, coding: str) -> bytes:
    file = io.BytesIO()
    soundfile.write(file, samples, rate_hz, format="WAV", subtype=coding)
    return file.getvalue()


def judge(heard: Heard, ears: Ears, record: CallRecord) -> NDArray[np.float64]:
    """What follows the tracks: the child voice, and the features of sound."""
    child = child_voice_probability(heard, ears)
    return extract(Evidence(record, CallerHistory(), heard, child), SOUND_FEATURES)


def whole(audio: bytes, ears: Ears, record: CallRecord) -> NDArray[np.float64]:
    """From the bytes of a recording to the features of its sound."""
    tracks = hear(audio, ears=ears, limits=LIMITS)
    return judge(tracks.at(tracks.seconds), ears, record)


def streamed(samples: NDArray[np.float32], ears: Ears, record: CallRecord) -> None:
    """A packet of 20 ms after the other, with a look whenever one is complete."""
    tracks = Tracks(ears)
    looks = set(LOOKS_S)
    for packet in samples.reshape(-1, 160):
        tracks.feed(packet)
        if tracks.seconds in looks:
            judge(tracks.at(tracks.seconds), ears, record)


def compare(ears: Ears, record: CallRecord, rivals: tuple[Rival, ...], length_s: float) -> Timed:
    """All of them in turn on one recording."""
    audio = sound_of(length_s)
    samples = to_line(decode(audio, LIMITS))
    wide = _wav(np.repeat(samples, 2), 2 * RATE_HZ, "PCM_16")
    things: dict[str, Callable[[], object]] = {
        OURS: lambda: whole(audio, ears, record),
        STREAMED: lambda: streamed(samples, ears, record),
        WIDE: lambda: whole(wide, ears, record),
    }
    for rival in rivals:
        listen = rival.start()
        things[rival.name] = lambda listen=listen: listen(samples)
    with one_core():
        return Timed(length_s, {name: ms / length_s for name, ms in _in_rounds(things).items()})


def parts(ears: Ears, record: CallRecord, length_s: float = PARTS_S) -> Timed:
    """The parts of the front end, timed while all of it runs; together they are the whole."""
    audio = sound_of(length_s)
    rows: dict[str, list[float]] = {name: [] for name in (*SEAMS, REST)}
    with one_core():
        for number in range(WARM + 3 * ROUNDS):
            with timing() as watch:
                started = time.process_time()
                whole(audio, ears, record)
                took = time.process_time() - started
            if number >= WARM:
                for name in SEAMS:
                    rows[name].append(watch.seconds[name])
                rows[REST].append(took - sum(watch.seconds.values()))
    return Timed(length_s, {name: 1000 * np.array(took) / length_s for name, took in rows.items()})


def _in_rounds(things: Mapping[str, Callable[[], object]]) -> dict[str, NDArray[np.float64]]:
    """Processor milliseconds of each thing in each round; things that take long are warmed up once."""
    for thing in things.values():
        thing()
    rounds: list[list[float]] = []
    until = time.perf_counter() + LONGEST_S
    while len(rounds) < ROUNDS and (len(rounds) < 3 or time.perf_counter() < until):
        rounds.append([_processor_ms(thing) for thing in things.values()])
    return dict(zip(things, np.array(rounds).T, strict=True))


def _processor_ms(thing: Callable[[], object]) -> float:
    started = time.process_time()
    thing()
    return 1000 * (time.process_time() - started)


@contextmanager
def one_core() -> Iterator[None]:
    """Keep this process to one of its cores, and every library in it to one thread."""
    cores = os.sched_getaffinity(0)
    os.sched_setaffinity(0, {min(cores)})
    try:
        with threadpool_limits(1):
            yield
    finally:
        os.sched_setaffinity(0, cores)
