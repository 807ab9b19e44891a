"""Who speaks in the recordings, and who is held out together."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from prankfilter_training.bank.recordings import age_group, read_voices
from prankfilter_training.simulation.voices import Group

FOLDS = 5

Member = tuple[str, Group, str]
"""Name, group and sex of a speaker."""


@dataclass(frozen=True, slots=True)
class Speaker:
    """One speaker with all recordings."""

    name: str
    age: int
    sex: str
    paths: tuple[Path, ...]

    @property
    def group(self) -> Group:
        """Child, youth or adult."""
        return age_group(self.age)

    @property
    def number(self) -> int:
        """The number that the corpus gave the speaker."""
        return int(self.name.rpartition("-")[2])

    @property
    def member(self) -> Member:
        """What folds are dealt by."""
        return self.name, self.group, self.sex


def read_speakers(audio_root: Path) -> list[Speaker]:
    """All speakers whose age is known, in the order of their names."""
    paths: defaultdict[tuple[str, int, str], list[Path]] = defaultdict(list)
    for voice in read_voices(audio_root):
        if voice.age is not None:
            paths[voice.speaker, voice.age, voice.sex].append(voice.path)
    return [Speaker(name, age, sex, tuple(files)) for (name, age, sex), files in sorted(paths.items())]


def fold_of(members: Iterable[Member]) -> dict[str, int]:
    """Deal speakers into folds: each group evenly, and within it each sex, in the order of their names."""
    folds: dict[str, int] = {}
    known = set(members)
    for group in (Group.CHILD, Group.ADULT, Group.YOUTH):
        names = sorted((sex, name) for name, its, sex in known if its is group)
        folds |= {name: place % FOLDS for place, (_, name) in enumerate(names)}
    return folds
