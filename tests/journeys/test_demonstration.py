"""`make run ONCE=1`, as a newcomer meets it: a real process, real HTTP, the shipped model, a whole shift."""

from __future__ import annotations

import datetime as dt
import json
import os
import re
import subprocess
import sys
from pathlib import Path

import pytest
from prankfilter_api.demo.past_models import own_models

from prankfilter.bundle.journal import Event, read_journal
from prankfilter.bundle.pointer import named_by_pointer
from prankfilter.settings import read_settings
from prankfilter.store.incidents import Cause, Incidents
from prankfilter.store.sql import SqlStore
from prankfilter.vocabulary import Advice, Guard

ROOT = Path(__file__).parents[2]

NEEDS_A_BROKEN_SERVICE = {
    Guard.NO_CERTIFICATE,
    Guard.DEADLINE,
    Guard.OVERLOAD,
    Guard.STORE_UNAVAILABLE,
    Guard.SWITCHED_OFF,
}
DRAWN_OR_RARE = {Guard.AUDIT_SAMPLE, Guard.SINGLE_GROUP, Guard.BABY_CRY}
"""A draw from a key made anew, a margin that only sound carries over the threshold, and a sound that no
synthesiser makes."""


def where_it_is_noon() -> str:
    """A zone in which it is around noon: just after local midnight the whole shift falls into minutes."""
    ahead = 12 - dt.datetime.now(dt.UTC).hour
    return f"Etc/GMT{-ahead:+d}"


def serve_once(data: Path) -> subprocess.CompletedProcess[str]:
    environment = {name: value for name, value in os.environ.items() if not name.startswith("PRANKFILTER_")}
    return subprocess.run(
        [Path(sys.executable).parent / "prankfilter-serve", "--demo", "--once", "--port", "0"],
        cwd=ROOT,
        env=environment | {"PRANKFILTER_DATA": str(data), "PRANKFILTER_ZONE": where_it_is_noon()},
        capture_output=True,
        text=True,
        timeout=240,
        check=False,
    )


@pytest.fixture(scope="module")
def shift(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, str]:
    data = tmp_path_factory.mktemp("demo")
    run = serve_once(data)
    assert run.returncode == 0, run.stderr
    return data, run.stdout


COLUMNS = ("time", "heard", "prank", "advice", "guards", "why")


def lines_of(printed: str) -> list[dict[str, str]]:
    table = printed.split("what it is\n")[1].split("\n\n")[0].splitlines()
    return [dict(zip(COLUMNS, re.split(r" {2,}", line, maxsplit=5), strict=True)) for line in table]


def test_every_advice_occurs(shift: tuple[Path, str]) -> None:
    assert {line["advice"] for line in lines_of(shift[1])} == {advice.value for advice in Advice}


def test_every_guard_of_a_healthy_service_occurs(shift: tuple[Path, str]) -> None:
    met = {guard for line in lines_of(shift[1]) for guard in line["guards"].split(", ")}
    assert met >= {guard.value for guard in Guard} - NEEDS_A_BROKEN_SERVICE - DRAWN_OR_RARE


@pytest.mark.parametrize(
    "case",
    [
        "uk_2013_silent",
        "lithuania_2013_simless",
        "madison_2008_disconnected",
        "storm_surge",
        "text_telephone",
        "panic_button",
    ],
)
def test_what_looks_like_a_prank_and_was_not_is_never_delayed(shift: tuple[Path, str], case: str) -> None:
    told = [line for line in lines_of(shift[1]) if case in line["why"]]
    assert told and all(line["advice"] != "verify" for line in told)


def test_the_child_who_calls_twice_comes_first(shift: tuple[Path, str]) -> None:
    first, second = (line for line in lines_of(shift[1]) if "detroit_2006_child" in line["why"])
    assert (first["advice"], second["advice"]) == ("normal", "priority")
    assert "second_child_call" in second["guards"]


def test_its_models_have_a_past_and_the_shipped_ones_are_left_alone(shift: tuple[Path, str]) -> None:
    own = shift[0] / "demo-models"
    moves = [one.model_id for one in read_journal(own).entries if one.event is Event.DONE]
    assert len(moves) == 2
    assert moves[-1] == named_by_pointer(own) == named_by_pointer(ROOT / "models")
    assert not (ROOT / "models" / "journal.jsonl").exists()


def test_of_the_earlier_shift_two_incidents_are_on_record_and_none_was_delayed(
    shift: tuple[Path, str],
) -> None:
    store = SqlStore.open(f"sqlite:///{shift[0] / 'prankfilter.sqlite'}", write_queue=1)
    book = Incidents(store)
    found = (*book.open(), *book.closed(limit=9))
    calls = [store.call(one.call_id) for one in found]
    store.close()
    assert [one.cause for one in found] == [Cause.WAS_EMERGENCY] * 2
    assert [one.closed_at is None for one in found] == [True, False]
    # Each follows from a call that was not verified: no genuine call of the demonstration was delayed.
    assert all(call is not None and call.decisions[-1].advice is Advice.NORMAL for call in calls)


def test_a_folder_of_models_that_somebody_names_is_served_as_it_is(tmp_path: Path) -> None:
    environment = {"PRANKFILTER_MODELS": str(ROOT / "models"), "PRANKFILTER_DATA": str(tmp_path)}
    settings = read_settings(environment)
    assert own_models(settings, now=dt.datetime.now(dt.UTC)) is settings


def test_what_it_brings_along_is_small() -> None:
    folder = ROOT / "api" / "prankfilter_api" / "demo"
    brought = [path for path in folder.rglob("*") if path.suffix in {".json", ".jsonl", ".wav"}]
    assert sum(path.stat().st_size for path in brought) < 2_000_000


def test_it_says_that_all_is_simulated(shift: tuple[Path, str]) -> None:
    assert "simulated" in shift[1] and "made up" in shift[1]


def test_the_keys_are_there_and_nobody_else_reads_them(shift: tuple[Path, str]) -> None:
    path = shift[0] / "demo-keys.json"
    keys = json.loads(path.read_text())
    assert set(keys) >= {"router", "desk", "supervisor", "data", "auditor"}
    assert set(keys["console"]) == {"user", "password"}
    assert keys["console"]["password"] in shift[1] and "/console/" in shift[1]
    assert path.stat().st_mode & 0o077 == 0


def test_no_telephone_number_reaches_the_store(shift: tuple[Path, str]) -> None:
    kept = b"".join(path.read_bytes() for path in shift[0].glob("prankfilter.sqlite*"))
    assert b"6281250000777" not in kept and b"81250000777" not in kept


def test_a_second_run_gets_the_stored_answers(shift: tuple[Path, str]) -> None:
    again = serve_once(shift[0])
    assert again.returncode == 0, again.stderr
    assert lines_of(again.stdout) == lines_of(shift[1])
