"""Files of a log as programs and spreadsheets write them: the same calls, whatever the form."""

from __future__ import annotations

import csv
import json
from pathlib import Path
from zoneinfo import ZoneInfo

import polars as pl
import pytest
from prankfilter_training.log.files import folder_of
from prankfilter_training.log.logbook import read_log
from prankfilter_training.log.rejects import write_rejects
from prankfilter_training.log.table import Log

from prankfilter.errors import BadInput

WITA = ZoneInfo("Asia/Makassar")

CALLS = (
    {
        "call_id": "a",
        "received_at": "2025-03-01T08:15:00+08:00",
        "ended_by": "caller",
        "trunk": "jalur utara",
    },
    {
        "call_id": "b",
        "received_at": "2025-03-01T09:15:00+08:00",
        "ended_by": "",
        "trunk": 'baris "1"\nbaris 2; ini',
    },
)


def text_of(separator: str, end: str = "\n") -> str:
    rows = [list(CALLS[0]), *(list(call.values()) for call in CALLS)]
    return "".join(separator.join('"' + cell.replace('"', '""') + '"' for cell in row) + end for row in rows)


def read(folder: Path, content: str | bytes, name: str = "calls.csv") -> Log:
    (folder / name).write_bytes(content if isinstance(content, bytes) else content.encode())
    return read_log(folder / name, zone=WITA)


def faults(log: Log) -> list[str]:
    return [str(fault) for fault in log.faults]


EXPECTED = [
    {"call_id": "a", "ended_by": "caller", "trunk": "jalur utara", "row": 2},
    {"call_id": "b", "ended_by": None, "trunk": 'baris "1" baris 2; ini', "row": 3},
]

FORMS = {
    "commas": text_of(","),
    "semicolons": text_of(";"),
    "tabs": text_of("\t"),
    "CRLF": text_of(";", "\r\n"),
    "UTF-8 with its mark": text_of(";").encode("utf-8-sig"),
    "UTF-16": text_of("\t").encode("utf-16"),
    "a hint of the separator": "sep=;\r\n" + text_of(";", "\r\n"),
    "headings in capitals": text_of(";").replace('"call_id"', '" Call_ID "'),
    "empty rows": text_of(";") + ";;;\n\n;;;\n",
    "an empty column": text_of(";")
    .replace('"\n"a"', '";""\n"a"')
    .replace('utara"', 'utara";')
    .replace('ini"', 'ini";'),
}


@pytest.mark.parametrize("form", FORMS)
def test_every_form_of_csv_holds_the_same_calls(tmp_path: Path, form: str) -> None:
    log = read(tmp_path, FORMS[form])
    assert (faults(log), log.cautions) == ([], ())
    assert log.table.select(*EXPECTED[0]).to_dicts() == EXPECTED


def test_json_lines_hold_the_same_calls_and_count_lines(tmp_path: Path) -> None:
    lines = "\n\n".join(json.dumps(call, ensure_ascii=place == 0) for place, call in enumerate(CALLS))
    table = read(tmp_path, lines, "calls.jsonl").must_be_sound().table
    assert table.select(*EXPECTED[0]).to_dicts() == [EXPECTED[0] | {"row": 1}, EXPECTED[1] | {"row": 3}]


def test_values_of_json_are_read_as_their_text(tmp_path: Path) -> None:
    values = {
        "duration_s": 12.5,
        "calls_waiting": 3,
        "cut_off": True,
        "media": ["audio", "rtt"],
        "caller": None,
    }
    log = read(tmp_path, json.dumps(CALLS[0] | values), "calls.jsonl").must_be_sound()
    (call,) = log.calls
    assert (call.duration_s, call.record.calls_waiting, call.cut_off) == (12.5, 3, True)
    assert (call.record.media, call.record.caller) == (("audio", "text"), None)


def test_broken_lines_of_json_are_named_and_the_others_read(tmp_path: Path) -> None:
    good = json.dumps(CALLS[0])
    lines = ["{", good, "[1]", json.dumps(CALLS[1] | {"trunk": {"a": 1}}), '{"call_id": "\\ud800"}', "\xff"]
    log = read(tmp_path, "\n".join(lines).encode("latin-1"), "calls.jsonl")
    assert len(log.calls) == 1
    assert [fault.row for fault in log.faults] == [1, 3, 4, 5, 6]
    assert "is no JSON object" in faults(log)[0]
    assert "holds an object or a mixed list" in faults(log)[2]


def test_a_file_in_an_old_encoding_is_read_and_says_so(tmp_path: Path) -> None:
    log = read(tmp_path, text_of(";").replace("utara", "Café").encode("cp1252"))
    assert log.table["trunk"][0] == "jalur Café"
    assert [str(caution) for caution in log.cautions] == [
        "the file is no UTF-8 and was read as Windows-1252; save it as CSV UTF-8"
    ]


def test_ragged_rows_are_named_with_their_own_rows(tmp_path: Path) -> None:
    at = "2025-03-01T08:15:00Z"
    text = f'call_id;received_at;trunk\na;{at};"x\ny"\nb;2025-03-01\nc;{at};x\nd;;;;\n'
    log = read(tmp_path, text)
    assert log.table.select("call_id", "row").to_dicts() == [
        {"call_id": "a", "row": 2},
        {"call_id": "c", "row": 4},
    ]
    assert faults(log) == [
        f"row {row}: has {cells} cells where the header has 3; "
        "put quotes around a value that holds a separator, and close every quote"
        for row, cells in ((3, 2), (5, 5))
    ]


