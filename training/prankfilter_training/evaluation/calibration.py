"""Whether a score of 0.7 is a prank seven times in ten, and which kinds are taken for which."""

from __future__ import annotations

from typing import Any

import numpy as np

from prankfilter.vocabulary import KINDS
from prankfilter_training.evaluation.intervals import drawn_means, plain, share_figure
from prankfilter_training.evaluation.judged import Judged

EDGES = np.linspace(0, 1, 11)
"""Bins of the reliability curve: tenths of the prank score, the last one closed."""


def reliability(rows: Judged) -> list[dict[str, Any]]:
    """For each tenth of the prank score that holds calls: mean score, and the share that were pranks."""
    bins = np.searchsorted(EDGES[1:-1], rows.score, side="right")
    inside = {number: bins == number for number in np.unique(bins).tolist()}
    of = drawn_means({str(number): (rows.prank, chosen) for number, chosen in inside.items()}, rows.units)
    return [
        {
            "from": plain(EDGES[number]),
            "to": plain(EDGES[number + 1]),
            "mean_score": plain(float(rows.score[chosen].mean())),
            "prank_share": share_figure(of[str(number)], int(chosen.sum()), rows.callers(chosen)),
        }
        for number, chosen in inside.items()
    ]


def confusion(rows: Judged) -> dict[str, Any]:
    """Which kind the model finds most probable, for calls of each kind.

    Returns
    -------
    dict
        ``kinds``, the order of both axes; ``counts`` with a row for each kind that was and a column for each
        that was said; ``shares`` of each row.
    """
    kinds = sorted(set(rows.kind.tolist()) | set(rows.said.tolist()))
    was = {kind: rows.kind == kind for kind in kinds}
    said = {kind: rows.said == kind for kind in kinds}
    of = drawn_means(
        {f"{kind} {word}": (said[word], was[kind]) for kind in kinds for word in kinds}, rows.units
    )
    return {
        "kinds": [str(KINDS[kind]) for kind in kinds],
        "counts": [[int((was[kind] & said[word]).sum()) for word in kinds] for kind in kinds],
        "shares": [
            [
                share_figure(of[f"{kind} {word}"], int(was[kind].sum()), rows.callers(was[kind]))
                for word in kinds
            ]
            for kind in kinds
        ],
    }
