"""Who was erased goes out of logs that were exported before, too: ``prankfilter-train forget``."""

from __future__ import annotations

import datetime as dt
import re
import shlex
import stat
from contextlib import closing
from pathlib import Path

import polars as pl
import pytest
from prankfilter_training.cli import main as train

from prankfilter.cli import main
from prankfilter.privacy.erasures import ExportNames
from prankfilter.privacy.keyring import Keyring
from prankfilter.privacy.pseudonym import Pseudonymiser
from prankfilter.privacy.trail import read
from prankfilter.store.sql import SqlStore
from prankfilter.vocabulary import Label
from tests.builders import call_record, outcome

E164 = "+6281234567890"
ASKED = ("--by", "ratna", "--reason", "request 7")
BEGAN = dt.datetime(2026, 1, 5, 10, 0, tzinfo=dt.UTC)


@pytest.fixture
def data(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A service's folder with two calls of the number and three of others."""
    folder = tmp_path / "data"
    monkeypatch.setenv("PRANKFILTER_DATA", str(folder))
    for name in ("PRANKFILTER_STORE", "PRANKFILTER_KEYS"):
        monkeypatch.delenv(name, raising=False)
    caller = Pseudonymiser(Keyring.open(folder / "keys", create=True)).pseudonym(E164)
    with closing(SqlStore.open(f"sqlite:///{folder / 'prankfilter.sqlite'}")) as store:
        for place, name in enumerate([caller, "b", None, caller, "c"]):
            at = BEGAN + dt.timedelta(hours=place)
            store.put_record(call_record(call_id=f"call-{place}", caller=name, received_at=at))
            store.put_outcome(f"call-{place}", outcome(Label.SILENT, at=at + dt.timedelta(minutes=2)))
    return folder


def export(folder: Path, *more: str) -> pl.DataFrame:
    assert train(["export", "--out", str(folder), *ASKED, *more]) == 0
    sound = pl.DataFrame({"call_id": log(folder)["call_id"], "look_s": 1.0})
    sound.write_parquet(folder / "audio_features.parquet")
    return log(folder)


def log(folder: Path) -> pl.DataFrame:
    return pl.read_parquet(folder / "calls.parquet")


@pytest.mark.parametrize("keep", [[], ["--keep-call-ids"]], ids=["pseudonyms", "call ids"])
def test_the_number_goes_and_everybody_else_stays(
    data: Path, tmp_path: Path, keep: list[str], capsys: pytest.CaptureFixture[str]
) -> None:
    folder = tmp_path / "a log"
    before = export(folder, *keep)
    capsys.readouterr()
    assert main(["erase", "--number", E164, *ASKED]) == 0
    # What the erasure says is the command that does it.
    (said,) = re.findall(r"prankfilter-train (forget .*) --by … --reason …", capsys.readouterr().err)
    assert train([*shlex.split(said), *ASKED]) == 0
    assert "2 calls and 2 looks" in capsys.readouterr().out
    after = log(folder)
    assert after.equals(before[[1, 2, 4]]) and after.schema == before.schema
    heard = pl.read_parquet(folder / "audio_features.parquet")
    assert heard["call_id"].to_list() == after["call_id"].to_list()
    assert stat.S_IMODE((folder / "calls.parquet").stat().st_mode) == 0o600
    assert sorted(path.name for path in folder.iterdir()) == ["audio_features.parquet", "calls.parquet"]
    assert read(data)[-1].what == "forget" and read(data)[-1].details == {"log": str(folder)}
    # A second time there is nothing left to take out.
    written = (folder / "calls.parquet").stat().st_mtime_ns
    assert train(["forget", str(folder), *keep, *ASKED]) == 0
    assert (folder / "calls.parquet").stat().st_mtime_ns == written


@pytest.mark.parametrize("keep", [[], ["--keep-call-ids"]], ids=["pseudonyms", "call ids"])
def test_so_does_a_call(data: Path, tmp_path: Path, keep: list[str]) -> None:
    before = export(tmp_path / "log", *keep)
    assert main(["erase", "--call", "call-2", *ASKED]) == 0
    assert train(["forget", str(tmp_path / "log"), *keep, *ASKED]) == 0
    assert log(tmp_path / "log").equals(before[[0, 1, 3, 4]])


def test_calls_after_the_erasure_stay(data: Path, tmp_path: Path) -> None:
    assert main(["erase", "--number", E164, *ASKED]) == 0
    keyring = Keyring.open(data / "keys")
    caller = Pseudonymiser(keyring).pseudonym(E164)
    with closing(SqlStore.open(f"sqlite:///{data / 'prankfilter.sqlite'}")) as store:
        store.put_record(
            call_record(call_id="new", caller=caller, received_at=dt.datetime.now(dt.UTC) + dt.timedelta(1))
        )
    day = f"{dt.datetime.now(dt.UTC) + dt.timedelta(days=3):%Y-%m-%d}"
    before = export(tmp_path / "log", "--until", day)
    assert ExportNames(keyring).of_caller(caller)[0] in before["caller"].to_list()
    assert train(["forget", str(tmp_path / "log"), *ASKED]) == 0
    assert log(tmp_path / "log").equals(before)


def test_what_is_refused_changes_nothing(
    data: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    export(tmp_path / "log")
    written = (tmp_path / "log" / "calls.parquet").read_bytes()
    assert train(["forget", str(tmp_path / "log"), *ASKED]) == 1
    assert "nobody was erased yet" in capsys.readouterr().err
    assert main(["erase", "--number", E164, *ASKED]) == 0
    assert train(["forget", str(tmp_path / "log"), "--by", " ", "--reason", "x"]) == 1
    assert train(["forget", str(tmp_path / "nothing"), *ASKED]) == 1
    assert "give the folder of a log" in capsys.readouterr().err
    assert (tmp_path / "log" / "calls.parquet").read_bytes() == written


def test_a_stop_leaves_the_old_log_whole(data: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    before = export(tmp_path / "log")
    assert main(["erase", "--number", E164, *ASKED]) == 0

    def full(*_: object) -> None:
        raise OSError("no room")

    monkeypatch.setattr("pyarrow.parquet.ParquetWriter.write_batch", full)
    assert train(["forget", str(tmp_path / "log"), *ASKED]) == 1
    assert log(tmp_path / "log").equals(before)
    assert sorted(path.name for path in (tmp_path / "log").iterdir()) == [
        "audio_features.parquet",
        "calls.parquet",
    ]
