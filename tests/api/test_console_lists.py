"""Lists beside the queue, and the models with their proofs."""

from __future__ import annotations

import datetime as dt
import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

from prankfilter.language.words import LANGUAGES
from prankfilter.privacy.accounts import Role
from prankfilter.store.incidents import Cause, Incident, Incidents
from prankfilter.store.port import Owed
from prankfilter.store.sql import SqlStore
from prankfilter.vocabulary import Label, OwedFor, Verdict
from tests.api.browsing import Browser, signed_in
from tests.api.pages import faults_of, read
from tests.api.service import Service, running
from tests.builders import call_record, outcome, ruling

MODELS = Path(__file__).parents[2] / "models"


@pytest.fixture
def desk(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Service]:
    """One with a folder of models of its own."""
    folder = tmp_path_factory.mktemp("lists")
    shutil.copytree(MODELS, folder / "models")
    with running(folder, on_disk=True, models=str(folder / "models")) as one:
        yield one


def text_of(page: str) -> str:
    return " ".join(" ".join(read(page).texts).split())


def now_of(desk: Service) -> dt.datetime:
    now: dt.datetime = desk.state["site"].now()
    return now


def called(store: SqlStore, now: dt.datetime, caller: str, *minutes: int, area: str = "cell-1") -> None:
    for ago in minutes:
        received_at = now - dt.timedelta(minutes=ago)
        record = call_record(
            call_id=f"{caller}-{ago}", caller=caller, number_tail="890", cell_id=area, received_at=received_at
        )
        store.put_record(record)


def test_repeat_callers_show_what_became_of_their_calls(desk: Service) -> None:
    now = now_of(desk)
    called(desk.store, now, "often", 10, 20, 30)
    called(desk.store, now, "twice", 5, 15)
    called(desk.store, now, "long ago", 20_000, 20_001, 20_002)
    desk.store.put_outcome("often-30", outcome(Label.GENUINE, at=now - dt.timedelta(minutes=25)))
    desk.store.put_ruling("often-20", ruling(Verdict.CONFIRMED, at=now - dt.timedelta(minutes=1)))
    lead = signed_in(desk, Role.SHIFT_LEAD)
    page = lead.get("/console/callers").text
    assert faults_of(page) == []
    [link] = [address for address in read(page).addresses if address.startswith("/console/calls/")]
    assert link == "/console/calls/often-10"
    assert "•••• 890 3 1 1 0" in text_of(page)
    assert "long%20ago-20000" in lead.get("/console/callers?days=30").text
    assert lead.get("/console/callers?days=nonsense").status_code == 200


def test_an_area_with_far_more_calls_than_usual_stands_first(desk: Service) -> None:
    now = now_of(desk)
    called(desk.store, now, "neighbour", 100, area="quiet")
    for number in range(12):
        called(desk.store, now, f"caller-{number}", 2 + number, area="storm")
    page = signed_in(desk, Role.AUDITOR).get("/console/surges").text
    assert faults_of(page) == []
    said = text_of(page)
    assert said.index("storm lonjakan 12") < said.index("quiet biasa 0")


def test_incidents_are_listed_open_and_closed(desk: Service) -> None:
    now, book = now_of(desk), Incidents(desk.store)
    for call_id, cause in (("a", Cause.GENUINE_VERIFIED), ("b", Cause.WAS_EMERGENCY)):
        book.put_open(Incident(call_id=call_id, opened_at=now, opened_by="budi", cause=cause))
    book.put_closed("b", by="ratna", note="sudah ditangani", at=now)
    page = signed_in(desk, Role.SUPERVISOR).get("/console/incidents").text
    assert faults_of(page) == []
    assert "masih terbuka" in page and "sudah ditangani" in page


def test_call_backs_show_who_is_late(desk: Service) -> None:
    now = now_of(desk)
    called(desk.store, now, "waiting", 30)
    for minutes, call_id in ((20, "waiting-30"), (1, "no number")):
        at = now - dt.timedelta(minutes=minutes)
        desk.store.put_owed(
            Owed(
                call_id=call_id,
                reason=OwedFor.CUT_OFF,
                opened_at=at,
                due_at=at + dt.timedelta(minutes=5),
                number=None,
            )
        )
    page = signed_in(desk, Role.CALL_TAKER).get("/console/callbacks").text
    assert faults_of(page) == []
    assert page.count("terlambat") == 1
    assert "•••• 890" in page and "tidak dapat dipanggil balik" in page


# --- models -----------------------------------------------------------------------------------


@pytest.mark.parametrize("language", LANGUAGES)
def test_models_are_listed_with_their_proofs(desk: Service, language: str) -> None:
    browser = Browser(desk, {**signed_in(desk, Role.AUDITOR).cookies, "console-language": language})
    page = browser.get("/console/models").text
    assert faults_of(page) == []
    current = (MODELS / "current").read_text().strip()
    assert {f"/console/models/{current}"} <= set(read(page).addresses)
    assert {"id": "sedang dipakai", "en": "runs now"}[language] in page
    assert {"id": "panggilan simulasi", "en": "simulated calls"}[language] in page
    assert "rollback" not in page


def test_a_card_is_shown_and_nothing_else_of_the_folder(desk: Service) -> None:
    current = (MODELS / "current").read_text().strip()
    browser = signed_in(desk, Role.SUPERVISOR)
    page = browser.get(f"/console/models/{current}").text
    assert faults_of(page) == []
    assert "<table>" in page and "/promote" not in page
    for address in ("../trusted", "certificates", "0000000000000000"):
        assert browser.get(f"/console/models/{address}").status_code == 404


def another_than(current: str) -> str:
    """A model in the repository that does not run."""
    models = (path.parent.name for path in MODELS.glob("*/estimator.joblib"))
    return next(one for one in sorted(models) if one != current.strip())


def test_the_model_that_runs_is_not_offered_to_be_let_run(desk: Service) -> None:
    current = (desk.state["site"].settings.models / "current").read_text().strip()
    page = signed_in(desk, Role.DATA_STAFF).get(f"/console/models/{current}?ask=yes")
    assert page.status_code == 200
    assert "sedang dipakai" in page.text and "Aktifkan model" not in page.text


def test_data_staff_let_no_model_run_whose_gates_do_not_hold(desk: Service) -> None:
    folder = desk.state["site"].settings.models
    current = (folder / "current").read_text()
    other = another_than(current)
    browser = signed_in(desk, Role.DATA_STAFF)
    asked = browser.get(f"/console/models/{other}?ask=yes")
    assert faults_of(asked.text) == []
    assert "belum terpenuhi" in asked.text and "/promote" not in asked.text
    refused = browser.post(f"/console/models/{other}/promote", {"reason": "lebih baik"})
    assert refused.status_code == 409
    assert (folder / "current").read_text() == current
    assert "ditolak" in browser.get("/console/models").text


def test_a_change_needs_a_reason(desk: Service) -> None:
    browser, current = signed_in(desk, Role.DATA_STAFF), (MODELS / "current").read_text().strip()
    for address in (f"{current}/promote", "rollback"):
        browser.get(f"/console/models/{current}")
        answer = browser.post(f"/console/models/{address}", {"reason": " "})
        assert answer.status_code == 422
