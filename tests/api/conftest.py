from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.api.service import Service, running


@pytest.fixture(scope="module")
def service(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Service]:
    """The application under `observe`, shared by a file's tests: each uses call ids of its own."""
    with running(tmp_path_factory.mktemp("service")) as one:
        yield one


@pytest.fixture
def fresh_service(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Service]:
    """One for a test that breaks something."""
    with running(tmp_path_factory.mktemp("fresh")) as one:
        yield one


@pytest.fixture(scope="module")
def desk(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Service]:
    """The application under `queue` with a store on a disk, shared by a file's tests."""
    with running(tmp_path_factory.mktemp("desk"), policy="queue", on_disk=True) as one:
        yield one
