"""The labelled mixtures, made once and kept: resumable, and read without holding them all in memory."""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass
from pathlib import Path

import joblib
import numpy as np
from numpy.typing import NDArray
from tqdm import tqdm

from prankfilter.audio.telephone import LINE_RATE_HZ
from prankfilter_training.bank import backgrounds, mixtures
from prankfilter_training.bank.mixtures import MIXTURE_S, Mixture
from prankfilter_training.bank.recordings import Samples

SEED = 112
BATCH = 48
"""Mixtures that are made, and kept, together."""


@dataclass(frozen=True, slots=True, eq=False)
class MixtureSet:
    """All mixtures, made.

    Attributes
    ----------
    mixtures : tuple of Mixture
        What each is made of.
    levels : ndarray of int16, shape (mixtures, 80000)
        Their sound, in steps of 16 bits; mapped from disk.
    spoken : ndarray of bool, shape (mixtures, frames)
        Their labels.
    lines : tuple of str
        Codec of each.
    """

    mixtures: tuple[Mixture, ...]
    levels: NDArray[np.int16]
    spoken: NDArray[np.bool_]
    lines: tuple[str, ...]

    def samples(self, place: int) -> Samples:
        """Sound of one mixture, shape (80000,), in [-1, 1]."""
        return np.asarray(self.levels[place] / np.float32(32768), dtype=np.float32)


def mix(audio_root: Path, music_root: Path | None, cache: Path) -> MixtureSet:
    """Make all mixtures that the cache does not hold.

    Parameters
    ----------
    audio_root : Path
        Folder of the real recordings.
    music_root : Path or None
        Folder of music, as in `prankfilter_training.music.pieces`; without it no mixture holds music.
    cache : Path
        Folder that finished batches are kept in.
    """
    behind = backgrounds.real_backgrounds(audio_root, music_root)
    planned = mixtures.plan(mixtures.voices(audio_root), behind, SEED)
    folder = cache / _digest(planned, audio_root)
    folder.mkdir(parents=True, exist_ok=True)
    babble: list[Samples] = []
    lines: list[str] = []
    batches = [planned[start : start + BATCH] for start in range(0, len(planned), BATCH)]
    parts = []
    for number, batch in enumerate(tqdm(batches, desc="mixtures", unit="batch")):
        path = folder / f"{number:03d}.joblib"
        if not path.exists():
            babble = babble or mixtures.voices_of(planned)
            joblib.dump(_made(batch, babble), path.with_suffix(".part"))
            path.with_suffix(".part").replace(path)
        levels, spoken, codecs = joblib.load(path, mmap_mode="r")
        parts.append((levels, spoken))
        lines += codecs
    return MixtureSet(
        tuple(planned),
        np.concatenate([levels for levels, _ in parts]),
        np.concatenate([spoken for _, spoken in parts]),
        tuple(lines),
    )


def _made(
    batch: list[Mixture], babble: list[Samples]
) -> tuple[NDArray[np.int16], NDArray[np.bool_], list[str]]:
    made = [mixtures.make(mixture, SEED, babble[mixture.fold]) for mixture in batch]
    levels = np.empty((len(made), round(MIXTURE_S * LINE_RATE_HZ)), np.int16)
    for row, one in zip(levels, made, strict=True):
        row[:] = np.clip(np.round(one.samples * 32768), -32768, 32767)
    return levels, np.stack([one.spoken for one in made]), [one.line.codec for one in made]


def _digest(planned: list[Mixture], audio_root: Path) -> str:
    """Changes with the plan, the recordings' sizes, and the code that makes mixtures."""
    here = Path(__file__).parent
    sources = [
        *(here / f"{name}.py" for name in ("mixtures", "labels", "backgrounds", "whisper", "tones")),
        here.parent / "line.py",
        here.parent / "music" / "pieces.py",
    ]
    content = [
        SEED,
        [hashlib.sha256(path.read_bytes()).hexdigest() for path in sources],
        [
            (mixture.key, [(path.name, path.stat().st_size) for path in _paths(mixture)])
            for mixture in planned
        ],
        [mixture.background.start_s if mixture.background else None for mixture in planned],
        str(audio_root.name),
    ]
    return hashlib.sha256(json.dumps(content).encode()).hexdigest()[:16]


def _paths(mixture: Mixture) -> list[Path]:
    """Recordings of the voice, and of what is behind it."""
    behind = mixture.background.path if mixture.background else None
    return [*mixture.paths, *([behind] if behind else [])]
