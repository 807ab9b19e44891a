"""The command ``prankfilter erase``: afterwards nothing of the subject is in any file of the installation."""

from __future__ import annotations

import io
import shutil
import sqlite3
import sys
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest
from prankfilter_training.life.exported import Pseudonyms

from prankfilter.cli import main
from prankfilter.privacy.keyring import Keyring, Purpose, add_version
from prankfilter.privacy.pseudonym import KeyedHash, Pseudonymiser
from prankfilter.store.compacting import compact
from prankfilter.store.schema import owed
from prankfilter.store.sql import SqlStore
from tests.subjects import fill, kept, row_of, rows_of

NUMBER, E164 = "0812-3456-7890", "+6281234567890"
CALL = "canary-call@10.0.0.1"
ASKED = ("--by", "ratna", "--reason", "request 7")


@pytest.fixture(scope="module")
def installation(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A service's folder, in which the number called under its first and its second key."""
    folder = tmp_path_factory.mktemp("installation") / "data"
    Keyring.open(folder / "keys", create=True)
    add_version(folder / "keys", Purpose.PSEUDONYM)
    with closing(SqlStore.open(f"sqlite:///{folder / 'prankfilter.sqlite'}")) as store:
        calls = {f"other-{number}": f"other caller {number}" for number in range(100)}
        calls |= {f"{CALL}-{number}": name for number, name in enumerate(names(folder))}
        store.put(*(write for call, caller in calls.items() for write in rows_of(store, call, caller)))
    return folder


@pytest.fixture
def data(installation: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The same for one test, found by its commands."""
    folder = shutil.copytree(installation, tmp_path / "data")
    monkeypatch.setenv("PRANKFILTER_DATA", str(folder))
    monkeypatch.delenv("PRANKFILTER_STORE", raising=False)
    monkeypatch.delenv("PRANKFILTER_KEYS", raising=False)
    return folder


@pytest.fixture
def store(data: Path) -> Iterator[SqlStore]:
    """The service has it open meanwhile."""
    with closing(SqlStore.open(f"sqlite:///{data / 'prankfilter.sqlite'}")) as one:
        one.check()
        yield one


def names(data: Path) -> tuple[str, ...]:
    return Pseudonymiser(Keyring.open(data / "keys")).pseudonyms(E164)


def files_that_tell(folder: Path, *canaries: str) -> list[str]:
    """Files with any of these in any of their bytes."""
    files = (path for path in sorted(folder.rglob("*")) if path.is_file())
    return [path.name for path in files if any(one.encode() in path.read_bytes() for one in canaries)]


def test_no_byte_of_a_number_is_left_and_everybody_else_is(data: Path, store: SqlStore) -> None:
    canaries = (*names(data), CALL)
    assert files_that_tell(data, *canaries)
    assert main(["erase", "--number", NUMBER, *ASKED]) == 0
    assert files_that_tell(data, *canaries, E164, NUMBER) == []
    assert kept(store, "other-7")
    with closing(sqlite3.connect(data / "prankfilter.sqlite")) as file:
        assert file.execute("PRAGMA integrity_check").fetchone() == ("ok",)


def test_no_byte_of_a_call_is_left(data: Path) -> None:
    assert main(["erase", "--call", f"{CALL}-0", *ASKED]) == 0
    assert files_that_tell(data, f"{CALL}-0") == []
    assert files_that_tell(data, f"{CALL}-1") == ["prankfilter.sqlite"]


def test_a_file_that_was_grown_through_is_rid_of_copies_too(data: Path) -> None:
    """Pages that were split and joined for hundreds of calls, under a program that overwrites nothing."""
    with closing(sqlite3.connect(data / "prankfilter.sqlite")) as file:
        file.execute("PRAGMA secure_delete=OFF")
        file.execute("CREATE TABLE rest (id INTEGER PRIMARY KEY, call_id TEXT UNIQUE)")
        file.executemany(
            "INSERT INTO rest (call_id) VALUES (?)", [(f"{i * 7919 % 5000}-{CALL}",) for i in range(5000)]
        )
        file.commit()
        file.execute("DELETE FROM rest")
        file.commit()
    assert files_that_tell(data, f"77-{CALL}")
    compact(data / "prankfilter.sqlite")
    assert files_that_tell(data, f"77-{CALL}") == []


def test_a_dry_run_tells_and_changes_nothing(data: Path, capsys: pytest.CaptureFixture[str]) -> None:
    before = (data / "prankfilter.sqlite").read_bytes()
    assert main(["erase", "--number", NUMBER, "--dry-run", *ASKED]) == 0
    told = capsys.readouterr().out
    assert told.startswith("would erase: ")
    assert "2 recordings" in told and "2 calls" in told
    assert (data / "prankfilter.sqlite").read_bytes() == before
    assert not (data / "erased.jsonl").exists()


@pytest.mark.parametrize("more", [[], ["--dry-run"]])
def test_an_open_call_back_is_in_the_way(
    data: Path, store: SqlStore, capsys: pytest.CaptureFixture[str], more: list[str]
) -> None:
    one = names(data)[0]
    store.put(lambda cursor: cursor.execute("DELETE FROM owed"))
    store.put(row_of(store, owed, call_id=f"{CALL}-0", caller=one, at=1, closed_at=None))
    assert main(["erase", "--number", NUMBER, *ASKED, *more]) == 1
    assert f"a call-back is owed for call {CALL}-0" in capsys.readouterr().err
    assert kept(store, one)
    assert not (data / "erased.jsonl").exists()


def test_the_number_can_come_by_standard_input(data: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "stdin", io.StringIO(f"{NUMBER}\n"))
    assert main(["erase", "--number", "-", *ASKED]) == 0
    assert files_that_tell(data, *names(data)) == []


@pytest.mark.parametrize(
    "said",
    [
        ["--number", NUMBER, "--by", " ", "--reason", "x"],
        ["--number", NUMBER, "--by", "ratna", "--reason", ""],
        ["--number", NUMBER, "--by", "ratna", "--reason", "asked for by 0812 3456 7890"],
        ["--call", f"{CALL}-0", "--by", "ratna", "--reason", f"the call {CALL}-0"],
        ["--number", "not a number", *ASKED],
        ["--number", "110", *ASKED],
    ],
)
def test_what_is_refused_erases_nothing(
    data: Path, store: SqlStore, said: list[str], capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["erase", *said]) == 1
    assert capsys.readouterr().err.startswith("prankfilter: ")
    assert kept(store, f"{CALL}-0")


def test_who_wants_neither_number_nor_call_erased_is_told_the_usage(data: Path) -> None:
    with pytest.raises(SystemExit) as stop:
        main(["erase", *ASKED])
    assert stop.value.code == 2


def test_what_a_restored_backup_brings_back_goes_again_but_later_calls_stay(data: Path) -> None:
    backup = shutil.copytree(data, data.parent / "backup")
    assert main(["erase", "--number", NUMBER, *ASKED]) == 0
    assert main(["erase", "--call", "other-7", *ASKED]) == 0
    (data / "prankfilter.sqlite").unlink()
    shutil.copy(backup / "prankfilter.sqlite", data / "prankfilter.sqlite")
    later = names(data)[0]
    with closing(SqlStore.open(f"sqlite:///{data / 'prankfilter.sqlite'}")) as store:
        fill(store, "later", later, at=2**60)
    assert main(["erase", "--again", *ASKED]) == 0
    assert files_that_tell(data, CALL, names(data)[1]) == []
    with closing(SqlStore.open(f"sqlite:///{data / 'prankfilter.sqlite'}")) as store:
        assert kept(store, "later")
        assert not kept(store, "other-7")
        assert kept(store, "other-8")


def test_where_nothing_was_ever_erased_nothing_goes_again(
    data: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["erase", "--again", *ASKED]) == 0
    assert capsys.readouterr().out == "erased: nothing, for nothing is kept of it\n"


def test_the_journal_names_rows_as_exports_do(data: Path) -> None:
    assert main(["erase", "--number", NUMBER, *ASKED]) == 0
    assert main(["erase", "--call", "other-7", *ASKED]) == 0
    journal = (data / "erased.jsonl").read_text(encoding="utf-8")
    exported = Pseudonyms(KeyedHash(Keyring.open(data / "keys"), Purpose.EXPORT))
    named = [*map(exported.caller, names(data)), exported.call("other-7")]
    assert all(name is not None and name in journal for name in named)
    assert (data / "erased.jsonl").stat().st_mode & 0o077 == 0


@pytest.mark.parametrize(
    "command", [["erase", "--number", NUMBER, *ASKED], ["erase", "--again", *ASKED], ["purge"]]
)
def test_where_there_is_no_store_nobody_is_told_that_it_was_done(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], command: list[str]
) -> None:
    monkeypatch.setenv("PRANKFILTER_DATA", str(tmp_path / "elsewhere"))
    assert main(command) == 1
    assert "there is no store" in capsys.readouterr().err
    assert not (tmp_path / "elsewhere").exists()


def test_without_a_journal_nothing_is_erased(
    data: Path, store: SqlStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("prankfilter.privacy.erasures.ERASURES", "no such folder/erased.jsonl")
    assert main(["erase", "--number", NUMBER, *ASKED]) == 1
    assert kept(store, f"{CALL}-0")
