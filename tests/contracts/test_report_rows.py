"""Reports against SQL written by hand, on every database; what is counted of the awkward cases."""

from __future__ import annotations

import datetime as dt
import random
import shutil
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from prankfilter.reports.calls import ReportedCall, reported_calls, standing_label
from prankfilter.reports.happenings import SWITCHED_OFF
from prankfilter.reports.material import Why
from prankfilter.reports.periods import Period, ReportKind
from prankfilter.reports.report import Report
from prankfilter.reports.seen import guards_in
from prankfilter.store.codec import to_text
from prankfilter.store.deeds import Act, Deed, Deeds
from prankfilter.store.figures import Figures
from prankfilter.store.instants import microseconds
from prankfilter.store.port import CallBackAct, Owed
from prankfilter.store.sql import SqlStore
from prankfilter.vocabulary import (
    Advice,
    CallBackResult,
    CallBackStep,
    EndedBy,
    Guard,
    Label,
    LabelEvent,
    LabelSource,
    OwedFor,
    Reason,
    Verdict,
)
from prankfilter.wiring.reporting import Reporter
from tests.builders import NOW, ZONE, call_record, decision, label, outcome, ruling, screening
from tests.reported import SHIFTS

DAY = NOW.date()
MIDNIGHT = dt.datetime.combine(DAY, dt.time(), tzinfo=ZONE)


