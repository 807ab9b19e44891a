"""What heads that never met a mixture say of it: one a fold, through the code that serves."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import joblib
import numpy as np
from tqdm import tqdm

from prankfilter.audio.tracks import Tracks
from prankfilter.bundle.digest import arrays_digest
from prankfilter.bundle.ears import Ears
from prankfilter.vocabulary import LOOKS_S
from prankfilter_training.bank.mixed import MixtureSet
from prankfilter_training.bank.speech import Arrays
from prankfilter_training.bank.speech_measures import Judged
from prankfilter_training.sound.front_end import front_end_digest

MEASURED_EVERY = 3
"""Every so many-th mixture is measured; all are learnt from, but for those of its fold."""
BATCH = 60
"""Mixtures that are heard, and cached, together."""


def held_out(mixed: MixtureSet, heads: Sequence[Arrays], ears: Ears, cache: Path) -> list[Judged]:
    """Judge every `MEASURED_EVERY`-th mixture by the head of its fold; what is cached is not done again.

    Parameters
    ----------
    mixed : MixtureSet
        All mixtures.
    heads : sequence
        One a fold, which it never met.
    ears : Ears
        Only the mel bank is used.
    cache : Path
        Folder of finished work.
    """
    bare = replace(ears, child=None, sounds=None)
    by_fold = [replace(bare, speech=head) for head in heads]
    folder = cache / f"said-{_digest(mixed, by_fold)}"
    folder.mkdir(parents=True, exist_ok=True)
    places = range(0, len(mixed.mixtures), MEASURED_EVERY)
    found: list[list[np.ndarray]] = []
    for start in tqdm(range(0, len(places), BATCH), desc="speech, held out", unit="batch"):
        path = folder / f"{start:05d}.joblib"
        if not path.exists():
            said = [_heard(mixed, place, by_fold) for place in places[start : start + BATCH]]
            joblib.dump(said, path.with_suffix(".part"), compress=1)
            path.with_suffix(".part").replace(path)
        found += joblib.load(path)
    return [
        Judged(mixed.mixtures[place], mixed.lines[place], np.asarray(mixed.spoken[place]), flags)
        for place, flags in zip(places, found, strict=True)
    ]


def _heard(mixed: MixtureSet, place: int, by_fold: Sequence[Ears]) -> list[np.ndarray]:
    """Flags at each of the looks."""
    tracks = Tracks(by_fold[mixed.mixtures[place].fold])
    tracks.feed(mixed.samples(place))
    return [tracks.at(look_s).speech for look_s in LOOKS_S]


def _digest(mixed: MixtureSet, by_fold: Sequence[Ears]) -> str:
    """Changes with the mixtures, the heads, and the code that listens."""
    arrays = [arrays_digest({**(ears.speech or {}), "mel_bank": ears.mel_bank}) for ears in by_fold]
    keys = [mixture.key for mixture in mixed.mixtures]
    some = hashlib.sha256(mixed.levels[:: max(1, len(mixed.levels) // 16)].tobytes()).hexdigest()
    content = json.dumps([arrays, keys, some, front_end_digest()])
    return hashlib.sha256(content.encode()).hexdigest()[:16]
