"""``prankfilter backup``: a whole copy of the embedded store, while the service runs."""

from __future__ import annotations

import argparse
import os
import sqlite3
from contextlib import closing
from pathlib import Path

from prankfilter.commands.opening import embedded_store
from prankfilter.errors import BadInput, StoreUnavailable
from prankfilter.settings import Settings

POSTGRES = "the store is PostgreSQL: copy it with pg_dump --format=custom, as docs/operations.md tells"


def backup(options: argparse.Namespace, settings: Settings) -> int:
    """Write one file that holds everything acknowledged before the command began; it is checked whole."""
    copy_store(_file_of(settings), options.file)
    print(f"{options.file} holds the store; keep the folder of keys apart from it ({settings.keys})")
    return 0


def copy_store(store: Path, copy: Path) -> None:
    """Copy a store's file under the eyes of its writer; the copy appears whole and sound, or not at all.

    Raises `BadInput` where the copy cannot be made, `StoreUnavailable` where the store cannot be read.
    """
    if copy.exists():
        raise BadInput(f"{copy} exists already; give the name of a new file")
    draft = copy.with_name(f".{copy.name}.{os.getpid()}")
    try:
        os.close(os.open(draft, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600))
        with closing(sqlite3.connect(f"file:{store}?mode=ro", uri=True)) as source:
            # One statement, one snapshot: writers go on meanwhile.
            source.execute("VACUUM INTO ?", (str(draft),))
        _check(draft)
        os.link(draft, copy)
    except OSError as problem:
        raise BadInput(f"{copy} cannot be written: {problem.strerror}") from problem
    except sqlite3.Error as problem:
        raise StoreUnavailable(f"the store cannot be copied: {problem}") from problem
    finally:
        draft.unlink(missing_ok=True)


def _check(copy: Path) -> None:
    with closing(sqlite3.connect(copy)) as kept:
        (verdict,) = kept.execute("PRAGMA integrity_check").fetchone()
    if verdict != "ok":
        raise StoreUnavailable(f"the copy is damaged, and so the store may be: {verdict}")
    with copy.open("rb") as file:
        os.fsync(file.fileno())


def _file_of(settings: Settings) -> Path:
    store = embedded_store(settings)
    if store is None:
        raise BadInput(POSTGRES)
    return store
