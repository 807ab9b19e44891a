"""A report as values: every figure of the table, every list, and what must be said beside them.

All formats are made from this one thing, so none can show another number than the others.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from prankfilter.reports.calls import ReportedCall
from prankfilter.reports.list_rows import Rows
from prankfilter.reports.lists import LISTS
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
OBSERVING = (
    "Mode pengamatan: prankfilter hanya mencatat, dan tidak ada panggilan yang mendapat sapaan otomatis."
)

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
    lists: Mapping[str, Rows]
    """By `List.name`, in the order of that table."""
    remarks: tuple[str, ...]
    calls: Sequence[ReportedCall]
    """All of the period, oldest first."""

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
        lists={one.name: one.rows(material) for one in LISTS},
        remarks=tuple(_remarks(material, made_at)),
        calls=material.calls,
    )


def _values(figure: Figure, material: Material, before: tuple[Material, Material]) -> Values:
    now, earlier, last = (figure.measure(one) if one.is_on_record else None for one in (material, *before))
    return Values(now=now, before=earlier, last=last)


def _remarks(material: Material, made_at: dt.datetime) -> list[str]:
    remarks = []
    if any(call.call_id.startswith(DEMO_PREFIX) for call in material.calls):
        remarks.append(DEMONSTRATION)
    if not material.is_on_record:
        remarks.append(NOTHING_ON_RECORD)
    if not is_over(material.period, made_at):
        remarks.append(NOT_OVER)
    return remarks
