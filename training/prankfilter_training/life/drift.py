"""What changed since a model was fitted: columns, scores, mix of labels, honesty of scores."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.stats import chi2, norm

from prankfilter.classifier.model import Model
from prankfilter.classifier.population import Distribution, Shift, shift
from prankfilter.classifier.score_drift import SCORE
from prankfilter.features.almanac import CALENDAR_FEATURES
from prankfilter.features.memory import MEMORY
from prankfilter.vocabulary import KINDS
from prankfilter_training.evaluation.evaluate import notice
from prankfilter_training.evaluation.judged import LOOK_NAMES, judged
from prankfilter_training.fitting.fit import Prepared
from prankfilter_training.life.months import months
from prankfilter_training.life.recalibration import recalibration
from prankfilter_training.life.reference import SCORED_LOOKS, Reference, described
from prankfilter_training.life.thresholds import BY_NAME, CHANCE, Level, table

FOLLOWS_THE_CALENDAR = frozenset(feature.name for feature in CALENDAR_FEATURES) - {"received_hour"}
"""Holidays come and go; only the hour of the day should stay as it was."""


@dataclass(frozen=True, slots=True)
class Finding:
    """One figure that was held against a threshold."""

    name: str
    """Of the threshold."""
    where: str
    level: Level
    value: float
    n: int


def drift(
    reference: Reference, model: Model | None, prepared: Prepared, chosen: NDArray[np.bool_]
) -> dict[str, Any]:
    """Hold the chosen calls of a log against the calls that a model learned from.

    Parameters
    ----------
    reference : Reference
        From the model's bundle, or of another log (`reference.reference_of`).
    model : Model, optional
        Without one, scores and calibration are left out.
    prepared : Prepared
        The log, from as far back as there is: history looks back 90 days.
    chosen : ndarray of bool, shape (rows,)
        The new calls.

    Returns
    -------
    dict
        Plain JSON values; ``alarms`` and ``warnings`` name what exceeds `thresholds.THRESHOLDS`.
    """
    now = described(model, prepared, chosen, chosen, like=reference)
    chance = CHANCE / max(1, sum(len(columns) for columns in now.columns.values()) + 1)
    columns = list(_columns(reference, now, chance))
    labels = _labels(reference, now, chance)
    by_month = months(prepared, chosen)
    calibration = _calibration(model, prepared, chosen) if model is not None else {}
    findings = [
        *(_of_column(column) for column in columns),
        *_of_labels(labels),
        *_of_unlabelled(by_month),
        *_of_calibration(calibration),
    ]
    simulated = prepared.log.simulated or reference.simulated
    return {
        "basis": "simulated" if simulated else "real",
        "notice": notice(simulated=simulated),
        "calls": now.calls,
        "period": [now.first, now.last],
        "compared_with": {"calls": reference.calls, "period": [reference.first, reference.last]},
        "columns": columns,
        "not_compared": _not_compared(reference, now),
        "labels": labels,
        "months": by_month,
        "calibration": calibration,
        "thresholds": table(),
        "alarms": _named(findings, Level.ALARM),
        "warnings": _named(findings, Level.WARN),
    }


# --- columns and scores ----------------------------------------------------------------------------


def _columns(reference: Reference, now: Reference, chance: float) -> Iterator[dict[str, Any]]:
    reached = _reached_by(chance)
    for look, here in now.columns.items():
        for name, one in here.items():
            was = reference.columns[look][name]
            moved = shift(was, one, reached=reached)
            threshold = BY_NAME["score_psi" if name == SCORE else "feature_psi"]
            level = threshold.level(moved.corrected, is_real=moved.is_real)
            if name in FOLLOWS_THE_CALENDAR:
                level = Level.SEASON
            elif not moved.is_real and moved.by_chance > threshold.alarm:
                level = Level.CANNOT_TELL
            yield {
                "name": name,
                "look": look,
                "level": str(level),
                **_rounded(moved),
                "edges": was.as_json()["edges"],
                "shares_then": was.as_json()["shares"],
                "shares_now": one.as_json()["shares"],
            }


def _reached_by(chance: float) -> Callable[[int], float]:
    """Return what chi-squared of some degrees of freedom exceeds with a probability."""
    return lambda freedom: float(chi2.ppf(1 - chance, freedom))


def _rounded(moved: Shift) -> dict[str, float]:
    return {name: round(float(value), 4) for name, value in asdict(moved).items()}


def _not_compared(reference: Reference, now: Reference) -> list[str]:
    """Columns for which there are too few calls with a full past, here or there."""
    known = {(look, name) for look, columns in now.columns.items() for name in columns}
    every = {(look, name) for look, columns in reference.columns.items() for name in columns}
    return sorted(f"{name} ({look})" for look, name in every - known)


def _of_column(column: Mapping[str, Any]) -> Finding:
    name = "score_psi" if column["name"] == SCORE else "feature_psi"
    where = f"{column['name']} ({column['look']})"
    return Finding(name, where, Level(column["level"]), column["corrected"], column["n"])


# --- labels ----------------------------------------------------------------------------------------


def _labels(reference: Reference, now: Reference, chance: float) -> dict[str, Any]:
    moved = shift(reference.labels, now.labels, reached=_reached_by(chance))
    of_kinds = [_change(str(label), reference.labels, now.labels, place) for place, label in enumerate(KINDS)]
    return {
        "psi": _rounded(moved),
        "shares": of_kinds,
        "pranks": _change("all pranks", reference.pranks, now.pranks, 1),
        "n_then": reference.labels.n,
        "n_now": now.labels.n,
    }


def _change(label: str, then: Distribution, now: Distribution, place: int) -> dict[str, Any]:
    """How a share changed, and what change chance would reach."""
    errors = float(norm.ppf(1 - CHANCE / (2 * (len(KINDS) + 1))))
    return {
        "label": label,
        "then": round(float(then.shares[place]), 4),
        "now": round(float(now.shares[place]), 4),
        "change_by_chance": round(errors * _error(then, now, place), 4),
    }


def _error(then: Distribution, now: Distribution, place: int) -> float:
    """Standard error of the difference of two shares, the samples' design effects included."""
    parts = [of.shares[place] * (1 - of.shares[place]) * of.spread / max(1, of.n) for of in (then, now)]
    return float(np.sqrt(sum(parts)))


