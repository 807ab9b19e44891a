"""The lists of a report: what they are called, their columns, and which reports print them."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from enum import StrEnum
from typing import Generic, TypeVar

from prankfilter.reports import list_rows
from prankfilter.reports.list_rows import Rows
from prankfilter.reports.material import Material
from prankfilter.reports.periods import ReportKind

_SHORT = frozenset({ReportKind.SHIFT, ReportKind.DAILY})
_ALL = _SHORT | {ReportKind.MONTHLY}


class Write(StrEnum):
    """How a cell is written."""

    COUNT = "count"
    SHARE = "share"
    SECONDS = "s"
    MOMENT = "moment"
    DAY = "day"
    WORD = "word"
    """A message, to be said in the reader's language."""
    ID = "id"
    """What names a call or a model: it may be long, and may be broken anywhere."""
    REASONS = "reasons"
    """Why a call was flagged, to be said in the reader's language."""
    TEXT = "text"
    """Written as it is: a name, a place, what somebody wrote."""


@dataclass(frozen=True, slots=True)
class Column:
    """One column."""

    name: str
    label: str
    """In Indonesian."""
    write: Write
    room: float = 0.0
    """Its part of the room that the others leave; one without takes what it needs."""


M_contra = TypeVar("M_contra", contravariant=True)


@dataclass(frozen=True, slots=True)
class List(Generic[M_contra]):
    """One list of the report."""

    name: str
    title: str
    """In Indonesian."""
    columns: tuple[Column, ...]
    rows: Callable[[M_contra], Rows]
    empty: str
    """What is said where there are no rows."""
    reports: frozenset[ReportKind] = _ALL
    """Which reports print it; files for machines hold every list."""
    is_first: bool = False
    """It heads the report: somebody must act on it."""


_HAPPENING = (
    Column("at", "Waktu", Write.MOMENT),
    Column("what", "Apa", Write.WORD),
    Column("about", "Tentang", Write.ID),
    Column("by", "Oleh", Write.TEXT),
    Column("reason", "Alasan", Write.TEXT, room=1),
)

LISTS: tuple[List[Material], ...] = (
    List(
        "carried",
        "Panggil balik dari sif sebelumnya",
        (
            Column("opened_at", "Sejak", Write.MOMENT),
            Column("due_at", "Batas waktu", Write.MOMENT),
            Column("owed_for", "Sebab", Write.WORD),
            Column("area", "Sel atau wilayah", Write.TEXT, room=1),
            Column("closed_at", "Selesai", Write.MOMENT),
        ),
        list_rows.carried,
        "Tidak ada panggil balik terbuka dari sif sebelumnya.",
        _SHORT,
        is_first=True,
    ),
    List(
        "kinds",
        "Panggilan menurut jenis",
        (
            Column("kind", "Jenis", Write.WORD, room=1),
            Column("calls", "Panggilan", Write.COUNT),
            Column("share", "Bagian", Write.SHARE),
        ),
        list_rows.kinds,
        "",
    ),
    List(
        "agencies",
        "Per instansi (OPD)",
        (
            Column("agency", "Instansi", Write.TEXT, room=1),
            Column("forwarded", "Diteruskan", Write.COUNT),
            Column("to_dispatch_s", "Median sampai berangkat", Write.SECONDS),
            Column("to_arrival_s", "Median sampai tiba", Write.SECONDS),
        ),
        list_rows.agencies,
        "Tidak ada data: belum ada yang mencatat penerusan ke instansi, keberangkatan, dan kedatangan.",
    ),
    List(
        "modes",
        "Mode prankfilter",
        (Column("mode", "Mode", Write.WORD, room=1), Column("calls", "Panggilan", Write.COUNT)),
        list_rows.modes,
        "Tidak ada panggilan yang dinilai prankfilter.",
    ),
    List(
        "guards",
        "Pengaman",
        (Column("guard", "Pengaman", Write.WORD, room=1), Column("calls", "Panggilan", Write.COUNT)),
        list_rows.guards,
        "Tidak ada pengaman yang berlaku.",
    ),
    List(
        "changes",
        "Perubahan model, mode, dan bukti batas risiko",
        _HAPPENING,
        lambda material: list_rows.happenings(material.changes),
        "Tidak ada perubahan.",
    ),
    List(
        "incidents",
        "Insiden keselamatan",
        (
            Column("opened_at", "Dibuka", Write.MOMENT),
            Column("call_id", "Panggilan", Write.ID),
            Column("reason", "Sebab", Write.WORD, room=1),
            Column("opened_by", "Oleh", Write.TEXT),
            Column("closed_at", "Ditutup", Write.MOMENT),
        ),
        list_rows.incidents,
        "Tidak ada insiden keselamatan.",
    ),
    List(
        "flagged",
        "Panggilan yang perlu ditinjau",
        (
            Column("received_at", "Diterima", Write.MOMENT, room=1),
            Column("call_id", "Panggilan", Write.ID, room=1.2),
            Column("likelihood", "Perkiraan", Write.WORD, room=1.2),
            Column("advice", "Saran", Write.WORD, room=1),
            Column("wait_added_s", "Tambahan tunggu paling lama", Write.SECONDS, room=1.1),
            Column("reasons", "Alasan", Write.REASONS, room=3.2),
            Column("kind", "Jenis", Write.WORD, room=1.1),
            Column("verdict", "Putusan", Write.WORD, room=0.9),
        ),
        list_rows.flagged,
        "Tidak ada panggilan yang perlu ditinjau.",
        _SHORT,
    ),
    List(
        "deeds",
        "Siapa mendengarkan, mengekspor, atau menghapus",
        _HAPPENING,
        lambda material: list_rows.happenings(material.deeds),
        "Tidak ada yang mendengarkan, mengekspor, atau menghapus.",
    ),
    List(
        "hours",
        "Per jam",
        (
            Column("hour", "Jam", Write.TEXT),
            Column("calls", "Panggilan", Write.COUNT),
            Column("pranks", "Prank", Write.COUNT),
            Column("silent", "Tanpa suara", Write.COUNT),
            Column("genuine", "Darurat nyata", Write.COUNT),
        ),
        list_rows.by_hour,
        "",
    ),
    List(
        "weekday_hours",
        "Panggilan per hari dan jam",
        (
            Column("weekday", "Hari", Write.WORD),
            *(Column(f"h{hour:02d}", f"{hour:02d}", Write.COUNT) for hour in range(24)),
        ),
        list_rows.by_weekday_hour,
        "",
        frozenset({ReportKind.MONTHLY}),
    ),
)

CALL_COLUMNS = (
    Column("received_at", "Diterima", Write.MOMENT),
    Column("call_id", "Panggilan", Write.ID),
    Column("kind", "Jenis", Write.WORD),
    Column("said_by", "Dinyatakan oleh", Write.WORD),
    Column("answered", "Dijawab", Write.WORD),
    Column("ended_by", "Diakhiri oleh", Write.WORD),
    Column("wait_s", "Menunggu", Write.SECONDS),
    Column("talk_s", "Lama bicara", Write.SECONDS),
    Column("advice", "Saran", Write.WORD),
    Column("wait_added_s", "Tambahan tunggu paling lama", Write.SECONDS),
    Column("flagged", "Perlu ditinjau", Write.WORD),
    Column("verdict", "Putusan", Write.WORD),
)
"""Of the list of all calls, which only spreadsheets hold: `list_rows.call_row`."""
