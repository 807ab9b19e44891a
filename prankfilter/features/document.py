"""Writes docs/features.md from the table; with ``--check`` it only tells whether the page is fresh."""

from __future__ import annotations

import datetime as dt
import sys
from collections.abc import Sequence
from pathlib import Path

from prankfilter.audio.heard import HOP_S
from prankfilter.features import almanac_days as days
from prankfilter.features import memory
from prankfilter.features.places import BRIDGED_FRAMES
from prankfilter.features.row import Feature, Source
from prankfilter.features.table import FEATURES, feature_digest
from prankfilter.generated import write_or_check

PAGE = Path(__file__).parents[2] / "docs" / "features.md"

HEADINGS = {
    Source.LINE: "What the line tells",
    Source.CALENDAR: "The calendar",
    Source.CALLER: "The number's earlier calls",
    Source.AREA: "The area's load",
    Source.SOUND: "The sound",
}

COLUMNS = (
    "Name",
    "Unit",
    "Known from",
    "Meaning",
    "Unknown when",
    "Range",
    "Version",
    "Sentence",
    "Heard in",
)

INTRODUCTION = """\
# Features

Everything a score may rest on: {count} rows. This page is generated from `prankfilter/features/table.py` by
`python -m prankfilter.features.document`; `make check` fails where it is stale.
Digest of the table: `{digest}`.

A value that is unknown is NaN and never zero; the column "unknown when" says what NaN means. Nothing here is
known only after the call. Rows known from `audio` are unknown until a look (1, 3, 5 or 10 s of sound) is
complete. The version rises when a computation changes. The sentence is the reason a supervisor reads; call
takers see none of this before the outcome is saved.

Every reason of sound carries the seconds that it was heard in: those of the last column. Gaps below
{bridged_s:g} s do not part a stretch. Where there is none of it, or its value is unknown, they are those of
the whole look.
"""

HISTORY = """\
## How history is counted

The same functions (`prankfilter/features/history.py`) serve routing and training, and look at nothing that
happened at or after the moment the call was received. Confirmed means: by a supervisor, a field unit or a
second person, never by the call taker alone; statements made after seeing a score never count.

| Rule | Value |
|---|---|
{rules}

The public holidays of {first_year}–{last_year} are known; other years are not. School
holidays are an approximation: 21 December to 3 January, 21 June to the first Monday from 13 July on, and
{eid_days} days either side of Eid al-Fitr.
"""


def page(features: Sequence[Feature] = FEATURES) -> str:
    """Compose the whole page."""
    parts = [
        INTRODUCTION.format(
            count=len(features), digest=feature_digest(features), bridged_s=BRIDGED_FRAMES * HOP_S
        )
    ]
    for source, heading in HEADINGS.items():
        rows = [_cells(feature) for feature in features if feature.source is source]
        parts.append(f"## {heading}\n\n{_table(COLUMNS, rows)}")
    parts.append(
        HISTORY.format(
            rules="\n".join(f"| {rule} | {value} |" for rule, value in _rules()),
            first_year=min(days.PUBLIC_HOLIDAYS),
            last_year=max(days.PUBLIC_HOLIDAYS),
            eid_days=days.EID_BREAK.days,
        )
    )
    return "\n".join(parts)


def _table(columns: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    lines = [columns, ["---"] * len(columns), *rows]
    return "".join("| " + " | ".join(cell.replace("|", "\\|") for cell in line) + " |\n" for line in lines)


def _cells(feature: Feature) -> tuple[str, ...]:
    return (
        f"`{feature.name}`",
        str(feature.unit),
        str(feature.known_from),
        feature.meaning,
        feature.missing,
        f"{feature.low:g} to {feature.high:g}",
        str(feature.version),
        feature.says,
        feature.where.words if feature.where is not None else "",
    )


def _rules() -> list[tuple[str, str]]:
    surge_days = f"{memory.SURGE_DAYS} days, of which {memory.SURGE_DAYS_NEEDED} must be on record"
    surge = f"{memory.SURGE_CALLS} calls and {memory.SURGE_RATIO:g} times the usual number"
    return [
        ("A prank counts at the earliest after", _span(memory.CONFIRMATION_DELAY)),
        ("Its weight halves every", _span(memory.HALF_LIFE)),
        ("It is forgotten after", _span(memory.MEMORY)),
        ("Only the newest pranks weigh, at most", str(memory.COUNTED_CALLS)),
        ("`verify` needs", f"{memory.PRANKS_NEEDED} pranks on {memory.PRANK_DAYS_NEEDED} days"),
        (
            "A call is in doubt if a genuine one of its number or incident follows within",
            _span(memory.FOLLOW_UP),
        ),
        ("A burst", f"{memory.BURST_CALLS} calls in {_span(memory.BURST_WINDOW)}"),
        ("A second child-like call comes within", _span(memory.CHILD_WINDOW)),
        ("The centre's own call protects a number for", _span(memory.CALL_BACK_WINDOW)),
        ("No second `verify` within", f"{memory.VERIFY_PAUSE_MIN:g} min"),
        ("The area's load is counted over", _span(memory.SURGE_WINDOW)),
        ("and compared with the same time of", surge_days),
        ("A surge", surge),
        ("A surge where nobody knows what is usual", f"{memory.SURGE_CALLS_ANYWHERE} calls"),
    ]


def _span(time: dt.timedelta) -> str:
    """Say a span in its largest whole unit, a single day in hours."""
    minutes = time // dt.timedelta(minutes=1)
    if minutes % 1440 == 0 and minutes > 1440:
        return f"{minutes // 1440} d"
    return f"{minutes // 60} h" if minutes % 60 == 0 else f"{minutes} min"


def main(arguments: Sequence[str]) -> int:
    """Write the page, or with ``--check`` compare it; 0 done, 1 stale, 2 usage."""
    files = {PAGE: page().encode()}
    return write_or_check(arguments, files, name="docs/features.md", module="prankfilter.features.document")


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
