"""How figures and cells are written for people, in the reader's language."""

from __future__ import annotations

import datetime as dt
import math
from collections.abc import Sequence

from prankfilter.classifier.reason_words import reason_text
from prankfilter.language.words import Words
from prankfilter.reports.list_rows import Cell
from prankfilter.reports.lists import Column, Write
from prankfilter.reports.material import Why
from prankfilter.reports.periods import Period, ReportKind
from prankfilter.reports.row import Figure, Unit

NO_DATA = "tidak ada data"
"""What stands for what is not known; never a zero."""

TITLES = {
    ReportKind.SHIFT: "Laporan sif",
    ReportKind.DAILY: "Laporan harian",
    ReportKind.MONTHLY: "Laporan bulanan",
    ReportKind.OUTREACH: "Lembar penyuluhan",
}

COMPARED = {
    ReportKind.SHIFT: ("Sif sebelumnya", "Sif yang sama kemarin"),
    ReportKind.DAILY: ("Hari sebelumnya", "Hari yang sama minggu lalu"),
    ReportKind.MONTHLY: ("Bulan lalu", "Bulan yang sama tahun lalu"),
    ReportKind.OUTREACH: ("Bulan lalu", "Bulan yang sama tahun lalu"),
}
"""What a report is held against: `periods.earlier`."""

UNITS = {Unit.COUNT: "banyaknya", Unit.SHARE: "bagian dari 1", Unit.SECONDS: "detik"}
"""What raw numbers in a file are counted in."""

SHARE_PLACES = 1


def reasons_in_words(reasons: Sequence[Why], words: Words) -> str:
    """Say why a call was flagged."""
    return "; ".join(
        reason_text(why.feature, math.nan if why.value is None else why.value, why.text, words)
        for why in reasons
    )


class Writer:
    """Writes values for one reader."""

    def __init__(self, words: Words) -> None:
        self.words = words

    def figure(self, figure: Figure, value: float | None) -> str:
        """Write one figure; what is unknown is said to be."""
        if value is None:
            return self.words(NO_DATA)
        if figure.unit is Unit.SHARE:
            return self.words.percent(value, SHARE_PLACES)
        if figure.unit is Unit.SECONDS:
            return self.words.duration(value)
        return self.words.number(value, 0)

    def cell(self, column: Column, value: Cell) -> str:
        """Write one cell of a list; what is unknown is a dash."""
        if value is None:
            return "–"
        if column.write is Write.WORD:
            return self.words(str(value))
        if isinstance(value, tuple):
            return reasons_in_words(value, self.words)
        if isinstance(value, dt.datetime):
            if column.write is Write.DAY:
                return f"{value.astimezone(self.words.zone):%d/%m/%Y}"
            return f"{value.astimezone(self.words.zone):%d/%m/%Y} {self.words.clock(value)}"
        if isinstance(value, str):
            return value
        if column.write is Write.SHARE:
            return self.words.percent(value, SHARE_PLACES)
        return self.words.duration(value) if column.write is Write.SECONDS else self.words.number(value, 0)

    def title(self, kind: ReportKind) -> str:
        """Name a report."""
        return self.words(TITLES[kind])

    def period(self, kind: ReportKind, period: Period) -> str:
        """Say which stretch of time it is about: ``Minggu, 22 November 2026, 14.00–21.00 WITA``."""
        words = self.words
        if kind is ReportKind.DAILY:
            return words.day(period.start.date())
        if kind is not ReportKind.SHIFT:
            return words.month(period.start.date())
        clock = f"{words.clock(period.start)}–{words.clock(period.end)} {words.zone_name(period.start)}"
        return f"{words.day(period.start.date())}, {clock}"

    def signed(self, at: dt.datetime, by: str) -> str:
        """Say when a report was made, and by whom."""
        return self.words("Dibuat {moment} oleh {name}", moment=self.words.moment(at), name=by)
