"""The folder of secret keys: one file a key, never rewritten, readable by nobody else.

``<purpose>`` holds the first key of a purpose (k1), ``<purpose>.k2`` the next, and so on; each is 32 random
bytes in hexadecimal. Every purpose has keys of its own, so that nothing made with one matches another.
"""

from __future__ import annotations

import os
import re
import secrets
import stat
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from pathlib import Path

from prankfilter.errors import BadSetting

SECRET_BYTES = 32


class Purpose(StrEnum):
    """What a key is for; also the name of its file."""

    PSEUDONYM = "pseudonym"
    """Telephone numbers in the store."""
    EXPORT = "export"
    """Callers in exported logs, which cannot be matched with the store."""
    ANSWER = "answer"
    """Identity of a request, whose body holds the number."""
    AUDIT = "audit"
    """The draw of the random audit sample."""
    SEAL = "seal"
    """Stored sound."""
    CALLBACK = "callback"
    """Numbers of open call-backs."""
    API = "api"
    """Digests of bearer keys."""
    SESSION = "session"
    """Digests of the console's cookies."""
    SIGNING = "signing"
    """Ed25519 seeds: models and certificates."""


@dataclass(frozen=True, slots=True)
class Key:
    """One secret and the version that everything made with it is marked with."""

    version: str
    secret: bytes = field(repr=False)


class Keyring:
    """The secret keys of this installation, newest first for each purpose."""

    def __init__(self, keys: Mapping[Purpose, tuple[Key, ...]]) -> None:
        self._keys = {purpose: tuple(held) for purpose, held in keys.items()}

    @classmethod
    def open(
        cls, folder: Path, *, create: bool = False, purposes: Iterable[Purpose] = tuple(Purpose)
    ) -> Keyring:
        """Read the keys of some purposes, first making those that are missing if ``create``."""
        wanted = tuple(purposes)
        if create:
            _make_folder(folder)
            for purpose in wanted:
                if not _versions(folder, purpose):
                    _make_key(folder, purpose, 1)
        _refuse_shared_folder(folder)
        return cls({purpose: _read_keys(folder, purpose) for purpose in wanted})

    @classmethod
    def ephemeral(cls) -> Keyring:
        """Make keys that nothing keeps: for scoring without a store, and for tests."""
        return cls({purpose: (Key("k1", secrets.token_bytes(SECRET_BYTES)),) for purpose in Purpose})

    def current(self, purpose: Purpose) -> Key:
        """The key that new things are made with."""
        return self.every(purpose)[0]

    def every(self, purpose: Purpose) -> tuple[Key, ...]:
        """All keys of a purpose, newest first; old ones still read what was made with them."""
        try:
            return self._keys[purpose]
        except KeyError:
            raise BadSetting(f"the key {purpose.value!r} was not opened") from None

    def version(self, purpose: Purpose, version: str) -> Key | None:
        """The key that something is marked with, if it is still held."""
        return next((key for key in self.every(purpose) if key.version == version), None)

    def __repr__(self) -> str:
        held = ", ".join(f"{purpose.value} {keys[0].version}" for purpose, keys in self._keys.items())
        return f"Keyring({held})"


def add_version(folder: Path, purpose: Purpose) -> str:
    """Make the next key of a purpose and return its version. Services use it from their next start on."""
    _refuse_shared_folder(folder)
    number = max(_versions(folder, purpose), default=0) + 1
    if not _make_key(folder, purpose, number):
        raise BadSetting(
            f"{_file(folder, purpose, number)} was made by someone else just now; nothing was changed"
        )
    return f"k{number}"


def _file(folder: Path, purpose: Purpose, number: int) -> Path:
    return folder / (purpose.value if number == 1 else f"{purpose.value}.k{number}")


def _versions(folder: Path, purpose: Purpose) -> list[int]:
    """Numbers of the keys that exist, newest first."""
    name = re.compile(rf"{purpose.value}(?:\.k([1-9][0-9]*))?")
    found = (name.fullmatch(path.name) for path in folder.iterdir())
    return sorted((int(match[1] or 1) for match in found if match), reverse=True)


def _make_folder(folder: Path) -> None:
    try:
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    except OSError as problem:
        raise BadSetting(f"the folder of keys {folder} cannot be made: {problem.strerror}") from problem


def _make_key(folder: Path, purpose: Purpose, number: int) -> bool:
    """Make one key file, whole or not at all; False where another process was faster."""
    final = _file(folder, purpose, number)
    draft = folder / f".{final.name}.{secrets.token_hex(8)}"
    try:
        handle = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        with os.fdopen(handle, "w", encoding="ascii") as file:
            file.write(secrets.token_hex(SECRET_BYTES) + "\n")
            file.flush()
            os.fsync(file.fileno())
        # A link appears with its whole content or fails: a start-up beside ours never reads half a key.
        os.link(draft, final)
        _sync(folder)
    except FileExistsError:
        return False
    except OSError as problem:
        raise BadSetting(f"the key {final} cannot be made: {problem.strerror}") from problem
    finally:
        draft.unlink(missing_ok=True)
    return True


def _sync(folder: Path) -> None:
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def _refuse_shared_folder(folder: Path) -> None:
    """A folder that others may write to lets them put in keys of their own."""
    try:
        mode = folder.stat().st_mode
    except OSError as problem:
        raise BadSetting(f"the folder of keys {folder} cannot be read: {problem.strerror}") from problem
    if not stat.S_ISDIR(mode):
        raise BadSetting(f"the folder of keys {folder} is no folder")
    if mode & (stat.S_IWGRP | stat.S_IWOTH):
        raise BadSetting(f"others may write to the folder of keys {folder}; run: chmod 700 {folder}")


def _read_keys(folder: Path, purpose: Purpose) -> tuple[Key, ...]:
    versions = _versions(folder, purpose)
    if not versions:
        raise BadSetting(f"there is no key {purpose.value!r} in {folder}; restore it from a copy")
    return tuple(Key(f"k{number}", _read_secret(_file(folder, purpose, number))) for number in versions)


def _read_secret(path: Path) -> bytes:
    try:
        with path.open(encoding="ascii") as file:
            shared = os.fstat(file.fileno()).st_mode & (stat.S_IRWXG | stat.S_IRWXO)
            text = file.read(4 * SECRET_BYTES).strip()
    except (OSError, UnicodeDecodeError) as problem:
        raise BadSetting(f"the key {path} cannot be read: {type(problem).__name__}") from problem
    if shared:
        raise BadSetting(f"others may read the key {path}; run: chmod 600 {path}")
    if not re.fullmatch(rf"[0-9a-f]{{{2 * SECRET_BYTES}}}", text):
        raise BadSetting(
            f"the key {path} is not {2 * SECRET_BYTES} hexadecimal digits; restore it from a copy"
        )
    return bytes.fromhex(text)
