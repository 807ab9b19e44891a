"""Why the score is what it is: which features moved the margin, in words."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from prankfilter.classifier.sentences import sentence
from prankfilter.features.evidence import Evidence
from prankfilter.features.row import Feature
from prankfilter.vocabulary import Moment, Reason

MOST_REASONS = 5

_POINTS, _POINT_WEIGHTS = np.polynomial.legendre.leggauss(64)
_POINTS, _POINT_WEIGHTS = (_POINTS + 1) / 2, _POINT_WEIGHTS / 2
"""Gauss-Legendre points on [0, 1]; exact to 1e-9 while no kind's sum moves by more than some 50."""


def margin_contributions(
    base: NDArray[np.float64],
    contributions: NDArray[np.float64],
    *,
    is_prank: NDArray[np.bool_],
    genuine: int,
) -> NDArray[np.float64]:
    """Attribute the change of the margin to the features.

    The margin is ``M(s) = log sum_prank exp(s_kind) - s_genuine`` of the sums ``s`` of the trees. Along the
    straight line from ``base`` to ``base + contributions.sum(axis=1)`` each prank kind counts with its mean
    share among the pranks, ``w_kind`` = the integral of that softmax over the line [#]_. So feature f gets::

        c_f = sum_prank w_kind * contributions[kind, f] - contributions[genuine, f]

    and, exactly, ``c.sum() == M(row) - M(base)``. Positive speaks for a prank.

    Parameters
    ----------
    base : NDArray[float64], shape (kinds,)
        Mean sums over the training rows (`Walk.base`).
    contributions : NDArray[float64], shape (kinds, features)
        From `Walk.contributions`.
    is_prank : NDArray[bool], shape (kinds,)
        Which kinds are pranks.
    genuine : int
        Which kind is the genuine call.

    Returns
    -------
    NDArray[float64], shape (features,)
        Natural log units.

    References
    ----------
    .. [#] Sundararajan, M., Taly, A., Yan, Q. (2017). Axiomatic attribution for deep networks.
    """
    pranks = contributions[is_prank]
    line = base[is_prank] + np.outer(_POINTS, pranks.sum(axis=1))
    odds = np.exp(line - line.max(axis=1, keepdims=True))
    share = _POINT_WEIGHTS @ (odds / odds.sum(axis=1, keepdims=True))
    moved: NDArray[np.float64] = share @ pranks - contributions[genuine]
    return moved


def reasons(
    evidence: Evidence,
    features: Sequence[Feature],
    row: NDArray[np.float64],
    contributions: NDArray[np.float64],
) -> tuple[Reason, ...]:
    """Put the features that moved the margin most into words.

    Parameters
    ----------
    evidence : Evidence
        What the row was computed from; tells the seconds of sound.
    features : sequence of Feature
        The columns.
    row, contributions : NDArray[float64], shape (features,)
        Values, and what each did to the margin.

    Returns
    -------
    tuple of Reason
        At most `MOST_REASONS`, largest change first. Features that changed nothing are left out, and, while
        no look is complete, those of sound: that nothing was heard yet tells of the moment, not of the call.
    """
    nothing_heard = evidence.heard is None or evidence.heard.look_s is None
    order = np.argsort(-np.abs(contributions), kind="stable")
    telling = [
        column
        for column in order.tolist()
        if contributions[column] != 0 and not (nothing_heard and features[column].known_from is Moment.AUDIO)
    ]
    return tuple(
        _reason(evidence, features[column], float(row[column]), float(contributions[column]))
        for column in telling[:MOST_REASONS]
    )


def _reason(evidence: Evidence, feature: Feature, value: float, contribution: float) -> Reason:
    seconds = None if feature.where is None else feature.where(evidence)
    start_s, end_s = seconds if seconds is not None else (None, None)
    return Reason(
        feature=feature.name,
        value=value,
        unit=feature.unit.value,
        contribution=contribution,
        text=sentence(feature, value, seconds),
        start_s=start_s,
        end_s=end_s,
    )
