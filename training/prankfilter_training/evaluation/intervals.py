"""Intervals: what a figure would have been, had other callers called.

Calls of one caller are no independent evidence, so callers are drawn with replacement, not calls [#]_. A draw
is a weight for each caller (how often it was drawn); figures are computed on weighted rows, for all draws at
once. Where the sound of calls is that of recorded speakers, speakers are drawn as well, and the wider of both
intervals is reported.

.. [#] Field, C. A., Welsh, A. H. (2007). Bootstrapping clustered data. J. R. Stat. Soc. B 69(3).
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.stats import beta

DRAWS = 200
CONFIDENCE = 0.95
BLOCK_CELLS = 400_000
"""Weights worked on at once, draws times rows: what a processor's cache holds, however long the log."""

Array = NDArray[np.float64]
Figure = dict[str, float | int | None]
"""``{"value", "low", "high", "n"}``: 95 % interval, and how many calls it rests on; None is unknown."""

Weights = NDArray[np.int32]
Metric = Callable[[Weights], Mapping[str, Array]]
"""From weights of shape (draws, rows) to named figures of shape (draws,); NaN where one is undefined."""


@dataclass(frozen=True, slots=True, eq=False)
class Unit:
    """What is drawn: callers, or speakers.

    Attributes
    ----------
    name : str
    of_row : ndarray of int, shape (rows,)
        The unit that each row belongs to.
    weights : ndarray of uint8, shape (draws, units)
        How often each draw drew it; the same for all subsets of the rows, so that figures can be compared
        draw by draw.
    """

    name: str
    of_row: NDArray[np.int64]
    weights: NDArray[np.uint8]

    def at(self, chosen: NDArray[np.bool_] | NDArray[np.intp]) -> Unit:
        """The unit of some rows only."""
        return Unit(self.name, self.of_row[chosen], self.weights)


def unit_of(name: str, of_row: NDArray[np.int64], *, draws: int = DRAWS, seed: int = 0) -> Unit:
    """Draw units with replacement, as many as there are.

    Parameters
    ----------
    name : str
        What they are called where it is told which interval was wider.
    of_row : ndarray of int, shape (rows,)
        Numbers from 0 on.
    """
    count = int(of_row.max()) + 1 if of_row.size else 0
    rng = np.random.default_rng(seed)
    weights = np.zeros((draws, count), dtype=np.uint8)
    for draw in range(draws if count else 0):
        weights[draw] = np.bincount(rng.integers(count, size=count), minlength=count)
    return Unit(name, of_row, weights)


@dataclass(frozen=True, slots=True, eq=False)
class Drawn:
    """A figure with what it came to in each draw, one array for each unit."""

    value: float
    draws: tuple[Array, ...]

    def minus(self, other: Drawn) -> Drawn:
        """The difference, draw by draw: both must stem from the same units."""
        draws = tuple(mine - theirs for mine, theirs in zip(self.draws, other.draws, strict=True))
        return Drawn(self.value - other.value, draws)

    def interval(self) -> tuple[float, float]:
        """The wider of the units' percentile intervals; NaN where no draw defines the figure."""
        tail = (1 - CONFIDENCE) / 2
        known = [draws[~np.isnan(draws)] for draws in self.draws]
        intervals = [np.quantile(draws, (tail, 1 - tail)) for draws in known if draws.size]
        low, high = max(intervals, key=np.ptp, default=np.array([np.nan, np.nan]))
        return float(low), float(high)


def drawn(metric: Metric, units: Sequence[Unit]) -> dict[str, Drawn]:
    """Compute figures once on all rows as they are, and once for each draw of each unit."""
    rows = len(units[0].of_row)
    whole = metric(np.ones((1, rows), dtype=np.int32))
    by_unit = [_stacked(metric(block) for block in _blocks(unit)) for unit in units]
    return {
        name: Drawn(float(value[0]), tuple(draws[name] for draws in by_unit)) for name, value in whole.items()
    }


