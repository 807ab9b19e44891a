"""Building the feature bank: every clip through the front end, once, in parallel, resumable."""

from __future__ import annotations

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
from prankfilter.bundle.ears import Ears
from prankfilter.features.table import feature_digest
from prankfilter_training.bank.clips import Clip, make, plan
from prankfilter_training.bank.measure import VECTOR_LENGTHS_S, Measured, measure
from prankfilter_training.bank.recordings import Samples, babble, read_recordings
from prankfilter_training.ears.vector_head import (
    Heads,
    choose_c,
    cross_fitted,
    fit_calibration,
    fit_head,
    fold_of,
    probability,
)
from prankfilter_training.simulation.voices import Group
from prankfilter_training.sound.front_end import front_end_digest
from prankfilter_training.sound.source import BANK_LOOKS_S, CHILD_VOICE, SOUND_COLUMNS

HERE = Path(__file__).parent
SEED = 112
RECIPE_VERSION = 2
"""Rises when clips are made in another way, so that cached ones are not used again."""
BATCH = 24
"""Clips that are worked on, and cached, together."""


@dataclass(frozen=True, slots=True, eq=False)
class Heard:
    """All clips of the bank, made and measured."""

    clips: tuple[Clip, ...]
    lines: tuple[str, ...]
    measured: tuple[Measured, ...]


def hear(audio_root: Path, ears: Ears, cache: Path, *, workers: int) -> Heard:
    """Make and measure every clip; what is in the cache is not done again.

    Parameters
    ----------
    audio_root : Path
        Folder of the real recordings.
    ears : Ears
        Only the mel bank is used.
    cache : Path
        Folder that holds finished batches, by content.
    workers : int
        Processes.
    """
    clips = plan(read_recordings(audio_root))
    batches = [clips[start : start + BATCH] for start in range(0, len(clips), BATCH)]
    noise = babble(audio_root)
    cache.mkdir(parents=True, exist_ok=True)
    jobs = (joblib.delayed(_batch)(batch, ears, noise, cache, audio_root) for batch in batches)
    results = joblib.Parallel(n_jobs=workers, return_as="generator")(jobs)
    done = list(tqdm(results, total=len(batches), desc="clips", unit="batch"))
    return Heard(
        tuple(clips),
        tuple(name for names, _ in done for name in names),
        tuple(measured for _, several in done for measured in several),
    )


def rows_for_ears(heard: Heard) -> Heads:
    """Child vectors of children and adults, one row a clip and length; rows without speech are left out."""
    chosen = [place for place, clip in enumerate(heard.clips) if clip.group in (Group.CHILD, Group.ADULT)]
    clips = [heard.clips[place] for place in chosen for _ in VECTOR_LENGTHS_S]
    rows = Heads(
        vectors=np.concatenate([heard.measured[place].vectors for place in chosen]),
        speech_s=np.concatenate([heard.measured[place].speech_s for place in chosen]),
        length_s=np.tile(VECTOR_LENGTHS_S, len(chosen)),
        child=np.array([clip.group is Group.CHILD for clip in clips]),
        speaker=np.array([clip.speaker for clip in clips], dtype=object),
        sex=np.array([clip.sex for clip in clips], dtype=object),
        clip=np.array([clip.number for clip in clips]),
    )
    return rows.at(np.asarray(~np.isnan(rows.vectors).all(axis=1)))


def bank_table(heard: Heard) -> pd.DataFrame:
    """The bank: one row a clip and look. Child voice comes from a head that never heard the speaker."""
    voices = _child_voice(heard)
    parts = []
    for clip, connection, measured, child_voice in zip(
        heard.clips, heard.lines, heard.measured, voices, strict=True
    ):
        values = measured.values.copy()
        values[:, CHILD_VOICE] = child_voice
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


def child_voice_shift(heard: Heard) -> dict[str, float]:
    """How much more the deployed head says at 5 s than the cross-fitted ones, on average over clips.

    The deployed head has heard these speakers, so it is surer of them than of anybody who calls; the bank
    holds what is said of strangers.
    """
    rows = rows_for_ears(heard)
    c = choose_c(rows)
    odds, _ = cross_fitted(rows, c)
    calibration = fit_calibration(odds, rows)
    at = rows.at(np.asarray(rows.length_s == 5.0))
    deployed = probability({**fit_head(rows, c), **calibration}, at.vectors, at.speech_s)
    table = np.concatenate(_child_voice(heard)).reshape(len(heard.clips), len(BANK_LOOKS_S))
    clips = [place for place, clip in enumerate(heard.clips) if clip.group in (Group.CHILD, Group.ADULT)]
    held_out = table[clips, BANK_LOOKS_S.index(5.0)]
    child = np.array([heard.clips[place].group is Group.CHILD for place in clips])
    return {
        "children": float(deployed[at.child].mean() - np.nanmean(held_out[child])),
        "adults": float(deployed[~at.child].mean() - np.nanmean(held_out[~child])),
    }


def _child_voice(heard: Heard) -> list[NDArray[np.float64]]:
    """Cross-fitted child-voice probability of each clip at each look of the bank.

    Speakers whom no head is fitted on (10-17 years, babies) are dealt to the five heads by their names.
    """
    rows = rows_for_ears(heard)
    odds, heads = cross_fitted(rows, choose_c(rows))
    calibration = fit_calibration(odds, rows)
    folds = fold_of(rows.speaker, rows.child)
    at = [VECTOR_LENGTHS_S.index(look_s) for look_s in BANK_LOOKS_S]
    out = []
    for clip, measured in zip(heard.clips, heard.measured, strict=True):
        other = int(hashlib.sha256(clip.speaker.encode()).hexdigest(), 16) % len(heads)
        head = {**heads[folds.get(clip.speaker, other)], **calibration}
        out.append(probability(head, measured.vectors[at], measured.speech_s[at]))
    return out


def _batch(
    clips: Sequence[Clip], ears: Ears, noise: Samples, cache: Path, audio_root: Path
) -> tuple[list[str], list[Measured]]:
    path = cache / f"{_cache_key(clips, ears, audio_root)}.joblib"
    if path.exists():
        known: tuple[list[str], list[Measured]] = joblib.load(path)
        return known
    sounds = [make(clip, SEED, noise) for clip in clips]
    done = [sound.line.name for sound in sounds], [measure(sound.samples, ears) for sound in sounds]
    beside = path.with_suffix(".part")
    joblib.dump(done, beside, compress=3)
    beside.replace(path)
    return done


def _cache_key(clips: Sequence[Clip], ears: Ears, audio_root: Path) -> str:
    """Changes with the clips, the recordings' sizes, the ears, and the versions of the columns."""
    content = [
        RECIPE_VERSION,
        SEED,
        feature_digest(SOUND_COLUMNS),
        front_end_digest(*HERE.glob("*.py"), HERE.parent / "line.py"),
        arrays_digest({"mel_bank": ears.mel_bank}),
        [
            [clip.key, *((str(path.relative_to(audio_root)), path.stat().st_size) for path in clip.paths)]
            for clip in clips
        ],
    ]
    return hashlib.sha256(json.dumps(content).encode()).hexdigest()[:32]
