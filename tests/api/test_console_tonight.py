"""The shift at a glance: the report's own numbers, honest at every step of adoption."""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Iterator
from typing import Any

import pytest
from prankfilter_api.console.tonight import DRIFTS, FRESH, MOST_BACK, STEPS, Proof, Step, Tonight, proof_of

from prankfilter.classifier.score_drift import Drift, ScoreDrift
from prankfilter.privacy.accounts import Role
from prankfilter.reports.periods import ReportKind
from prankfilter.store.adoption import Adoption
from prankfilter.vocabulary import Advice, AudioCapture, Basis, Guard, Label, Moment, Verdict
from prankfilter.wiring.drift_watch import DriftWatch
from prankfilter.wiring.reporting import Reporter
from tests.api.browsing import Clock, signed_in
from tests.api.pages import faults_of
from tests.api.service import Service, running
from tests.builders import NOW, call_record, certificate, outcome, ruling, screening

LATER = NOW + dt.timedelta(minutes=30)


@pytest.fixture
def clock() -> Clock:
    return Clock(LATER)


@pytest.fixture
def console(tmp_path_factory: pytest.TempPathFactory, clock: Clock) -> Iterator[Service]:
    with running(tmp_path_factory.mktemp("tonight"), on_disk=True, policy="queue") as one:
        one.state["site"].now = clock
        yield one


def take(service: Service, call_id: str, label: Label | None = None, **over: Any) -> None:
    """Let a call be screened and named; durable on return."""
    own = {name: over.pop(name) for name in ("received_at", "caller") if name in over}
    record = call_record(**{"call_id": call_id, "caller": f"caller of {call_id}"} | own)
    service.store.put_record(record)
    service.store.remember(screening(record, **over))
    answered = record.received_at + dt.timedelta(seconds=8)
    service.store.put_facts(call_id, {"answered_at": answered}, by="router", at=answered)
    if label is not None:
        service.store.put_outcome(call_id, outcome(label, at=answered + dt.timedelta(minutes=1)))


def read(service: Service, back: int = 0) -> Tonight:
    return service.state["site"].glance.read(back)


def tile(page: str, name: str) -> str:
    found = re.search(rf"<dt>(?:<a [^>]*>)?{name}(?:</a>)?</dt>\s*<dd>([^<]*)", page)
    assert found, name
    return found[1]


# --- the numbers ---------------------------------------------------------------------------------


def test_the_numbers_are_those_of_the_shifts_report(console: Service) -> None:
    take(console, "a", Label.GENUINE)
    take(console, "b", Label.JOKE_OR_ABUSE, flagged=True, guards=(Guard.NO_QUEUE,))
    take(console, "c", Label.GENUINE, flagged=True, advice=Advice.PRIORITY, guards=(Guard.NO_QUEUE,))
    take(console, "d", Label.SILENT, flagged=True, advice=Advice.VERIFY)
    console.store.put_ruling("c", ruling(Verdict.OVERTURNED, at=NOW + dt.timedelta(minutes=5)))
    settings = console.state["site"].settings
    reporter = Reporter(
        console.store,
        models=settings.models,
        zone=settings.zone,
        shifts=settings.shifts,
        letterhead=(),
        districts={},
    )
    report = reporter.report(ReportKind.SHIFT, "", now=LATER, by="ratna")
    view = read(console)
    assert view.period == report.period
    assert view.figures == {name: values.now for name, values in report.figures.items()}
    assert view.guards == [(Guard.NO_QUEUE, 2)]
    assert view.median_wait_s == 8
    page = signed_in(console, Role.SUPERVISOR).get("/console/").text
    shown = {
        "Diterima": "4",
        "Dijawab petugas": "4",
        "Darurat nyata": "2",
        "Darurat dijawab dalam 15 detik": "100%",
        "Waktu tunggu, nilai tengah": "8 detik",
        "Dinilai": "4",
        "Perlu ditinjau": "3",
        "Keliru ditandai": "1",
        "Sapaan otomatis": "1",
        "Didahulukan": "1",
    }
    assert {name: tile(page, name) for name in shown} == shown


