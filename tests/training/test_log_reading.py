"""Reading a log column by column says what the serving intake says of one row after the other."""

from __future__ import annotations

import datetime as dt
from dataclasses import replace
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from prankfilter_training.log import settled
from prankfilter_training.log.call import LoggedCall
from prankfilter_training.log.columns import COLUMNS, COLUMNS_BY_NAME, LOG_COLUMNS_BY_NAME, Kind
from prankfilter_training.log.files import Cells
from prankfilter_training.log.logbook import read_log
from prankfilter_training.log.reading import read_cells
from prankfilter_training.log.spellings import MISSING_LOOKALIKES, rewritten_by_a_spreadsheet
from prankfilter_training.log.table import SCHEMA, table_of

from prankfilter.privacy.intake import EARLIEST, MISSING_WORDS, read_record

END_OF_TIME = dt.datetime(9998, 12, 31, tzinfo=dt.UTC)
WITA = ZoneInfo("Asia/Makassar")
START = dt.datetime.fromisoformat("2025-01-01")

NUMBERS = (
    "0812 3456 7890",
    "+6281234567890",
    "81234567890",
    "anonymous",
    "112",
    "911-1234567",
    "8,12E+10",
    "x",
)
TEXTS = ("trunk-1", "call from 6281234567890", "34567890", " é ", "a\tb", "x" * 201, "911 1234567 0", "Ab")
TIMES = (
    "2025-03-01T08:15:00+08:00",
    "2025-03-01 08:15:00.25Z",
    "2025-03-01T08:15:00",
    "2025-02-30T08:15:00+08:00",
    "2025-03-01T24:15:00+08:00",
    "2025-03-01T08:15:60+08:00",
    "1999-12-31T23:59:59+00:00",
    "2025-03-01T08:15:00.1234567-09:30",
    "20250301",
)
AMOUNTS = (
    "0",
    "12",
    "12.5",
    "-0.0",
    "1e2",
    "-5",
    "604800",
    "604801",
    "nan",
    ".5",
    "5.",
    "+3",
    "1" * 41,
    "90.0",
)


def cells_of_kind(kind: Kind) -> st.SearchStrategy[str]:
    """Values that a cell may hold, right and wrong, as serving would be sent them."""
    samples = {
        Kind.TELEPHONE: NUMBERS,
        Kind.TIME: TIMES,
        Kind.NUMBER: AMOUNTS,
        Kind.COUNT: AMOUNTS,
        Kind.TRUTH: ("true", "FALSE", "1", "0", "maybe"),
        Kind.WORDS: ("audio", "audio, rtt", "psap-callback", "ets.0,esnet.1", "smoke", ","),
        Kind.ADDRESS: ("10.1.2.3", "[::1]", "10.1.2.300"),
    }.get(kind, TEXTS)
    drawn = st.sampled_from((*samples, *MISSING_WORDS, "  "))
    if kind is Kind.TIME:
        moments = st.datetimes(
            START.replace(year=1998), START.replace(year=2099), timezones=st.none() | OFFSETS
        )
        return drawn | moments.map(dt.datetime.isoformat)
    if kind is Kind.NUMBER:
        return drawn | st.floats().map(repr)
    return drawn | st.text(max_size=9).filter(is_plain) if kind is Kind.TEXT else drawn


OFFSETS = st.integers(-14 * 60, 14 * 60).map(lambda minutes: dt.timezone(dt.timedelta(minutes=minutes)))


def is_plain(text: str) -> bool:
    """Whether it is no text that a log refuses and serving would take."""
    try:
        text.encode()
    except UnicodeEncodeError:
        return False
    return text.strip().lower() not in MISSING_LOOKALIKES and not rewritten_by_a_spreadsheet(text.strip())


def words_or_cells(name: str) -> st.SearchStrategy[str]:
    column = COLUMNS_BY_NAME[name]
    words = column.reader.schema.get("enum", ())
    return st.sampled_from((*words, "other", "")) if words else cells_of_kind(column.kind)


CHOSEN = tuple(column.name for column in COLUMNS if column.name not in ("call_id", "caller", "ring_s"))


def rows_with(columns: frozenset[str]) -> st.SearchStrategy[list[dict[str, str]]]:
    own = {name: words_or_cells(name) for name in columns}
    return st.lists(
        st.fixed_dictionaries(own | {"received_at": st.sampled_from(TIMES[:3])}), min_size=1, max_size=6
    )


