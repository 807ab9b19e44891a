"""What tests of the engine share: a SQL store that is quick to have, and no waiting for a disk."""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

from prankfilter.store.database import parse
from prankfilter.store.sql import SqlStore
from tests.held import Held


@pytest.fixture(scope="session", autouse=True)
def _no_waiting_for_the_disk() -> Iterator[None]:
    """Nobody pulls a plug here, and two thousand waits take half of the time; tests/long is left as it is."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(os, "fsync", lambda descriptor: os.fstat(descriptor))
        yield


@pytest.fixture(scope="session")
def blank_database(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A SQLite file with all tables and no rows; copying it is quicker than making it."""
    path = tmp_path_factory.mktemp("blank") / "store.sqlite"
    SqlStore.open(f"sqlite:///{path}").close()
    return path


@pytest.fixture
def database(blank_database: Path, tmp_path: Path) -> Path:
    """A file of its own with all tables and no rows."""
    return Path(shutil.copy(blank_database, tmp_path / "store.sqlite"))


@pytest.fixture
def sql_store(database: Path) -> Iterator[SqlStore]:
    """The store in that file."""
    one = SqlStore.open(f"sqlite:///{database}")
    yield one
    one.close()


@pytest.fixture
def held(database: Path) -> Iterator[Held]:
    """The store in that file, with a writer that stands still."""
    one = Held(parse(f"sqlite:///{database}"))
    yield one
    one.go()
    one.store.close()
