"""What a model can do on calls it never saw: by look, with intervals over callers, in plain figures."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from prankfilter.classifier.model import Model
from prankfilter.vocabulary import KINDS, LOOKS_S, PRANK_LABELS, Label
from prankfilter_training.fitting.fit import Prepared
from prankfilter_training.rows.build import RING

DRAWS = 200
HIT_SHARES = (0.01, 0.001)
"""Shares of genuine calls hit at which the recall of pranks is reported."""

Array = NDArray[np.float64]


@dataclass(frozen=True, slots=True, eq=False)
class Judged:
    """Rows of one look with what the model says of them."""

    prank: NDArray[np.bool_]
    genuine: NDArray[np.bool_]
    score: Array
    margin: Array
    caller: NDArray[np.int64]

    def at(self, chosen: NDArray[np.intp]) -> Judged:
        """Only some of the rows, as often as they are named."""
        return Judged(*(getattr(self, name)[chosen] for name in self.__slots__))


def evaluation(
    model: Model, prepared: Prepared, chosen: NDArray[np.bool_], *, simulated: bool
) -> dict[str, Any]:
    """Judge the chosen rows.

    Parameters
    ----------
    model : Model
        The served model.
    prepared : Prepared
        A log as rows.
    chosen : ndarray of bool, shape (rows,)
        Rows that neither forest nor calibration has seen.
    simulated : bool
        Whether the calls are; it stands first in what is written.

    Returns
    -------
    dict
        Plain JSON values. Every figure is ``{"value", "low", "high", "n"}``: 95 % interval over callers, and
        how many calls it rests on.
    """
    looks = {
        name: _figures(_judged(model, prepared, chosen & (prepared.rows.look == number), number))
        for number, name in enumerate(("ring", *(f"{look_s:g} s" for look_s in LOOKS_S)))
    }
    return {
        "basis": "simulated" if simulated else "real",
        "notice": notice(simulated=simulated),
        "looks": looks,
    }


def notice(*, simulated: bool) -> str:
    """What figures on such calls are worth."""
    if simulated:
        return "Measured on SIMULATED calls: it shows that the software works, not how accurate it is."
    return "Measured on the labelled calls of this log; labels may be wrong."


def score_values(model: Model, prepared: Prepared, chosen: NDArray[np.bool_]) -> Array:
    """The model's columns of the chosen rows."""
    columns = [prepared.rows.features.index(feature) for feature in model.features]
    return prepared.rows.values[chosen][:, columns]


def _judged(model: Model, prepared: Prepared, chosen: NDArray[np.bool_], look: int) -> Judged:
    look_s = None if look == RING else LOOKS_S[look - 1]
    scored = model.score_rows(score_values(model, prepared, chosen), look_s)
    kind = prepared.kind[chosen]
    return Judged(
        prank=np.isin(kind, [KINDS.index(label) for label in KINDS if label in PRANK_LABELS]),
        genuine=kind == KINDS.index(Label.GENUINE),
        score=scored.prank_score,
        margin=scored.margin,
        caller=_caller_numbers(prepared, prepared.rows.call[chosen]),
    )


def _caller_numbers(prepared: Prepared, calls: NDArray[np.int64]) -> NDArray[np.int64]:
    """A whole number for each caller; a call without a number is a caller of its own."""
    names = [prepared.calls[call].record.caller or f"call {call}" for call in calls]
    return np.unique(np.array(names, dtype=str), return_inverse=True)[1] if names else np.empty(0, np.int64)


def average_precision(rows: Judged) -> float:
    """Area under the curve of precision and recall of pranks, as scikit-learn defines it.

    The sum over all distinct margins of precision times the recall gained there; a few lines of our own,
    because the bootstrap asks a thousand times and scikit-learn's checks take most of that.
    """
    if not rows.prank.any():
        return float("nan")
    order = np.argsort(-rows.margin, kind="stable")
    last_of_ties = np.r_[np.diff(rows.margin[order]) != 0, True]
    found = np.cumsum(rows.prank[order])[last_of_ties]
    called = np.flatnonzero(last_of_ties) + 1
    return float((np.diff(found, prepend=0) * found / called).sum() / found[-1])


def brier(rows: Judged) -> float:
    """Mean squared error of the prank score; 0 is perfect."""
    return float(np.mean(np.square(rows.score - rows.prank))) if len(rows.prank) else float("nan")


def recall_at(share: float) -> Callable[[Judged], float]:
    """Share of pranks whose margin exceeds that of all but ``share`` of the genuine calls."""

    def figure(rows: Judged) -> float:
        if not (rows.prank.any() and rows.genuine.any()):
            return float("nan")
        edge = np.quantile(rows.margin[rows.genuine], 1 - share, method="higher")
        return float((rows.margin[rows.prank] > edge).mean())

    return figure


def _figures(rows: Judged) -> dict[str, Any]:
    counts = {"calls": len(rows.prank), "pranks": int(rows.prank.sum()), "genuine": int(rows.genuine.sum())}
    recalls = {
        f"prank_recall_at_{share:.1%}_of_genuine": (recall_at(share), counts["pranks"])
        for share in HIT_SHARES
    }
    figures: dict[str, tuple[Callable[[Judged], float], int]] = {
        "pr_auc": (average_precision, counts["calls"]),
        "brier": (brier, counts["calls"]),
        **recalls,
    }
    drawn = [rows.at(chosen) for chosen in _draws(rows.caller)]
    return counts | {name: _with_interval(rows, drawn, figure, n) for name, (figure, n) in figures.items()}


def _with_interval(
    rows: Judged, drawn: Sequence[Judged], figure: Callable[[Judged], float], n: int
) -> dict[str, float | int | None]:
    value = figure(rows)
    draws = [figure(draw) for draw in drawn]
    known = [draw for draw in draws if not np.isnan(draw)]
    low, high = np.quantile(known, (0.025, 0.975)) if known else (np.nan, np.nan)
    return {"value": plain(value), "low": plain(low), "high": plain(high), "n": n}


def _draws(caller: NDArray[np.int64]) -> Sequence[NDArray[np.intp]]:
    """Rows of callers drawn with replacement."""
    rng = np.random.default_rng(0)
    order = np.argsort(caller, kind="stable")
    names, first = np.unique(caller[order], return_index=True)
    members = np.split(order, first[1:])
    return [
        np.concatenate([members[number] for number in rng.integers(len(names), size=len(names))])
        for _ in range(DRAWS if len(names) else 0)
    ]


def plain(value: float) -> float | None:
    """A number that JSON can hold; NaN becomes null."""
    return None if np.isnan(value) else round(float(value), 6)
