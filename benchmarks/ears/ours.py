"""Our own ears among those compared: the nets, held out by speaker, and the fallback without torch."""

from __future__ import annotations

import hashlib
import math
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from prankfilter_training.ears.rows import Rows
from prankfilter_training.ears.vector_head import choose_c, fit_head, log_odds

from benchmarks.ears.clips import CLIPS, Samples, Split
from benchmarks.ears.features import System
from benchmarks.ears.rivals import Rival
from prankfilter.audio.child import LEAST_SPEECH_S, child_log_odds, child_vector
from prankfilter.audio.tracks import Tracks
from prankfilter.bundle.ears import Ears
from prankfilter.errors import BadInput

Array = NDArray[np.float64]

NETS = "prankfilter: three nets"
VECTOR = "prankfilter: fallback without torch"


def vector_system(ears: Ears) -> System:
    """The child vector of each clip, and the seconds of speech in it."""
    deaf = ears.without_child()

    def start() -> Any:
        def listen(samples: Samples) -> Array:
            tracks = Tracks(deaf)
            tracks.feed(samples)
            heard = tracks.at(tracks.seconds)
            return np.append(child_vector(heard), heard.speech_s)

        return listen

    return System(Rival(VECTOR, (), "MIT", start, tells_age=True, clips_a_speaker=CLIPS), _digest(deaf))


def nets_system(ears: Ears, folder: Path, folds: int) -> System:
    """Log-odds of each clip by the nets of every fold; which one may judge a speaker is chosen later."""
    of_fold = [replace(ears, child=_read_nets(folder / f"fold-{fold}.npz")) for fold in range(folds)]

    def start() -> Any:
        deaf = ears.without_child()

        def listen(samples: Samples) -> Array:
            tracks = Tracks(deaf)
            tracks.feed(samples)
            heard = tracks.at(tracks.seconds)
            if heard.speech_s < LEAST_SPEECH_S:
                return np.full(folds, math.nan)
            return np.array([child_log_odds(heard, one) for one in of_fold])

        return listen

    rival = Rival(NETS, (), "MIT", start, tells_age=True, clips_a_speaker=CLIPS)
    return System(rival, "".join(map(_digest, of_fold)))


def held_out_nets(numbers: Array, split: Split) -> Array:
    """Of log-odds of shape (speakers, clips, folds), those of the fold that never heard the speaker."""
    chosen: Array = numbers[np.arange(len(numbers)), :, split.fold]
    return chosen


def held_out_vector(numbers: Array, split: Split, length_s: float) -> Array:
    """Log-odds of the fallback, shape (speakers, clips); its penalty is chosen within the other folds."""
    speakers, clips, _ = numbers.shape
    place = np.repeat(np.arange(speakers), clips)
    rows = Rows(
        vectors=numbers[:, :, :-1].reshape(speakers * clips, -1),
        speech_s=numbers[:, :, -1].ravel(),
        net_odds=np.full(len(place), math.nan),
        length_s=np.full(len(place), length_s),
        child=split.child[place],
        youth=np.zeros(len(place), np.bool_),
        speaker=np.array([split.speakers[at].name for at in place], dtype=object),
        sex=np.array([split.speakers[at].sex for at in place], dtype=object),
        line=np.full(len(place), "", dtype=object),
        clip=np.tile(np.arange(clips), speakers),
    )
    out = np.full(len(place), math.nan)
    heard = ~np.isnan(rows.vectors).all(axis=1)
    for fold in np.unique(split.fold):
        held_out = split.fold[place] == fold
        known = rows.at(~held_out & heard)
        head = fit_head(known, choose_c(known))
        out[held_out & heard] = log_odds(head, rows.vectors[held_out & heard])
    return out.reshape(speakers, clips)


def _read_nets(path: Path) -> Mapping[str, NDArray[Any]]:
    if not path.exists():
        raise BadInput(
            f"{path} is missing; `prankfilter-train ears` leaves the nets of its folds, name that folder"
        )
    with np.load(path) as arrays:
        return {name: arrays[name] for name in arrays.files}


def _digest(ears: Ears) -> str:
    """Changes with the code that listens, and with what it listens by."""
    folder = Path(__file__).parents[2] / "prankfilter" / "audio"
    digest = hashlib.sha256(b"".join(path.read_bytes() for path in sorted(folder.glob("*.py"))))
    for arrays in ({"mel_bank": ears.mel_bank}, ears.speech or {}, ears.child or {}):
        for name in sorted(arrays):
            digest.update(name.encode() + np.ascontiguousarray(arrays[name]).tobytes())
    return digest.hexdigest()