rows_of_cells = st.frozensets(st.sampled_from(CHOSEN), max_size=10).flatmap(rows_with)


def read_row(number: int, cells: dict[str, str], zone: dt.tzinfo) -> tuple[LoggedCall, set[tuple[int, str]]]:
    """One row by the serving intake and the readers themselves: slow, plain, and what columns are held to."""
    plain = {name: text.strip() for name, text in cells.items() if text.strip() not in MISSING_WORDS}
    record, told = read_record(
        plain.pop("call_id"),
        {name: text for name, text in plain.items() if name not in LOG_COLUMNS_BY_NAME},
        now=END_OF_TIME,
        zone=zone,
        pseudonymise=settled.pseudonym_in_memory,
    )
    faults = {(number, fault.partition(":")[0]) for fault in told if fault.endswith("counted as missing")}
    facts: dict[str, Any] = {}
    for name in plain.keys() & LOG_COLUMNS_BY_NAME.keys():
        try:
            facts[name] = _aware(LOG_COLUMNS_BY_NAME[name].reader.read(plain[name]), zone)
        except ValueError:
            faults.add((number, name))
    return LoggedCall(record=replace(record, ring_s=None), row=number, **facts), faults


def _aware(value: Any, zone: dt.tzinfo) -> Any:
    if not isinstance(value, dt.datetime):
        return value
    aware = value if value.tzinfo else value.replace(tzinfo=zone)
    if aware < EARLIEST:
        raise ValueError
    return aware


def cells_of_rows(rows: list[dict[str, str]]) -> Cells:
    names = tuple(dict.fromkeys(name for row in rows for name in row))
    table = pl.DataFrame(
        {name: [row.get(name) for row in rows] for name in names}, dict.fromkeys(names, pl.String)
    )
    return Cells(table, names, pl.int_range(2, len(rows) + 2, eager=True).alias("row"))


@settings(max_examples=60, deadline=None)
@given(
    rows=rows_of_cells,
    zone=st.sampled_from((WITA, ZoneInfo("Europe/Berlin"), dt.timezone(dt.timedelta(hours=8)))),
)
def test_columns_say_what_rows_say(rows: list[dict[str, str]], zone: dt.tzinfo) -> None:
    rows = [row | {"call_id": f"c-{place}"} for place, row in enumerate(rows)]
    read = [read_row(number, row, zone) for number, row in enumerate(rows, start=2)]
    expected = table_of([call for call, _ in read]).sort("received_at", "call_id")
    found = read_cells(cells_of_rows(rows), zone)
    assert found.table.to_dicts() == expected.to_dicts()
    assert {(fault.row, fault.column) for fault in found.faults} == set.union(*(faults for _, faults in read))


def one(**cells: str) -> tuple[dict[str, Any], list[str]]:
    """What is read from one good row with these cells, and its faults."""
    good = {"call_id": "a", "received_at": "2025-03-01T08:15:00+08:00"}
    semicolons = replace(cells_of_rows([good | cells]), separator=";")
    read = read_cells(semicolons, WITA)
    return (read.table.to_dicts() or [{}])[0], [str(fault) for fault in read.faults]


@pytest.mark.parametrize(
    ("text", "moment"),
    [
        ("05/03/2025 08:15:30", "2025-03-05T08:15:30+08:00"),
        ("5/3/2025 8.15", "2025-03-05T08:15:00+08:00"),
        ("05-03-2025 08.15.30", "2025-03-05T08:15:30+08:00"),
        ("5.3.2025 8:15", "2025-03-05T08:15:00+08:00"),
        ("2025/03/05 08:15:30", "2025-03-05T08:15:30+08:00"),
        ("05/03/2025 08:15:30,5", "2025-03-05T08:15:30.5+08:00"),
        ("05/03/2025 07:15 WIB", "2025-03-05T08:15:00+08:00"),
        ("05/03/2025 09.15 WIT", "2025-03-05T08:15:00+08:00"),
    ],
)
def test_times_as_indonesian_spreadsheets_write_them(text: str, moment: str) -> None:
    row, faults = one(ended_at=text)
    assert (row["ended_at"], faults) == (dt.datetime.fromisoformat(moment), [])