def test_hours_hold_every_call_of_the_shift_once(console: Service) -> None:
    for number, minutes in enumerate((0, 1, 30, 61, 119)):
        received_at = NOW - dt.timedelta(minutes=minutes)
        take(console, f"call-{number}", received_at=received_at, flagged=number == 0)
    view = read(console)
    assert [hour.start.astimezone(NOW.tzinfo).hour for hour in view.hours] == list(range(7, 14))
    assert [(hour.calls, hour.flagged) for hour in view.hours[:4]] == [(0, 0), (1, 0), (1, 0), (3, 1)]


def test_the_number_that_must_be_zero(console: Service, clock: Clock) -> None:
    browser = signed_in(console, Role.SUPERVISOR)
    page = browser.get("/console/").text
    assert '<p class="big">–</p>' in page and "Belum ada panggilan yang dinilai" in page
    take(console, "a", Label.GENUINE)
    clock.pass_(minutes=1)
    page = browser.get("/console/").text
    assert '<p class="big">0</p>' in page and "zero is-zero" in page
    take(console, "b", Label.ABANDONED, advice=Advice.VERIFY)
    console.store.put_outcome("b", outcome(Label.ABANDONED, ended_by="prompt", at=clock.now, by="sari"))
    clock.pass_(minutes=1)
    page = browser.get("/console/").text
    assert (
        '<p class="big">0</p>' in page and "zero is-not" in page and "Masih belum jelas: 1 panggilan" in page
    )
    take(console, "c", Label.GENUINE, advice=Advice.VERIFY)
    clock.pass_(minutes=1)
    page = browser.get("/console/").text
    assert '<p class="big">1</p>' in page and "zero is-not" in page and "insiden" in page


def test_numbers_are_counted_once_for_all_who_look(console: Service, clock: Clock) -> None:
    first = read(console)
    take(console, "a")
    assert read(console) is first
    clock.now += FRESH
    assert read(console).figures["calls"] == 1
    # A clock that was set back does not freeze them.
    take(console, "b")
    clock.now -= dt.timedelta(minutes=10)
    assert read(console).counted_at == clock.now


def test_earlier_shifts_can_be_looked_back_at(console: Service) -> None:
    take(console, "night", Label.GENUINE, received_at=NOW - dt.timedelta(hours=6))
    take(console, "now", Label.SILENT)
    assert (read(console).figures["genuine"], read(console, 1).figures["genuine"]) == (0, 1)
    browser = signed_in(console, Role.SHIFT_LEAD)
    page = browser.get("/console/?back=1").text
    assert "Sif yang sudah lewat" in page and "21.00–07.00 WITA" in page and "hx-get" not in page
    assert browser.get(f"/console/?back={MOST_BACK + 1}").status_code == 404


def test_it_is_live_and_says_when_it_was_counted(console: Service) -> None:
    browser = signed_in(console, Role.SUPERVISOR)
    page = browser.get("/console/").text
    assert 'hx-get="/console/?live=1" hx-trigger="every 10s"' in page
    # Without scripts the page asks anew by itself; a session does not live by that.
    assert '<noscript><meta http-equiv="refresh" content="30;url=/console/?live=1"></noscript>' in page
    assert "diperbarui pukul 11.00.00" in page
    part = browser.get("/console/?live=1", hx_request="true").text
    assert "<html" not in part and "diperbarui pukul" in part


# --- the state of the service --------------------------------------------------------------------


