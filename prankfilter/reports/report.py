"""A report as values: every figure of the table, every list, and what must be said beside them.

All formats are made from this one thing, so none can show another number than the others.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from prankfilter.reports.calls import ReportedCall
from prankfilter.reports.list_rows import Rows
from prankfilter.reports.lists import LISTS, List
from prankfilter.reports.material import Material
from prankfilter.reports.periods import Period, ReportKind, is_over
from prankfilter.reports.row import Figure
from prankfilter.reports.table import FIGURES

ADVICE_NOT_ACCUSATION = "Skor adalah saran, bukan tuduhan."
"""On every page (SAFETY rule 16)."""

DEMONSTRATION = (
    "Peragaan: panggilan dalam laporan ini buatan, suaranya sintetis, dan model serta bukti batas risikonya "
    "dibuat dari panggilan simulasi. Angka ini menunjukkan cara kerja perangkat lunak, bukan ketepatannya."
)
NOT_OVER = "Periode ini belum berakhir; angka dihitung sampai saat laporan dibuat."
NOTHING_ON_RECORD = "Belum ada panggilan yang tercatat pada periode ini."

DEMO_PREFIX = "demo-"
"""How ids of made-up calls begin."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Values:
    """One figure: now, and in the two periods that it is held against."""

    now: float | None
    before: float | None
    last: float | None

    @property
    def all(self) -> tuple[float | None, float | None, float | None]:
        """The three, in this order."""
        return self.now, self.before, self.last


@dataclass(frozen=True, slots=True, kw_only=True)
class Report:
    """One report. Words in it are in Indonesian, and said in the reader's language by each format."""

    kind: ReportKind
    period: Period
    compared: tuple[Period, Period]
    made_at: dt.datetime
    made_by: str
    letterhead: tuple[str, ...]
    figures: Mapping[str, Values]
    """By `Figure.name`, in the order of the table."""
    tables: tuple[List[Any], ...]
    """Which lists it has."""
    lists: Mapping[str, Rows]
    """Their rows by `List.name`."""
    remarks: tuple[str, ...]
    calls: Sequence[ReportedCall]
    """All of the period, oldest first."""

    @property
    def counted(self) -> tuple[Figure, ...]:
        """The figures that it has."""
        return tuple(figure for figure in FIGURES if figure.name in self.figures)

    def value(self, name: str) -> float | None:
        """One figure of the period itself."""
        return self.figures[name].now


def make_report(
    kind: ReportKind,
    material: Material,
    before: tuple[Material, Material],
    *,
    made_at: dt.datetime,
    made_by: str,
    letterhead: Sequence[str],
) -> Report:
    """Count everything once."""
    return Report(
        kind=kind,
        period=material.period,
        compared=(before[0].period, before[1].period),
        made_at=made_at,
        made_by=made_by,
        letterhead=tuple(letterhead),
        figures={figure.name: _values(figure, material, before) for figure in FIGURES},
        tables=LISTS,
        lists={one.name: one.rows(material) for one in LISTS},
        remarks=tuple(_remarks(material, made_at)),
        calls=material.calls,
    )


def _values(figure: Figure, material: Material, before: tuple[Material, Material]) -> Values:
    now, earlier, last = (figure.measure(one) if one.is_on_record else None for one in (material, *before))
    return Values(now=now, before=earlier, last=last)


def _remarks(material: Material, made_at: dt.datetime) -> list[str]:
    remarks = standing_remarks(material.period, material.calls, made_at)
    return remarks if material.is_on_record else [*remarks, NOTHING_ON_RECORD]


def standing_remarks(period: Period, calls: Sequence[ReportedCall], made_at: dt.datetime) -> list[str]:
    """Return what must be said above any report."""
    remarks = []
    if any(call.call_id.startswith(DEMO_PREFIX) for call in calls):
        remarks.append(DEMONSTRATION)
    if not is_over(period, made_at):
        remarks.append(NOT_OVER)
    return remarks
