"""From calls through the real door to a labelled log: what is exported teaches what was served."""

from __future__ import annotations

import datetime as dt
import json
import random
import sqlite3
import stat
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import Any

import polars as pl
import pytest
from prankfilter_training.cli import main
from prankfilter_training.log.logbook import read_log
from prankfilter_training.rows.history import histories

from prankfilter.classifier.model import Score
from prankfilter.classifier.running import Artefacts
from prankfilter.features.evidence import Evidence
from prankfilter.features.table import FEATURES, extract
from prankfilter.privacy.keyring import Keyring
from prankfilter.privacy.trail import read
from prankfilter.routing.policies import POLICIES
from prankfilter.settings import read_settings
from prankfilter.store.sql import SqlStore
from prankfilter.wiring.screener import Screener
from tests.api.service import FakeLibrary, FakeModel, Service, ears, serving
from tests.builders import NOW, ZONE

NOTE = "Ibu Sari menelepon lagi"
NUMBERS = [f"0812345678{last:02d}" for last in range(6)]
NOT_IN_A_LOG = frozenset({"ring_s"})
"""A log holds the final ring time, which is not the one so far."""
BY = ("--by", "rina", "--reason", "pelatihan ulang")


class Listening(FakeModel):
    """Keeps what each call looked like when it was judged."""

    def __init__(self) -> None:
        super().__init__()
        self.seen: dict[str, list[float]] = {}

    def score(self, evidence: Evidence) -> Score:
        self.seen[evidence.record.call_id] = list(extract(evidence, FEATURES))
        return super().score(evidence)


@dataclass
class Centre:
    """A service over a store on the disk, with a clock of its own."""

    folder: Path
    now: dt.datetime = NOW
    model: Listening = field(default_factory=Listening)

    def open(self) -> Iterator[Service]:
        settings = read_settings(self.environment)
        store = SqlStore.open(settings.store)
        keyring = Keyring.open(settings.keys, create=True)
        screener = Screener(
            settings=settings,
            store=store,
            library=FakeLibrary(Artefacts(self.model, ears(), {})),  # type: ignore[arg-type]
            keyring=keyring,
            policy=POLICIES["queue"],
            now=lambda: self.now,
        )
        with serving(screener, store, keyring, self.model) as service:  # type: ignore[arg-type]
            yield service

    @property
    def environment(self) -> Mapping[str, str]:
        return {
            "PRANKFILTER_DATA": str(self.folder),
            "PRANKFILTER_ZONE": "Asia/Makassar",
            "PRANKFILTER_AUDIT_SHARE": "0.3",
            # History that a busy machine has no time for would be unknown.
            "PRANKFILTER_DEADLINE_MS": "60000",
        }


@dataclass
class Weeks:
    """Some weeks of a centre, told through its HTTP interface in order of time."""

    centre: Centre
    service: Service
    rng: random.Random

    def live(self, calls: int) -> None:
        due: list[tuple[dt.datetime, int, Any]] = []
        at = NOW
        for number in range(calls):
            at += dt.timedelta(hours=self.rng.expovariate(1 / 9))
            due.append((at, len(due), partial(self.ring, number, at)))
            due += [(when, len(due) + place, act) for place, (when, act) in enumerate(self.fate(number, at))]
        for when, _, act in sorted(due, key=lambda one: one[:2]):
            self.centre.now = when
            act()

    def ring(self, number: int, at: dt.datetime) -> None:
        caller = NUMBERS[number % 7] if number % 7 < len(NUMBERS) else None
        call = {
            "received_at": at.isoformat(),
            "trunk": "trunk-1",
            "cell_id": f"cell-{number % 3}",
            "ring_s": 2.0,
        }
        call |= {
            "centre_id": "mks",
            "latitude": -5.1477,
            "longitude": 119.4327,
            "session_id": f"session-{number}",
        }
        if number % 4:
            # Three neighbours, of different numbers, nine hours apart or so.
            call |= {"incident_id": f"event-{number // 4}"}
        if number % 11 == 10:
            call |= {
                "calling_number": "112",
                "called_number": NUMBERS[0],
                "priority": "psap-callback",
                "cell_id": None,
            }
        elif caller is not None:
            call |= {"calling_number": caller, "number_kind": "asserted" if number % 5 else "unverified"}
        answer = self.service.screen(call, call_id=f"shift%2F{number}")
        assert answer.status_code == 200
        assert "store_unavailable" not in answer.json()["guards"]

    def fate(self, number: int, at: dt.datetime) -> Iterator[tuple[dt.datetime, Any]]:
        """What is said of a call, and when."""
        answered_at, ended_at = (
            at + dt.timedelta(seconds=7),
            at + dt.timedelta(seconds=7 + 9 * (number % 8 + 1)),
        )
        if number % 6 == 5:
            facts = {"ended_at": (at + dt.timedelta(seconds=20)).isoformat(), "ended_by": "caller"}
            yield at + dt.timedelta(seconds=21), partial(self.tell, "PATCH", f"calls/shift%2F{number}", facts)
            return
        label = self.rng.choice(["genuine", "silent", "child_play", "joke_or_abuse", "joke_or_abuse"])
        outcome: dict[str, Any] = {
            "label": label,
            "by": "petugas-1",
            "note": NOTE,
            "answered_at": answered_at.isoformat(),
        }
        outcome |= {"ended_at": ended_at.isoformat(), "ended_by": "caller", "advice_shown": number % 13 == 0}
        path = f"calls/shift%2F{number}/outcome"
        yield ended_at + dt.timedelta(minutes=3), partial(self.tell, "PUT", path, outcome, scope="desk")
        if number % 2:
            verdict = {"verdict": "was_emergency" if number % 9 == 0 else "confirmed"}
            path = f"flags/shift%2F{number}/verdict"
            later = ended_at + dt.timedelta(hours=26)
            yield later, partial(self.tell, "POST", path, verdict, scope="supervisor")

    def tell(self, method: str, path: str, body: Any, *, scope: str = "router") -> None:
        answer = self.service.ask(method, f"/v1/{path}", scope=scope, json=body)
        assert answer.status_code in (200, 204), answer.text


