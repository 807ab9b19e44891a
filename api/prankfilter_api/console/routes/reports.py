"""Reports: looked at on a page, taken along as a file; and the days on which somebody went out to schools."""

from __future__ import annotations

import datetime as dt
import json
from typing import Annotated, Any

from fastapi import Depends
from starlette.responses import Response

from prankfilter.errors import BadInput
from prankfilter.privacy.api_keys import Action
from prankfilter.reports.as_json import report_of
from prankfilter.reports.charts import Look
from prankfilter.reports.laid_out import laid_out
from prankfilter.reports.periods import ReportKind
from prankfilter.reports.writing import TITLES, Writer
from prankfilter.store.outings import Outing, Outings
from prankfilter_api.console.page_route import page_router
from prankfilter_api.console.visit import Allowed, Signed
from prankfilter_api.routes.reports import LONGEST_DATE, Form, as_file
from prankfilter_api.state import State, StateDep

router = page_router()

ReaderDep = Annotated[Signed, Depends(Allowed(Action.READ_REPORTS))]
FILES = (Form.PDF, Form.XLSX, Form.CSV)
LONGEST_PLACE = 80


@router.get("/reports")
async def reports(visit: ReaderDep, state: StateDep) -> Response:
    """Show one report."""
    kind, date = _asked(visit)
    day, clock = _on_form(date)
    made = await _made(visit, state, kind, date, Form.JSON)
    view = await visit.site.lane.run(lambda: _view(json.loads(made), visit))
    return await visit.page(
        "reports.html",
        view=view,
        kind=kind,
        date=date,
        day=day,
        time=clock,
        kinds=TITLES,
        files=FILES,
        outreach=ReportKind.OUTREACH,
    )


@router.get("/reports/file")
async def report_file(visit: ReaderDep, state: StateDep) -> Response:
    """Hand over a report as a file; who took it is on record before."""
    kind, date = _asked(visit)
    asked = visit.request.query_params.get("format", "")
    form = next((form for form in FILES if form.value == asked), FILES[0])
    made = await _made(visit, state, kind, date, form)
    return as_file(made, kind, date, form)


@router.post("/reports/outing")
async def add_outing(visit: Annotated[Signed, Depends(Allowed(Action.GIVE_VERDICT))]) -> Response:
    """Note a day on which somebody went out."""
    place = visit.form.get("place").strip()[:LONGEST_PLACE]
    outing = Outing(on_date=_day(visit.form.get("on_date")), place=place, by=visit.by, at=visit.now)
    await visit.site.lane.run(lambda: Outings(visit.site.store).put(outing))
    return visit.go(f"/console/reports?kind=outreach&date={outing.on_date:%Y-%m}", done="saved")


def _day(text: str) -> dt.date:
    try:
        return dt.date.fromisoformat(text)
    except ValueError:
        raise BadInput("on_date: no day; give one such as 2026-11-22") from None


def _on_form(date: str) -> tuple[str, str]:
    """What the fields of day and hour show for a date of the address; a month is shown as its first day."""
    day, _, clock = date.partition("T")
    return (f"{day}-01" if len(day) == len("2026-11") else day), clock[: len("15:00")]


def _asked(visit: Signed) -> tuple[ReportKind, str]:
    query = visit.request.query_params
    kind = next((kind for kind in ReportKind if kind.value == query.get("kind")), ReportKind.SHIFT)
    date, clock = query.get("date", "")[:LONGEST_DATE], query.get("time", "")
    # The hour tells shifts apart, and nothing else.
    is_of_shift = kind is ReportKind.SHIFT and clock and date and "T" not in date
    return kind, f"{date}T{clock}" if is_of_shift else date


async def _made(visit: Signed, state: State, kind: ReportKind, date: str, form: Form) -> bytes:
    signed, language = visit.account.full_name or visit.by, visit.words.language
    return await state["reports"].make(
        kind, date, form.value, by=visit.by, signed=signed, language=language, now=visit.now
    )


def _view(document: dict[str, Any], visit: Signed) -> dict[str, Any]:
    settings = visit.site.settings
    report = report_of(document, settings.letterhead, settings.zone)
    return laid_out(report, Writer(visit.words), Look(ink="currentColor"))