def _of_labels(labels: Mapping[str, Any]) -> Iterator[Finding]:
    psi = labels["psi"]
    is_real = psi["psi"] > psi["by_chance"]
    level = BY_NAME["label_psi"].level(psi["corrected"], is_real=is_real)
    yield Finding("label_psi", "mix of labels", level, psi["corrected"], labels["n_now"])
    of_kinds = (("label_share", share) for share in labels["shares"])
    for name, share in (*of_kinds, ("prank_share", labels["pranks"])):
        change = share["now"] - share["then"]
        is_real = abs(change) > share["change_by_chance"]
        level = BY_NAME[name].level(abs(change), is_real=is_real)
        yield Finding(name, share["label"], level, round(change, 4), labels["n_now"])


def _of_unlabelled(by_month: Sequence[Mapping[str, Any]]) -> Iterator[Finding]:
    for month in by_month:
        share = month["unlabelled"]
        level = BY_NAME["unlabelled_share"].level(share["value"], is_real=share["low"] > 0)
        yield Finding("unlabelled_share", month["month"], level, share["value"], share["n"])


# --- calibration -----------------------------------------------------------------------------------


def _calibration(model: Model, prepared: Prepared, chosen: NDArray[np.bool_]) -> dict[str, Any]:
    looks = [LOOK_NAMES.index(look) for look in SCORED_LOOKS]
    table = prepared.log.table["received_at"]
    old = ((table - table[0]).dt.total_seconds() >= MEMORY.total_seconds()).to_numpy()[prepared.rows.call]
    at_looks = chosen & np.isin(prepared.rows.look, looks)
    warm = at_looks & old
    has_past = bool(warm.any())
    of = judged(model, prepared, warm if has_past else at_looks)
    return {look: recalibration(rows) | {"history_is_complete": has_past} for look, rows in of.items()}


def _of_calibration(calibration: Mapping[str, Any]) -> Iterator[Finding]:
    tests = 2 * max(1, len(calibration))
    errors = norm.ppf(1 - CHANCE / (2 * tests))
    for look, found in calibration.items():
        for name, honest in (("intercept", 0.0), ("slope", 1.0)):
            if name not in found:
                continue
            value = found[name]["value"]
            threshold = BY_NAME[f"calibration_{name}"]
            is_real = found["standard_errors"][name] > errors
            level = threshold.level(abs(value - honest), is_real=is_real)
            yield Finding(threshold.name, look, level, value, found["calls"])


def _named(findings: Sequence[Finding], level: Level) -> list[dict[str, Any]]:
    chosen = [finding for finding in findings if finding.level is level]
    return [
        {key: value for key, value in asdict(finding).items() if key != "level"}
        | {"meaning": BY_NAME[finding.name].meaning}
        for finding in sorted(chosen, key=lambda finding: -abs(finding.value))
    ]