@pytest.fixture(scope="module")
def centre(tmp_path_factory: pytest.TempPathFactory) -> Centre:
    one = Centre(tmp_path_factory.mktemp("centre"))
    with pytest.MonkeyPatch.context() as clock:
        for route in ("calls", "flags", "outcomes"):
            clock.setattr(f"prankfilter_api.routes.{route}.utc_now", lambda: one.now)
        some_weeks(one)
    return one


def some_weeks(one: Centre) -> None:
    for service in one.open():
        weeks = Weeks(one, service, random.Random(5))
        weeks.live(90)
        caller = next(file for file in service.store.calls(since=NOW, until=one.now) if file.record).record
        assert caller is not None and caller.caller is not None
        # Between the calls: nothing that was said before the clearing counts against the number any more.
        service.store.put_cleared(caller.caller, by="ratna", reason="bukan dia", at=one.now)
        for number in range(90, 104):
            one.now += dt.timedelta(hours=3)
            weeks.ring(number, one.now)


def later_than(centre: Centre) -> dt.datetime:
    return centre.now.astimezone(dt.UTC) + dt.timedelta(days=1)


@pytest.fixture
def at_centre(centre: Centre, monkeypatch: pytest.MonkeyPatch) -> Centre:
    for name, value in centre.environment.items():
        monkeypatch.setenv(name, value)
    monkeypatch.setattr("prankfilter_training.commands.door.now", partial(later_than, centre))
    return centre