@pytest.mark.parametrize(
    ("text", "remedy"),
    [
        ("03/13/2025 08:15", "has the month first"),
        ("31/02/2025 08:15", "must be a time with its offset"),
        ("05/03/25 08:15", "has a year of two digits"),
        ("05/03/2025", "tells the day only; add the time of day"),
        ("2025-03-05", "tells the day only; add the time of day"),
        ("45717", "is a spreadsheet's serial day"),
        ("05/03/2025 8:15 PM", "must be a time with its offset"),
        ("00/01/1900 00:00", "must be a time with its offset"),
        ("01/01/1900 00:00", "lies before the year 2000"),
    ],
)
def test_times_that_are_never_guessed(text: str, remedy: str) -> None:
    row, (fault,) = one(ended_at=text)
    assert row["ended_at"] is None
    assert fault.startswith(f'row 2: ended_at "{text}": {remedy}')


@pytest.mark.parametrize("column", ["label_at", "verdict_at", "cleared_at"])
def test_what_was_said_on_a_day_is_known_when_the_day_is_over(column: str) -> None:
    row, faults = one(**{column: "05/03/2025"})
    assert (row[column], faults) == (dt.datetime(2025, 3, 6, tzinfo=WITA), [])


@pytest.mark.parametrize(
    ("text", "number"),
    [("12,5", 12.5), ("1.234,5", 1234.5), ("12,345", 12.345), ("12", 12.0), ("0,0", 0.0)],
)
def test_decimal_commas(text: str, number: float) -> None:
    row, faults = one(duration_s=text)
    assert (row["duration_s"], faults) == (number, [])


def test_three_digits_after_a_point_are_not_guessed_in_a_column_with_decimal_commas() -> None:
    rows = [
        {"call_id": f"c-{text}", "received_at": "2025-03-01T08:15:00+08:00", "duration_s": text}
        for text in ("1.234", "12,5")
    ]
    read = read_cells(replace(cells_of_rows(rows), separator=";"), WITA)
    assert [str(fault) for fault in read.faults] == [
        'row 2: duration_s "1.234": may mean thousands or decimals; write it without a separator of thousands'
    ]
    assert read_cells(cells_of_rows(rows[:1]), WITA).table["duration_s"].to_list() == [1.234]


def test_truth_in_indonesian() -> None:
    words = {"BENAR": True, "ya": True, "SALAH": False, "Tidak": False}
    assert [one(cut_off=word)[0]["cut_off"] for word in words] == list(words.values())


@pytest.mark.parametrize("word", ["NaN", "-", "NULL", "#N/A"])
def test_an_empty_cell_in_disguise_is_nobodys_pseudonym(word: str) -> None:
    row, (fault,) = one(caller=word)
    assert row["caller"] is None
    assert fault == "row 2: caller: looks like an empty cell, but is text; leave the cell empty"


class TestNumbersThatASpreadsheetRewrote:
    def test_lost_digits_are_a_fault(self) -> None:
        assert one(calling_number="8,12E+10")[1] == [
            "row 2: calling_number: was rewritten by a spreadsheet and may have lost digits; send it as text"
        ]
        assert "has lost digits" in one(caller="1,23457E+15")[1][0]

    def test_a_lost_zero_is_none(self) -> None:
        without, faults = one(calling_number="81234567890")
        assert faults == []
        assert without["caller"] == one(calling_number="081234567890")[0]["caller"]
        assert without["number_tail"] == "890"


CANARY = "081298765432"


SPELLINGS = (CANARY, "0812-9876-5432", f"{CANARY} Bu Sari", "+62 812 9876 5432")


@pytest.mark.parametrize("column", [column.name for column in COLUMNS])
def test_no_fault_shows_a_number_wherever_it_slipped_to(column: str) -> None:
    good = {"received_at": "2025-03-01T08:15:00+08:00", "number_kind": "real"}
    rows = [{"call_id": f"c-{place}"} | good | {column: text} for place, text in enumerate(SPELLINGS)]
    faults = " ".join(map(str, read_cells(cells_of_rows(rows), WITA).faults))
    assert "number_kind" in faults
    assert "9876" not in "".join(filter(str.isdigit, faults))
    assert "Sari" not in faults


def test_no_fault_shows_a_number_that_became_a_heading(tmp_path: Path) -> None:
    (tmp_path / "calls.csv").write_text(f"call_id;received_at;{CANARY}\n")
    (fault,) = read_log(tmp_path, zone=WITA).faults
    assert str(fault).startswith("column (not shown: it may hold a number): there is no such column")


