"""The command ``prankfilter purge``, as a timer runs it beside the service."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest

from prankfilter.cli import main
from prankfilter.store.deeds import Act, Deeds
from prankfilter.store.instants import microseconds
from prankfilter.store.sql import SqlStore
from tests.subjects import fill, kept

DAY = dt.timedelta(days=1)


@pytest.fixture
def data(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("PRANKFILTER_DATA", str(tmp_path))
    monkeypatch.delenv("PRANKFILTER_STORE", raising=False)
    monkeypatch.delenv("PRANKFILTER_KEYS", raising=False)
    return tmp_path


@pytest.fixture
def store(data: Path) -> Iterator[SqlStore]:
    """The service has it open; calls of 50, 100 and 500 days ago are in it."""
    now = dt.datetime.now(dt.UTC)
    with closing(SqlStore.open(f"sqlite:///{data / 'prankfilter.sqlite'}")) as one:
        for days in (50, 100, 500):
            fill(one, f"call-of-{days}", f"caller-of-{days}", at=microseconds(now - days * DAY))
        yield one


def told_by(data: Path, text: str) -> list[str]:
    return [
        path.name for path in sorted(data.glob("prankfilter.sqlite*")) if text.encode() in path.read_bytes()
    ]


def test_the_default_is_as_far_as_history_looks_back(
    data: Path, store: SqlStore, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["purge"]) == 0
    assert capsys.readouterr().out.startswith("deleted: 3 recordings, 1 calls, 1 clearings, 1 call_backs")
    assert not kept(store, "call-of-500")
    assert "calls" in kept(store, "call-of-100")
    book = Deeds(store).within(dt.datetime.now(dt.UTC) - DAY, dt.datetime.now(dt.UTC))
    (deed,) = [one for one in book if one.what is Act.PURGED]
    assert deed.details["calls"] == 1


def test_a_setting_makes_it_shorter(data: Path, store: SqlStore, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PRANKFILTER_KEEP_CALLS_DAYS", "91")
    assert main(["purge"]) == 0
    assert not kept(store, "call-of-100")
    assert "calls" in kept(store, "call-of-50")


def test_compacted_no_byte_of_it_is_left(data: Path, store: SqlStore) -> None:
    assert told_by(data, "caller-of-500")
    assert main(["purge", "--compact"]) == 0
    assert not told_by(data, "caller-of-500")
    assert told_by(data, "caller-of-50")


def test_a_dry_run_tells_and_changes_nothing(
    data: Path, store: SqlStore, capsys: pytest.CaptureFixture[str]
) -> None:
    before = {days: kept(store, f"call-of-{days}") for days in (50, 100, 500)}
    assert main(["purge", "--dry-run"]) == 0
    assert "3 recordings" in capsys.readouterr().out
    assert before == {days: kept(store, f"call-of-{days}") for days in (50, 100, 500)}


@pytest.mark.parametrize(
    ("variable", "value"),
    [("SOUND", "31"), ("SOUND", "0"), ("CALLS", "90"), ("DEEDS", "x")],
)
def test_terms_that_the_rules_forbid_are_refused(
    data: Path, store: SqlStore, monkeypatch: pytest.MonkeyPatch, variable: str, value: str
) -> None:
    monkeypatch.setenv(f"PRANKFILTER_KEEP_{variable}_DAYS", value)
    assert main(["purge"]) == 1
    assert kept(store, "call-of-500")
