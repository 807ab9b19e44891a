"""The recordings of a log: where they lie, what their content is called, what is heard in one of them."""

from __future__ import annotations

import hashlib
import os
import stat
from collections.abc import Callable, Iterable, Iterator, Mapping
from pathlib import Path

import polars as pl
from threadpoolctl import threadpool_limits

from prankfilter.audio.decode import decode
from prankfilter.audio.recording import Limits
from prankfilter.audio.telephone import LINE_RATE_HZ, to_line
from prankfilter.audio.tracks import Tracks
from prankfilter.bundle.ears import Ears
from prankfilter.errors import BadAudio, BadInput, UnreadableAudio
from prankfilter.vocabulary import LOOKS_S
from prankfilter_training.log.faults import Fault, shown
from prankfilter_training.log.table import Log
from prankfilter_training.sound.source import NOTHING_HEARD, CallSound, listen

LIMITS = Limits(audio_bytes=256_000_000, audio_s=4 * 3600.0, decoder_s=30.0)
"""Whole calls may be recorded, of which the first seconds are heard; and no caller waits for the decoder."""

_SAMPLES = round(LOOKS_S[-1] * LINE_RATE_HZ)
"""Up to the last look; no look rests on anything after it."""


def recorded(log: Log) -> pl.DataFrame:
    """The calls of a log that name a recording: ``call_id``, ``row``, ``audio_path``."""
    return log.table.select("call_id", "row", "audio_path").filter(pl.col("audio_path").is_not_null())


def recording_faults(log: Log, audio_root: Path) -> tuple[Fault, ...]:
    """Name the recordings that are missing, no files, too big or outside the folder, without reading them."""
    return faults_of(recorded(log), _problems(recorded(log), lambda path: _find(audio_root, path, LIMITS)))


def digest_of(recording: bytes) -> str:
    """SHA-256 in hex."""
    return hashlib.sha256(recording).hexdigest()


def read_recording(audio_root: Path, audio_path: str, limits: Limits = LIMITS) -> bytes:
    """Read a recording whole, after a look at what it is.

    Raises
    ------
    OSError, UnreadableAudio, AudioTooLarge
        If it is missing, no file, outside the folder, or too big.
    """
    path = _find(audio_root, audio_path, limits)
    with path.open("rb") as file:
        content = file.read(limits.audio_bytes + 1)
    limits.check_bytes(len(content))
    return content


def hear(recording: bytes, ears: Ears, limits: Limits = LIMITS) -> CallSound:
    """Listen to a recording as the service does: confined decoder, line's band, tracks, looks.

    The child-voice column comes from the deployed ears. For real calls that is right: their speakers are
    strangers to the ears. (The feature bank's speakers are not, so its column is cross-fitted.)

    Parameters
    ----------
    recording : bytes
        A whole file: WAV, FLAC, OGG or MP3.
    ears : Ears
        What hears.
    limits : Limits
        How much is decoded, and what the decoder's process may take.

    Returns
    -------
    CallSound
        Without looks where there is less than a second of sound.

    Raises
    ------
    BadAudio
        If it cannot be decoded.
    """
    tracks = Tracks(ears)
    # One thread: sums in another order would be other numbers, and the workers fill the cores already.
    with threadpool_limits(limits=1):
        tracks.feed(to_line(decode(recording, limits))[:_SAMPLES])
        sound = listen(tracks, ears)
    return NOTHING_HEARD if sound is None else sound


def problem_of(refusal: OSError | BadAudio) -> str:
    """What is wrong with a recording, in words that do not name this machine's folders."""
    if isinstance(refusal, FileNotFoundError):
        return "there is no such file"
    return (refusal.strerror or "it cannot be read") if isinstance(refusal, OSError) else str(refusal)


def faults_of(calls: pl.DataFrame, problems: Mapping[str, str]) -> tuple[Fault, ...]:
    """Say of each row whose recording has a problem what is wrong with it, in the order of the rows."""
    return tuple(
        Fault(
            row,
            "audio_path",
            f"cannot be used ({problems[path]}); mend the file, or leave the value empty",
            shown(path),
        )
        for _, row, path in sorted(calls.iter_rows(), key=lambda call: int(call[1]))
        if path in problems
    )


def refuse(faults: Iterable[Fault]) -> None:
    """Name all faults at once, if there are any."""
    several = tuple(faults)
    if several:
        named = "\n".join(f"  {fault}" for fault in several)
        raise BadInput(f"recordings of {len(several)} calls cannot be used:\n{named}")


def _find(audio_root: Path, audio_path: str, limits: Limits) -> Path:
    root = Path(os.path.normpath(audio_root.absolute()))
    path = Path(os.path.normpath(root / audio_path))
    if not path.is_relative_to(root):
        raise UnreadableAudio("it lies outside the folder of recordings")
    status = path.stat()
    if not stat.S_ISREG(status.st_mode):
        raise UnreadableAudio("it is no file")
    limits.check_bytes(status.st_size)
    return path


def _problems(calls: pl.DataFrame, look_at: Callable[[str], object]) -> dict[str, str]:
    return dict(_each_problem(calls["audio_path"].unique().sort(), look_at))


def _each_problem(paths: Iterable[str], look_at: Callable[[str], object]) -> Iterator[tuple[str, str]]:
    for path in paths:
        try:
            look_at(path)
        except (OSError, BadAudio) as refusal:
            yield path, problem_of(refusal)
