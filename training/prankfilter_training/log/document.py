"""Writes docs/labelled_log.md from the columns; with ``--check`` it only tells whether the page is fresh."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from pathlib import Path

from prankfilter.generated import write_or_check
from prankfilter.vocabulary import LABEL_NAMES_ID
from prankfilter_training.log.columns import CALL_ID, COLUMNS, LOG_COLUMNS, RECORD_COLUMNS, Column, Kind
from prankfilter_training.log.reading import NEEDED
from prankfilter_training.log.rules import RULES
from prankfilter_training.log.spellings import MISSING_LOOKALIKES, TRUTH_WORDS, ZONE_WORDS
from prankfilter_training.log.usage import USAGE

PAGE = Path(__file__).parents[3] / "docs" / "labelled_log.md"

COLUMN_HEADINGS = (
    "Column",
    "Type",
    "Unit",
    "Meaning",
    "Where missing",
    "Allowed values",
    "Example",
    "Used by",
)

UNITS = {"_s": "s", "_m": "m", "latitude": "degrees north", "longitude": "degrees east"}

INTRODUCTION = """\
# The labelled log

One row a call, {count} columns, of which only {needed} must be there. This page is generated from
`training/prankfilter_training/log/columns.py` by `python -m prankfilter_training.log.document`;
`make check` fails where it is stale.

A log is a folder with `calls.parquet`, `calls.csv` or `calls.jsonl` (one JSON object a line), or such a file
itself. `prankfilter-train check LOG` names every fault of a log at once.

## Spelling

- **Missing** is a missing column, an empty cell, null or `<null>`; missing is never zero. Words that only
  look empty are faults in text columns, since they would be read as one caller, one cell, one person:
  {lookalikes}.
- **Separators** of a CSV file are `;`, `,` or tab, as its header shows. A byte-order mark, UTF-16 with its
  mark and a first line `sep=;` are understood. What is no UTF-8 is read as Windows-1252, and `check` says so.
- **Times** are RFC 3339 (`2025-03-01T08:15:00+08:00`), or as Indonesian spreadsheets write them
  (`01/03/2025 08:15:00`, `1/3/2025 8.15`, `01-03-2025 08:15 WITA`). {zones}. A time without an offset is
  the centre's own, `--zone`. Dates are day first or year first, never month first. The bare date is read for
  {day_will_do}, as the end of that day, so that history never knows too early.
- **Numbers** have a decimal point or, in a file that is not parted by commas, a decimal comma. What may mean
  thousands or decimals is a fault.
- **True or false**: {truth}.
- **Telephone numbers** in any spelling; the leading 0 may be lost. `8,12E+10` has lost digits and is a fault.
- **Rows** are counted as a spreadsheet counts them, the header being row 1; in JSON lines the line counts.
- Columns that begin with `sim_` are notes, and so is `fault`, which `check --rejects` adds. Any other column
  that is not below is a fault.
"""

LABELS = """\
## Labels

| Label | Indonesian |
|---|---|
{rows}
`abandoned` means that nobody answered; `unknown` that nobody said what it was. Neither teaches anything.
"""

RULES_TEXT = """\
## What columns must say together

A fault refuses the log; a caution is told, and the log is read all the same.

| Column | | Fault or caution |
|---|---|---|
{rows}"""


def page() -> str:
    """Compose the whole page."""
    parts = [
        INTRODUCTION.format(
            count=len(COLUMNS),
            needed=" and ".join(f"`{name}`" for name in NEEDED),
            lookalikes=", ".join(f"`{word}`" for word in sorted(MISSING_LOOKALIKES)),
            zones=", ".join(f"{word} is {offset}" for word, offset in ZONE_WORDS.items()),
            day_will_do=", ".join(f"`{column.name}`" for column in COLUMNS if column.day_will_do),
            truth=", ".join(f"`{word}`" for word in TRUTH_WORDS),
        ),
        f"## Columns of the call record\n\n{_columns((CALL_ID, *RECORD_COLUMNS))}",
        f"## Columns of what is known after the call\n\n{_columns(LOG_COLUMNS)}",
        LABELS.format(rows="".join(_line(f"`{label}`", name) for label, name in LABEL_NAMES_ID.items())),
        RULES_TEXT.format(
            rows="".join(
                _line(f"`{rule.column}`", rule.remedy, "fault" if rule.refuses else "caution")
                for rule in RULES
            )
        ),
    ]
    return "\n".join(parts)


def _columns(columns: Sequence[Column]) -> str:
    lines = [COLUMN_HEADINGS, ("---",) * len(COLUMN_HEADINGS), *map(_cells, columns)]
    return "".join(_line(*cells) for cells in lines)


def _cells(column: Column) -> tuple[str, ...]:
    usage = USAGE[column.name]
    return (
        f"`{column.name}`",
        str(column.kind),
        _unit(column),
        column.meaning,
        usage.missing,
        allowed(column),
        f"`{usage.example}`" if usage.example else "",
        usage.used_by,
    )


def _unit(column: Column) -> str:
    if column.kind not in (Kind.NUMBER, Kind.COUNT):
        return ""
    return next((unit for ending, unit in UNITS.items() if column.name.endswith(ending)), "1")


def allowed(column: Column) -> str:
    """What a value may be, as its remedy says."""
    return column.remedy.removeprefix("must be ")


def _line(*cells: str) -> str:
    return "| " + " | ".join(cell.replace("|", "\\|") for cell in cells) + " |\n"


def main(arguments: Sequence[str]) -> int:
    """Write the page, or with ``--check`` compare it; 0 done, 1 stale, 2 usage."""
    files = {PAGE: page().encode()}
    return write_or_check(
        arguments, files, name="docs/labelled_log.md", module="prankfilter_training.log.document"
    )


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
