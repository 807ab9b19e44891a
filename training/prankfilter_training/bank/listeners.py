"""Whose ears listen to which clip: for all that is measured, ears that never heard its speaker."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass

from prankfilter.bundle.ears import Ears


@dataclass(frozen=True, slots=True, eq=False)
class Listeners:
    """Ears that differ in their child-voice nets alone.

    Attributes
    ----------
    deployed : Ears
        Their nets have heard everybody. They are what ships.
    by_fold : tuple of Ears
        Their nets have heard everybody but one fold of speakers.
    folds : Mapping[str, int]
        The fold of each speaker; others (babies, animals, rooms) are dealt by their names.
    """

    deployed: Ears
    by_fold: tuple[Ears, ...]
    folds: Mapping[str, int]

    @classmethod
    def bare(cls, ears: Ears) -> Listeners:
        """The same ears without nets for everybody."""
        return cls(ears, (ears,), {})

    def of(self, speaker: str) -> Ears:
        """The ears that never heard a speaker."""
        return self.by_fold[fold_in(self.folds, speaker, len(self.by_fold))]


def fold_in(folds: Mapping[str, int], speaker: str, count: int) -> int:
    """The fold of a speaker; those without one are dealt to all by their names."""
    other = int(hashlib.sha256(speaker.encode()).hexdigest(), 16) % count
    return folds.get(speaker, other)
