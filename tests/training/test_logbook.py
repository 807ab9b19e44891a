"""Reading a log: what is right is read as in service, what is wrong is named with row, column and remedy."""

from __future__ import annotations

import datetime as dt
from pathlib import Path
from zoneinfo import ZoneInfo

import pandas as pd
import pytest
from prankfilter_training.log.logbook import read_log
from prankfilter_training.log.table import Log

from prankfilter.errors import BadInput
from prankfilter.vocabulary import EndedBy, Label, NumberKind, Verdict

WITA = ZoneInfo("Asia/Makassar")

GOOD = {
    "call_id": "a-1",
    "received_at": "2025-03-01T08:15:00+08:00",
    "calling_number": "0812 3456 7890",
    "number_kind": "asserted",
    "answered_at": "2025-03-01T08:15:12+08:00",
    "ended_at": "2025-03-01T08:16:12+08:00",
    "duration_s": "60",
    "ended_by": "caller",
    "label": "joke_or_abuse",
    "label_source": "call_taker",
    "verdict": "confirmed",
    "verdict_at": "2025-03-03T09:00:00+08:00",
    "ring_s": "12",
}


def log_of(folder: Path, *rows: dict[str, str], separator: str = ",", bom: bool = False) -> Log:
    table = pd.DataFrame(rows)
    text = table.to_csv(index=False, sep=separator)
    (folder / "calls.csv").write_text(text, encoding="utf-8-sig" if bom else "utf-8")
    return read_log(folder, zone=WITA)


def test_a_good_row_is_read_whole(tmp_path: Path) -> None:
    (call,) = log_of(tmp_path, GOOD).must_be_sound().calls
    assert call.record.number_kind is NumberKind.ASSERTED
    assert call.record.number_tail == "890"
    assert call.record.received_at == dt.datetime(2025, 3, 1, 8, 15, tzinfo=WITA)
    assert call.record.received_at.tzinfo is WITA
    assert (call.label, call.verdict, call.ended_by) == (
        Label.JOKE_OR_ABUSE,
        Verdict.CONFIRMED,
        EndedBy.CALLER,
    )
    assert call.duration_s == 60.0
    assert call.answered is True


def test_a_final_ring_time_is_not_the_ring_time_so_far(tmp_path: Path) -> None:
    (call,) = log_of(tmp_path, GOOD).calls
    assert call.record.ring_s is None


def test_one_number_in_two_spellings_is_one_caller(tmp_path: Path) -> None:
    log = log_of(tmp_path, GOOD, GOOD | {"call_id": "a-2", "calling_number": "+6281234567890"})
    assert len({call.record.caller for call in log.calls}) == 1


def test_a_pseudonym_may_stand_for_the_number(tmp_path: Path) -> None:
    row = {name: value for name, value in GOOD.items() if name != "calling_number"} | {"caller": "c-7"}
    (call,) = log_of(tmp_path, row).calls
    assert call.record.caller == "c-7"


@pytest.mark.parametrize("missing", ["", "<null>"])
def test_missing_is_missing_and_never_zero(tmp_path: Path, missing: str) -> None:
    (call,) = log_of(tmp_path, GOOD | {"duration_s": missing, "label": missing}).must_be_sound().calls
    assert (call.duration_s, call.label) == (None, None)


def test_semicolons_and_a_byte_order_mark_are_read(tmp_path: Path) -> None:
    (call,) = log_of(tmp_path, GOOD, separator=";", bom=True).must_be_sound().calls
    assert call.record.call_id == "a-1"


def test_calls_come_in_order_of_time(tmp_path: Path) -> None:
    earlier = GOOD | {"call_id": "a-0", "received_at": "2025-02-28T23:00:00+08:00"}
    assert [call.record.call_id for call in log_of(tmp_path, GOOD, earlier).calls] == ["a-0", "a-1"]


def test_parquet_says_the_same_as_csv(tmp_path: Path) -> None:
    from_csv = log_of(tmp_path, GOOD)
    table = pd.DataFrame([GOOD])
    for name in ("received_at", "answered_at", "ended_at", "verdict_at"):
        table[name] = pd.to_datetime(table[name])
    table["duration_s"] = table["duration_s"].astype(float)
    other = tmp_path / "parquet"
    other.mkdir()
    table.to_parquet(other / "calls.parquet")
    assert read_log(other, zone=WITA).table.equals(from_csv.table)


FAULTS = {
    "label": ("prank", 'row 2: label "prank": must be one of genuine, information, silent'),
    "duration_s": ("long", 'row 2: duration_s "long": must be a number of seconds from 0 to 604800'),
    "ended_at": ("soon", 'row 2: ended_at "soon": must be a time with its offset'),
    "ended_by": ("nobody", 'row 2: ended_by "nobody": must be one of caller'),
    "number_kind": ("real", 'row 2: number_kind "real": must be one of asserted'),
    "call_id": ("", "row 2: call_id: missing; every call needs its own id"),
    "received_at": ("", "row 2: received_at: missing; every call needs its own time"),
}


@pytest.mark.parametrize("column", FAULTS)
def test_a_fault_names_row_column_and_remedy(tmp_path: Path, column: str) -> None:
    value, words = FAULTS[column]
    faults = log_of(tmp_path, GOOD | {column: value}, GOOD | {"call_id": "a-9"}).faults
    assert len(faults) == 1
    assert str(faults[0]).startswith(words)


def test_all_faults_are_told_at_once(tmp_path: Path) -> None:
    log = log_of(
        tmp_path, GOOD | {"label": "x", "ended_by": "y"}, GOOD | {"call_id": "b", "duration_s": "-1"}
    )
    assert {(fault.row, fault.column) for fault in log.faults} == {
        (2, "label"),
        (2, "ended_by"),
        (3, "duration_s"),
    }
    with pytest.raises(BadInput, match=r"the log has 3 faults; .*:\n  row 2: "):
        log.must_be_sound()


def test_a_call_that_stands_twice_is_named(tmp_path: Path) -> None:
    log = log_of(tmp_path, GOOD, GOOD)
    assert len(log.calls) == 1
    assert str(log.faults[0]) == 'row 3: call_id "a-1": stands in row 2 too; give every call its own id'


def test_an_unknown_column_is_named_and_a_note_is_not(tmp_path: Path) -> None:
    log = log_of(tmp_path, GOOD | {"operator_mood": "good", "sim_true_label": "silent"})
    assert [str(fault) for fault in log.faults] == [
        'column "operator_mood": there is no such column; rename it, or begin its name with sim_'
    ]


def test_no_log_and_no_zone_are_refused(tmp_path: Path) -> None:
    with pytest.raises(BadInput, match=r"holds neither calls.parquet nor calls.csv"):
        read_log(tmp_path, zone=WITA)
    pd.DataFrame([GOOD]).to_csv(tmp_path / "calls.csv", index=False)
    with pytest.raises(BadInput, match="Give --zone, such as Asia/Makassar"):
        read_log(tmp_path)
