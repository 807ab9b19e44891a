"""What torch makes of child nets with drawn weights, as numbers that `tests.golden.ask_torch` rewrites."""

from __future__ import annotations

import functools
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from tests.nets import DENSE, SERVED, Arrays, log_mels, net_arrays, speech

FILE = Path(__file__).with_name("torch.npz")


@dataclass(frozen=True, slots=True, eq=False)
class Case:
    """Nets, and what they listen to."""

    arrays: Arrays
    log_mel: NDArray[np.float32]
    speech: NDArray[np.bool_]


def _case(seed: int, frames: int, **shape: Any) -> Case:
    return Case(net_arrays(seed, **shape), log_mels(frames, seed=seed), speech(frames, seed=seed))


CASES: Mapping[str, Case] = {
    "one small net": _case(1, 98, members=1),
    "two nets": _case(2, 298, members=2, width=12, hidden=10),
    "an output every 20 ms": _case(3, 197, members=2, geometry=DENSE),
    "long field of view": _case(4, 250, members=1, geometry=((2, 2), (3, 1), (1, 3), (1, 2))),
    "three wide nets": _case(
        5, 498, members=3, width=96, hidden=128, attention=32, dense=48, geometry=SERVED
    ),
    "five wide nets": _case(6, 398, members=5, width=128, hidden=128, attention=32, dense=48),
}


@functools.cache
def kept() -> Mapping[str, NDArray[np.float64]]:
    """The kept numbers: for each case ``log_odds`` and ``score`` of each net, and ``hidden``, partly."""
    with np.load(FILE) as file:
        return dict(file)
