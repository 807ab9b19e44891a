"""The journal of models: which ran when, who wanted it and why. Append-only; each line is bound to the last.

A line is one JSON object and carries, as ``previous``, the SHA-256 of the line before it. So a line that was
altered, taken out or put in later is found, and named. What no chain can show is that its end was cut off or
that somebody wrote all of it anew: note `Journal.head` elsewhere now and then.

A change of model is two lines: what is meant to happen, on the disk before the pointer moves, and ``done``
after it. What a crash leaves between the two is settled by the next command (`settled`).
"""

from __future__ import annotations

import datetime as dt
import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from itertools import zip_longest
from pathlib import Path
from types import MappingProxyType
from typing import Any

from prankfilter.bundle.digest import canonical_json
from prankfilter.bundle.disk import append_durably, read_capped
from prankfilter.errors import ArtefactMissing, JournalBroken

JOURNAL = "journal.jsonl"
FIRST = "0" * 64
"""What the first line has for the hash of the line before it."""

_CAP_BYTES = 64_000_000


class Event(StrEnum):
    """What a line tells."""

    FOUND = "found"
    """A model runs that no line speaks of: a shipped one, or the pointer was moved by hand."""
    PROMOTE = "promote"
    ROLLBACK = "rollback"
    DONE = "done"
    """The pointer was moved as the last `PROMOTE` or `ROLLBACK` meant it."""
    UNDONE = "undone"
    """It was not: something stopped the command in between."""
    REFUSED = "refused"
    """A promotion whose gates did not hold."""
    TRUST = "trust"
    DISTRUST = "distrust"


_MOVES = (Event.PROMOTE, Event.ROLLBACK)


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """One line.

    Attributes
    ----------
    at : datetime
        Aware.
    by, reason : str
        Who wanted it, and why.
    model_id, before : str or None
        The model it is about, and the one that ran before.
    facts : Mapping
        Gates with what was found, what was forced and by whom; plain JSON values.
    """

    event: Event
    at: dt.datetime
    by: str
    reason: str
    model_id: str | None = None
    before: str | None = None
    facts: Mapping[str, Any] = field(default_factory=lambda: MappingProxyType({}))

    def to_document(self) -> dict[str, Any]:
        """Plain values, in the order in which people read them."""
        return {
            "at": self.at.isoformat(),
            "event": self.event.value,
            "model_id": self.model_id,
            "before": self.before,
            "by": self.by,
            "reason": self.reason,
            "facts": dict(self.facts),
        }

    @classmethod
    def of(cls, document: Mapping[str, Any]) -> Entry:
        """Read `to_document`; raises KeyError, TypeError or ValueError where it is none."""
        return cls(
            event=Event(document["event"]),
            at=dt.datetime.fromisoformat(document["at"]),
            by=document["by"],
            reason=document["reason"],
            model_id=document["model_id"],
            before=document["before"],
            facts=MappingProxyType(dict(document["facts"])),
        )


@dataclass(frozen=True, slots=True)
class Run:
    """A stretch of time in which one model ran."""

    model_id: str
    since: dt.datetime
    until: dt.datetime | None
    entry: Entry
    """Who let it run, and why."""


@dataclass(frozen=True, slots=True)
class Journal:
    """A journal whose chain was verified."""

    entries: tuple[Entry, ...] = ()
    head: str = FIRST
    """SHA-256 of the last line."""
    size_bytes: int = 0
    """Of its whole lines; what follows them was never finished."""

    @property
    def unsettled(self) -> Entry | None:
        """A move that nobody knows to be done; only the last line can be one."""
        return self.entries[-1] if self.entries and self.entries[-1].event in _MOVES else None

    @property
    def line_of_models(self) -> tuple[str, ...]:
        """Models in the order to go back in; the last one runs. A rollback forgets what it left."""
        line: list[str] = []
        for entry in self._changes():
            if entry.event is Event.ROLLBACK:
                while line and line[-1] != entry.model_id:
                    line.pop()
            if entry.model_id is not None and line[-1:] != [entry.model_id]:
                line.append(entry.model_id)
        return tuple(line)

    @property
    def runs(self) -> tuple[Run, ...]:
        """Which model ran when, the earliest first."""
        changes = [entry for entry in self._changes() if entry.model_id is not None]
        return tuple(
            Run(str(entry.model_id), entry.at, after.at if after else None, entry)
            for entry, after in zip_longest(changes, changes[1:])
        )

    def _changes(self) -> list[Entry]:
        """Lines after which another model ran: found ones, and moves that were done."""
        return [
            entry
            for entry, after in zip_longest(self.entries, self.entries[1:])
            if entry.event is Event.FOUND
            or (entry.event in _MOVES and after is not None and after.event is Event.DONE)
        ]


def read_journal(models: Path) -> Journal:
    """Read and verify the journal of a folder of models; an empty one where there is none.

    Raises `JournalBroken`, naming the first line that does not hold.
    """
    path = models / JOURNAL
    try:
        return verify(read_capped(path, _CAP_BYTES))
    except ArtefactMissing:
        return Journal()
    except JournalBroken as broken:
        raise JournalBroken(
            f"{path}, {broken}. Restore the file from a copy. If there is none, put it aside under another "
            "name and keep it: the next command begins a new one."
        ) from None


def verify(content: bytes) -> Journal:
    """Hold every line against the hash that the next one carries.

    Bytes after the last end of line are a write that was cut off: the pointer moves only after a whole line
    is on the disk, so nothing happened that they would tell of.
    """
    whole = content[: content.rfind(b"\n") + 1]
    entries, head = [], FIRST
    for number, line in enumerate(whole.split(b"\n")[:-1], 1):
        try:
            document = json.loads(line)
            linked = document["previous"] == head
            entry = Entry.of(document)
        except (ValueError, KeyError, TypeError, AttributeError) as problem:
            raise JournalBroken(f"line {number}: it cannot be read ({problem!r})") from problem
        if not linked:
            raise JournalBroken(f"line {number}: it or the line before it was altered, added or removed")
        entries.append(entry)
        head = hashlib.sha256(line).hexdigest()
    return Journal(tuple(entries), head, len(whole))


def append(models: Path, journal: Journal, *entries: Entry) -> Journal:
    """Add lines to what was read just now, and wait until they are on the disk."""
    lines, head = b"", journal.head
    for entry in entries:
        line = canonical_json({**entry.to_document(), "previous": head})
        lines, head = lines + line + b"\n", hashlib.sha256(line).hexdigest()
    append_durably(models / JOURNAL, lines, after_bytes=journal.size_bytes)
    return Journal((*journal.entries, *entries), head, journal.size_bytes + len(lines))


def settled(models: Path, journal: Journal, *, current: str | None, at: dt.datetime, by: str) -> Journal:
    """Bring the journal up to what the pointer says: after a crash, or a hand that moved it."""
    missing = []
    if (move := journal.unsettled) is not None:
        event = Event.DONE if current == move.model_id else Event.UNDONE
        reason = "the command that meant it was stopped before it could say so"
        missing.append(Entry(event=event, at=at, by=by, reason=reason, model_id=move.model_id))
    running = Journal((*journal.entries, *missing)).line_of_models[-1:]
    if current is not None and running != (current,):
        reason = "runs, and no line tells who let it run"
        before = running[0] if running else None
        missing.append(Entry(event=Event.FOUND, at=at, by=by, reason=reason, model_id=current, before=before))
    return append(models, journal, *missing) if missing else journal
