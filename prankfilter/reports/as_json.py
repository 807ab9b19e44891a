"""A report for programs: figures flat at the top, by their names in the table."""

from __future__ import annotations

import datetime as dt
import json
from collections.abc import Mapping, Sequence
from typing import Any

from prankfilter.reports.list_rows import Cell
from prankfilter.reports.lists import LISTS, Column, List, Write
from prankfilter.reports.material import Why
from prankfilter.reports.outreach import SHEET
from prankfilter.reports.periods import Period, ReportKind, is_over
from prankfilter.reports.report import ADVICE_NOT_ACCUSATION, Report, Values
from prankfilter.reports.row import Figure, Unit
from prankfilter.reports.table import FIGURES


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


def _plain(cell: Cell) -> str | float | list[dict[str, Any]] | None:
    if isinstance(cell, tuple):
        return [why._asdict() for why in cell]
    return cell.isoformat() if isinstance(cell, dt.datetime) else cell


def report_of(document: Mapping[str, Any], letterhead: Sequence[str], zone: dt.tzinfo) -> Report:
    """Return the report that `document` was made from, but for its list of all calls."""
    kind = ReportKind(document["report"])
    tables: tuple[List[Any], ...] = SHEET if kind is ReportKind.OUTREACH else LISTS
    told = (document, *document["compared"])
    before, last = (_period_of(one, zone) for one in document["compared"])
    return Report(
        kind=kind,
        period=_period_of(document, zone),
        compared=(before, last),
        made_at=dt.datetime.fromisoformat(document["made_at"]),
        made_by=document["made_by"],
        letterhead=tuple(letterhead),
        figures={
            figure.name: Values(**dict(zip(_PLACES, (one[figure.name] for one in told), strict=True)))
            for figure in FIGURES
            if figure.name in document
        },
        tables=tables,
        lists={one.name: [_row_of(one, row) for row in document["lists"][one.name]] for one in tables},
        remarks=tuple(document["remarks"][:-1]),
        calls=(),
    )


_PLACES = ("now", "before", "last")


def _period_of(document: Mapping[str, Any], zone: dt.tzinfo) -> Period:
    start, end = (dt.datetime.fromisoformat(document[name]).astimezone(zone) for name in ("start", "end"))
    return Period(start, end)


def _row_of(one: List[Any], row: Mapping[str, Any]) -> tuple[Cell, ...]:
    return tuple(_cell_of(column, row[column.name]) for column in one.columns)


def _cell_of(column: Column, cell: Any) -> Cell:
    if cell is None:
        return None
    if column.write is Write.REASONS:
        return tuple(Why(**why) for why in cell)
    told: Cell = cell
    return dt.datetime.fromisoformat(cell) if column.write in (Write.MOMENT, Write.DAY) else told
