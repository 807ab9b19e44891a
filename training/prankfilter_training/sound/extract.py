"""From the recordings of a log to numbers: in parallel, kept as it goes, with the time left in view."""

from __future__ import annotations

import signal
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass, field
from pathlib import Path

import joblib
import polars as pl
from joblib.externals.loky.process_executor import TerminatedWorkerError
from tqdm import tqdm

from prankfilter.audio.recording import Limits
from prankfilter.bundle.ears import Ears
from prankfilter.errors import BadAudio, BadInput
from prankfilter_training.sound.cache import DEFAULT, SoundCache
from prankfilter_training.sound.recordings import (
    LIMITS,
    digest_of,
    faults_of,
    hear,
    problem_of,
    read_recording,
    refuse,
)
from prankfilter_training.sound.source import CallSound

BATCH = 8
"""Recordings that go to a worker together."""

Workers = Callable[[], AbstractContextManager[None]]
"""A context in which joblib's work is done by somebody: processes here, or a cluster (`cluster`)."""


@contextmanager
def processes(count: int = 1) -> Iterator[None]:
    """Work in so many processes of this machine; one means this process itself."""
    try:
        with joblib.parallel_config("loky", n_jobs=count, initializer=_leave_stopping_to_the_parent):
            yield
    except TerminatedWorkerError as problem:
        raise BadInput(
            "a worker was killed, for want of memory perhaps; what was finished is kept: "
            "run it again with fewer --workers"
        ) from problem


@dataclass(frozen=True, slots=True)
class Extraction:
    """How recordings are worked on."""

    cache: Path = DEFAULT
    workers: Workers = field(default=processes)
    limits: Limits = LIMITS


def extract(calls: pl.DataFrame, audio_root: Path, ears: Ears, how: Extraction) -> dict[str, CallSound]:
    """Listen to the recordings of calls; what the cache holds is not listened to again.

    Parameters
    ----------
    calls : DataFrame
        ``call_id``, ``row``, ``audio_path``.
    audio_root : Path
        What the paths are relative to.
    ears : Ears
        What hears.
    how : Extraction
        Cache, workers and limits. They change nothing in the result.

    Returns
    -------
    dict
        The sound of each ``call_id``, without looks where it is shorter than a second.

    Raises
    ------
    BadInput
        Once every recording was looked at: those that cannot be used, all of them with row and remedy.
    """
    paths = calls["audio_path"].unique().sort().to_list()
    cache = SoundCache.open(how.cache, ears)
    heard: dict[str, CallSound] = {}
    problems: dict[str, str] = {}
    with how.workers(), tqdm(total=len(paths), desc="recordings", unit="recording", mininterval=1.0) as bar:
        for batch in _spread(paths, audio_root.absolute(), ears, cache, how.limits):
            for path, result in batch:
                if isinstance(result, CallSound):
                    heard[path] = result
                else:
                    problems[path] = result
            bar.update(len(batch))
    refuse(faults_of(calls, problems))
    return {call_id: heard[path] for call_id, _, path in calls.iter_rows()}


def _spread(
    paths: Sequence[str], audio_root: Path, ears: Ears, cache: SoundCache, limits: Limits
) -> Iterable[list[tuple[str, CallSound | str]]]:
    batches = (paths[start : start + BATCH] for start in range(0, len(paths), BATCH))
    jobs = (joblib.delayed(_batch)(batch, audio_root, ears, cache, limits) for batch in batches)
    done: Iterable[list[tuple[str, CallSound | str]]] = joblib.Parallel(
        return_as="generator_unordered", batch_size=1
    )(jobs)
    return done


def _batch(
    paths: Sequence[str], audio_root: Path, ears: Ears, cache: SoundCache, limits: Limits
) -> list[tuple[str, CallSound | str]]:
    """Sound, or what is wrong with the recording: one that is damaged does not end a run of thousands."""
    return [(path, _one(path, audio_root, ears, cache, limits)) for path in paths]


def _one(path: str, audio_root: Path, ears: Ears, cache: SoundCache, limits: Limits) -> CallSound | str:
    try:
        recording = read_recording(audio_root, path, limits)
    except (OSError, BadAudio) as refusal:
        return problem_of(refusal)
    content = digest_of(recording)
    known = cache.read(content)
    if known is not None:
        return known
    try:
        sound = hear(recording, ears, limits)
    except BadAudio as refusal:
        return problem_of(refusal)
    cache.write(content, sound)
    return sound


def _leave_stopping_to_the_parent() -> None:
    """A terminal sends Ctrl-C to every process; the parent's word is enough."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