def test_faults_of_a_row_that_is_no_call_are_told_too() -> None:
    row = {"call_id": "", "received_at": "soon", "calling_number": "8,12E+10", "label": "prank"}
    read = read_cells(cells_of_rows([row]), WITA)
    assert {fault.column for fault in read.faults} == set(row)
    assert read.table.is_empty()


def test_what_is_passed_over_is_told() -> None:
    good = {"call_id": "a", "received_at": "2025-03-01T08:15:00+08:00"}
    row = good | {"caller": "c-7", "calling_number": "081234567890", "ring_s": "12"}
    read = read_cells(cells_of_rows([row]), WITA)
    assert (read.table["caller"][0], read.table["ring_s"][0], read.faults) == ("c-7", None, ())
    assert [str(caution) for caution in read.cautions] == [
        "row 2: ring_s: passed over; the ring time of a finished call is not the ring time so far",
        "row 2: caller: stands before calling_number, which is given too",
    ]


def test_what_the_intake_mends_by_itself_is_a_caution() -> None:
    good = {
        "received_at": "2025-03-01T08:15:00+08:00",
        "calling_number": "anonymous",
        "number_kind": "asserted",
    }
    read = read_cells(cells_of_rows([{"call_id": "a"} | good, {"call_id": "b"} | good]), WITA)
    assert (read.table["number_kind"].to_list(), read.faults) == (["withheld"] * 2, ())
    assert [str(caution) for caution in read.cautions] == [
        "rows 2 and 3: number_kind: there is no number that names a caller; read as withheld"
    ]


@pytest.mark.parametrize("state", ["nsi", "sim_less"])
def test_a_phone_without_service_is_nobody_whatever_pseudonym_it_was_given(state: str) -> None:
    good = {"call_id": "a", "received_at": "2025-03-01T08:15:00+08:00", "caller": "c-7"}
    read = read_cells(cells_of_rows([good | {"access_state": state}]), WITA)
    assert (read.table["caller"][0], read.table["number_kind"][0], read.faults) == (None, "none", ())
    assert [str(caution) for caution in read.cautions] == [
        "row 2: caller: names nobody: a phone without service has no number of its own; passed over"
    ]


def test_a_typed_table_is_read_as_its_text_is() -> None:
    text = {
        "duration_s": "60.5",
        "calls_waiting": "3",
        "cut_off": "true",
        "caller": "17",
        "media": "audio,text",
    }
    typed = pl.DataFrame(
        {
            "call_id": ["a"],
            "received_at": [dt.datetime(2025, 3, 1, 8, 15, tzinfo=WITA)],
            "duration_s": [60.5],
            "calls_waiting": [3.0],
            "cut_off": [True],
            "caller": [17],
            "media": [["audio", "text"]],
        }
    )
    cells = Cells(typed, tuple(typed.columns), pl.Series("row", [2]))
    assert read_cells(cells, WITA).table.to_dicts() == [one(**text)[0]]


@pytest.mark.parametrize("zone", [ZoneInfo("Europe/Berlin"), dt.timezone(dt.timedelta(hours=8))])
def test_typed_local_times_are_the_zones_even_where_a_clock_was_changed(zone: dt.tzinfo) -> None:
    local = [dt.datetime.fromisoformat(f"2025-{day} 02:30") for day in ("03-30", "07-01", "10-26")]
    table = pl.DataFrame({"call_id": ["a", "b", "c"], "received_at": local})
    read = read_cells(Cells(table, ("call_id", "received_at"), pl.Series("row", [2, 3, 4])), zone)
    assert read.table["received_at"].to_list() == [
        time.replace(tzinfo=zone).astimezone(dt.UTC) for time in local
    ]


@pytest.mark.parametrize(
    ("column", "value"),
    [
        ("caller", 8.1e10),
        ("label", 3.0),
        ("label_at", 45717.3),
        ("duration_s", True),
        ("calling_number", 8.1e10),
    ],
)
def test_a_type_that_cannot_hold_the_column_is_a_fault(column: str, value: object) -> None:
    good = {"call_id": ["a"], "received_at": [dt.datetime(2025, 3, 1, tzinfo=WITA)]}
    table = pl.DataFrame({**good, column: [value]})
    read = read_cells(Cells(table, tuple(table.columns), pl.Series("row", [2])), WITA)
    assert [(fault.row, fault.column) for fault in read.faults] == [(2, column)]
    assert set(read.table.columns) == set(SCHEMA)
