"""All that reports say from their tables, for the catalogs of other languages."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import chain
from typing import Any

from prankfilter.classifier.sentences import DAYS_ID
from prankfilter.reports import list_rows, outreach, report, writing
from prankfilter.reports.districts import UNKNOWN
from prankfilter.reports.happenings import happenings
from prankfilter.reports.lists import CALL_COLUMNS, LISTS, List
from prankfilter.reports.row import Section
from prankfilter.reports.table import FIGURES


def messages() -> Iterator[str]:
    """Every message, some of them more than once."""
    yield from (section.value for section in Section)
    yield from chain.from_iterable((figure.label, figure.meaning) for figure in FIGURES)
    lists: tuple[List[Any], ...] = (*LISTS, *outreach.SHEET)
    for one in lists:
        yield from (said for said in (one.title, one.empty) if said)
        yield from (column.label for column in one.columns if not column.label.isdigit())
    yield from (column.label for column in CALL_COLUMNS)
    yield from (*DAYS_ID, *list_rows.LIKELIHOODS, list_rows.YES, list_rows.NO)
    yield from (*outreach.GROUPS.values(), *outreach.DAY_KINDS, outreach.NOT_KNOWN)
    yield from (outreach.HIDDEN, outreach.AROUND_VISITS, outreach.WHOLE_CENTRE, UNKNOWN)
    yield from (report.ADVICE_NOT_ACCUSATION, report.DEMONSTRATION, report.NOT_OVER, report.NOTHING_ON_RECORD)
    yield from (writing.NO_DATA, *writing.TITLES.values(), *writing.UNITS.values())
    yield from chain.from_iterable(writing.COMPARED.values())
    yield from happenings()
