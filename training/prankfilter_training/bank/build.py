"""Building the feature bank: every clip through the front end, once, in parallel, resumable."""

from __future__ import annotations

import functools
import hashlib
import json
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import joblib
import numpy as np
import pandas as pd
from numpy.typing import NDArray
from tqdm import tqdm

from prankfilter.bundle.digest import arrays_digest
from prankfilter.bundle.ears import Ears, ears_arrays
from prankfilter.features.table import feature_digest
from prankfilter_training.bank.clips import SPEECH_GROUPS, Clip, make, plan
from prankfilter_training.bank.listeners import Listeners
from prankfilter_training.bank.measure import VECTOR_LENGTHS_S, Measured, measure
from prankfilter_training.bank.recordings import Samples, babble, read_recordings
from prankfilter_training.ears.rows import Rows
from prankfilter_training.simulation.voices import Group
from prankfilter_training.sound.front_end import front_end_digest
from prankfilter_training.sound.source import BANK_LOOKS_S, CHILD_VOICE, SOUND_COLUMNS

HERE = Path(__file__).parent
SEED = 112
RECIPE_VERSION = 4
"""Rises when clips are made in another way, so that cached ones are not used again."""
BATCH = 24
"""Clips that are worked on, and cached, together."""


@dataclass(frozen=True, slots=True, eq=False)
class Heard:
    """All clips of the bank, made and measured."""

    clips: tuple[Clip, ...]
    lines: tuple[str, ...]
    measured: tuple[Measured, ...]


def hear(audio_root: Path, listeners: Listeners, cache: Path, *, workers: int) -> Heard:
    """Make and measure every clip; what is in the cache is not done again.

    Parameters
    ----------
    audio_root : Path
        Folder of the real recordings.
    listeners : Listeners
        Whose ears hear which speaker.
    cache : Path
        Folder that holds finished batches, by content.
    workers : int
        Processes.
    """
    clips = plan(read_recordings(audio_root))
    batches = [clips[start : start + BATCH] for start in range(0, len(clips), BATCH)]
    noise = babble(audio_root)
    cache.mkdir(parents=True, exist_ok=True)
    jobs = (joblib.delayed(_batch)(batch, listeners, noise, cache, audio_root) for batch in batches)
    results = joblib.Parallel(n_jobs=workers, return_as="generator")(jobs)
    done = list(tqdm(results, total=len(batches), desc="clips", unit="batch"))
    return Heard(
        tuple(clips),
        tuple(name for names, _ in done for name in names),
        tuple(measured for _, several in done for measured in several),
    )


def rows_of(heard: Heard) -> Rows:
    """Clips of speakers whose age is known, one row a clip and length; rows without speech are left out."""
    chosen = [place for place, clip in enumerate(heard.clips) if clip.group in SPEECH_GROUPS]
    clips = [heard.clips[place] for place in chosen for _ in VECTOR_LENGTHS_S]
    rows = Rows(
        vectors=np.concatenate([heard.measured[place].vectors for place in chosen]),
        net_odds=np.concatenate([heard.measured[place].net_odds for place in chosen]),
        speech_s=np.concatenate([heard.measured[place].speech_s for place in chosen]),
        length_s=np.tile(VECTOR_LENGTHS_S, len(chosen)),
        child=np.array([clip.group is Group.CHILD for clip in clips]),
        youth=np.array([clip.group is Group.YOUTH for clip in clips]),
        speaker=np.array([clip.speaker for clip in clips], dtype=object),
        sex=np.array([clip.sex for clip in clips], dtype=object),
        line=np.array([heard.lines[place] for place in chosen for _ in VECTOR_LENGTHS_S], dtype=object),
        clip=np.array([clip.number for clip in clips]),
    )
    return rows.at(np.asarray(~np.isnan(rows.vectors).all(axis=1)))


def bank_table(heard: Heard, child_voice: NDArray[np.float64]) -> pd.DataFrame:
    """The bank: one row a clip and look.

    Parameters
    ----------
    heard : Heard
        All clips.
    child_voice : ndarray of shape (clips, lengths)
        Probability at `VECTOR_LENGTHS_S` by a head that never heard the speaker.
    """
    at = [VECTOR_LENGTHS_S.index(look_s) for look_s in BANK_LOOKS_S]
    parts = []
    for clip, connection, measured, voice in zip(
        heard.clips, heard.lines, heard.measured, child_voice, strict=True
    ):
        values = measured.values.copy()
        values[:, CHILD_VOICE] = voice[at]
        part = pd.DataFrame(values.astype(np.float32), columns=[feature.name for feature in SOUND_COLUMNS])
        part.insert(0, "silent", measured.silent)
        part.insert(0, "look_s", BANK_LOOKS_S)
        for name, value in (("line", connection), ("sex", clip.sex), ("group", str(clip.group))):
            part.insert(0, name, value)
        part.insert(0, "speaker", clip.speaker)
        part.insert(0, "key", clip.key)
        parts.append(part)
    return pd.concat(parts, ignore_index=True)


def write_bank(table: pd.DataFrame, path: Path) -> None:
    """Write the bank with the digest of its columns."""
    table = table.copy()
    table.attrs = {"sound_columns": feature_digest(SOUND_COLUMNS), "seed": SEED}
    table.to_parquet(path, index=False, compression="zstd")


def _batch(
    clips: Sequence[Clip], listeners: Listeners, noise: Samples, cache: Path, audio_root: Path
) -> tuple[list[str], list[Measured]]:
    path = cache / f"{_cache_key(clips, listeners, audio_root)}.joblib"
    if path.exists():
        known: tuple[list[str], list[Measured]] = joblib.load(path)
        return known
    sounds = [make(clip, SEED, noise) for clip in clips]
    measured = [
        measure(sound.samples, listeners.of(clip.speaker), listeners.deployed)
        for clip, sound in zip(clips, sounds, strict=True)
    ]
    done = [sound.line.name for sound in sounds], measured
    beside = path.with_suffix(".part")
    joblib.dump(done, beside, compress=3)
    beside.replace(path)
    return done


def _cache_key(clips: Sequence[Clip], listeners: Listeners, audio_root: Path) -> str:
    """Changes with the clips, the recordings' sizes, whose ears listen, and the versions of the columns."""
    hearing = [listeners.deployed, *(listeners.of(clip.speaker) for clip in clips)]
    content = [
        RECIPE_VERSION,
        SEED,
        feature_digest(SOUND_COLUMNS),
        front_end_digest(*HERE.glob("*.py"), HERE.parent / "line.py"),
        [ears_digest(ears) for ears in hearing],
        [
            [clip.key, *((str(path.relative_to(audio_root)), path.stat().st_size) for path in clip.paths)]
            for clip in clips
        ],
    ]
    return hashlib.sha256(json.dumps(content).encode()).hexdigest()[:32]


@functools.lru_cache(maxsize=16)
def ears_digest(ears: Ears) -> str:
    """Names ears by what they hear with."""
    return arrays_digest(ears_arrays(ears))
