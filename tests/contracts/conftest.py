"""What contract tests share: every store, behind one name."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

from prankfilter.store.memory import MemoryStore
from prankfilter.store.port import Store
from prankfilter.store.sql import SqlStore
from tests.postgres import Postgres, postgres_server


@pytest.fixture(scope="session")
def postgres() -> Iterator[Postgres]:
    """A server of PostgreSQL."""
    with postgres_server() as server:
        yield server


@pytest.fixture(params=["memory", "sqlite", pytest.param("postgresql", marks=pytest.mark.long)])
def store(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Store]:
    """A store of each kind, empty."""
    one: Store = MemoryStore()
    if request.param == "sqlite":
        blank = request.getfixturevalue("blank_database")
        one = SqlStore.open(f"sqlite:///{shutil.copy(blank, tmp_path / 'store.sqlite')}")
    if request.param == "postgresql":
        one = SqlStore.open(request.getfixturevalue("postgres").emptied())
    yield one
    one.close()


@pytest.fixture(params=["sqlite", pytest.param("postgresql", marks=pytest.mark.long)])
def disk(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[SqlStore]:
    """A store on a disk of each kind, empty: for what is kept beside the calls."""
    if request.param == "sqlite":
        blank = request.getfixturevalue("blank_database")
        one = SqlStore.open(f"sqlite:///{shutil.copy(blank, tmp_path / 'store.sqlite')}")
    else:
        one = SqlStore.open(request.getfixturevalue("postgres").emptied())
    yield one
    one.close()