def drawn_means(
    means: Mapping[str, tuple[Array | NDArray[np.bool_], NDArray[np.bool_] | None]], units: Sequence[Unit]
) -> dict[str, Drawn]:
    """Compute means and their draws; values are summed up by unit first, which leaves little to weigh.

    Parameters
    ----------
    means : mapping of name to (values, rows)
        Both of shape (rows,); the mean is taken over the flagged rows, or over all where the second is None.
        The mean of flags is a share.
    units : sequence of Unit
    """
    everywhere = np.ones(len(units[0].of_row))
    of = [everywhere if rows is None else rows.astype(np.float64) for _, rows in means.values()]
    parts = [value * rows for (value, _), rows in zip(means.values(), of, strict=True)]
    whole = _ratio(np.array([part.sum() for part in parts]), np.array([rows.sum() for rows in of]))
    by_unit = [_weighed(unit, [*parts, *of]) for unit in units]
    return {
        name: Drawn(
            float(whole[place]), tuple(_ratio(sums[place], sums[len(of) + place]) for sums in by_unit)
        )
        for place, name in enumerate(means)
    }


def _weighed(unit: Unit, columns: Sequence[Array]) -> Array:
    """Sums of columns in each draw, shape (columns, draws)."""
    present, of_row = np.unique(unit.of_row, return_inverse=True)
    sums = np.array([np.bincount(of_row, column, minlength=len(present)) for column in columns])
    return sums @ unit.weights[:, present].T.astype(np.float64)


def _ratio(part: Array, whole: Array) -> Array:
    return np.asarray(np.divide(part, whole, out=np.full(whole.shape, np.nan), where=whole > 0))


def _blocks(unit: Unit) -> Iterable[Weights]:
    step = max(1, BLOCK_CELLS // max(1, len(unit.of_row)))
    for start in range(0, len(unit.weights), step):
        yield unit.weights[start : start + step].take(unit.of_row, axis=1).astype(np.int32)


def _stacked(blocks: Iterable[Mapping[str, Array]]) -> dict[str, Array]:
    parts = list(blocks)
    return {name: np.concatenate([part[name] for part in parts]) for name in (parts[0] if parts else ())}


# --- figures ---------------------------------------------------------------------------------------


def figure(of: Drawn, n: int) -> Figure:
    """Write down a figure with its bootstrap interval."""
    low, high = of.interval()
    return {"value": plain(of.value), "low": plain(low), "high": plain(high), "n": n}


def share_figure(of: Drawn, n: int, callers: int) -> Figure:
    """Write down a share: the wider of the bootstrap and of Clopper-Pearson over callers.

    A bootstrap of nothing but zeros says that the share is certainly zero; that is never known. So the exact
    interval is taken in, with as many trials as there are callers.
    """
    low, high = of.interval()
    exact_low, exact_high = clopper_pearson(of.value * callers, callers)
    return {
        "value": plain(of.value),
        "low": plain(float(np.fmin(low, exact_low))),
        "high": plain(float(np.fmax(high, exact_high))),
        "n": n,
    }


def count_figure(hits: int, n: int) -> Figure:
    """Write down ``hits / n`` of independent trials, with its Clopper-Pearson interval.

    Examples
    --------
    >>> count_figure(0, 59)["high"]
    0.060609
    """
    low, high = clopper_pearson(hits, n)
    return {"value": plain(hits / n if n else np.nan), "low": plain(low), "high": plain(high), "n": n}


def clopper_pearson(hits: float, n: int, confidence: float = CONFIDENCE) -> tuple[float, float]:
    """Two-sided Clopper-Pearson interval on a share; (NaN, NaN) without trials [#]_.

    References
    ----------
    .. [#] Clopper, C. J., Pearson, E. S. (1934). Biometrika 26(4).

    Examples
    --------
    >>> [round(bound, 4) for bound in clopper_pearson(0, 100)]
    [0.0, 0.0362]
    """
    if n == 0 or np.isnan(hits):
        return np.nan, np.nan
    tail = (1 - confidence) / 2
    low = 0.0 if hits <= 0 else float(beta.ppf(tail, hits, n - hits + 1))
    high = 1.0 if hits >= n else float(beta.ppf(1 - tail, hits + 1, n - hits))
    return low, high


def plain(value: float) -> float | None:
    """A number that JSON can hold; NaN becomes None."""
    return None if np.isnan(value) else round(float(value), 6)
