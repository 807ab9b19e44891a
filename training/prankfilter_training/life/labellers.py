"""How far those who label agree, and whether one labels otherwise than the rest.

This finds instructions, forms and shifts to mend. It is no judgement of people: a label may differ because
the call did, because somebody learned more later, or because the others were wrong. Call takers are not
ranked (SAFETY rule 16).
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.special import expit
from scipy.stats import norm

from prankfilter.vocabulary import KINDS, Label, LabelSource, Verdict
from prankfilter_training.evaluation.intervals import Array, count_figure, drawn, figure, unit_of
from prankfilter_training.fitting.fit import Prepared
from prankfilter_training.life.out_of_fold import OutOfFold
from prankfilter_training.log.call import LoggedCall

NOTICE = (
    "For data staff only. This is no judgement of people: a label may differ because the call did, because "
    "more was learned later, or because the others were wrong. Mend instructions, forms and screens; nobody "
    "is to be ranked, blamed or paid by it. Names are pseudonyms of the log."
)
LEAST_CALLS = 200
"""Of a labeller: with fewer, nothing is said."""
LEAST_PAIRS = 30
CONFIDENCE = 0.95
DRAWS = 200
STEPS = 60
AT_LEAST = 0.02
"""Share of stray labels at which the information of a labeller's calls is worked out."""
_LARGEST = 8.0
"""Log odds beyond which an error rate is 0 or 1."""


# --- two people on one call ------------------------------------------------------------------------


def agreement(prepared: Prepared, of: OutOfFold) -> list[dict[str, Any]]:
    """How often a second person said the same, by who spoke first.

    Returns
    -------
    list of dict
        ``first`` and ``second`` (sources), ``calls``, ``same`` (raw agreement) and ``kappa`` with 95 %
        intervals over callers; None with fewer than `LEAST_PAIRS` calls.
    """
    calls = [prepared.calls[int(place)] for place in of.place]
    pairs = [(call.label_source, call.label, ruling(call)) for call in calls]
    return [
        _agreement(source, chosen, pairs, of)
        for source in LabelSource
        if (chosen := [n for n, pair in enumerate(pairs) if pair[0] is source and _both(pair[1], pair[2])])
    ]


def ruling(call: LoggedCall) -> Label | None:
    """What a supervisor said that a call was; None where nobody ruled, or without naming a kind."""
    if call.verdict is Verdict.WAS_EMERGENCY:
        return Label.GENUINE
    if call.verdict is Verdict.CONFIRMED:
        return call.verdict_label or call.label
    return call.verdict_label if call.verdict is Verdict.OVERTURNED else None


def _both(one: Label | None, other: Label | None) -> bool:
    return one in KINDS and other in KINDS


def _agreement(source: LabelSource, chosen: list[int], pairs: list[Any], of: OutOfFold) -> dict[str, Any]:
    first = np.array([KINDS.index(pairs[number][1]) for number in chosen])
    second = np.array([KINDS.index(pairs[number][2]) for number in chosen])
    values: dict[str, Any] = {"first": str(source), "second": "supervisor", "calls": len(chosen)}
    if len(chosen) < LEAST_PAIRS:
        return values | {"same": None, "kappa": None}

    def metric(weights: NDArray[np.int32]) -> dict[str, Array]:
        return dict(zip(("same", "kappa"), kappa(first, second, weights), strict=True))

    callers = np.unique(of.caller[chosen], return_inverse=True)[1].astype(np.int64)
    found = drawn(metric, (unit_of("caller", callers),))
    return values | {name: figure(one, len(chosen)) for name, one in found.items()}


def kappa(
    first: NDArray[np.int64], second: NDArray[np.int64], weights: NDArray[np.int32]
) -> tuple[Array, Array]:
    r"""Agreement of two labellers, raw and beyond chance.

    :math:`\kappa = (p_o - p_e) / (1 - p_e)`, with :math:`p_e` from both labellers' own shares [#]_.

    Parameters
    ----------
    first, second : ndarray of int, shape (calls,)
    weights : ndarray of int, shape (draws, calls)

    Returns
    -------
    tuple of ndarray, shape (draws,)
        Raw agreement, and kappa; kappa is NaN where both used one and the same label throughout.

    References
    ----------
    .. [#] Cohen, J. (1960). A coefficient of agreement for nominal scales. Educational and Psychological
       Measurement 20(1).

    Examples
    --------
    >>> same, beyond = kappa(np.array([0, 0, 1, 1]), np.array([0, 1, 1, 1]), np.ones((1, 4), np.int32))
    >>> float(same[0]), float(beyond[0])
    (0.75, 0.5)
    """
    total = np.maximum(weights.sum(axis=1), 1)
    same = weights @ (first == second) / total
    by_chance = sum(
        (weights @ (first == one) / total) * (weights @ (second == one) / total)
        for one in np.union1d(first, second)
    )
    room = 1.0 - np.asarray(by_chance)
    beyond = np.divide(same - by_chance, room, out=np.full(len(room), np.nan), where=room > 1e-12)
    return np.asarray(same), beyond


# --- one labeller beside the rest ------------------------------------------------------------------


