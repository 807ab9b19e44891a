"""What all tests share. No test measures time: on a busy machine a slow example is no fault.

A property is tried on a few examples each time, so that the short tests stay short, and on ten times as many
by `tests/long/test_properties.py`.
"""

from __future__ import annotations

import gc
from pathlib import Path

import pytest
from hypothesis import settings

from prankfilter.store.sql import SqlStore

settings.register_profile("patient", deadline=None, max_examples=25)
settings.register_profile("thorough", deadline=None, max_examples=250)
settings.load_profile("patient")


def pytest_collection() -> None:
    """Look for no garbage while tests are collected: all of it stays to the end."""
    gc.disable()


def pytest_collection_finish() -> None:
    """Nor later among what was collected; it takes a twentieth of the time."""
    gc.freeze()
    gc.enable()


@pytest.fixture(scope="session")
def blank_database(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A SQLite file with all tables and no rows; copying it is quicker than making it."""
    path = tmp_path_factory.mktemp("blank") / "store.sqlite"
    SqlStore.open(f"sqlite:///{path}").close()
    return path
