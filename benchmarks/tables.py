"""Markdown tables, on standard output and on pages."""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator, Mapping, Sequence

from benchmarks.measure import Timing


def lines_of(
    title: str, columns: Sequence[str], rows: Iterable[Sequence[str]], note: str = ""
) -> Iterator[str]:
    """Yield one table line by line; the first column is text, the others are numbers."""
    yield from (f"## {title}", "")
    if note:
        yield from (note, "")
    yield f"| {' | '.join(columns)} |"
    yield "|---|" + "--:|" * (len(columns) - 1)
    yield from (f"| {' | '.join(row)} |" for row in rows)


def show(title: str, columns: Sequence[str], rows: Iterable[Sequence[str]], note: str = "") -> None:
    """Print one table, each row as soon as it is there."""
    print()
    for line in lines_of(title, columns, rows, note):
        print(line, flush=True)


def show_timings(
    title: str, timings: Mapping[str, Timing], *, against: str | None = None, note: str = ""
) -> None:
    """Print timings, with ratios to one of the rows."""
    columns = ["what", "p50 ms", "p99 ms", "runs"]
    if against:
        columns += [f"p50 / {against}", f"p99 / {against}"]
    rows = []
    for name, timing in timings.items():
        row = [name, f"{timing.p50_ms:.3f}", _or_dash(timing.p99_ms), str(timing.runs)]
        if against:
            base = timings[against]
            row += [f"{timing.p50_ms / base.p50_ms:.2f}", f"{timing.p99_ms / base.p99_ms:.2f}"]
        rows.append(row)
    show(title, columns, rows, note)


def _or_dash(milliseconds: float) -> str:
    return "–" if math.isnan(milliseconds) else f"{milliseconds:.3f}"
