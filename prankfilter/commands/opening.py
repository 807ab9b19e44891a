"""What commands open, and close again: keys and store where the service has them, models to score with."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path

from prankfilter.classifier.running import Library
from prankfilter.errors import BadAudio, StoreUnavailable
from prankfilter.privacy.keyring import Keyring
from prankfilter.settings import Settings
from prankfilter.store.sql import SqlStore
from prankfilter.wiring.limits import limits_of
from prankfilter.wiring.offline import Offline

SQLITE = "sqlite:///"


def open_keyring(settings: Settings) -> Keyring:
    """Read the keys; made at first use on the embedded store, there already where machines share one."""
    return Keyring.open(settings.keys, create=settings.store.startswith(SQLITE))


def embedded_store(settings: Settings) -> Path | None:
    """Return the file of the embedded store, None where the store is PostgreSQL.

    Raises `StoreUnavailable` where there is none: an empty one made here would hold nothing to erase.
    """
    if not settings.store.startswith(SQLITE):
        return None
    store = Path(settings.store.removeprefix(SQLITE))
    if not store.exists():
        raise StoreUnavailable(f"there is no store at {store} yet; set PRANKFILTER_DATA")
    return store


@contextmanager
def open_store(settings: Settings) -> Iterator[SqlStore]:
    """Open the store to write to it."""
    with closing(SqlStore.open(settings.store)) as store:
        yield store


@contextmanager
def open_offline(settings: Settings) -> Iterator[Offline]:
    """Use the service's store and keys where there are any; make nothing."""
    artefacts = Library(settings.models).load()
    if not settings.keys.exists():
        yield Offline(settings, artefacts, Keyring.ephemeral(), None)
        return
    keyring = Keyring.open(settings.keys)
    if settings.store.startswith(SQLITE) and not Path(settings.store.removeprefix(SQLITE)).exists():
        yield Offline(settings, artefacts, keyring, None)
        return
    with open_store(settings) as store:
        yield Offline(settings, artefacts, keyring, store)


def read_recording(name: str, settings: Settings) -> bytes:
    """Read a recording, but no more of a file than a recording may have; raises `BadAudio`."""
    limits = limits_of(settings)
    try:
        with Path(name).open("rb") as file:
            limits.check_bytes(os.fstat(file.fileno()).st_size)
            return file.read(limits.audio_bytes + 1)
    except (OSError, ValueError) as problem:
        raise BadAudio(getattr(problem, "strerror", None) or "no file can have this name") from problem
