"""From the recordings of a log to numbers: in parallel, kept as it goes, with the time left in view."""

from __future__ import annotations

import os
import signal
import socket
import threading
import time
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
from prankfilter_training.sound.cache import DEFAULT, SoundCache, code_digest
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

_PARENT_SEEN_EVERY_S = 1.0

Workers = Callable[[], AbstractContextManager[None]]
"""A context in which joblib's work is done by somebody: processes here, or a cluster (`cluster`)."""


@contextmanager
def processes(count: int = 1) -> Iterator[None]:
    """Work in so many processes of this machine; one means this process itself."""
    try:
        # A worker that starts as its parent dies could no longer ask who that was.
        with joblib.parallel_config("loky", n_jobs=count, initializer=_in_a_worker, initargs=(os.getpid(),)):
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
    listener = _Listener(
        audio_root.absolute(), ears, SoundCache.open(how.cache, ears), how.limits, code_digest()
    )
    heard: dict[str, CallSound] = {}
    problems: dict[str, str] = {}
    with how.workers(), tqdm(total=len(paths), desc="recordings", unit="recording", mininterval=1.0) as bar:
        for batch in _spread(paths, listener):
            for path, result in batch:
                if isinstance(result, CallSound):
                    heard[path] = result
                else:
                    problems[path] = result
            bar.update(len(batch))
    refuse(faults_of(calls, problems))
    return {call_id: heard[path] for call_id, _, path in calls.iter_rows()}


Result = tuple[str, "CallSound | str"]
"""A recording's path, and its sound or what is wrong with it."""


def _spread(paths: Sequence[str], listener: _Listener) -> Iterable[list[Result]]:
    batches = (paths[start : start + BATCH] for start in range(0, len(paths), BATCH))
    jobs = (joblib.delayed(listener.batch)(batch) for batch in batches)
    done: Iterable[list[Result]] = joblib.Parallel(return_as="generator_unordered", batch_size=1)(jobs)
    return done


@dataclass(frozen=True, slots=True)
class _Listener:
    """What a worker needs.

    It travels with every batch. With slots and no weak references joblib cannot put it into the memory of one
    worker of a cluster, from where it would be lost if that worker dies.
    """

    audio_root: Path
    ears: Ears
    cache: SoundCache
    limits: Limits
    code: str

    def batch(self, paths: Sequence[str]) -> list[Result]:
        """Listen to some; a recording that is damaged does not end a run of thousands."""
        here = socket.gethostname()
        if code_digest() != self.code:
            raise BadInput(f"the worker on {here} has another version of prankfilter; install this one there")
        if not self.audio_root.is_dir():
            raise BadInput(f"there is no folder {self.audio_root} on {here}; give --audio-root")
        return [(path, self._one(path)) for path in paths]

    def _one(self, path: str) -> CallSound | str:
        try:
            recording = read_recording(self.audio_root, path, self.limits)
        except (OSError, BadAudio) as refusal:
            return problem_of(refusal)
        content = digest_of(recording)
        known = self.cache.read(content)
        if known is not None:
            return known
        try:
            sound = hear(recording, self.ears, self.limits)
        except BadAudio as refusal:
            return problem_of(refusal)
        self.cache.write(content, sound)
        return sound


def _in_a_worker(parent: int) -> None:
    """Leave Ctrl-C, which a terminal sends to every process, to the parent; end if the parent was killed."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    threading.Thread(target=_end_with, args=(parent,), daemon=True).start()


def _end_with(parent: int) -> None:
    while os.getppid() == parent:
        time.sleep(_PARENT_SEEN_EVERY_S)
    os._exit(1)
