"""The forest as arrays against scikit-learn's own prediction, at the shipped number of trees."""

from __future__ import annotations

import itertools
import os
from collections.abc import Callable
from pathlib import Path

import joblib
import numpy as np
from numpy.typing import NDArray
from threadpoolctl import ThreadpoolController

from benchmarks.measure import Timing, busy_cores, in_turn
from benchmarks.tables import show_timings
from prankfilter.classifier.model import Model
from prankfilter.classifier.running import Library

RUNS, MOST_S = 1000, 10.0
ARRAYS = "flat arrays"


def main(models: Path) -> None:
    """Measure one row, which is what a call is."""
    model = Library(models).load().model
    estimator = joblib.load(models / model.model_id / "estimator.joblib")
    rows = _rows(len(model.features))
    _check_parity(model, estimator, rows)
    title = f"One row through {model.walk.tree_count} trees of {len(model.features)} features"
    show_timings(title, _timings(model, estimator, rows, RUNS), against=ARRAYS)
    with busy_cores():
        timings = _timings(model, estimator, rows, RUNS)
    show_timings(f"{title}, beside busy cores", timings, against=ARRAYS)


def _rows(features: int) -> NDArray[np.float64]:
    draw = np.random.default_rng(0)
    rows: NDArray[np.float64] = draw.standard_normal((1000, features)) * 10
    rows[draw.random(rows.shape) < 0.2] = np.nan
    return rows


def _check_parity(model: Model, estimator: object, rows: NDArray[np.float64]) -> None:
    """Two things that say something else are not compared."""
    ours = model.walk.raw(rows[:100])
    theirs = estimator.decision_function(rows[:100])  # type: ignore[attr-defined]
    worst = float(np.abs(ours - theirs).max())
    if not worst < 1e-9:
        raise RuntimeError(f"the arrays differ from the estimator by {worst}")


def _timings(model: Model, estimator: object, rows: NDArray[np.float64], runs: int) -> dict[str, Timing]:
    place = itertools.cycle(range(len(rows)))
    predict: Callable[[NDArray[np.float64]], object] = estimator.predict_proba  # type: ignore[attr-defined]
    pools = [one for one in ThreadpoolController().lib_controllers if one.user_api == "openmp"]

    def row() -> NDArray[np.float64]:
        one: NDArray[np.float64] = rows[next(place)]
        return one

    def on_threads(count: int) -> object:
        for pool in pools:
            pool.set_num_threads(count)
        return predict(row()[np.newaxis])

    cores = os.cpu_count() or 1
    timings = in_turn(
        {
            ARRAYS: lambda: model.walk.raw_at(model.walk.path(row())),
            "scikit-learn predict_proba, 1 thread": lambda: on_threads(1),
        },
        runs=runs,
        most_s=MOST_S,
    )
    # By itself: its threads wait for one another, and whoever is measured in between would wait for them.
    default = {f"scikit-learn predict_proba, {cores} threads (its default)": lambda: on_threads(cores)}
    return timings | in_turn(default, runs=runs, warm=1, most_s=MOST_S)
