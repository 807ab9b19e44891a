"""Measuring side by side: the machine may be noisy, the ratio of two things done in turn is not."""

from __future__ import annotations

import multiprocessing
import os
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass

import numpy as np


@dataclass(frozen=True)
class Timing:
    """Milliseconds of many runs of one thing."""

    p50_ms: float
    p99_ms: float
    runs: int

    @classmethod
    def of(cls, seconds: Sequence[float]) -> Timing:
        """Summarise."""
        p50, p99 = np.percentile(np.array(seconds) * 1000, [50, 99])
        return cls(float(p50), float(p99), len(seconds))


def in_turn(
    things: Mapping[str, Callable[[], object]],
    *,
    runs: int,
    warm: int = 20,
    most_s: float = 30.0,
    block: int = 1,
    rest_s: float = 0.0,
) -> dict[str, Timing]:
    """Run each thing in turn, so that whatever slows the machine slows all of them; stop early if it must.

    What leaves work behind, such as writing to a disk, is run in blocks with a rest after each: else whatever
    comes next pays for it.
    """
    for thing in things.values():
        for _ in range(warm):
            thing()
    taken: dict[str, list[float]] = {name: [] for name in things}
    until = time.perf_counter() + most_s
    for _ in range(0, runs, block):
        for name, thing in things.items():
            time.sleep(rest_s)
            taken[name] += [_seconds(thing) for _ in range(block)]
        if time.perf_counter() > until:
            break
    return {name: Timing.of(seconds) for name, seconds in taken.items()}


def _seconds(thing: Callable[[], object]) -> float:
    started = time.perf_counter()
    thing()
    return time.perf_counter() - started


@contextmanager
def busy_cores(count: int | None = None) -> Iterator[None]:
    """Keep cores busy with something else: so many, or every one."""
    hogs = [multiprocessing.Process(target=_spin, daemon=True) for _ in range(count or os.cpu_count() or 1)]
    for hog in hogs:
        hog.start()
    try:
        yield
    finally:
        for hog in hogs:
            hog.terminate()
            hog.join()


def _spin() -> None:
    while True:
        pass
