"""Which pictures a report has."""

from __future__ import annotations

from dataclasses import dataclass

from prankfilter.classifier.sentences import DAYS_ID
from prankfilter.language.words import Words
from prankfilter.reports.charts import Look, heat_map, hour_bars
from prankfilter.reports.periods import Period, ReportKind
from prankfilter.reports.report import Report


@dataclass(frozen=True, slots=True)
class Picture:
    """One picture, and what it shows in words."""

    title: str
    summary: str
    svg: str


def pictures(report: Report, words: Words, look: Look) -> list[Picture]:
    """Draw them from the report's own lists."""
    if not report.figures or not report.value("calls"):
        return []
    drawn = [_hours(report, words, look)]
    if report.kind is ReportKind.MONTHLY:
        drawn.append(_weekdays(report, words, look))
    return drawn


def _hours(report: Report, words: Words, look: Look) -> Picture:
    rows = [(str(row[0]), [_count(cell) for cell in row[1:]]) for row in report.lists["hours"]]
    if report.kind is ReportKind.SHIFT:
        rows = [rows[hour] for hour in _hours_of(report.period)]
    stacked = [
        (name, (genuine, *parts, calls - genuine - sum(parts))) for name, (calls, *parts, genuine) in rows
    ]
    busiest, (most, *_) = max(rows, key=lambda row: row[1][0])
    title = words("Panggilan per jam")
    summary = words("Terbanyak pada pukul {hour}: {calls} panggilan.", hour=busiest, calls=most)
    parts = [words("Darurat nyata"), words("Prank"), words("Tanpa suara"), words("Lainnya")]
    return Picture(title, summary, hour_bars(stacked, parts, title=title, summary=summary, look=look))


def _hours_of(period: Period) -> list[int]:
    """Return the hours of the clock that a shift touches, in its order."""
    start, end = period.start.hour, period.end.hour + bool(period.end.minute)
    hours = range(start, end if end > start else end + 24)
    return [hour % 24 for hour in hours]


def _weekdays(report: Report, words: Words, look: Look) -> Picture:
    cells = [[_count(cell) for cell in row[1:]] for row in report.lists["weekday_hours"]]
    most, day, hour = max((cells[day][hour], day, hour) for day in range(7) for hour in range(24))
    title = words("Panggilan per hari dan jam")
    summary = words(
        "Terbanyak pada hari {day} pukul {hour}: {calls} panggilan.",
        day=words(DAYS_ID[day]),
        hour=f"{hour:02d}",
        calls=most,
    )
    names = [words(name) for name in DAYS_ID]
    return Picture(title, summary, heat_map(cells, names, title=title, summary=summary, look=look))


def _count(cell: object) -> int:
    assert isinstance(cell, int)  # noqa: S101 - the list's columns are counts
    return cell
