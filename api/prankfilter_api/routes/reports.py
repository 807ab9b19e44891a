"""Reports of shifts, days and months."""

from __future__ import annotations

import re
from enum import StrEnum
from typing import Annotated

from fastapi import APIRouter, Depends, Query
from starlette.responses import Response

from prankfilter import errors
from prankfilter.privacy.api_keys import Action, ApiKey
from prankfilter.reports.periods import ReportKind
from prankfilter_api.documented import KEYED, described, refusing
from prankfilter_api.refusals import InvalidBody
from prankfilter_api.schemas.report import ReportOut
from prankfilter_api.state import Allowed, StateDep, utc_now

router = APIRouter(tags=["supervisor"])

LONGEST_DATE = 40


class Form(StrEnum):
    """In which form a report is wanted."""

    JSON = "json"
    TEXT = "text"
    CSV = "csv"
    XLSX = "xlsx"
    PDF = "pdf"


MEDIA_TYPES = {
    Form.JSON: "application/json",
    Form.TEXT: "text/plain; charset=utf-8",
    Form.CSV: "text/csv; charset=utf-8",
    Form.XLSX: "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
    Form.PDF: "application/pdf",
}
SUFFIXES = {Form.TEXT: "txt"}

_FILE = {"schema": {"type": "string", "format": "binary"}}
_DATE = Query(
    description="A day (`2026-11-22`), a local time in it (`2026-11-22T15:30`: the shift at that time) or a "
    "month (`2026-11`). A shift that is named by its day alone is the last that began on it, today the one "
    "that is running. Now if not given.",
    max_length=LONGEST_DATE,
)


@router.get(
    "/v1/reports/{kind}",
    operation_id="read_report",
    summary="What a shift, a day or a month came to",
    response_model=None,
    responses={
        200: {
            "model": ReportOut,
            "description": "The report. Files come with a `Content-Disposition`, and are on record.",
            "content": {
                kind.partition(";")[0]: _FILE for form, kind in MEDIA_TYPES.items() if form != Form.JSON
            },
        },
        **refusing(*KEYED, InvalidBody, errors.BadInput, errors.ReportFailed, errors.OverloadedError),
    },
    openapi_extra=described(Action.READ_REPORTS),
)
async def read_report(
    kind: ReportKind,
    state: StateDep,
    key: Annotated[ApiKey, Depends(Allowed(Action.READ_REPORTS))],
    date: Annotated[str, _DATE] = "",
    form: Annotated[Form, Query(alias="format")] = Form.JSON,
) -> Response:
    """Count a period from what is on record. The same numbers in every form; null is unknown, never zero."""
    content = await state["reports"].make(kind, date, form.value, by=key.name, now=utc_now())
    return as_file(content, kind, date, form)


def as_file(content: bytes, kind: ReportKind, date: str, form: Form) -> Response:
    """Answer with a report; what is no JSON is a file to be kept."""
    headers = {"Cache-Control": "no-store"}
    if form is not Form.JSON:
        name = "-".join(part for part in ("prankfilter", kind.value, re.sub(r"[^0-9-]", "", date)) if part)
        headers["Content-Disposition"] = f'attachment; filename="{name}.{SUFFIXES.get(form, form.value)}"'
    return Response(content, headers=headers, media_type=MEDIA_TYPES[form])