def test_every_step_of_adoption_is_known_by_its_signs(console: Service) -> None:
    adoption, since = Adoption(console.store), NOW - dt.timedelta(hours=24)
    steps = [adoption.step(since=since)]
    imported = NOW - dt.timedelta(days=30)
    console.store.put_record(call_record(call_id="old", received_at=imported))
    console.store.put_outcome("old", outcome(Label.SILENT, at=imported))
    steps.append(adoption.step(since=since))
    console.store.put_outcome("x", outcome(Label.SILENT, at=NOW))
    steps.append(adoption.step(since=since))
    take(console, "ring")
    steps.append(adoption.step(since=since))
    take(console, "after", audio_s=5.0, moment=Moment.AUDIO, capture=AudioCapture.CALLER_AFTER_ANSWER)
    steps.append(adoption.step(since=since))
    take(console, "live", audio_s=5.0, moment=Moment.AUDIO, capture=AudioCapture.CALLER_BEFORE_ANSWER)
    steps.append(adoption.step(since=since))
    assert steps == list(Step)
    # What stopped coming is no sign any more.
    assert adoption.step(since=NOW + dt.timedelta(days=2)) is Step.SPREADSHEET


@pytest.mark.parametrize("step", Step)
def test_the_page_works_at_every_step_and_says_what_the_next_needs(
    console: Service, monkeypatch: pytest.MonkeyPatch, step: Step
) -> None:
    monkeypatch.setattr(Adoption, "step", lambda *_, **__: step)
    page = signed_in(console, Role.SUPERVISOR).get("/console/").text
    is_now, needs = STEPS[step]
    assert is_now in page and (needs or "Berikutnya: bukti batas risiko") in page
    assert faults_of(page) == []


def test_without_a_model_it_says_so(tmp_path_factory: pytest.TempPathFactory) -> None:
    with running(tmp_path_factory.mktemp("bare"), on_disk=True, with_model=False) as bare:
        page = signed_in(bare, Role.ADMINISTRATOR).get("/console/").text
    assert "Tidak ada model yang berjalan" in page and "perlu perhatian" in page


def test_how_it_stands_with_the_proof() -> None:
    proof = certificate()
    expired = proof.expires_at
    assert [
        proof_of(None, frozenset(), NOW),
        proof_of(certificate(basis=Basis.REAL), frozenset(), NOW),
        proof_of(certificate(basis=Basis.SIMULATED), frozenset(), NOW),
        proof_of(proof, frozenset(), expired),
        proof_of(proof, frozenset({proof.id}), NOW),
        proof_of(certificate(suspended=True), frozenset(), expired),
    ] == [Proof.NONE, Proof.VALID, Proof.SIMULATED, Proof.EXPIRED, Proof.SUSPENDED, Proof.SUSPENDED]


# --- right now -----------------------------------------------------------------------------------


def test_how_many_wait_now_is_the_routers_word_and_not_older_than_a_quarter_of_an_hour(
    console: Service, clock: Clock
) -> None:
    browser = signed_in(console, Role.SUPERVISOR)
    page = browser.get("/console/").text
    assert tile(page, "Panggilan yang menunggu") == "–" and "sistem telepon tidak memberi tahu" in page
    console.store.put_record(call_record(call_id="told", received_at=LATER, calls_waiting=3))
    clock.pass_(minutes=1)
    page = browser.get("/console/").text
    assert tile(page, "Panggilan yang menunggu") == "3" and f"pukul {LATER:%H.%M}" in page
    clock.pass_(minutes=15)
    assert tile(browser.get("/console/").text, "Panggilan yang menunggu") == "–"
    assert "Panggilan yang menunggu" not in browser.get("/console/?back=1").text


@pytest.mark.parametrize("drift", Drift)
def test_whether_scores_drift_is_told_and_who_looks_into_it(
    console: Service, monkeypatch: pytest.MonkeyPatch, drift: Drift
) -> None:
    monkeypatch.setattr(DriftWatch, "read", lambda *_, **__: ScoreDrift(drift, 420, 0.3))
    page = signed_in(console, Role.SUPERVISOR).get("/console/").text
    assert f"<dt>Pergeseran data</dt><dd>{DRIFTS[drift].format(count=420)}" in page
    assert ("Minta staf data" in page) is (drift in (Drift.WARN, Drift.ALARM))
