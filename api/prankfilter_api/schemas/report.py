"""A report in JSON: figures by their names in the table of figures, flat."""

from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING, Any

from pydantic import BaseModel, Field, create_model

from prankfilter.reports.periods import ReportKind
from prankfilter.reports.row import Unit
from prankfilter.reports.table import FIGURES


def _figures() -> dict[str, Any]:
    return {
        figure.name: (
            (int if figure.unit is Unit.COUNT else float) | None,
            Field(description=f"{figure.label}. {figure.meaning}"),
        )
        for figure in FIGURES
    }


_PERIOD: dict[str, Any] = {"start": (dt.datetime, ...), "end": (dt.datetime, ...)}

if TYPE_CHECKING:
    ComparedOut = ReportOut = BaseModel
else:
    ComparedOut = create_model(
        "ComparedOut", __doc__="The same figures of an earlier period.", **_PERIOD, **_figures()
    )
    ReportOut = create_model(
        "ReportOut",
        __doc__="A report. Null is unknown, never zero. Figures are explained in Indonesian, as in print.",
        report=(ReportKind, ...),
        **_PERIOD,
        over=(bool, Field(description="Whether nothing more can happen in the period.")),
        made_at=(dt.datetime, ...),
        made_by=(str, ...),
        remarks=(list[str], ...),
        **_figures(),
        compared=(
            list[ComparedOut],
            Field(description="The period before, and the same one a day, a week or a year ago."),
        ),
        lists=(dict[str, list[dict[str, Any]]], Field(description="The lists of the report, by name.")),
    )
