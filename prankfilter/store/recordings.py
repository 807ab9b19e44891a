"""Stored sound: sealed, of flagged, audited and incident calls only, thirty days (SAFETY, Personal data)."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass, field
from functools import partial

import sqlalchemy as sa

from prankfilter.store.instants import instant, microseconds
from prankfilter.store.query import insert_into, upserting
from prankfilter.store.schema import recordings
from prankfilter.store.sql import SqlStore


@dataclass(frozen=True, slots=True, kw_only=True)
class Recording:
    """A call's sound as it is kept."""

    call_id: str
    stored_at: dt.datetime
    audio_s: float
    sealed: bytes = field(repr=False)
    """Under `Purpose.SEAL`, about the call id: a WAV file of the line at 8 kHz."""


class Recordings:
    """The shelf in one store."""

    def __init__(self, store: SqlStore) -> None:
        self._store = store
        insert = insert_into(recordings, upserting(store.dialect))
        later = {name: insert.excluded[name] for name in ("stored_at", "audio_s", "sealed")}
        self._keep = self._store.query(
            insert.on_conflict_do_update(
                index_elements=[recordings.c.call_id],
                set_=later,
                # Looks may be written in any order; the longest holds the others.
                where=recordings.c.audio_s < insert.excluded.audio_s,
            )
        )
        one = recordings.c.call_id == sa.bindparam("named")
        self._one = self._store.query(sa.select(recordings).where(one))
        self._length = self._store.query(sa.select(recordings.c.audio_s).where(one))

    def put(self, recording: Recording) -> None:
        """Keep a call's sound in place of a shorter one."""
        write = partial(
            self._keep.run,
            call_id=recording.call_id,
            stored_at=microseconds(recording.stored_at),
            audio_s=recording.audio_s,
            sealed=recording.sealed,
        )
        self._store.put(write, about=[f"sound of {recording.call_id}"])

    def of(self, call_id: str) -> Recording | None:
        """Return a call's sound, if it is kept."""
        with self._store.cursor() as cursor:
            rows = self._one.rows(cursor, named=call_id)
        if not rows:
            return None
        _, stored_at, audio_s, sealed = rows[0]
        return Recording(call_id=call_id, stored_at=instant(stored_at), audio_s=audio_s, sealed=bytes(sealed))

    def seconds_of(self, call_id: str) -> float | None:
        """Return how long a call's sound is, without reading it."""
        with self._store.cursor() as cursor:
            rows = self._length.rows(cursor, named=call_id)
        return float(rows[0][0]) if rows else None
