"""What contract tests share: every store, behind one name."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from prankfilter.store.memory import MemoryStore
from prankfilter.store.port import Store


@pytest.fixture(params=["memory"])
def store(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Store]:
    """A store of each kind, empty."""
    one: Store = MemoryStore()
    yield one
    one.close()
