"""THE table of figures: what every report counts, what it is called and what it means.

Page, PDF, spreadsheet, CSV, JSON and `docs/reports.md` are all made from these rows.
"""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

from prankfilter.reports.of_effect import EFFECT
from prankfilter.reports.of_kinds import KINDS
from prankfilter.reports.of_traffic import TRAFFIC
from prankfilter.reports.row import Figure

FIGURES: tuple[Figure, ...] = TRAFFIC + KINDS + EFFECT

FIGURES_BY_NAME: Mapping[str, Figure] = MappingProxyType({figure.name: figure for figure in FIGURES})
