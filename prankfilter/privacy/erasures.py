"""Whom a restored backup must forget again, and which rows go out of exports: a file beside the trail.

It names nobody: numbers and calls are there as exports name them, under a key that the store does not use.
So the store's own rows can be matched with it, and no row of it leads back to a number.
"""

from __future__ import annotations

import datetime as dt
import json
from dataclasses import dataclass
from pathlib import Path

from prankfilter.privacy.keyring import Keyring, Purpose
from prankfilter.privacy.pseudonym import KeyedHash
from prankfilter.privacy.trail import append

ERASURES = "erased.jsonl"
"""Below `PRANKFILTER_DATA`."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Erasure:
    """One line."""

    at: dt.datetime
    """What came later is not meant."""
    names: tuple[str, ...]
    """`ExportNames` of the subject."""


class ExportNames:
    """How callers and calls are named outside the store."""

    def __init__(self, keyring: Keyring) -> None:
        self._hash = KeyedHash(keyring, Purpose.EXPORT)

    def of_caller(self, pseudonym: str) -> tuple[str, ...]:
        """Under all keys still held, newest first."""
        return self._hash.digests(f"caller {pseudonym}")

    def of_call(self, call_id: str) -> tuple[str, ...]:
        """Under all keys still held, newest first."""
        return self._hash.digests(f"call {call_id}")


def note(folder: Path, erasure: Erasure) -> None:
    """Append an erasure, and return once it is on the disk; raises `BadSetting` where it cannot be."""
    append(folder / ERASURES, {"at": erasure.at.isoformat(), "names": erasure.names})


def noted(folder: Path) -> dict[str, dt.datetime]:
    """Return when each name was last erased; empty where there is no file yet."""
    path = folder / ERASURES
    if not path.exists():
        return {}
    # Later lines come last.
    lines = map(json.loads, path.read_text(encoding="utf-8").splitlines())
    return {name: dt.datetime.fromisoformat(line["at"]) for line in lines for name in line["names"]}
