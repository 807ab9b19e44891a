"""Memory of many streams at once, in a process of its own: ``python -m benchmarks.ears.memory MODELS``."""

from __future__ import annotations

import gc
import json
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from benchmarks.calls import LIMITS, RATE_HZ
from benchmarks.ears.speed import sound_of
from prankfilter.audio.child import child_voice_probability
from prankfilter.audio.decode import decode
from prankfilter.audio.heard import Heard
from prankfilter.audio.telephone import to_line
from prankfilter.audio.tracks import Tracks
from prankfilter.bundle.ears import Ears
from prankfilter.classifier.running import Library
from prankfilter.vocabulary import LOOKS_S

STREAMS = 100
CALL_S = 30.0


@dataclass(frozen=True, slots=True)
class Memory:
    """Megabytes that a process holds beyond what it held with its ears loaded and one call heard.

    ``second_growth_mb`` is what it holds more while it hears as many calls again, after the first are gone.
    """

    streams: int
    growth_mb: float
    peak_growth_mb: float
    second_growth_mb: float

    @property
    def kilobytes_a_call(self) -> float:
        """Of one stream, with its last look."""
        return 1024 * self.growth_mb / self.streams


def measure(models: Path) -> Memory:
    """100 calls of 30 s that are heard at once, second by second, each with its look at 10 s still held."""
    command = [sys.executable, "-m", "benchmarks.ears.memory", str(models)]
    ran = subprocess.run(command, check=True, capture_output=True, text=True)
    return Memory(**json.loads(ran.stdout))


def _main(models: Path) -> None:
    ears = Library(models).load().ears
    samples = to_line(decode(sound_of(CALL_S), LIMITS))
    _listen([Tracks(ears)], samples, ears)
    gc.collect()
    before_mb = _status_mb("VmRSS")
    first = _hundred(samples, ears)
    peak_mb = _status_mb("VmHWM")
    second = _hundred(samples, ears)
    found = {
        "streams": STREAMS,
        "growth_mb": first - before_mb,
        "peak_growth_mb": peak_mb - before_mb,
        "second_growth_mb": second - first,
    }
    print(json.dumps(found))


def _hundred(samples: NDArray[np.float32], ears: Ears) -> float:
    """Hear them all; what the process holds while they are all there."""
    calls = [Tracks(ears) for _ in range(STREAMS)]
    looks = _listen(calls, samples, ears)
    assert len(looks) == STREAMS
    return _status_mb("VmRSS")


def _listen(calls: list[Tracks], samples: NDArray[np.float32], ears: Ears) -> list[Heard]:
    """Feed a second to each call in turn, and look where a look is complete; the last looks."""
    looks: list[Heard] = []
    for second in range(round(CALL_S)):
        piece = samples[second * RATE_HZ : (second + 1) * RATE_HZ]
        for tracks in calls:
            tracks.feed(piece)
        if second + 1.0 in LOOKS_S:
            looks = [tracks.at_look() for tracks in calls]
            for heard in looks:
                child_voice_probability(heard, ears)
    return looks


def _status_mb(field: str) -> float:
    status = dict(line.split(":", 1) for line in Path("/proc/self/status").read_text().splitlines())
    return int(status[field].split()[0]) / 1024


if __name__ == "__main__":
    _main(Path(sys.argv[1]))
