"""The ledger on disk: lines that are only ever added, each bound to the one before, and sets of calls."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from prankfilter.bundle.digest import ID_DIGITS, canonical_json
from prankfilter.bundle.disk import append_durably, replace_durably
from prankfilter.errors import BadInput

LEDGER = "ledger.jsonl"
SETS = "ledger"
FIRST = "0" * ID_DIGITS
"""What the first line is bound to."""

Digests = NDArray[np.uint64]

_LITTLE_ENDIAN = np.dtype("<u8")
_RESTORE = "restore the ledger from a backup, or certify on calls that are later than all it speaks of"


def read_lines(models: Path) -> list[bytes]:
    """The lines of the ledger, oldest first.

    A last line without its end was never finished: nothing was shown that it would tell of. What no chain can
    show is that its end was cut off.

    Raises
    ------
    BadInput
        If a line was changed or taken out.
    """
    path = models / LEDGER
    content = path.read_bytes() if path.exists() else b""
    lines = content.split(b"\n")[:-1]
    bound_to = FIRST
    for number, line in enumerate(lines, 1):
        try:
            kept = json.loads(line)["previous"] == bound_to
        except (ValueError, KeyError, TypeError):
            kept = False
        if not kept:
            raise BadInput(f"{path}, line {number}: it, or a line before it, was changed; {_RESTORE}")
        bound_to = _hash_of(line)
    return lines


def append_line(models: Path, document: Mapping[str, Any], lines: Sequence[bytes]) -> None:
    """Add a line behind the whole ones that were read, and wait for the disk."""
    bound_to = _hash_of(lines[-1]) if lines else FIRST
    line = canonical_json({"previous": bound_to, **document}) + b"\n"
    append_durably(models / LEDGER, line, after_bytes=sum(len(earlier) + 1 for earlier in lines))


def _hash_of(line: bytes) -> str:
    return hashlib.sha256(line).hexdigest()[:ID_DIGITS]


# --- sets of calls ---------------------------------------------------------------------------------


def name_of_set(digests: Digests) -> str:
    """Name a set of call digests by its content, whatever their order."""
    return hashlib.sha256(_set_bytes(digests)).hexdigest()[:ID_DIGITS]


def write_set(models: Path, digests: Digests) -> None:
    """Keep a set of call digests under its name."""
    folder = models / SETS
    folder.mkdir(parents=True, exist_ok=True)
    replace_durably(folder / f"{name_of_set(digests)}.bin", _set_bytes(digests))


def read_set(models: Path, name: str) -> Digests:
    """A set of call digests, sorted; refuses one that is missing or is not the one written down."""
    path = models / SETS / f"{name}.bin"
    content = path.read_bytes() if path.exists() else b""
    if hashlib.sha256(content).hexdigest()[:ID_DIGITS] != name:
        raise BadInput(f"{path} is missing or damaged, so nobody can tell which calls were used; {_RESTORE}")
    return np.frombuffer(content, _LITTLE_ENDIAN).astype(np.uint64)


def _set_bytes(digests: Digests) -> bytes:
    return np.unique(digests).astype(_LITTLE_ENDIAN).tobytes()
