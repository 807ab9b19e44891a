"""Sound files for simulated calls: the clips that the feature bank was measured on, cut where a call ended.

They are made from the real recordings, on the machine that holds them. Numbers measured on these files are
those of the bank, but for child voice: the bank's comes from heads that never heard the speaker.
"""

from __future__ import annotations

import shutil
import wave
from collections.abc import Mapping, Sequence
from contextlib import closing
from dataclasses import replace
from pathlib import Path

import joblib
import numpy as np
import pandas as pd
from tqdm import tqdm

from prankfilter.audio.telephone import LINE_RATE_HZ
from prankfilter.errors import BadInput
from prankfilter.vocabulary import SCORED_SOUND_S
from prankfilter_training.bank.build import SEED
from prankfilter_training.bank.clips import Clip, make, plan
from prankfilter_training.bank.recordings import Samples, babble, read_recordings
from prankfilter_training.simulation.simulate import SimulatedLog
from prankfilter_training.sound.extract import processes

FOLDER = "audio"
NOTE = "sim_bank_key"
"""Keeps the clip's name; nothing learns from it."""
_HEADER_BYTES = 44


def with_sound_files(log: SimulatedLog, folder: Path, *, audio_root: Path, workers: int = 1) -> SimulatedLog:
    """Write a WAV file for each call that was heard, and point the log at the files instead of the bank.

    Parameters
    ----------
    log : SimulatedLog
        Its calls have ``bank_key`` and ``audio_s``.
    folder : Path
        Of the log; the files come into ``audio/``, named by call id: 16-bit PCM, mono, 8 kHz, the call's
        first 30 s at most.
    audio_root : Path
        Folder of the recordings that the bank was built from.
    workers : int
        Processes. They change nothing in the result.

    Returns
    -------
    SimulatedLog
        With ``audio_path`` in place of ``bank_key``, which is kept as ``sim_bank_key``.

    Raises
    ------
    BadInput
        If the recordings are not those of the bank, or the disk is too small for the files.
    """
    calls = log.calls
    samples = _samples(calls)
    heard = calls[samples > 0]
    clips = _clips(audio_root, heard["bank_key"])
    out = folder / FOLDER
    out.mkdir(parents=True, exist_ok=True)
    _must_fit(out, samples)
    voices = babble(audio_root)
    jobs = [
        joblib.delayed(_write)(
            clips[str(key)], voices, out, list(zip(of["call_id"], samples[of.index], strict=True))
        )
        for key, of in heard.groupby("bank_key", sort=True)
    ]
    progress = tqdm(total=len(heard), desc="sound files", unit="call", mininterval=1.0)
    with processes(workers), progress:
        for count in joblib.Parallel(return_as="generator_unordered", batch_size=1)(jobs):
            progress.update(count)
    paths = (f"{FOLDER}/" + heard["call_id"] + ".wav").reindex(calls.index)
    calls = calls.rename(columns={"bank_key": NOTE})
    calls.insert(list(calls.columns).index(NOTE), "audio_path", paths.where(paths.notna(), None))
    return replace(log, calls=calls)


def _samples(calls: pd.DataFrame) -> pd.Series:
    """Length of each call's file, in whole samples that the call lived to; 0 where nothing was heard."""
    seconds = calls["audio_s"].where(calls["bank_key"].notna()).clip(upper=SCORED_SOUND_S).fillna(0.0)
    return (seconds * LINE_RATE_HZ).astype(np.int64)


def _clips(audio_root: Path, keys: pd.Series) -> Mapping[str, Clip]:
    clips = {clip.key: clip for clip in plan(read_recordings(audio_root))}
    strange = sorted(set(keys) - set(clips))
    if strange:
        raise BadInput(
            f"{audio_root} does not hold the recordings that the feature bank was built from: clip "
            f"{strange[0]} and {len(strange) - 1} others are unknown there; give --audio-root"
        )
    return clips


def _must_fit(out: Path, samples: pd.Series) -> None:
    wanted = int(2 * samples.sum()) + _HEADER_BYTES * int((samples > 0).sum())
    free = shutil.disk_usage(out).free
    if wanted > free:
        raise BadInput(
            f"the sound files need {wanted / 1e9:.1f} GB, {free / 1e9:.1f} GB are free; simulate fewer --days"
        )


def _write(clip: Clip, voices: Samples, out: Path, calls: Sequence[tuple[str, int]]) -> int:
    """Make a clip once and cut it for every call that it is heard in."""
    # What a codec of the line put out lies on the grid of 16 bits, so the file holds it exactly.
    levels = np.round(make(clip, SEED, voices).samples * 32768).astype("<i2")
    for call_id, count in calls:
        with closing(wave.open(str(out / f"{call_id}.wav"), "wb")) as file:
            file.setparams((1, 2, LINE_RATE_HZ, 0, "NONE", ""))
            file.writeframes(levels[:count].tobytes())
    return len(calls)