def labellers(prepared: Prepared, of: OutOfFold) -> dict[str, Any]:
    """Estimate for each call taker which share of labels strays, beyond the errors that all have in common.

    Returns
    -------
    dict
        ``notice``; ``labellers``, most doubtful labels first, each with ``error`` (`stray_share`, 95 %
        interval over callers), ``seen_from`` (the excess over the others that as many calls would show),
        ``second_word`` (labels that a supervisor contradicted), and ``stands_out``; ``verdict`` in words.
    """
    names, rows = _by_labeller(prepared, of)
    enough = [name for name in names if len(rows[name]) >= LEAST_CALLS]
    found = [_labeller(prepared, of, name, rows[name]) for name in enough]
    tail = norm.ppf(1 - (1 - CONFIDENCE) / max(1, len(found)))
    for one in found:
        others = [other for other in found if other is not one]
        _compare(one, others, float(tail))
    found.sort(key=lambda one: -one["error"]["value"])
    return {
        "notice": NOTICE,
        "labellers": found,
        "too_few_calls": {name: len(rows[name]) for name in names if name not in enough},
        "least_calls": LEAST_CALLS,
        "verdict": _verdict(found),
    }


def _by_labeller(prepared: Prepared, of: OutOfFold) -> tuple[list[str], dict[str, NDArray[np.intp]]]:
    table = prepared.log.table[of.place.tolist()]
    spoke = (
        table["label_by"].is_not_null()
        & table["label"].is_in([str(kind) for kind in KINDS])
        & (table["label_source"] == str(LabelSource.CALL_TAKER)).fill_null(False)
        & ~table["advice_shown"].fill_null(False)
    )
    names = table["label_by"].to_numpy()
    who = sorted(set(names[spoke.to_numpy()]))
    return who, {name: np.flatnonzero(spoke.to_numpy() & (names == name)) for name in who}


def _labeller(prepared: Prepared, of: OutOfFold, name: str, rows: NDArray[np.intp]) -> dict[str, Any]:
    calls = [prepared.calls[int(place)] for place in of.place[rows]]
    said = np.array([KINDS.index(call.label) for call in calls if call.label is not None])
    likely = of.chance[rows, said]
    wrong = (1.0 - likely) / (of.chance.shape[1] - 1)

    def metric(weights: NDArray[np.int32]) -> dict[str, Array]:
        return {"error": stray_share(likely, wrong, weights)}

    callers = np.unique(of.caller[rows], return_inverse=True)[1].astype(np.int64)
    found = drawn(metric, (unit_of("caller", callers),))["error"]
    rulings = [(call.label, ruling(call)) for call in calls]
    ruled = [pair for pair in rulings if pair[1] is not None]
    return {
        "labeller": name,
        "calls": len(rows),
        "error": figure(found, len(rows)),
        "standard_error": max(float(np.std(found.draws[0])), _least_error(likely, wrong)),
        "second_word": count_figure(sum(one is not other for one, other in ruled), len(ruled)),
    }


def stray_share(likely: Array, wrong: Array, weights: NDArray[np.int32]) -> Array:
    r"""Estimate which share of somebody's labels has nothing to do with the call.

    A label is taken to follow the out-of-fold probabilities with :math:`1 - e`, and to be any other kind with
    :math:`e`; the likelihood :math:`\prod_i ((1 - e) q_i + e r_i)` has one maximum. Calls that are hard to
    tell apart weigh little, so that a hard mix of calls is held against nobody.

    Parameters
    ----------
    likely : ndarray of shape (calls,)
        Probability :math:`q_i` of the label given.
    wrong : ndarray of shape (calls,)
        Probability :math:`r_i` of it, had another kind been the true one.
    weights : ndarray of int, shape (draws, calls)

    Returns
    -------
    ndarray of shape (draws,)
        In [0, 1].

    Examples
    --------
    >>> likely = np.r_[np.full(90, 0.99), np.full(10, 0.001)]
    >>> bool(abs(stray_share(likely, (1 - likely) / 6, np.ones((1, 100), np.int32))[0] - 0.1) < 0.02)
    True
    """
    low, high = np.full(len(weights), -_LARGEST), np.full(len(weights), _LARGEST)
    for _ in range(STEPS):
        middle = (low + high) / 2
        e = expit(middle)[:, None]
        slope = (weights * (wrong - likely) / ((1 - e) * likely + e * wrong + 1e-12)).sum(axis=1)
        low, high = np.where(slope > 0, middle, low), np.where(slope > 0, high, middle)
    return np.asarray(expit((low + high) / 2))


def _least_error(likely: Array, wrong: Array) -> float:
    """Standard error by Fisher's information: draws alone would promise too much where the estimate is 0."""
    slope = (wrong - likely) / ((1 - AT_LEAST) * likely + AT_LEAST * wrong)
    return float(1.0 / np.sqrt(np.square(slope).sum()))


def _compare(one: dict[str, Any], others: list[dict[str, Any]], tail: float) -> None:
    """Add whether a labeller's labels stray more than those of the others, and what would have been seen."""
    weight = np.array([1.0 / max(other["standard_error"], 1e-6) ** 2 for other in others])
    usual = (
        float(np.average([other["error"]["value"] for other in others], weights=weight)) if others else 0.0
    )
    error = float(np.hypot(one["standard_error"], 1.0 / np.sqrt(weight.sum()))) if others else np.inf
    one["excess"] = round(one["error"]["value"] - usual, 4)
    one["seen_from"] = round(tail * error, 4) if others else None
    one["stands_out"] = bool(others) and one["excess"] > tail * error


def _verdict(found: list[dict[str, Any]]) -> str:
    if len(found) < 2:
        return (
            f"Nothing can be said: fewer than two people labelled {LEAST_CALLS} calls or more. The order of "
            "the list means nothing."
        )
    out = [one["labeller"] for one in found if one["stands_out"]]
    if not out:
        worst = max(one["seen_from"] for one in found)
        return (
            "Nobody's labels differ from the others' by more than chance: the order of the list means "
            f"nothing. An excess of {worst:.1%} of labels would have shown."
        )
    return (
        "The labels of " + ", ".join(out) + " differ from the others' by more than chance: look there first."
    )