@pytest.mark.parametrize(
    ("content", "words"),
    [
        ("", "row 1 is empty"),
        ("Laporan Maret\n", "has no column call_id and no column received_at"),
        ("call_id;received_at;label;Label\n", 'two columns are named "label"'),
        (b"call_id;received_at\n\x81\x8d", "is no text in UTF-8"),
    ],
)
def test_what_is_no_log_is_refused(tmp_path: Path, content: str | bytes, words: str) -> None:
    with pytest.raises(BadInput, match=words):
        read(tmp_path, content)


def test_a_column_without_a_name_and_a_misspelt_one_are_faults(tmp_path: Path) -> None:
    log = read(tmp_path, "call_id;received_at;;lable\na;2025-03-01T08:15:00Z;x;genuine\n")
    assert faults(log) == [
        'column "lable": there is no such column; is label meant? rename it, or begin its name with sim_',
        "unnamed column 3: has values but no name; name it in row 1, or remove it",
    ]


def test_the_path_says_which_file_is_meant(tmp_path: Path) -> None:
    for name in ("calls.csv", "calls.jsonl"):
        (tmp_path / name).write_text("")
    with pytest.raises(BadInput, match=r"holds calls.csv and calls.jsonl; give the path"):
        read_log(tmp_path, zone=WITA)
    with pytest.raises(BadInput, match="save the sheet as CSV"):
        read_log(tmp_path / "Panggilan Maret.xlsx", zone=WITA)
    with pytest.raises(BadInput, match="there is no such file"):
        read_log(tmp_path / "other.csv", zone=WITA)
    (tmp_path / "calls.parquet").write_bytes(b"PAR0")
    with pytest.raises(BadInput, match="is no Parquet file that can be read"):
        read_log(tmp_path / "calls.parquet", zone=WITA)


def test_recordings_lie_beside_the_file(tmp_path: Path) -> None:
    assert folder_of(tmp_path) == folder_of(tmp_path / "calls.csv") == tmp_path


class TestRejects:
    FAULTY = (
        "call_id;received_at;calling_number;label;sim_note\n"
        "a;2025-03-01T08:15:00Z;081234567890;prank;x\n"
        "b;2025-03-01T08:15:00Z;081234567891;genuine;y\n"
        "c;soon;081234567892;iseng;\n"
        "d;1;2;3;4;5\n"
        "e\n"
    )

    def rejected(self, folder: Path) -> tuple[Path, list[list[str]]]:
        out = folder / "rejects.csv"
        log = read(folder, self.FAULTY)
        assert write_rejects(folder, log.faults, out) == 4
        with out.open(encoding="utf-8-sig", newline="") as file:
            return out, list(csv.reader(file, delimiter=";"))

    def test_hold_every_faulty_row_as_it_came_with_all_its_faults(self, tmp_path: Path) -> None:
        _, (header, *rows) = self.rejected(tmp_path)
        assert header == ["call_id", "received_at", "calling_number", "label", "sim_note", "fault"]
        assert [row[:5] for row in rows] == [
            ["a", "2025-03-01T08:15:00Z", "081234567890", "prank", "x"],
            ["c", "soon", "081234567892", "iseng", ""],
            ["d", "1", "2", "3", "4"],
            ["e", "", "", "", ""],
        ]
        assert rows[0][5].startswith('row 2: label "prank": must be one of')
        assert rows[1][5].startswith('row 4: received_at "soon": must be')
        assert '| label "iseng": must be one of' in rows[1][5]
        assert rows[2][6:] == ["5"]

    def test_are_for_their_owner_and_can_be_checked_again(self, tmp_path: Path) -> None:
        out, rows = self.rejected(tmp_path)
        assert out.stat().st_mode & 0o077 == 0
        again = [rows[0], *(row[:6] for row in rows[1:2])]
        mended = "\n".join(";".join(row) for row in again).replace("prank;", "silent;")
        log = read(tmp_path, mended, "mended.csv")
        assert (len(log.calls), faults(log)) == (1, [])

    def test_of_a_typed_table_are_texts(self, tmp_path: Path) -> None:
        table = pl.DataFrame(
            {"call_id": ["a"], "received_at": ["2025-03-01T08:15:00Z"], "label": ["x"], "ring_s": [1.5]}
        )
        table = table.with_columns(
            pl.col("received_at").str.to_datetime(time_zone="UTC"), media=pl.Series([["audio", "video"]])
        )
        table.write_parquet(tmp_path / "calls.parquet")
        log = read_log(tmp_path, zone=WITA)
        assert write_rejects(tmp_path, log.faults, tmp_path / "rejects.csv") == 1
        line = (tmp_path / "rejects.csv").read_text(encoding="utf-8-sig").splitlines()[1]
        assert line.startswith('a,2025-03-01T08:15:00+00:00,x,1.5,"audio,video","row 2: label')

    def test_never_overwrite_the_log(self, tmp_path: Path) -> None:
        log = read(tmp_path, self.FAULTY)
        with pytest.raises(BadInput, match="is the log itself"):
            write_rejects(tmp_path, log.faults, tmp_path / "calls.csv")
        assert (tmp_path / "calls.csv").read_text() == self.FAULTY
