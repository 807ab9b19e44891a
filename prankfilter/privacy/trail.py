"""Who took personal data out of this installation, when and why: a file that is only appended to.

A line is on the disk before anything is handed out, and where it cannot be written nothing is (SAFETY rule
2: everything but routing fails closed). Each machine keeps the trail of what was done on it.
"""

from __future__ import annotations

import datetime as dt
import json
import os
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from prankfilter.errors import BadInput, BadSetting

TRAIL = "trail.jsonl"
"""Below `PRANKFILTER_DATA`."""


EXPORTED = "export done"
"""`Act.what` of a log that was handed out; ``details`` tell its folder."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Act:
    """One line: an act that touched personal data. It holds none itself."""

    at: dt.datetime
    by: str
    what: str
    reason: str
    details: Mapping[str, Any]


def record(folder: Path, act: Act) -> None:
    """Append an act, and return once it is on the disk.

    Raises
    ------
    BadInput
        If nobody is named, or no reason is given.
    BadSetting
        If the line cannot be written.
    """
    if not act.by.strip() or not act.reason.strip():
        raise BadInput("say who does this (--by) and why (--reason); both are kept in the trail")
    append(
        folder / TRAIL,
        {
            "at": act.at.isoformat(),
            "by": act.by.strip(),
            "what": act.what,
            "reason": act.reason.strip(),
            "details": dict(act.details),
        },
    )


def append(path: Path, line: Mapping[str, Any]) -> None:
    """Append one line of JSON to a file for its owner only, and return once it is on the disk.

    Raises `BadSetting` if it cannot be written.
    """
    text = json.dumps(line, ensure_ascii=False)
    try:
        handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)
        with os.fdopen(handle, "ab") as file:
            # One write: two processes that append at once do not mix their lines.
            file.write(text.encode("utf-8") + b"\n")
            file.flush()
            os.fsync(file.fileno())
    except OSError as problem:
        raise BadSetting(f"{path} cannot be written: {problem.strerror}; nothing was done") from problem


def read(folder: Path) -> list[Act]:
    """All acts on record, oldest first; none where there is no trail yet."""
    path = folder / TRAIL
    if not path.exists():
        return []
    documents = map(json.loads, path.read_text(encoding="utf-8").splitlines())
    return [Act(**{**document, "at": dt.datetime.fromisoformat(document["at"])}) for document in documents]
