"""``prankfilter report``: on a terminal, into files, and what it refuses."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from prankfilter.cli import REPORTS, main
from prankfilter.commands.report import FORMATS, RECORDED
from prankfilter.reports.periods import ReportKind
from prankfilter.store.deeds import Deeds
from prankfilter.store.sql import SqlStore
from prankfilter.vocabulary import Label
from tests.builders import NOW, ago, call_record, outcome

DAY = f"{NOW:%Y-%m-%d}"


@pytest.fixture
def data(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A store with one call of the day, where the command looks for it."""
    monkeypatch.setenv("PRANKFILTER_DATA", str(tmp_path))
    monkeypatch.setenv("PRANKFILTER_LETTERHEAD", "Kabupaten Contoh // Layanan 112")
    store = SqlStore.open(f"sqlite:///{tmp_path / 'prankfilter.sqlite'}")
    store.put_record(call_record(received_at=ago(hours=1)))
    store.put_outcome("call-1", outcome(Label.CHILD_PLAY, answered_at=ago(hours=1), duration_s=20.0))
    store.close()
    return tmp_path


def test_the_command_knows_every_report_and_form() -> None:
    assert tuple(kind.value for kind in ReportKind) == REPORTS
    assert FORMATS.keys() >= RECORDED


def test_text_is_shown_under_the_letterhead(data: Path, capsysbinary: pytest.CaptureFixture[bytes]) -> None:
    assert main(["report", "daily", "--date", DAY, "--by", "ratna"]) == 0
    text = capsysbinary.readouterr().out.decode()
    assert text.startswith("Kabupaten Contoh\nLayanan 112\nLaporan harian: Rabu, 16 September 2026\n")
    assert "main-main anak" in text
    assert text.endswith("Skor adalah saran, bukan tuduhan.\n")


@pytest.mark.parametrize("form", ["json", "csv", "xlsx", "pdf"])
def test_a_file_is_for_its_owner_alone_and_on_record(data: Path, form: str) -> None:
    out = data / f"report.{form}"
    command = ["report", "daily", "--date", DAY, "--format", form, "--out", str(out), "--by", "ratna"]
    assert main([*command, "--signed", "Ratna Dewi", "--language", "en"]) == 0
    assert out.stat().st_mode & 0o777 == 0o600
    if form == "json":
        assert json.loads(out.read_bytes())["made_by"] == "Ratna Dewi"
    store = SqlStore.open(f"sqlite:///{data / 'prankfilter.sqlite'}")
    deeds = Deeds(store).within(ago(days=9999), NOW.replace(year=2099))
    store.close()
    assert [deed.by for deed in deeds] == ([] if form == "json" else ["ratna"])


def test_an_unusable_date_or_place_is_refused_by_name(data: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["report", "shift", "--date", "kemarin"]) == 1
    assert "give a day (2026-11-22)" in capsys.readouterr().err
    assert (
        main(["report", "shift", "--date", DAY, "--format", "csv", "--out", str(data / "no" / "r.csv")]) == 1
    )
    assert "cannot be written" in capsys.readouterr().err


def test_districts_come_from_the_centres_own_file(
    data: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    path = data / "districts.csv"
    monkeypatch.setenv("PRANKFILTER_DISTRICTS", str(path))
    path.write_text("area;district\ncell;Penajam\n", encoding="utf-8-sig")
    assert main(["report", "outreach", "--date", DAY]) == 0
    path.write_text("area;district\n510-10;\n", encoding="utf-8")
    assert main(["report", "outreach", "--date", DAY]) == 1
    assert "line 2" in capsys.readouterr().err
