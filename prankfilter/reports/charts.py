"""Pictures of a report as SVG: the same on the page, in print and in the PDF, without a script or a style.

Each says in words what it shows, and the numbers stand in a table beside it. Shades differ in lightness, so
that a black-and-white printer and a colour-blind reader can tell them apart.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from xml.sax.saxutils import escape, quoteattr

WIDTH, BARS_HEIGHT = 720, 210
LEFT, TOP, BOTTOM, LEGEND = 34, 30, 24, 14
WIDEST_BAR = 40
_INK, _LINE = "#1d2733", "#c3cad2"
SHADES = ("#12355b", "#d1603d", "#8d99a6", "#dde3e9")
"""Emergencies, pranks, silent calls, all others."""

HEAT = (236, 242, 248), (18, 53, 91)
"""From nothing to the most, in red, green and blue."""


@dataclass(frozen=True, slots=True)
class Look:
    """How a picture is set."""

    font: str = "sans-serif"
    ink: str = _INK
    """``currentColor`` on a page that may be dark."""


def hour_bars(
    hours: Sequence[tuple[str, Sequence[int]]], parts: Sequence[str], *, title: str, summary: str, look: Look
) -> str:
    """Draw stacked bars, one an hour.

    Parameters
    ----------
    hours : sequence of (name, counts)
        At least one; a count a part, from the bottom up.
    parts : sequence of str
        What the parts are called; as many as there are `SHADES`.
    title, summary : str
        What the picture is called, and what it shows, for those who do not see it.
    """
    most = max(1, *(sum(counts) for _, counts in hours))
    drawn = [*_axis(most), *_legend(parts), *_bars(hours, most)]
    return _picture(BARS_HEIGHT, title, summary, look, drawn)


def heat_map(
    cells: Sequence[Sequence[int]], rows: Sequence[str], *, title: str, summary: str, look: Look
) -> str:
    """Draw a table of counts by weekday and hour, darker where there were more.

    Parameters
    ----------
    cells : sequence of sequence of int
        A row of 24 counts for each name of ``rows``.
    """
    most = max(1, *map(max, cells))
    height = TOP + 26 * len(cells) + 6
    return _picture(height, title, summary, look, list(_heat(cells, rows, most)))


def _picture(height: int, title: str, summary: str, look: Look, parts: Sequence[str]) -> str:
    head = (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {height}" role="img" '
        f'aria-label={quoteattr(title)} font-family={quoteattr(look.font)} font-size="11" fill="{_INK}">'
    )
    return f"{head}<title>{escape(title)}</title><desc>{escape(summary)}</desc>{''.join(parts)}</svg>"


def _axis(most: int) -> Iterator[str]:
    floor, room = BARS_HEIGHT - BOTTOM, BARS_HEIGHT - BOTTOM - TOP
    for value in _ticks(most):
        y = floor - room * value / most
        yield f'<path d="M{LEFT} {y:.1f}H{WIDTH}" stroke="{_LINE}" stroke-width=".7"/>'
        yield _text(LEFT - 5, y + 4, str(value), anchor="end")


def _ticks(most: int) -> list[int]:
    """Return round values up to the most, four or so.

    >>> _ticks(7), _ticks(1), _ticks(130)
    ([0, 2, 4, 6], [0, 1], [0, 50, 100])
    """
    step = 1
    while most / step > 4:
        step = step * 5 // 2 if str(step)[0] == "2" else step * 2
    return list(range(0, most + 1, step))


def _bars(hours: Sequence[tuple[str, Sequence[int]]], most: int) -> Iterator[str]:
    room, step = BARS_HEIGHT - BOTTOM - TOP, (WIDTH - LEFT) / len(hours)
    width = min(step - 4, WIDEST_BAR)
    for place, (name, counts) in enumerate(hours):
        middle, y = LEFT + (place + 0.5) * step, float(BARS_HEIGHT - BOTTOM)
        yield _text(middle, BARS_HEIGHT - 8, name)
        for count, shade in zip(counts, SHADES, strict=True):
            height = room * count / most
            y -= height
            if count:
                yield _rect(middle - width / 2, y, width, height, shade)


def _legend(parts: Sequence[str]) -> Iterator[str]:
    x = float(LEFT)
    for name, shade in zip(parts, SHADES, strict=True):
        yield _rect(x, 4, 11, 11, shade)
        yield _text(x + 16, LEGEND, name, anchor="start")
        x += 40 + 6.2 * len(name)


def _heat(cells: Sequence[Sequence[int]], rows: Sequence[str], most: int) -> Iterator[str]:
    left, step = 64, (WIDTH - 64) / 24
    for hour in range(24):
        yield _text(left + step * (hour + 0.5), TOP - 8, f"{hour:02d}")
    for line, (name, counts) in enumerate(zip(rows, cells, strict=True)):
        y = TOP + 26 * line
        yield _text(0, y + 17, name, anchor="start")
        for hour, count in enumerate(counts):
            dark = count / most > 0.5
            yield _rect(left + step * hour + 1, y + 1, step - 2, 24, _shade(count / most))
            if count:
                middle = left + step * (hour + 0.5)
                yield _text(middle, y + 17, str(count), fill="#ffffff" if dark else _INK)


def _shade(share: float) -> str:
    low, high = HEAT
    return "#" + "".join(f"{round(a + (b - a) * share):02x}" for a, b in zip(low, high, strict=True))


def _rect(x: float, y: float, width: float, height: float, fill: str) -> str:
    return f'<rect x="{x:.1f}" y="{y:.1f}" width="{width:.1f}" height="{height:.1f}" fill="{fill}"/>'


def _text(x: float, y: float, said: str, *, anchor: str = "middle", fill: str | None = None) -> str:
    colour = "" if fill is None else f' fill="{fill}"'
    return f'<text x="{x:.1f}" y="{y:.1f}" text-anchor="{anchor}"{colour}>{escape(said)}</text>'
