"""Clips through the real front end: a vector for each second, in parallel, resumable."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Sequence
from dataclasses import dataclass, fields
from pathlib import Path

import joblib
import numpy as np
from numpy.typing import NDArray
from tqdm import tqdm

from prankfilter.audio.sounds import QUIETEST_DB, second_vector
from prankfilter.audio.tracks import Tracks
from prankfilter.bundle.digest import arrays_digest
from prankfilter.bundle.ears import Ears
from prankfilter_training.bank.recordings import Samples, babble
from prankfilter_training.other_sounds.clips import Clip, make, plan
from prankfilter_training.other_sounds.sources import read_sources
from prankfilter_training.sound.front_end import front_end_digest

HERE = Path(__file__).parent
SOURCES = ("sources.py", "clips.py", "seconds.py")
BESIDE = ("line.py", "music/pieces.py")
"""What a clip is made and measured by, beside the front end."""
SEED = 112
BATCH = 24
"""Clips that are worked on, and cached, together."""


@dataclass(frozen=True, slots=True, eq=False)
class Seconds:
    """One row a second of a clip.

    Attributes
    ----------
    vectors : ndarray of shape (rows, 329)
        `prankfilter.audio.sounds.second_vector`.
    quiet : ndarray of bool, shape (rows,)
        Whether the second is too quiet to be judged.
    active : ndarray of bool, shape (rows,)
        Whether the source sounds in it.
    clip, second, fold : ndarray of int, shape (rows,)
        The clip's number, the second's within the clip, the fold.
    content, group, codec : ndarray of str, shape (rows,)
    spoken : ndarray of bool, shape (rows,)
        Whether somebody speaks over the sound.
    snr_db : ndarray of shape (rows,)
        Of the clip's line.
    """

    vectors: NDArray[np.float64]
    quiet: NDArray[np.bool_]
    active: NDArray[np.bool_]
    clip: NDArray[np.int64]
    second: NDArray[np.int64]
    fold: NDArray[np.int64]
    content: NDArray[np.str_]
    group: NDArray[np.str_]
    codec: NDArray[np.str_]
    spoken: NDArray[np.bool_]
    snr_db: NDArray[np.float64]

    def at(self, chosen: NDArray[np.bool_]) -> Seconds:
        """Only some of the rows."""
        return Seconds(*(getattr(self, field.name)[chosen] for field in fields(self)))


def hear(audio_root: Path, music_root: Path | None, ears: Ears, cache: Path, *, workers: int = 1) -> Seconds:
    """Make and measure every clip; what is in the cache is not done again.

    Parameters
    ----------
    audio_root, music_root : Path
        As in `read_sources`.
    ears : Ears
        Only the mel bank is used.
    cache : Path
        Folder that holds finished batches, by content.
    workers : int
        Processes.
    """
    clips = plan(read_sources(audio_root, music_root))
    noise = babble(audio_root)
    cache.mkdir(parents=True, exist_ok=True)
    batches = [range(start, min(start + BATCH, len(clips))) for start in range(0, len(clips), BATCH)]
    jobs = (joblib.delayed(_batch)(clips, batch, ears, noise, cache) for batch in batches)
    results = joblib.Parallel(n_jobs=workers, return_as="generator")(jobs)
    done = list(tqdm(results, total=len(batches), desc="other sounds", unit="batch"))
    return joined(done)


def joined(parts: Sequence[Seconds]) -> Seconds:
    """Rows behind one another."""
    return Seconds(
        *(np.concatenate([getattr(part, field.name) for part in parts]) for field in fields(Seconds))
    )


def _batch(clips: Sequence[Clip], places: range, ears: Ears, noise: Samples, cache: Path) -> Seconds:
    path = cache / f"{_cache_key([clips[place] for place in places], ears)}.joblib"
    if path.exists():
        known: Seconds = joblib.load(path)
        return known
    done = joined([measure(clips[place], place, ears, noise) for place in places])
    beside = path.with_suffix(".part")
    joblib.dump(done, beside, compress=3)
    beside.replace(path)
    return done


def measure(clip: Clip, number: int, ears: Ears, noise: Samples) -> Seconds:
    """Listen to one clip."""
    sound = make(clip, SEED, noise)
    tracks = Tracks(ears)
    tracks.feed(sound.samples)
    steps = tracks.steps
    count = len(steps)
    return Seconds(
        vectors=np.array([second_vector(step.spectra.log_mel, step.pitch_hz) for step in steps]),
        quiet=np.array([step.spectra.level_db.max() < QUIETEST_DB for step in steps]),
        active=sound.active[:count],
        clip=np.full(count, number),
        second=np.arange(count),
        fold=np.full(count, clip.source.fold),
        content=np.full(count, clip.source.content),
        group=np.full(count, clip.source.group),
        codec=np.full(count, sound.line.codec),
        spoken=np.full(count, clip.voice is not None),
        snr_db=np.full(count, sound.line.snr_db),
    )


def _cache_key(clips: Sequence[Clip], ears: Ears) -> str:
    """Changes with the clips, the recordings' sizes, the ears, and the code."""
    paths = [
        [
            [path.name, path.stat().st_size]
            for path in (*clip.source.paths, *(clip.voice.paths if clip.voice else ()))
        ]
        for clip in clips
    ]
    content = [
        SEED,
        [[clip.key, clip.source.group, clip.source.fold, clip.source.start_s] for clip in clips],
        paths,
        front_end_digest(*(HERE / name for name in SOURCES), *(HERE.parent / name for name in BESIDE)),
        arrays_digest({"mel_bank": ears.mel_bank}),
    ]
    return hashlib.sha256(json.dumps(content).encode()).hexdigest()[:32]
