"""A report for programs: figures flat at the top, by their names in the table."""

from __future__ import annotations

import datetime as dt
import json
from typing import Any

from prankfilter.reports.list_rows import Cell
from prankfilter.reports.periods import Period, is_over
from prankfilter.reports.report import ADVICE_NOT_ACCUSATION, Report
from prankfilter.reports.row import Figure, Unit


def as_json(report: Report) -> str:
    """Write a report; null is unknown and never zero."""
    return json.dumps(document(report), ensure_ascii=False, allow_nan=False)


def document(report: Report) -> dict[str, Any]:
    """Return what `as_json` writes, as plain values."""
    return {
        "report": report.kind.value,
        **_period(report.period),
        "over": is_over(report.period, report.made_at),
        "made_at": report.made_at.isoformat(),
        "made_by": report.made_by,
        "remarks": [*report.remarks, ADVICE_NOT_ACCUSATION],
        **{figure.name: _number(figure, report.value(figure.name)) for figure in report.counted},
        "compared": [
            _period(period) | {one.name: _number(one, _earlier(report, one, place)) for one in report.counted}
            for place, period in enumerate(report.compared)
        ],
        "lists": {
            one.name: [
                {column.name: _plain(cell) for column, cell in zip(one.columns, row, strict=True)}
                for row in report.lists[one.name]
            ]
            for one in report.tables
        },
    }


def _earlier(report: Report, figure: Figure, place: int) -> float | None:
    values = report.figures[figure.name]
    return (values.before, values.last)[place]


def _period(period: Period) -> dict[str, str]:
    return {"start": period.start.isoformat(), "end": period.end.isoformat()}


def _number(figure: Figure, value: float | None) -> float | int | None:
    return int(value) if value is not None and figure.unit is Unit.COUNT else value


def _plain(cell: Cell) -> str | float | None:
    return cell.isoformat() if isinstance(cell, dt.datetime) else cell
