"""Rows of a log with what a model says of them, look by look."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace

import numpy as np
import polars as pl
from numpy.typing import NDArray

from prankfilter.classifier.model import Model
from prankfilter.vocabulary import KINDS, LOOKS_S, PRANK_LABELS, Label
from prankfilter_training.evaluation.intervals import Unit, unit_of
from prankfilter_training.fitting.fit import Prepared
from prankfilter_training.rows.build import RING

Array = NDArray[np.float64]

LOOK_NAMES: tuple[str, ...] = ("ring", *(f"{look_s:g} s" for look_s in LOOKS_S))
"""Moments by look number, as every table and picture names them."""


@dataclass(frozen=True, slots=True, eq=False)
class Judged:
    """Rows of one look, the largest margin first.

    Attributes
    ----------
    place : ndarray of int, shape (rows,)
        Place in the log's `Rows`.
    call : ndarray of int, shape (rows,)
        Place of the call in the log.
    kind : ndarray of int, shape (rows,)
        Place of the label in `KINDS`.
    score, margin : ndarray of shape (rows,)
        Prank score in [0, 1]; margin in natural log units.
    said : ndarray of int, shape (rows,)
        Place in `KINDS` of the kind that the model finds most probable.
    units : tuple of Unit
        Callers; then speakers where the log tells them.
    """

    place: NDArray[np.int64]
    call: NDArray[np.int64]
    kind: NDArray[np.int64]
    score: Array
    margin: Array
    said: NDArray[np.int64]
    units: tuple[Unit, ...]

    def __len__(self) -> int:
        return len(self.kind)

    @property
    def prank(self) -> NDArray[np.bool_]:
        """Rows of pranks."""
        return np.isin(self.kind, PRANK_KINDS)

    @property
    def genuine(self) -> NDArray[np.bool_]:
        """Rows of genuine calls."""
        return np.asarray(self.kind == GENUINE)

    @property
    def caller(self) -> NDArray[np.int64]:
        """A whole number for each caller."""
        return self.units[0].of_row

    def callers(self, of: NDArray[np.bool_]) -> int:
        """How many callers some of the rows are of."""
        return len(np.unique(self.caller[of]))

    def at(self, chosen: NDArray[np.bool_]) -> Judged:
        """Only some of the rows."""
        parts = {name: getattr(self, name)[chosen] for name in self.__slots__ if name != "units"}
        return Judged(**parts, units=tuple(unit.at(chosen) for unit in self.units))

    def with_margin(self, margin: Array) -> Judged:
        """The same rows as another model ranks them."""
        return replace(self, margin=margin)


PRANK_KINDS = [KINDS.index(label) for label in KINDS if label in PRANK_LABELS]
GENUINE = KINDS.index(Label.GENUINE)


def judged(model: Model, prepared: Prepared, chosen: NDArray[np.bool_]) -> Mapping[str, Judged]:
    """Judge the chosen rows, by name of the look; looks that no call lived to are left out."""
    units = units_of(prepared.log.table)
    at_look = {name: chosen & (prepared.rows.look == number) for number, name in enumerate(LOOK_NAMES)}
    return {
        name: _judged(model, prepared, np.flatnonzero(rows), number, units)
        for number, (name, rows) in enumerate(at_look.items())
        if rows.any()
    }


def score_values(model: Model, prepared: Prepared, chosen: NDArray[np.bool_]) -> Array:
    """The model's columns of the chosen rows."""
    columns = [prepared.rows.features.index(feature) for feature in model.features]
    return prepared.rows.values[chosen][:, columns]


def _judged(
    model: Model, prepared: Prepared, place: NDArray[np.int64], look: int, units: tuple[Unit, ...]
) -> Judged:
    chosen = np.zeros(len(prepared.rows.look), dtype=bool)
    chosen[place] = True
    scored = model.score_rows(score_values(model, prepared, chosen), _look_s(look))
    best_first = np.argsort(-scored.margin, kind="stable")
    place = place[best_first]
    call = prepared.rows.call[place]
    here = tuple(unit.at(call) for unit in units)
    known_kinds = np.array([KINDS.index(kind) for kind in model.kinds])
    return Judged(
        place=place,
        call=call,
        kind=prepared.kind[place],
        score=scored.prank_score[best_first],
        margin=scored.margin[best_first],
        said=known_kinds[scored.kinds.argmax(axis=1)][best_first],
        units=here if look != RING else here[:1],
    )


def _look_s(look: int) -> float | None:
    return None if look == RING else LOOKS_S[look - 1]


# --- who called, and whose voice it was -------------------------------------------------------------


def units_of(table: pl.DataFrame) -> tuple[Unit, ...]:
    """Callers of all calls of a log, and speakers where it tells them.

    A call without a number is a caller of its own. Only simulated logs tell speakers: clips of the feature
    bank are named ``group/speaker/number``. A call without a clip is a speaker of its own.
    """
    callers = unit_of("caller", _numbered(table, pl.col("caller")))
    if table["bank_key"].null_count() == len(table):
        return (callers,)
    return callers, unit_of("speaker", _numbered(table, pl.col("bank_key").str.replace(r"/[^/]*$", "")))


def _numbered(table: pl.DataFrame, name: pl.Expr) -> NDArray[np.int64]:
    alone = pl.format("\u0000{}", pl.int_range(pl.len()))
    number = (pl.coalesce(name, alone).rank("dense") - 1).cast(pl.Int64)
    return table.select(number).to_series().to_numpy()
