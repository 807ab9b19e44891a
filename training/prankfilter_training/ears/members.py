"""Nets of an ensemble, each trained once: by fold to measure with, on all speakers to ship."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from prankfilter.bundle.child_arrays import GEOMETRY
from prankfilter.errors import BadInput
from prankfilter_training.ears.recipe import NetRecipe
from prankfilter_training.ears.speakers import fold_of
from prankfilter_training.ears.streams import Streams

Arrays = dict[str, NDArray[np.float32]]
Train = Callable[[Streams, Sequence[int], NetRecipe, int], Arrays]
"""Trains one net: streams, places of the speakers it may hear, recipe, seed."""

ALL_SPEAKERS = -1
"""In place of a fold: nets that heard everybody."""


@dataclass(frozen=True, slots=True, eq=False)
class Trainer:
    """Trains nets, or takes those that are in the cache.

    Attributes
    ----------
    streams : Streams
    recipe : NetRecipe
        Its values name the net, together with the streams, the speakers and the seed.
    cache : Path
        Folder that holds finished nets, by content.
    train : callable or None
        What trains; None where torch is not installed, so that only nets of the cache can be had.
    """

    streams: Streams
    recipe: NetRecipe
    cache: Path
    train: Train | None

    def member(self, fold: int, number: int) -> Arrays:
        """One net that never heard the speakers of a fold, or that heard all."""
        folds = fold_of(speaker.member for speaker in self.streams.speakers)
        heard = [place for place, speaker in enumerate(self.streams.speakers) if folds[speaker.name] != fold]
        seed = 10 * number + fold + 1
        path = self.cache / f"net-{self._key(heard, seed)}.npz"
        if path.exists():
            with np.load(path) as known:
                return dict(known)
        if self.train is None:
            raise BadInput(
                f"the child-voice net of fold {fold}, member {number} is not in {self.cache}; install the "
                "extra `ears` (torch, resemblyzer) to train it, or give --without-torch"
            )
        arrays = self.train(self.streams, heard, self.recipe, seed)
        beside = path.with_suffix(".part")
        with beside.open("wb") as file:
            np.savez(file, **arrays)  # type: ignore[arg-type]
        beside.replace(path)
        return arrays

    def ensemble(self, fold: int, members: int) -> Arrays:
        """Several nets side by side, named as in `prankfilter.bundle.child_arrays.NET_SHAPES`."""
        nets = [self.member(fold, number) for number in range(members)]
        stacked = {name: np.stack([net[name] for net in nets]) for name in nets[0]}
        return {**stacked, GEOMETRY: np.array(self.recipe.shape.geometry, np.float32)}

    def _key(self, heard: Sequence[int], seed: int) -> str:
        names = [self.streams.speakers[place].name for place in heard]
        content = json.dumps([asdict(self.recipe), self.streams.digest, names, seed])
        return hashlib.sha256(content.encode()).hexdigest()[:32]