@pytest.fixture(params=["sqlite", pytest.param("postgresql", marks=pytest.mark.long)])
def store(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[SqlStore]:
    """An empty store on each database."""
    if request.param == "sqlite":
        blank = request.getfixturevalue("blank_database")
        one = SqlStore.open(f"sqlite:///{shutil.copy(blank, tmp_path / 'store.sqlite')}")
    else:
        one = SqlStore.open(request.getfixturevalue("postgres").emptied())
    yield one
    one.close()


def reporter(store: SqlStore, models: Path = Path("no-models")) -> Reporter:
    return Reporter(store, models=models, zone=ZONE, shifts=SHIFTS, letterhead=["112"], districts={})


def report(store: SqlStore, kind: str = "daily", when: str = f"{DAY}", **over: Any) -> Report:
    now = over.pop("now", MIDNIGHT + dt.timedelta(days=3))
    return reporter(store, **over).report(ReportKind(kind), when, now=now, by="ratna")


def ask(store: SqlStore, sql: str, **values: Any) -> Any:
    with store.cursor() as cursor:
        cursor.execute(sql.format(**values))
        return cursor.fetchall()


def calls_of(store: SqlStore) -> list[ReportedCall]:
    span = microseconds(MIDNIGHT - dt.timedelta(days=9)), microseconds(MIDNIGHT + dt.timedelta(days=9))
    return list(reported_calls(Figures(store), *span))


# --- against SQL by hand -----------------------------------------------------------------------------


def fill(store: SqlStore, seed: int, count: int = 120) -> None:
    """Keep calls of three days with looks, one outcome each, some verdicts and call-backs."""
    rng = random.Random(seed)
    for number in range(count):
        received = MIDNIGHT + dt.timedelta(seconds=rng.uniform(-86_400, 2 * 86_400))
        record = call_record(call_id=f"call-{number}", received_at=received, caller=f"c{rng.randrange(30)}")
        flagged, advice = rng.random() < 0.3, rng.choice(list(Advice))
        for look in range(rng.randrange(3)):
            store.remember(
                screening(record, flagged=flagged, advice=advice, result_id=f"{number} {look}", guards=())
            )
        said = outcome(
            rng.choice([one for one in Label if one is not Label.ABANDONED]),
            at=received + dt.timedelta(minutes=3),
            answered_at=received + dt.timedelta(seconds=rng.uniform(1, 30)),
            duration_s=float(rng.randrange(5, 200)),
        )
        store.put_record(record)
        store.put_outcome(record.call_id, said)
        if flagged and rng.random() < 0.5 and said.label is Label.UNKNOWN:
            store.put_ruling(
                record.call_id, ruling(rng.choice([Verdict.UNSURE, Verdict.OVERTURNED]), at=said.at)
            )
        if rng.random() < 0.2:
            store.put_owed(
                Owed(call_id=record.call_id, reason=OwedFor.HUNG_UP, opened_at=said.at, due_at=said.at)
            )


WITHIN = "c.received_at >= {since} AND c.received_at < {before}"
LOOKED = "calls c JOIN decisions d ON d.call_id = c.call_id"
SAID = "calls c JOIN said s ON s.call_id = c.call_id"
BOTH = f"{LOOKED} JOIN said s ON s.call_id = c.call_id"
OWED = "calls c JOIN owed o ON o.call_id = c.call_id"
PRANKS = "('child_play', 'joke_or_abuse', 'false_report')"

BY_HAND = {
    # figure: (what is counted, of what, on what condition)
    "calls": ("count(*)", "calls c", "TRUE"),
    "screened": ("count(DISTINCT c.call_id)", LOOKED, "TRUE"),
    "flagged": ("count(DISTINCT c.call_id)", LOOKED, "d.flagged"),
    "verified": ("count(DISTINCT c.call_id)", LOOKED, "d.advice = 'verify'"),
    "prioritised": ("count(DISTINCT c.call_id)", LOOKED, "d.advice = 'priority'"),
    "genuine": ("count(*)", SAID, "s.what = 'outcome' AND s.label = 'genuine'"),
    "silent": ("count(*)", SAID, "s.what = 'outcome' AND s.label = 'silent'"),
    "pranks": ("count(*)", SAID, f"s.what = 'outcome' AND s.label IN {PRANKS}"),
    "overturned": ("count(DISTINCT c.call_id)", BOTH, "d.flagged AND s.verdict = 'overturned'"),
    "genuine_delayed": ("count(DISTINCT c.call_id)", BOTH, "d.advice = 'verify' AND s.label = 'genuine'"),
    "callbacks_due": ("count(*)", OWED, "TRUE"),
}


@pytest.mark.parametrize("seed", [1, 2])
def test_figures_are_those_of_sql_by_hand(store: SqlStore, seed: int) -> None:
    fill(store, seed)
    made = report(store)
    for name, (counted_what, source, condition) in BY_HAND.items():
        sql = f"SELECT {counted_what} FROM {source} WHERE {WITHIN} AND {condition}"  # noqa: S608 - our own
        for period, told in zip((made.period, made.compared[0]), made.figures[name].all, strict=False):
            since, before = microseconds(period.start), microseconds(period.end)
            ((counted,),) = ask(store, sql, since=since, before=before)
            assert told in (counted, None), name
        assert made.value(name) is not None
    assert made.value("calls") > 20  # type: ignore[operator]


def test_three_shifts_are_a_day_from_seven_and_the_days_are_the_month(store: SqlStore) -> None:
    fill(store, 3)
    names = ("calls", "flagged", "verified", "genuine", "pranks", "prank_time_s", "callbacks_due")

    def told(kind: str, when: str) -> list[float]:
        made = report(store, kind, when, now=MIDNIGHT + dt.timedelta(days=20))
        return [made.value(name) or 0 for name in names]

    days = [told("daily", f"{DAY + dt.timedelta(days=offset)}") for offset in (-1, 0, 1)]
    assert told("monthly", f"{DAY:%Y-%m}") == pytest.approx(
        [sum(column) for column in zip(*days, strict=True)]
    )
    shifts = [told("shift", f"{DAY}T{hour:02d}:00") for hour in (7, 14, 21)]
    seven = microseconds(MIDNIGHT + dt.timedelta(hours=7))
    between = [call for call in calls_of(store) if 0 <= call.received_at - seven < 86_400_000_000]
    assert sum(shift[0] for shift in shifts) == len(between) > 0


# --- awkward calls -------------------------------------------------------------------------------------


def test_calls_of_the_services_themselves_are_not_counted(store: SqlStore) -> None:
    for number, over in enumerate(
        (
            {"priority": "psap-callback"},
            {"resource_priority": "esnet.1"},
            {"service_urn": "urn:service:test:sos"},
        )
    ):
        store.put_record(call_record(call_id=f"own-{number}", **over))
    store.put_record(call_record(call_id="a", service_urn="urn:service:sos.fire", priority="emergency"))
    assert [call.call_id for call in calls_of(store)] == ["a"]


def test_a_call_that_only_a_desk_knows_of_is_counted_where_it_was_answered(store: SqlStore) -> None:
    answered = MIDNIGHT + dt.timedelta(minutes=5)
    said = outcome(Label.SILENT, at=answered + dt.timedelta(minutes=1), answered_at=answered, duration_s=9.0)
    store.put_outcome("desk-1", said)
    (call,) = calls_of(store)
    assert (call.call_id, call.label, call.answered) == ("desk-1", Label.SILENT, True)
    assert call.received_at == microseconds(answered)
    assert report(store, when=f"{DAY}").value("calls") == 1


def test_a_verify_is_dated_by_its_moment_in_the_call(store: SqlStore) -> None:
    record = call_record(received_at=MIDNIGHT)
    late = MIDNIGHT + dt.timedelta(hours=9)
    store.remember(screening(record, at=late, advice=Advice.VERIFY, flagged=True, audio_s=5.0))
    store.put_outcome("call-1", outcome(at=late, answered_at=MIDNIGHT + dt.timedelta(seconds=8)))
    (call,) = calls_of(store)
    assert call.verified_at == microseconds(MIDNIGHT + dt.timedelta(seconds=5))
    assert report(store).value("genuine_delayed") == 1


def test_facts_of_a_units_journey_are_told_by_agency(store: SqlStore) -> None:
    store.put_record(call_record(received_at=MIDNIGHT))
    store.put_outcome("call-1", outcome(Label.FALSE_REPORT, at=MIDNIGHT))
    journey = {
        "agency": "Damkar",
        "dispatched_at": MIDNIGHT + dt.timedelta(minutes=4),
        "on_scene_at": MIDNIGHT + dt.timedelta(minutes=15),
    }
    store.put_facts("call-1", journey, by="router", at=MIDNIGHT)
    made = report(store)
    assert made.lists["agencies"] == [("Damkar", 1, 240.0, 900.0)]
    assert made.value("false_with_unit") == 1


def test_open_call_backs_of_the_shift_before_head_the_next(store: SqlStore) -> None:
    for number, hour in enumerate((6, 8)):
        at = MIDNIGHT + dt.timedelta(hours=hour)
        store.put_record(call_record(call_id=f"call-{number}", received_at=at))
        store.put_owed(Owed(call_id=f"call-{number}", reason=OwedFor.CUT_OFF, opened_at=at, due_at=at))
    done = MIDNIGHT + dt.timedelta(hours=15)
    act = CallBackAct(act=CallBackStep.CLOSE, at=done, by="budi", result=CallBackResult.SETTLED)
    store.put_attempt("call-0", act, closes=True)

    def heading(hour: int) -> list[tuple[int, bool]]:
        rows = report(store, "shift", f"{DAY}T{hour:02d}:00").lists["carried"]
        return [(row[0].astimezone(ZONE).hour, row[4] is not None) for row in rows]  # type: ignore[union-attr]

    assert heading(3) == []
    assert heading(7) == [(6, False)], "closed only in the shift after"
    assert heading(14) == [(6, True), (8, False)]
    assert heading(21) == [(8, False)]


def test_a_switch_tells_who_and_why_and_a_broken_journal_is_told_not_hidden(
    store: SqlStore, tmp_path: Path
) -> None:
    at = MIDNIGHT + dt.timedelta(hours=2)
    store.put_switch("PPU", off=True, by="budi", reason="suara putus-putus", at=at)
    store.put_switch("PPU", off=True, by="budi", reason="kemarin", at=at - dt.timedelta(days=1))
    (tmp_path / "journal.jsonl").write_text("not a line\n")
    changes = report(store, models=tmp_path).lists["changes"]
    assert (at.astimezone(dt.UTC), SWITCHED_OFF, "PPU", "budi", "suara putus-putus") in changes
    assert len(changes) == 2
    assert "journal" in str(changes[0][4])


def test_whoever_listened_exported_or_erased_is_named(store: SqlStore) -> None:
    for hour, what in enumerate((Act.LISTENED, Act.EXPORTED, Act.ERASED, Act.SIGNED_IN)):
        Deeds(store).put(Deed(at=MIDNIGHT + dt.timedelta(hours=hour), by=f"by-{what}", what=what))
    told = [row[3] for row in report(store).lists["deeds"]]
    assert told == ["by-listened", "by-exported", "by-erased"]


def test_reasons_of_a_flag_are_those_of_its_last_look(store: SqlStore) -> None:
    def reason(text: str, contribution: float) -> Reason:
        return Reason(feature="f", value=1.0, unit="count", contribution=contribution, text=text)

    record = call_record(received_at=MIDNIGHT)
    looks = [(reason("first", 1.0),), (reason("small", 0.1), reason("large", 2.0), reason("against", -3.0))]
    for number, reasons in enumerate(looks):
        kept = {"flagged": True, "prank_score": 0.9, "reasons": reasons, "result_id": f"r{number}"}
        store.remember(screening(record, **kept))
    store.put_record(record)
    ((_, call_id, likely, _, _, told, _, verdict),) = report(store).lists["flagged"]
    assert (call_id, likely, verdict) == ("call-1", "kemungkinan prank tinggi", None)
    assert told == (Why("f", 1.0, "large"), Why("f", 1.0, "small"))


# --- what stands of what was said ----------------------------------------------------------------------


def ruled(verdict: Verdict, is_: Label = Label.UNKNOWN) -> LabelEvent:
    return label(is_, by="ratna", source=LabelSource.SUPERVISOR, verdict=verdict)


@pytest.mark.parametrize(
    ("said", "stands"),
    [
        ([], None),
        ([label(Label.UNKNOWN)], None),
        ([label(Label.JOKE_OR_ABUSE), label(Label.SILENT)], Label.SILENT),
        ([label(Label.GENUINE), label(Label.JOKE_OR_ABUSE, by="ani")], Label.GENUINE),
        ([label(Label.GENUINE), label(Label.JOKE_OR_ABUSE, by="budi")], Label.JOKE_OR_ABUSE),
        ([label(Label.JOKE_OR_ABUSE), label(Label.GENUINE, by="ani", biased=True)], Label.GENUINE),
        (
            [
                label(Label.JOKE_OR_ABUSE),
                label(Label.UNKNOWN, by="ratna", source=LabelSource.SUPERVISOR, verdict=Verdict.OVERTURNED),
            ],
            None,
        ),
        (
            [
                label(Label.SILENT),
                label(Label.UNKNOWN, by="ratna", source=LabelSource.SUPERVISOR, verdict=Verdict.OVERTURNED),
            ],
            Label.SILENT,
        ),
        (
            [
                label(Label.JOKE_OR_ABUSE),
                label(
                    Label.GENUINE, by="ratna", source=LabelSource.SUPERVISOR, verdict=Verdict.WAS_EMERGENCY
                ),
            ],
            Label.GENUINE,
        ),
    ],
)
def test_what_a_call_was_is_what_stands(said: list[Any], stands: Label | None) -> None:
    in_turn = (replace(one, at=one.at + dt.timedelta(minutes=place)) for place, one in enumerate(said))
    standing = standing_label(in_turn)
    assert (standing.label if standing else None) is stands


@pytest.mark.parametrize("guards", [(), (Guard.SURGE,), tuple(Guard)])
def test_guards_are_read_from_the_piece_of_a_decision_that_the_store_gives(guards: tuple[Guard, ...]) -> None:
    text = to_text(decision(guards=guards, call_id='"guards":["surge"]'))
    assert guards_in(text[text.find('"guards":[') :]) == frozenset(guards)


def test_a_call_that_ended_in_the_prompt_is_no_prank(store: SqlStore) -> None:
    store.put_record(call_record(received_at=MIDNIGHT))
    store.put_outcome("call-1", outcome(Label.JOKE_OR_ABUSE, at=MIDNIGHT, ended_by=EndedBy.PROMPT))
    (call,) = calls_of(store)
    assert call.label is None
    assert isinstance(report(store).period, Period)
