"""The page of reports: the same numbers as everywhere, files on record, days of outreach."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from prankfilter.language.words import Words
from prankfilter.privacy.accounts import Role
from prankfilter.reports.table import FIGURES
from prankfilter.reports.writing import Writer
from prankfilter.store.deeds import Act, Deeds
from prankfilter.store.figures import Figures
from prankfilter.store.sql import SqlStore
from prankfilter.vocabulary import Label
from tests.api.browsing import Browser, signed_in
from tests.api.service import Service, running
from tests.builders import NOW, ZONE, ago, call_record, outcome, screening

DAY = f"{NOW:%Y-%m-%d}"


@pytest.fixture(scope="module")
def service(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Service]:
    folder = tmp_path_factory.mktemp("pages of reports")
    with running(folder, on_disk=True, store=f"sqlite:///{folder / 'store.sqlite'}") as one:
        for number, label in enumerate((Label.GENUINE, Label.JOKE_OR_ABUSE, Label.SILENT)):
            record = call_record(call_id=f"call-{number}", received_at=ago(hours=2, minutes=number))
            one.store.remember(screening(record, flagged=label is Label.JOKE_OR_ABUSE))
            one.store.put_outcome(record.call_id, outcome(label, answered_at=ago(hours=2), duration_s=40.0))
        yield one


@pytest.fixture(scope="module")
def supervisor(service: Service) -> Browser:
    return signed_in(service, Role.SUPERVISOR)


def store_of(service: Service) -> SqlStore:
    assert isinstance(service.store, SqlStore)
    return service.store


def test_a_page_shows_every_figure_as_json_has_it(service: Service, supervisor: Browser) -> None:
    page = supervisor.get(f"/console/reports?kind=daily&date={DAY}").text
    told = service.ask("GET", f"/v1/reports/daily?date={DAY}", scope="supervisor").json()
    writer = Writer(Words("id", ZONE))
    for figure in FIGURES:
        row = f"{figure.label}</th>"
        assert row in page
        after = page[page.index(row) :].removeprefix(row)
        assert after.startswith(
            f'<td class="number"><strong>{writer.figure(figure, told[figure.name])}</strong></td>'
        ), figure.name
    assert "<svg" in page
    assert "Skor adalah saran, bukan tuduhan." in page


def test_an_hour_beside_the_day_tells_shifts_apart_and_nothing_else(supervisor: Browser) -> None:
    def body(query: str) -> str:
        page = supervisor.get(f"/console/reports?{query}").text
        return page[page.index("<h1>") :].partition("<br>")[0]

    assert body(f"kind=shift&date={DAY}&time=15:00") == body(f"kind=shift&date={DAY}T15:00")
    assert body(f"kind=shift&date={DAY}&time=15:00") != body(f"kind=shift&date={DAY}&time=23:00")
    assert body(f"kind=daily&date={DAY}&time=15:00") == body(f"kind=daily&date={DAY}")
    shown = supervisor.get(f"/console/reports?kind=shift&date={DAY}&time=15:00").text
    assert f'value="{DAY}"' in shown and 'value="15:00"' in shown
    assert supervisor.get(f"/console/reports?kind=shift&date={DAY}&time=sore").status_code == 422


def test_a_file_is_taken_along_in_the_name_of_whoever_is_signed_in(
    service: Service, supervisor: Browser
) -> None:
    answer = supervisor.get(f"/console/reports/file?kind=daily&date={DAY}&format=csv")
    assert answer.headers["content-disposition"].endswith(f'daily-{DAY}.csv"')
    deeds = Deeds(store_of(service)).within(ago(days=9999), NOW.replace(year=2099))
    exported = [deed for deed in deeds if deed.what is Act.EXPORTED]
    assert [(deed.by, deed.details["what"]) for deed in exported] == [
        ("supervisor-1", f"daily {DAY}T00:00 csv")
    ]
    assert "Ibu supervisor-1" in answer.text


def test_a_date_that_is_none_is_a_page_that_says_so(supervisor: Browser) -> None:
    assert supervisor.get("/console/reports?kind=daily&date=kemarin").status_code == 422


def test_a_day_of_outreach_is_noted_and_reaches_the_sheet(service: Service, supervisor: Browser) -> None:
    supervisor.get(f"/console/reports?kind=outreach&date={DAY[:7]}")
    page = supervisor.post("/console/reports/outing", {"on_date": DAY, "place": "Penajam"})
    assert page.status_code == 200
    assert f"{NOW:%d/%m/%Y}" in page.text
    assert Figures(store_of(service)).outreach("2026-01-01", "2027-01-01") == [(DAY, "Penajam")]
    assert supervisor.post("/console/reports/outing", {"on_date": "besok"}).status_code == 422
