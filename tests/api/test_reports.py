"""Reports over HTTP: who may read them, in which forms, and what is written down about it."""

from __future__ import annotations

import io
import zipfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from prankfilter.privacy.api_keys import SCOPES
from prankfilter.store.deeds import Act, Deeds
from prankfilter.store.sql import SqlStore
from prankfilter.vocabulary import Label
from prankfilter.wiring import report_child
from tests.api.service import Service, running
from tests.builders import NOW, ago, call_record, outcome, screening

DAY = f"{NOW:%Y-%m-%d}"


@pytest.fixture(scope="module")
def service(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Service]:
    """A service with a few calls of the day on its disk."""
    folder = tmp_path_factory.mktemp("reports")
    with running(folder, on_disk=True, store=f"sqlite:///{folder / 'store.sqlite'}") as one:
        for number, label in enumerate((Label.GENUINE, Label.JOKE_OR_ABUSE, Label.SILENT)):
            record = call_record(call_id=f"call-{number}", received_at=ago(hours=2, minutes=number))
            one.store.remember(screening(record, flagged=label is Label.JOKE_OR_ABUSE))
            one.store.put_outcome(record.call_id, outcome(label, answered_at=ago(hours=2), duration_s=40.0))
        yield one


def test_json_has_the_figures_at_its_top(service: Service) -> None:
    answer = service.ask("GET", f"/v1/reports/daily?date={DAY}", scope="supervisor")
    assert answer.status_code == 200, answer.text
    report = answer.json()
    assert {name: report[name] for name in ("calls", "flagged", "verified", "overturned")} == {
        "calls": 3,
        "flagged": 1,
        "verified": 0,
        "overturned": 0,
    }
    assert (report["genuine_delayed"], report["genuine"], report["made_by"]) == (0, 1, "supervisor-1")
    assert report["compared"][0]["calls"] is None, "nothing is on record of the day before"
    assert "content-disposition" not in answer.headers


@pytest.mark.parametrize("scope", SCOPES)
def test_supervisors_and_auditors_read_them_and_nobody_else(service: Service, scope: str) -> None:
    answer = service.ask("GET", f"/v1/reports/shift?date={DAY}&format=json", scope=scope)
    assert answer.status_code == (200 if scope in {"supervisor", "auditor"} else 403)


@pytest.mark.parametrize(
    ("form", "begins", "suffix"),
    [("csv", b"\xef\xbb\xbf", "csv"), ("xlsx", b"PK", "xlsx"), ("pdf", b"%PDF-1.7", "pdf")],
)
def test_a_file_is_handed_over_once_it_is_on_record(
    service: Service, form: str, begins: bytes, suffix: str
) -> None:
    answer = service.ask("GET", f"/v1/reports/daily?date={DAY}&format={form}", scope="auditor")
    assert answer.status_code == 200, answer.text
    assert answer.content.startswith(begins)
    expected = f'attachment; filename="prankfilter-daily-{DAY}.{suffix}"'
    assert answer.headers["content-disposition"] == expected
    assert isinstance(service.store, SqlStore)
    deeds = Deeds(service.store).within(ago(days=9999), NOW.replace(year=2099))
    assert (deeds[-1].by, deeds[-1].what) == ("auditor-1", Act.EXPORTED)
    assert form in deeds[-1].details["what"]


def test_a_workbook_is_whole(service: Service) -> None:
    answer = service.ask("GET", f"/v1/reports/monthly?date={DAY[:7]}&format=xlsx", scope="supervisor")
    assert zipfile.ZipFile(io.BytesIO(answer.content)).testzip() is None


@pytest.mark.parametrize(
    "date", ["yesterday", "2026-13-01", "2999-01-01", "1950-01-01", "--help", "2026-09-16T99"]
)
def test_what_is_no_period_is_refused_with_its_remedy(service: Service, date: str) -> None:
    answer = service.ask("GET", "/v1/reports/daily", scope="supervisor", params={"date": date})
    assert answer.status_code == 422
    assert "give a day" in answer.json()["detail"]


def test_an_unknown_report_or_form_is_refused(service: Service) -> None:
    assert service.ask("GET", "/v1/reports/yearly", scope="supervisor").status_code in {404, 422}
    assert service.ask("GET", "/v1/reports/daily?format=docx", scope="supervisor").status_code == 422


def test_no_number_is_in_text_for_people(service: Service) -> None:
    answer = service.ask("GET", f"/v1/reports/daily?date={DAY}&format=text", scope="supervisor")
    assert "call-1" in answer.text
    assert "caller-1" not in answer.text


def test_an_agency_and_a_units_journey_reach_the_report(service: Service) -> None:
    facts = {"agency": "Damkar", "dispatched_at": ago(hours=1, minutes=57).isoformat()}
    assert service.ask("PATCH", "/v1/calls/call-0", scope="router", json=facts).status_code == 200
    report = service.ask("GET", f"/v1/reports/daily?date={DAY}", scope="supervisor").json()
    (agency,) = report["lists"]["agencies"]
    assert agency == {"agency": "Damkar", "forwarded": 1, "to_dispatch_s": 180.0, "to_arrival_s": None}


def test_a_report_that_takes_too_long_is_a_problem_and_so_is_one_too_many(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with running(tmp_path, report_s="0.001") as hasty:
        answer = hasty.ask("GET", f"/v1/reports/daily?date={DAY}", scope="supervisor")
        assert (answer.status_code, answer.json()["type"]) == (503, "/problems/report-failed")
        monkeypatch.setattr(report_child, "WAITING", -1)
        answer = hasty.ask("GET", f"/v1/reports/daily?date={DAY}", scope="supervisor")
        assert answer.status_code == 429
