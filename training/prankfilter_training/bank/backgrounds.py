"""What may be heard behind a voice, or without one: real sounds dealt into folds, and synthetic ones.

No recording, and no telephone that babies were recorded with, is in two folds; nor are a speaker's voice and
the room it was recorded in.
"""

from __future__ import annotations

import csv
import zlib
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from types import MappingProxyType

import numpy as np

from prankfilter.audio.telephone import LINE_RATE_HZ
from prankfilter_training.bank import tones
from prankfilter_training.bank.recordings import Samples, load, trimmed
from prankfilter_training.line import NOISE_MAKERS
from prankfilter_training.music.pieces import pieces_of, read_piece

FOLDS = 5
BABIES, MUSIC, ROOM, DEAD = "babies by telephone", "music on hold", "a quiet room", "a dead line"
UUID_LENGTH = 36
"""The name of a baby's recording begins with the identity of the telephone."""
HUM_HZ = 50.0
PIECES_AN_AUTHOR = 20


@dataclass(frozen=True, slots=True)
class Background:
    """One sound behind a voice.

    ``path`` of a synthetic one is None, ``place`` tells its draws apart; of music, a stretch from ``start_s``
    on is taken.
    """

    kind: str
    fold: int
    path: Path | None = None
    place: int = 0
    start_s: float | None = None


def real_backgrounds(audio_root: Path, music_root: Path | None) -> list[Background]:
    """All real ones: ESC-10 by its own folds, babies by telephone, music by author."""
    return [*_esc10(audio_root), *_babies(audio_root), *(_music(music_root) if music_root else ())]


def _esc10(audio_root: Path) -> Iterator[Background]:
    with (audio_root / "esc10.csv").open(encoding="utf-8", newline="") as table:
        for row in csv.DictReader(table):
            yield Background(row["sound"].lower(), int(row["fold"]) - 1, audio_root / row["file"])


def _babies(audio_root: Path) -> Iterator[Background]:
    with (audio_root / "donateacry.csv").open(encoding="utf-8", newline="") as table:
        for row in csv.DictReader(table):
            telephone = Path(row["file"]).name[:UUID_LENGTH].lower()
            yield Background(BABIES, zlib.crc32(telephone.encode()) % FOLDS, audio_root / row["file"])


def _music(music_root: Path) -> Iterator[Background]:
    for piece in pieces_of(music_root, PIECES_AN_AUTHOR):
        yield Background(MUSIC, piece.fold, piece.path, start_s=piece.start_s)


def sound_of(background: Background, seconds: float, rng: np.random.Generator, *, voices: Samples) -> Samples:
    """The clean sound of a background.

    Parameters
    ----------
    background : Background
        Which one.
    seconds : float
        How long.
    rng : Generator
        Where a recording begins, and all of a synthetic sound.
    voices : ndarray of shape (n,)
        Speech of the fold's adults, for babble.

    Returns
    -------
    ndarray of shape (8000 seconds,), float32
        Recordings that are too short are heard over and over.
    """
    wanted = round(seconds * LINE_RATE_HZ)
    if background.path is not None:
        path, start_s = background.path, background.start_s
        whole = load(path) if start_s is None else read_piece(path, start_s)
        return np.resize(_from_anywhere(whole, wanted, rng), wanted)
    return SYNTHETIC[background.kind](rng, seconds, voices)[:wanted].astype(np.float32)


def _from_anywhere(samples: Samples, wanted: int, rng: np.random.Generator) -> Samples:
    """Music from some place on; a short recording turned round, so that it does not always begin alike."""
    start = int(rng.integers(max(1, len(samples) - wanted)))
    return samples[start : start + wanted] if len(samples) > wanted else np.roll(samples, -start)


def room(paths: Sequence[Path], seconds: float) -> Samples:
    """A real room: the longest stretch before the first or after the last word, to and fro without a jump."""
    wanted = round(seconds * LINE_RATE_HZ)
    stretch = max((edge for path in paths for edge in _edges(load(path))), key=len, default=np.empty(0))
    if not len(stretch):
        return np.zeros(wanted, np.float32)
    to_and_fro = np.concatenate([stretch, stretch[::-1]])
    return np.asarray(np.resize(to_and_fro, wanted), dtype=np.float32)


def _edges(samples: Samples) -> tuple[Samples, Samples]:
    """What `trimmed` cuts off, and a little more, as words fade."""
    spoken, margin = trimmed(samples), LINE_RATE_HZ // 20
    first = (spoken.ctypes.data - samples.ctypes.data) // samples.itemsize
    return samples[margin : max(first - margin, margin)], samples[first + len(spoken) + margin : -margin]


def _hum(rng: np.random.Generator, seconds: float) -> Samples:
    parts = [rng.uniform(0.1, 1.0) / k * tones.sine(k * HUM_HZ, seconds) for k in range(1, 9)]
    return np.asarray(np.sum(parts, axis=0), dtype=np.float32)


def _noise(name: str) -> Callable[[np.random.Generator, float, Samples], Samples]:
    return lambda rng, seconds, voices: np.asarray(
        NOISE_MAKERS[name](rng, round(seconds * LINE_RATE_HZ), voices), dtype=np.float32
    )


SYNTHETIC: Mapping[str, Callable[[np.random.Generator, float, Samples], Samples]] = MappingProxyType(
    {
        "white": _noise("white"),
        "pink": _noise("pink"),
        "babble": _noise("babble"),
        "keys": lambda rng, seconds, _: tones.keys(rng, seconds),
        "ring or busy tone": lambda rng, seconds, _: tones.progress(rng, seconds),
        "text telephone": lambda rng, seconds, _: tones.text_telephone(rng, seconds),
        "hum": lambda rng, seconds, _: _hum(rng, seconds),
    }
)
