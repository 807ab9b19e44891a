"""A copy of the store, made under its writer's eyes: whole, or not there."""

from __future__ import annotations

import shutil
import sqlite3
import threading
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest
import sqlalchemy as sa

from prankfilter.cli import main
from prankfilter.store.query import Query
from prankfilter.store.schema import metadata
from prankfilter.store.sql import SqlStore
from tests.builders import outcome, screening
from tests.subjects import row_of


@pytest.fixture
def data(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A service's folder; its commands find it by the environment."""
    folder = tmp_path / "data"
    folder.mkdir()
    monkeypatch.setenv("PRANKFILTER_DATA", str(folder))
    monkeypatch.delenv("PRANKFILTER_STORE", raising=False)
    monkeypatch.delenv("PRANKFILTER_KEYS", raising=False)
    return folder


@pytest.fixture
def store(data: Path) -> Iterator[SqlStore]:
    with closing(SqlStore.open(f"sqlite:///{data / 'prankfilter.sqlite'}")) as one:
        yield one


def restored(copy: Path, folder: Path) -> SqlStore:
    """Put a copy where a new service looks for its store, as the page for operators says."""
    folder.mkdir()
    return SqlStore.open(f"sqlite:///{shutil.copy(copy, folder / 'prankfilter.sqlite')}")


def test_all_that_was_acknowledged_before_is_in_the_copy(store: SqlStore, tmp_path: Path) -> None:
    acknowledged: list[str] = []
    stop = threading.Event()

    def tell() -> None:
        while not stop.is_set():
            call_id = f"call {len(acknowledged)}"
            store.put_outcome(call_id, outcome())
            acknowledged.append(call_id)

    store.remember(screening())
    telling = threading.Thread(target=tell)
    telling.start()
    try:
        while len(acknowledged) < 20:
            stop.wait(0.001)
        before = list(acknowledged)
        assert main(["backup", str(tmp_path / "copy.sqlite")]) == 0
    finally:
        stop.set()
        telling.join()
    with closing(restored(tmp_path / "copy.sqlite", tmp_path / "new")) as again:
        kept = [again.call(call_id) for call_id in before]
        assert all(one is not None and one.outcomes == (outcome(),) for one in kept)
        assert again.call(screening().record.call_id) is not None
        again.put_outcome("goes on", outcome())


def test_every_table_is_in_the_copy(store: SqlStore, tmp_path: Path) -> None:
    """People, sound, incidents and deeds as well as calls; a new table is among these by itself."""
    tables = metadata.sorted_tables
    store.put(*(row_of(store, table, call_id="a", caller="x", at=1) for table in tables))
    assert main(["backup", str(tmp_path / "copy.sqlite")]) == 0
    with closing(restored(tmp_path / "copy.sqlite", tmp_path / "new")) as again:
        assert {table.name: all_of(again, table) for table in tables} == {
            table.name: all_of(store, table) for table in tables
        }
        assert all(len(all_of(again, table)) == 1 for table in tables)


def all_of(store: SqlStore, table: sa.Table) -> list[tuple[object, ...]]:
    with store.cursor() as cursor:
        return [tuple(row) for row in Query(sa.select(table), store.dialect).rows(cursor)]


def test_the_copy_is_for_nobody_else_to_read(store: SqlStore, tmp_path: Path) -> None:
    assert main(["backup", str(tmp_path / "copy.sqlite")]) == 0
    assert (tmp_path / "copy.sqlite").stat().st_mode & 0o077 == 0
    assert {path.name for path in tmp_path.iterdir()} == {"data", "copy.sqlite"}


def test_what_is_there_is_not_written_over(
    store: SqlStore, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "copy.sqlite").write_bytes(b"the last one")
    assert main(["backup", str(tmp_path / "copy.sqlite")]) == 1
    assert "exists already" in capsys.readouterr().err
    assert (tmp_path / "copy.sqlite").read_bytes() == b"the last one"


def test_a_place_that_is_none_is_named(
    store: SqlStore, data: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["backup", str(data / "no folder" / "copy.sqlite")]) == 1
    assert "cannot be written" in capsys.readouterr().err


def test_a_damaged_store_makes_no_copy(
    data: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = data / "prankfilter.sqlite"
    with closing(sqlite3.connect(path)) as made:
        made.execute("CREATE TABLE t (x)")
        made.executemany("INSERT INTO t VALUES (?)", [("x" * 500,)] * 500)
        made.commit()
    whole = path.read_bytes()
    path.write_bytes(whole[: len(whole) // 2] + b"\xff" * (len(whole) // 2))
    assert main(["backup", str(tmp_path / "copy.sqlite")]) == 1
    assert "prankfilter:" in capsys.readouterr().err
    assert [one.name for one in tmp_path.iterdir()] == ["data"]


@pytest.mark.parametrize(
    ("store_address", "says"),
    [("", "there is no store"), ("postgresql://somewhere/prankfilter", "pg_dump")],
    ids=["nothing there", "postgresql"],
)
def test_what_cannot_be_copied_so_is_said(
    data: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    store_address: str,
    says: str,
) -> None:
    monkeypatch.setenv("PRANKFILTER_STORE", store_address)
    monkeypatch.setenv("PRANKFILTER_KEYS", str(data / "keys"))
    assert main(["backup", str(data / "copy.sqlite")]) == 1
    assert says in capsys.readouterr().err
