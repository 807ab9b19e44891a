"""What columns must say together: every rule finds the call that breaks it, and no other."""

from __future__ import annotations

import datetime as dt
from pathlib import Path
from typing import Any

import polars as pl
import pytest
from prankfilter_training.log.rules import RULES, Rule, cautions_of, faults_of, not_yet
from prankfilter_training.log.table import table_of

from prankfilter.vocabulary import Label, Verdict
from tests.training.logs import logged, written

RECEIVED = logged().record.received_at


def after(minutes: float) -> dt.datetime:
    return RECEIVED + dt.timedelta(minutes=minutes)


BREAKS: dict[str, dict[str, Any]] = {
    "answered_at_before_received_at": {"answered_at": after(-1)},
    "ended_at_before_received_at": {"ended_at": after(-1)},
    "ended_at_before_answered_at": {"answered_at": after(5)},
    "label_at_before_received_at": {"label_at": after(-1)},
    "verdict_at_before_received_at": {"verdict": Verdict.CONFIRMED, "verdict_at": after(-1)},
    "verdict_missing": {"verdict_label": Label.SILENT},
    "audio_path_escapes": {"audio_path": "sound/../../etc/passwd"},
    "dispatched_at_before_received_at": {"dispatched_at": after(-1)},
    "on_scene_at_before_dispatched_at": {"dispatched_at": after(3), "on_scene_at": after(2)},
    "label_at_guessed": {"label_at": None},
    "label_at_guessed_badly": {"label_at": None, "ended_at": None},
    "verdict_at_guessed": {"verdict": Verdict.UNSURE},
    "label_missing": {"label": None},
    "nobody_answered": {"answered_at": None},
    "somebody_answered": {"label": Label.ABANDONED},
    "duration_differs": {"duration_s": 70.0},
    "sound_longer_than_call": {"audio_s": 80.0},
    "capture_unknown": {"audio_path": "a.wav", "record": {"audio_capture": None}},
}
"""By rule, what a sound call must be changed to for breaking it; rules of several calls are tested below."""


def broken(table: pl.DataFrame) -> dict[str, list[int]]:
    return {
        rule.name: rows
        for rule in RULES
        if (rows := table.filter(rule.broken.fill_null(value=False))["row"].to_list())
    }


def test_every_rule_of_one_call_has_a_call_that_breaks_it() -> None:
    assert set(BREAKS) == {rule.name for rule in RULES} - {"call_stands_twice", "one_caller_everywhere"}
    assert len({rule.name for rule in RULES}) == len(RULES)


@pytest.mark.parametrize("name", BREAKS)
def test_a_rule_names_the_call_that_breaks_it(name: str) -> None:
    call = logged(row=3, **{"is_": Label.GENUINE, **renamed(BREAKS[name])})
    found = broken(table_of([logged(minutes=-60), call]))
    assert found[name] == [3]
    assert {3} == {row for rows in found.values() for row in rows}


def renamed(over: dict[str, Any]) -> dict[str, Any]:
    """`logged` takes the label by position."""
    return {"is_" if name == "label" else name: value for name, value in over.items()}


@pytest.mark.parametrize("path", ["/a.wav", "..\\a.wav", "C:\\a.wav", "..", "a/.."])
def test_no_spelling_of_a_path_leaves_the_folder(path: str) -> None:
    (fault,) = faults_of(table_of([logged(audio_path=path)]))
    assert str(fault).startswith("row 2: audio_path: leaves the folder; write it relative to")


@pytest.mark.parametrize("path", ["a.wav", "2025/03/a..b.wav", "..a/b.wav"])
def test_a_path_inside_the_folder_is_sound(path: str) -> None:
    assert faults_of(table_of([logged(audio_path=path)])) == ()


def test_a_second_of_rounding_is_no_different_duration() -> None:
    assert cautions_of(table_of([logged(duration_s=61.9), logged(minutes=5, duration_s=58.1)])) == ()


def test_one_call_under_two_ids_is_named_with_both_rows() -> None:
    twice = table_of([logged(row=2), logged(row=3), logged(row=4, minutes=1)])
    assert [(caution.column, caution.rows) for caution in cautions_of(twice)] == [("caller", (2, 3))]


def test_a_caller_who_is_everybody_is_named() -> None:
    callers = ["trunk"] * 40 + [f"caller-{n}" for n in range(80)]
    calls = [logged(minutes=n, row=n + 2, record={"caller": name}) for n, name in enumerate(callers)]
    (caution,) = cautions_of(table_of(calls))
    assert (caution.column, len(caution.rows)) == ("caller", 40)
    assert str(caution).startswith("40 rows (2, 3, 4, 5, 6, …): caller: stands for more than a quarter")


def test_calls_of_the_future_are_named() -> None:
    table = table_of([logged(row=2), logged(row=3, minutes=60)])
    (caution,) = not_yet(table, after(30))
    assert caution.rows == (3,)
    assert "are day and month the wrong way round" in caution.remedy


@pytest.mark.parametrize("rule", RULES, ids=lambda rule: rule.name)
def test_every_remedy_can_be_read_after_its_column(rule: Rule) -> None:
    assert rule.remedy[0].islower()
    assert not rule.remedy.endswith(".")


def test_a_simulated_log_is_sound(tmp_path: Path) -> None:
    log = written(tmp_path, days=20, sound=False)
    assert {caution.column for caution in log.cautions} <= {"on_scene_at"}
