"""The page of reports, ``docs/reports.md``: made from the table of figures, and held to it by a test."""

from __future__ import annotations

import datetime as dt
import sys
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

from prankfilter.generated import write_or_check
from prankfilter.language.words import Words
from prankfilter.reports.hiding import FEWEST_CALLS, FEWEST_NUMBERS
from prankfilter.reports.lists import LISTS, List
from prankfilter.reports.outreach import AROUND, ROUNDED_TO, SHEET
from prankfilter.reports.row import Section
from prankfilter.reports.table import FIGURES

PAGE = Path(__file__).parents[2] / "docs" / "reports.md"

HEAD = """# Reports

What a shift, a day or a month came to. Page, PDF, workbook, CSV, JSON and text are made from one table of
figures, so they cannot differ; tests hold them to each other and to SQL written by hand.

```sh
prankfilter report shift                                    # the running shift, on the terminal
prankfilter report shift --date 2026-11-22T15:00 --format pdf --out sif.pdf --by "Ratna Dewi"
prankfilter report monthly --date 2026-11 --format xlsx --out november.xlsx
prankfilter report outreach --date 2026-11 --format pdf --out penyuluhan.pdf
curl -H "Authorization: Bearer $KEY" "http://127.0.0.1:8112/v1/reports/daily?date=2026-11-22&format=csv"
```

`--format` is `text`, `json`, `csv`, `xlsx` or `pdf` (the last three are on record as exports, with who
took them). The PDF is tagged (PDF/UA-1) and archivable (PDF/A-2a). The service makes reports in a child
process with caps on memory and time, one at a time. `PRANKFILTER_SHIFTS`, `PRANKFILTER_LETTERHEAD` and
`PRANKFILTER_DISTRICTS` set them up.

- A date is a day, a local time in it, or a month. A shift that is named by its day alone is the last that
  began on it; today it is the one that runs. Days begin at local midnight; where a clock is set, a night
  is longer or shorter.
- A figure is held against two earlier periods: the shift before and the same shift yesterday, the day
  before and the same weekday a week ago, last month and the same month last year.
- What is not known is said to be: `tidak ada data`, null, an empty cell; never zero. A period whose first
  tenth no record covers counts as unknown.
- Calls of the services themselves (call-backs, test calls, responders) are not counted.
- What a call was and whether it was answered is settled by the functions that history and guards go by.
- Reports count what is on the disk; what waits in the write queue is there milliseconds later.
- Dispatch is counted from the facts `agency`, `dispatched_at` and `on_scene_at` of a call, where anybody
  records them.
"""

OUTREACH = f"""
## The outreach sheet

Pranks, child play and silent calls by district, by school day and holiday, by weekday and hour. It names
no school, no number and no cell, and no call is listed on it.

- A count under {FEWEST_CALLS} calls or {FEWEST_NUMBERS} numbers is hidden. Counts form a tree (district,
  kind of day, weekday, hour), and what is hidden under one node is always two counts at least, together
  as large as any that may be shown: nothing can be worked out by subtraction. A test audits that by the
  rank of all sums.
- The monthly report, which stays in the centre, shows sums that the sheet does not; do not hand out both.
- A day of outreach (entered on the page of reports) is held against the {AROUND.days} days on either
  side, emergencies beside the rest, rounded to multiples of {ROUNDED_TO}: two days close together would
  otherwise tell of single days.
- `PRANKFILTER_DISTRICTS` names a CSV file with the columns `area;district`; an area is a cell's number or
  its beginning, and the longest that fits counts. Without it the location area of the cell stands for the
  district.
"""


def page() -> str:
    """Write the page."""
    return "\n".join(_lines()) + "\n"


def _lines() -> Iterator[str]:
    words = Words("en", dt.UTC)
    yield HEAD
    yield "## Figures\n"
    for section in Section:
        yield f"### {words(section)}\n"
        rows = [
            (f"`{one.name}`", one.unit.value, one.label, words(one.meaning))
            for one in FIGURES
            if one.section is section
        ]
        yield _table(("Name", "Unit", "As printed", "Meaning"), rows)
    yield "## Lists\n"
    lists: tuple[List[Any], ...] = (*LISTS, *SHEET)
    yield _table(("Name", "As printed", "Columns"), [_list(one) for one in lists])
    yield OUTREACH.strip()


def _list(one: List[Any]) -> tuple[str, str, str]:
    shown = [f"`{column.name}`" for column in one.columns if not column.label.isdigit()]
    return f"`{one.name}`", one.title, ", ".join(shown)


def _table(heads: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    lines = [heads, ["---"] * len(heads), *rows]
    return "".join("| " + " | ".join(cell.replace("|", "\\|") for cell in line) + " |\n" for line in lines)


def main(arguments: Sequence[str]) -> int:
    """Write the page, or with ``--check`` compare it; 0 done, 1 stale, 2 usage."""
    files = {PAGE: page().encode()}
    return write_or_check(arguments, files, name="docs/reports.md", module="prankfilter.reports.document")


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
