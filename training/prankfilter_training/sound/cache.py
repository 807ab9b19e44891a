"""What was heard of recordings, kept on disk by their content: measured once, whatever stops a run."""

from __future__ import annotations

import hashlib
import secrets
import tempfile
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from prankfilter.bundle.digest import arrays_digest, content_id
from prankfilter.bundle.ears import Ears, ears_arrays
from prankfilter.errors import BadInput
from prankfilter.features.table import feature_digest
from prankfilter.vocabulary import LOOKS_S
from prankfilter_training.sound import source
from prankfilter_training.sound.front_end import front_end_digest
from prankfilter_training.sound.source import SOUND_COLUMNS, CallSound

DEFAULT = Path(".cache/sound")
_HASH_BYTES = 32
_LOOK_BYTES = 1 + 8 * len(SOUND_COLUMNS)
"""Of an entry: whether the look is silent, then its values."""


@dataclass(frozen=True, slots=True)
class SoundCache:
    """One small file a recording, named by the SHA-256 of the recording's bytes.

    An entry begins with a hash over the recording's name and all that follows. One that is cut off, altered
    or was made for another recording is not believed: it counts as missing and is written anew.
    """

    folder: Path
    """Of one generation: the same ears, columns, looks and code."""

    @classmethod
    def open(cls, root: Path, ears: Ears) -> SoundCache:
        """Find the generation of these ears and this front end; other ears or code have another.

        Raises
        ------
        BadInput
            If nothing can be written there.
        """
        made_with = [
            arrays_digest(ears_arrays(ears)),
            feature_digest(SOUND_COLUMNS),
            list(LOOKS_S),
            code_digest(),
        ]
        folder = root.absolute() / content_id(made_with)
        try:
            folder.mkdir(parents=True, exist_ok=True)
            tempfile.TemporaryFile(dir=folder).close()
        except OSError as problem:
            raise _not_writable(root, problem) from problem
        return cls(folder)

    def read(self, recording: str) -> CallSound | None:
        """What was heard of the recording with this hash; None if that is not known."""
        try:
            entry = self._path(recording).read_bytes()
        except FileNotFoundError:
            return None
        seal, body = entry[:_HASH_BYTES], entry[_HASH_BYTES:]
        looks, rest = divmod(len(body), _LOOK_BYTES)
        if rest or looks > len(LOOKS_S) or seal != _seal(recording, body):
            return None
        silent = np.frombuffer(body[:looks], np.uint8).astype(np.bool_)
        values = np.frombuffer(body[looks:], "<f8").astype(np.float64)
        return CallSound(values.reshape(looks, len(SOUND_COLUMNS)), silent)

    def write(self, recording: str, sound: CallSound) -> None:
        """Keep what was heard; a reader sees all of it or nothing, even if this process is killed."""
        body = sound.silent.astype(np.uint8).tobytes() + sound.values.astype("<f8").tobytes()
        path = self._path(recording)
        beside = path.with_suffix(f".{secrets.token_hex(8)}")
        try:
            path.parent.mkdir(exist_ok=True)
            beside.write_bytes(_seal(recording, body) + body)
            beside.replace(path)
        except OSError as problem:
            raise _not_writable(self.folder, problem) from problem

    def _path(self, recording: str) -> Path:
        return self.folder / recording[:2] / f"{recording}.sound"


def code_digest() -> str:
    """Name the code that listens; entries of other code are of another generation."""
    return front_end_digest(Path(source.__file__))


def _not_writable(folder: Path, problem: OSError) -> BadInput:
    return BadInput(
        f"{folder}: the cache cannot be written ({problem.strerror}); give another folder with --cache"
    )


def _seal(recording: str, body: bytes) -> bytes:
    return hashlib.sha256(recording.encode() + body).digest()
