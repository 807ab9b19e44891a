"""What one row of the table of figures says."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from prankfilter.reports.measures import Measure


class Section(StrEnum):
    """Parts of a report, in their order; the value is the heading."""

    RECEIVED = "Panggilan masuk"
    CALL_BACKS = "Panggil balik"
    ANSWERING = "Kecepatan menjawab darurat nyata"
    KINDS = "Jenis panggilan"
    EFFECT = "Pengaruh prankfilter"
    REVIEW = "Peninjauan"


class Unit(StrEnum):
    """What a figure is counted in."""

    COUNT = "count"
    SHARE = "share"
    SECONDS = "s"


@dataclass(frozen=True, slots=True)
class Figure:
    """One row."""

    name: str
    section: Section
    unit: Unit
    label: str
    """In Indonesian."""
    meaning: str
    """In Indonesian."""
    measure: Measure
    is_part: bool = False
    """It is a part of the figure before it that is none."""
