"""Numbers of every clip by every system, each speaker's kept in a cache as soon as they are there."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from prankfilter_training.ears.speakers import Speaker
from tqdm import tqdm

from benchmarks.ears.clips import RECIPE, Samples, Split, clips_of
from benchmarks.ears.rivals import Listen, Rival
from prankfilter.audio.telephone import LINE_RATE_HZ

Array = NDArray[np.float64]


@dataclass(frozen=True)
class System:
    """Something that turns clips into numbers, a rival or ourselves.

    Attributes
    ----------
    rival : Rival
        Its name, what it is judged on, and how it starts.
    digest : str
        Changes where its numbers do.
    """

    rival: Rival
    digest: str

    @cached_property
    def listen(self) -> Listen:
        """Started when first needed: what is in the cache needs no package."""
        return self.rival.start()

    def path(self, cache: Path, speaker: Speaker) -> Path:
        """Where the numbers of a speaker are kept."""
        judged_on = f"{self.rival.clip_lengths_s}|{self.rival.clips_a_speaker}"
        key = f"{RECIPE}|{self.rival.name}|{self.digest}|{judged_on}|{speaker.name}"
        return cache / f"ears-{hashlib.sha256(key.encode()).hexdigest()[:24]}.npy"


def measure(systems: Mapping[str, System], split: Split, cache: Path) -> dict[str, Array]:
    """Numbers of all clips.

    Returns
    -------
    dict of str to NDArray[float64]
        For each system shape (speakers, clips, lengths, numbers); stopped and started again, it goes on
        where it was.
    """
    cache.mkdir(parents=True, exist_ok=True)
    found: dict[str, list[Array]] = {name: [] for name in systems}
    for speaker in tqdm(split.speakers, desc="clips", unit="speaker"):
        paths = {name: system.path(cache, speaker) for name, system in systems.items()}
        fresh = [name for name, path in paths.items() if not path.exists()]
        clips = clips_of(speaker, max((systems[name].rival.clips_a_speaker for name in fresh), default=0))
        for name in fresh:
            _keep(paths[name], _numbers(systems[name], clips))
        for name, path in paths.items():
            found[name].append(np.load(path))
    return {name: np.stack(numbers) for name, numbers in found.items()}


def _numbers(system: System, clips: list[Samples]) -> Array:
    chosen = clips[: system.rival.clips_a_speaker]
    ends = [round(seconds * LINE_RATE_HZ) for seconds in system.rival.clip_lengths_s]
    return np.array([[system.listen(clip[:end]) for end in ends] for clip in chosen])


def _keep(path: Path, numbers: Array) -> None:
    beside = path.with_suffix(".part")
    with beside.open("wb") as file:
        np.save(file, numbers)
    beside.replace(path)
