"""Where the time of the front end goes: its named parts are timed while all of it runs."""

from __future__ import annotations

import functools
import importlib
import time
from collections import defaultdict
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from types import MappingProxyType
from typing import Any

SEAMS: Mapping[str, tuple[str, ...]] = MappingProxyType(
    {
        "decode": ("prankfilter.audio.hearing:decode",),
        "resample": ("prankfilter.audio.hearing:to_line",),
        "transform, log-mel, lines": ("prankfilter.audio.spectrum:Spectrum.measure",),
        "pitch": ("prankfilter.audio.tracks:voiced_pitch",),
        "speech head": ("prankfilter.audio.speech_head:SpeechTrack.feed",),
        "heads of other sounds": ("prankfilter.audio.tracks:judge_second",),
        "child nets": ("prankfilter.audio.child_track:NetTrack.feed",),
        "look: speech and silence": (
            "prankfilter.audio.speech:find_speech",
            "prankfilter.audio.speech:speech_where",
            "prankfilter.audio.speech:find_silence",
            "prankfilter.audio.speech:noise_floor_db",
        ),
        "look: tones": (
            "prankfilter.audio.tones:steady_tones",
            "prankfilter.audio.tones:keys",
            "prankfilter.audio.tones:text_telephone",
            "prankfilter.audio.tones:progress_tones",
        ),
        "look: child voice": ("benchmarks.ears.speed:child_voice_probability",),
        "features of sound": ("benchmarks.ears.speed:extract",),
    }
)
"""Each part, and the functions that do it: ``module:name`` or ``module:Class.method``, as their callers see
them. What is left of the whole is joining, bookkeeping, and what has no row here."""

REST = "the rest"


class Stopwatch:
    """Processor seconds of each part, without those of the parts within it."""

    def __init__(self) -> None:
        self.seconds: defaultdict[str, float] = defaultdict(float)
        self._inner = [0.0]

    def timed(self, part: str, function: Callable[..., Any]) -> Callable[..., Any]:
        """The function, timed."""

        @functools.wraps(function)
        def wrapper(*given: Any, **named: Any) -> Any:
            self._inner.append(0.0)
            started = time.process_time()
            try:
                return function(*given, **named)
            finally:
                whole = time.process_time() - started
                self.seconds[part] += whole - self._inner.pop()
                self._inner[-1] += whole

        return wrapper


@contextmanager
def timing() -> Iterator[Stopwatch]:
    """Time every part for as long as this holds."""
    watch = Stopwatch()
    found = [(part, *_owner(seam)) for part, seams in SEAMS.items() for seam in seams]
    kept = [(owner, name, getattr(owner, name)) for _, owner, name in found]
    try:
        for part, owner, name in found:
            setattr(owner, name, watch.timed(part, getattr(owner, name)))
        yield watch
    finally:
        for owner, name, function in kept:
            setattr(owner, name, function)


def _owner(seam: str) -> tuple[Any, str]:
    """What holds a function, and its name there; a seam that is gone must be mended here, by name."""
    module, _, path = seam.partition(":")
    *holders, name = path.split(".")
    owner: Any = importlib.import_module(module)
    for holder in holders:
        owner = getattr(owner, holder)
    if not callable(getattr(owner, name, None)):
        raise AttributeError(f"SEAMS in {__name__}: {seam} is gone")
    return owner, name
