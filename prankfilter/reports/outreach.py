"""The outreach sheet: where, on which days and at what hours pranks, children and silent calls come from.

It leaves the centre and goes to people who visit schools and villages. So it names no school and no number,
hides small counts (`hiding`), and tells of districts, never of a cell. What it says of the weeks around a
visit is rounded, since two visits close together would otherwise tell of single days.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from prankfilter.classifier.sentences import DAYS_ID
from prankfilter.features.almanac import is_school_day
from prankfilter.reports.calls import ReportedCall
from prankfilter.reports.districts import district_of
from prankfilter.reports.hiding import FEWEST_CALLS, FEWEST_NUMBERS, Path, shown_counts
from prankfilter.reports.list_rows import Cell, Rows
from prankfilter.reports.lists import Column, List, Write
from prankfilter.reports.periods import Period, ReportKind
from prankfilter.reports.report import Report, standing_remarks
from prankfilter.store.instants import instant, microseconds
from prankfilter.vocabulary import Label

AROUND = dt.timedelta(days=28)
"""Before and after a visit."""

ROUNDED_TO = 5

GROUPS: Mapping[Label, str] = {
    Label.JOKE_OR_ABUSE: "iseng dan informasi palsu",
    Label.FALSE_REPORT: "iseng dan informasi palsu",
    Label.CHILD_PLAY: "main-main anak",
    Label.SILENT: "tanpa suara (ghost call)",
}
SCHOOL_DAY, HOLIDAY, NOT_KNOWN = "hari sekolah", "hari libur", "kalender tidak diketahui"
DAY_KINDS = (SCHOOL_DAY, HOLIDAY)

HIDDEN = (
    f"Angka di bawah {FEWEST_CALLS} panggilan atau {FEWEST_NUMBERS} nomor disembunyikan (–), begitu juga "
    "angka yang dapat mengungkapnya lewat pengurangan."
)
WHOLE_CENTRE = "seluruh wilayah"
AROUND_VISITS = f"Di sekitar tanggal penyuluhan angka dibulatkan ke kelipatan {ROUNDED_TO}."


@dataclass(frozen=True, slots=True)
class Visit:
    """A day on which somebody went out."""

    on_date: dt.date
    place: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Outreach:
    """What the sheet is made from."""

    period: Period
    calls: Sequence[ReportedCall]
    """Of the period and of four weeks on either side of it, as far as there are any."""
    visits: Sequence[Visit]
    """In the period."""
    districts: Mapping[str, str]
    until: dt.datetime


def _shown(material: Outreach) -> dict[Path, int]:
    """Count by group and place, each group in a tree of its own: its total stands in other reports."""
    shown: dict[Path, int] = {}
    for group in dict.fromkeys(GROUPS.values()):
        counts = shown_counts(_placed(material, group))
        shown |= {(group, *path): count for path, count in counts.items()}
    return shown


def _placed(material: Outreach, group: str) -> Iterator[tuple[Path, str | None]]:
    """Return where each call of a group belongs, and who called."""
    zone, period = material.period.start.tzinfo, material.period
    start, end = microseconds(period.start), microseconds(period.end)
    for call in material.calls:
        if start <= call.received_at < end and _group(call) == group:
            local = instant(call.received_at).astimezone(zone)
            day_kind, weekday = _day_kind(local.date()), DAYS_ID[local.weekday()]
            district = district_of(call.cell_id, material.districts)
            yield (district, day_kind, weekday, f"{local.hour:02d}"), call.caller


def _group(call: ReportedCall) -> str | None:
    return None if call.label is None else GROUPS.get(call.label)


def _day_kind(day: dt.date) -> str:
    known = is_school_day(day)
    if known is None:
        return NOT_KNOWN
    return SCHOOL_DAY if known else HOLIDAY


def _by_district(material: Outreach) -> Rows:
    shown = _shown(material)
    places = sorted(path for path in shown if len(path) == 2)
    return [(*path, shown[path], *(shown.get((*path, kind)) for kind in DAY_KINDS)) for path in places]


def _by_hour(material: Outreach) -> Rows:
    shown = _shown(material)
    cells = [path for path in shown if len(path) == 5]
    return [(*path, shown[path]) for path in sorted(cells, key=lambda path: (-shown[path], path))]


def _around(material: Outreach) -> Rows:
    known = {district_of(call.cell_id, material.districts) for call in material.calls}
    return [
        _visit(one, material, one.place if one.place in known else WHOLE_CENTRE) for one in material.visits
    ]


def _visit(visit: Visit, material: Outreach, where: str) -> tuple[Cell, ...]:
    start = dt.datetime.combine(visit.on_date, dt.time(), tzinfo=material.period.start.tzinfo)
    after = start + dt.timedelta(days=1)
    end = min(after + AROUND, material.until.astimezone(start.tzinfo))
    before, later = _between(material, where, start - AROUND, start), _between(material, where, after, end)
    days = max((end - after) // dt.timedelta(days=1), 0)
    return (start, where, before[0], later[0], before[1], later[1], days)


def _between(
    material: Outreach, where: str, first: dt.datetime, last: dt.datetime
) -> tuple[int | None, int | None]:
    """Return how many troublesome calls and emergencies there were, rounded, None where there were few."""
    start, end = microseconds(first), microseconds(last)
    calls = [
        call
        for call in material.calls
        if start <= call.received_at < end
        and where in (WHOLE_CENTRE, district_of(call.cell_id, material.districts))
    ]
    return _rounded([one for one in calls if _group(one)]), _rounded([one for one in calls if one.is_genuine])


def _rounded(calls: Sequence[ReportedCall]) -> int | None:
    numbers = {call.caller for call in calls if call.caller is not None}
    if len(calls) < FEWEST_CALLS or len(numbers) < FEWEST_NUMBERS:
        return None
    return round(len(calls) / ROUNDED_TO) * ROUNDED_TO


_ONLY = frozenset({ReportKind.OUTREACH})
_GROUP = Column("group", "Kelompok", Write.WORD, room=1)
_DISTRICT = Column("district", "Wilayah", Write.WORD, room=1)

SHEET: tuple[List[Outreach], ...] = (
    List(
        "districts",
        "Per wilayah, hari sekolah dan hari libur",
        (
            _GROUP,
            _DISTRICT,
            Column("calls", "Panggilan", Write.COUNT),
            Column("school_days", "Hari sekolah", Write.COUNT),
            Column("holidays", "Hari libur", Write.COUNT),
        ),
        _by_district,
        "Tidak ada angka yang cukup besar untuk ditunjukkan.",
        _ONLY,
    ),
    List(
        "hours",
        "Jam dan hari yang paling sering",
        (
            _GROUP,
            _DISTRICT,
            Column("day_kind", "Jenis hari", Write.WORD),
            Column("weekday", "Hari", Write.WORD),
            Column("hour", "Jam", Write.TEXT),
            Column("calls", "Panggilan", Write.COUNT),
        ),
        _by_hour,
        "Tidak ada angka yang cukup besar untuk ditunjukkan.",
        _ONLY,
    ),
    List(
        "visits",
        "Sebelum dan sesudah penyuluhan",
        (
            Column("on_date", "Tanggal", Write.DAY),
            Column("district", "Wilayah", Write.WORD, room=1.2),
            Column("troubled_before", "Gangguan, 28 hari sebelum", Write.COUNT, room=1),
            Column("troubled_after", "Gangguan sesudah", Write.COUNT, room=1),
            Column("genuine_before", "Darurat nyata, 28 hari sebelum", Write.COUNT, room=1),
            Column("genuine_after", "Darurat nyata sesudah", Write.COUNT, room=1),
            Column("days_after", "Hari sesudah", Write.COUNT),
        ),
        _around,
        "Tidak ada tanggal penyuluhan yang tercatat pada periode ini.",
        _ONLY,
    ),
)
"""A cell that is empty is hidden."""


def make_outreach(
    material: Outreach,
    *,
    compared: tuple[Period, Period],
    made_at: dt.datetime,
    made_by: str,
    letterhead: Sequence[str],
) -> Report:
    """Make the sheet. It has no figures of the centre, and no list of calls."""
    remarks = [HIDDEN, AROUND_VISITS] if material.visits else [HIDDEN]
    return Report(
        kind=ReportKind.OUTREACH,
        period=material.period,
        compared=compared,
        made_at=made_at,
        made_by=made_by,
        letterhead=tuple(letterhead),
        figures={},
        tables=SHEET,
        lists={one.name: one.rows(material) for one in SHEET},
        remarks=(*standing_remarks(material.period, material.calls, made_at), *remarks),
        calls=(),
    )