@pytest.fixture
def exported(at_centre: Centre, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> Path:
    """A log that keeps the ids of calls, so that they can be found again."""
    assert main(["export", "--out", str(tmp_path), *BY, "--keep-call-ids", "--json"]) == 0
    assert json.loads(capsys.readouterr().out)["calls"] == len(at_centre.model.seen) + call_backs(at_centre)
    return tmp_path


def call_backs(centre: Centre) -> int:
    """Calls that were never scored, but are in the store."""
    with sqlite3.connect(centre.folder / "prankfilter.sqlite") as database:
        (count,) = database.execute("select count(*) from calls").fetchone()
    return int(count) - len(centre.model.seen)


def test_the_log_has_no_faults(exported: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["check", str(exported), "--zone", "Asia/Makassar", "--json"]) == 0
    assert json.loads(capsys.readouterr().out)["faults"] in (0, [])


def test_features_of_the_log_are_those_that_served(exported: Path, at_centre: Centre) -> None:
    calls = list(read_log(exported, zone=ZONE).must_be_sound().calls)
    names = [feature.name for feature in FEATURES]
    compared = 0
    for call, known in zip(calls, histories(calls), strict=True):
        served = at_centre.model.seen.get(call.record.call_id)
        if served is None or call.is_call_back:
            continue  # In the log a call-back carries the number it calls, for history; it teaches nothing.
        learnt = extract(Evidence(call.record, known), FEATURES)
        differ = {
            name: (was, now)
            for name, was, now in zip(names, served, learnt, strict=True)
            if name not in NOT_IN_A_LOG and was != now and not (was != was and now != now)
        }
        assert not differ, call.record.call_id
        compared += 1
    assert compared > 80


def test_the_history_that_was_compared_holds_everything(at_centre: Centre) -> None:
    """Else the comparison above would prove little."""
    names = [feature.name for feature in FEATURES]
    table = pl.DataFrame(list(at_centre.model.seen.values()), schema=names, orient="row").fill_nan(None)
    for name in ("confirmed_pranks_decayed_count", "confirmed_genuine_decayed_count", "usual_length_s"):
        assert table[name].drop_nulls().n_unique() > 3
    with sqlite3.connect(at_centre.folder / "prankfilter.sqlite") as database:
        (doubts,) = database.execute("select count(*) from said where what = 'doubted'").fetchone()
    assert doubts >= 5
    varying = [name for name in names if table[name].drop_nulls().n_unique() > 1]
    assert len(varying) > 15, varying


def test_labels_come_with_source_person_and_audit(exported: Path) -> None:
    table = pl.read_parquet(exported / "calls.parquet")
    labelled = table.filter(pl.col("label_source") == "call_taker")
    assert labelled["label_by"].n_unique() == 1
    assert labelled["label_by"][0] != "petugas-1"
    assert labelled["advice_shown"].sum() > 0
    assert (labelled["label_at"] > labelled["ended_at"]).all()
    unheard = table.filter(pl.col("answered_at").is_null() & pl.col("ended_by").is_not_null())
    assert unheard["label"].unique().to_list() == ["abandoned"]
    assert set(table["verdict"].drop_nulls()) == {"confirmed", "was_emergency"}
    drawn = table["audit_probability"].drop_nulls()
    assert 0.1 < len(drawn) / len(table) < 0.5
    assert drawn.unique().to_list() == [0.3]
    assert table["cleared_at"].drop_nulls().len() == 1


def test_nothing_in_it_names_anybody(at_centre: Centre, tmp_path: Path) -> None:
    assert main(["export", "--out", str(tmp_path), *BY]) == 0
    path = tmp_path / "calls.parquet"
    text = "\n".join(map(str, pl.read_parquet(path).rows()))
    with sqlite3.connect(at_centre.folder / "prankfilter.sqlite") as database:
        kept = [
            row[0] for row in database.execute("select distinct caller from calls where caller is not null")
        ]
    digits = {number.lstrip("0") for number in NUMBERS}
    for telling in (*kept, *digits, NOTE, "petugas-1", "shift/", "session-", "5.1477", "119.4327"):
        assert telling not in text
    assert "number_tail" not in pl.read_parquet(path).columns
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert pl.read_parquet(path)["caller"].drop_nulls().n_unique() == len(kept)


def test_two_exports_call_a_caller_by_one_name(at_centre: Centre, tmp_path: Path) -> None:
    tables = []
    for place in ("one", "two"):
        assert main(["export", "--out", str(tmp_path / place), *BY]) == 0
        tables.append(pl.read_parquet(tmp_path / place / "calls.parquet"))
    assert tables[0].equals(tables[1])


def test_a_period_is_whole_days_of_the_centre(at_centre: Centre, tmp_path: Path) -> None:
    day = (NOW + dt.timedelta(days=3)).date()
    assert main(["export", "--out", str(tmp_path), *BY, "--since", str(day), "--until", str(day)]) == 0
    received = pl.read_parquet(tmp_path / "calls.parquet")["received_at"].dt.convert_time_zone(
        "Asia/Makassar"
    )
    assert received.dt.date().unique().to_list() == [day]


# --- it fails closed ---------------------------------------------------------------------------------------


def test_who_and_why_are_in_the_trail(at_centre: Centre, tmp_path: Path) -> None:
    before = len(read(at_centre.folder))
    assert main(["export", "--out", str(tmp_path), *BY]) == 0
    begun, done = read(at_centre.folder)[before:]
    assert (begun.what, done.what) == ("export begun", "export done")
    assert {(act.by, act.reason) for act in (begun, done)} == {("rina", "pelatihan ulang")}
    assert done.details["calls"] == len(pl.read_parquet(tmp_path / "calls.parquet"))
    assert stat.S_IMODE((at_centre.folder / "trail.jsonl").stat().st_mode) == 0o600


@pytest.mark.parametrize("unsaid", ["--by", "--reason"])
def test_nobody_exports_without_saying_who_and_why(at_centre: Centre, tmp_path: Path, unsaid: str) -> None:
    said = dict(zip(BY[::2], BY[1::2], strict=True)) | {unsaid: " "}
    words = [word for pair in said.items() for word in pair]
    assert main(["export", "--out", str(tmp_path), *words]) == 1
    assert not list(tmp_path.iterdir())


def test_without_a_trail_nothing_is_written(
    at_centre: Centre, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr("prankfilter.privacy.trail.TRAIL", "no such folder/trail.jsonl")
    assert main(["export", "--out", str(tmp_path), *BY]) == 1
    assert "trail" in capsys.readouterr().err
    assert not list(tmp_path.iterdir())


def test_without_the_export_key_nothing_is_written(
    at_centre: Centre, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    keys = tmp_path / "keys"
    keys.mkdir(mode=0o700)
    monkeypatch.setenv("PRANKFILTER_KEYS", str(keys))
    assert main(["export", "--out", str(tmp_path / "log"), *BY]) == 1
    assert not (tmp_path / "log").exists()


def test_a_log_is_never_written_over(at_centre: Centre, tmp_path: Path) -> None:
    (tmp_path / "calls.parquet").write_bytes(b"mine")
    assert main(["export", "--out", str(tmp_path), *BY]) == 1
    assert (tmp_path / "calls.parquet").read_bytes() == b"mine"


def test_without_a_store_none_is_made(
    at_centre: Centre, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PRANKFILTER_KEYS", str(at_centre.folder / "keys"))
    monkeypatch.setenv("PRANKFILTER_DATA", str(tmp_path / "elsewhere"))
    assert main(["export", "--out", str(tmp_path / "log"), *BY]) == 1
    assert not (tmp_path / "elsewhere").exists()
