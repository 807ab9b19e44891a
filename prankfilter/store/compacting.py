"""The embedded store's file, written anew: what was deleted is then in none of its bytes.

Deleted rows are overwritten at once (`database.SECURE`), but SQLite may have left copies of them in unused
parts of pages when it split those. Readers go on meanwhile; whoever writes waits, and calls do not.
"""

from __future__ import annotations

import sqlite3
import time
from contextlib import closing
from pathlib import Path

from prankfilter.errors import StoreUnavailable

WAIT_S = 20.0
"""So long it waits for those who write, and for those who read what the log still holds."""

PAUSE_S = 0.05


def compact(store: Path) -> None:
    """Write the file anew and empty its write-ahead log; raises `StoreUnavailable` where others hold it."""
    try:
        with closing(sqlite3.connect(store, timeout=WAIT_S, isolation_level=None)) as connection:
            connection.execute("VACUUM")
            _empty_log(connection)
    except sqlite3.Error as problem:
        raise StoreUnavailable(f"the file could not be written anew: {problem}") from problem


def empty_log(store: Path) -> None:
    """Move what the log holds into the file, and cut the log off."""
    try:
        with closing(sqlite3.connect(store, timeout=WAIT_S, isolation_level=None)) as connection:
            _empty_log(connection)
    except sqlite3.Error as problem:
        raise StoreUnavailable(f"its log could not be emptied: {problem}") from problem


def _empty_log(connection: sqlite3.Connection) -> None:
    until = time.monotonic() + WAIT_S
    while True:
        busy, _, _ = connection.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchone()
        if not busy:
            return
        if time.monotonic() > until:
            raise sqlite3.OperationalError("somebody reads what is in it")
        time.sleep(PAUSE_S)
