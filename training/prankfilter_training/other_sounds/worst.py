"""The recordings that a head judges worst: cries or music it misses, and what it takes for them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from prankfilter_training.other_sounds.clips import Clip
from prankfilter_training.other_sounds.report import LENGTHS_S, clips_of
from prankfilter_training.other_sounds.seconds import Seconds

WORST = 10


@dataclass(frozen=True, slots=True)
class Worst:
    """A clip, by its number in the plan; ``odds`` are held-out log-odds less the threshold."""

    clip: int
    content: str
    recording: str
    codec: str
    snr_db: float
    odds: float


def missed(
    rows: Seconds, odds: NDArray[np.float64], content: str, clips: Sequence[Clip], count: int = WORST
) -> tuple[Worst, ...]:
    """Clips of a sound, heard alone, with the lowest log-odds within 10 s; one of each source at most."""
    at = clips_of(rows, odds, LENGTHS_S[-1])
    wanted = (at.content == content) & ~at.spoken & at.active
    return _first(rows, np.where(wanted, at.odds, np.inf), clips, count)


def taken(
    rows: Seconds, odds: NDArray[np.float64], content: str, clips: Sequence[Clip], count: int = WORST
) -> tuple[Worst, ...]:
    """Clips of something else with the highest log-odds within 10 s; one of each source at most."""
    at = clips_of(rows, odds, LENGTHS_S[-1])
    found = _first(rows, np.where(at.content != content, -at.odds, np.inf), clips, count)
    return tuple(replace(one, odds=-one.odds) for one in found)


def _first(rows: Seconds, order: NDArray[np.float64], clips: Sequence[Clip], count: int) -> tuple[Worst, ...]:
    """The clips that come first, in the order of a value of each; infinite ones never."""
    first = rows.at(rows.second == 0)
    found: dict[str, Worst] = {}
    for place in np.argsort(order, kind="stable"):
        if len(found) == count or np.isposinf(order[place]):
            break
        number, group = int(first.clip[place]), str(first.group[place])
        found.setdefault(
            group,
            Worst(
                number,
                str(first.content[place]),
                _recording(clips[number]),
                str(first.codec[place]),
                float(first.snr_db[place]),
                float(order[place]),
            ),
        )
    return tuple(found.values())


def _recording(clip: Clip) -> str:
    """What it is cut from: a recording, or a speaker whose sentences are chained."""
    paths, start_s = clip.source.paths, clip.source.start_s
    if len(paths) != 1:
        return clip.source.group
    at = "" if start_s is None else f" from {start_s:.0f} s"
    return f"{paths[0].parent.name}/{paths[0].name}{at}"
