"""Genuine callers hit by two models at operating points that were set to hit the same share.

Each half of the callers gets the threshold that was set on the other half, so that everybody is counted and
nobody had a part in setting the threshold for himself. A caller is hit if any of the genuine calls is. What
counts of a call is what service and certificate go by: its largest margin over its looks with sound, of the
margins with and without that sound the smaller one.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from prankfilter.bundle.comparisons import ALL_CALLS, GENUINE_HIT, Figure, Hit
from prankfilter.classifier.model import Model
from prankfilter.errors import BadInput
from prankfilter.vocabulary import LOOKS_S
from prankfilter_training.evaluation.judged import Judged, score_values
from prankfilter_training.evaluation.metrics import Array, Flags, threshold_at
from prankfilter_training.fitting.fit import Prepared
from prankfilter_training.life.metrics import HIT_MARGIN, HIT_SLICE_MARGIN
from prankfilter_training.life.paired import paired_difference
from prankfilter_training.proof.bounds import worst_case
from prankfilter_training.rows.build import RING

LEAST_CALLERS = 50
"""Genuine callers below which nothing is told of them."""

DELTA = 0.05


def served_margins(model: Model, prepared: Prepared, chosen: Flags) -> Array:
    """The statistic of each call that has chosen rows, in order of the log.

    Returns
    -------
    ndarray of shape (calls,)
        Natural log units. Of a call that nobody heard, the margin at the ring.
    """
    rows = prepared.rows
    calls, place = np.unique(rows.call[chosen], return_inverse=True)
    look = rows.look[chosen]
    values = score_values(model, prepared, chosen)
    heard, ring = np.full(len(calls), -np.inf), np.full(len(calls), -np.inf)
    for number in np.unique(look):
        at = look == number
        scored = model.score_rows(values[at], None if number == RING else LOOKS_S[number - 1])
        margin = np.minimum(scored.margin, scored.margin_without_sound)
        np.maximum.at(ring if number == RING else heard, place[at], margin)
    return np.where(np.isneginf(heard), ring, heard)


@dataclass(frozen=True, slots=True, eq=False)
class Hits:
    """Genuine calls at both operating points.

    Attributes
    ----------
    call, caller : ndarray of int, shape (calls,)
        Genuine calls: place in the log, number of the caller.
    above : ndarray of bool, shape (2, calls)
        Calls above the threshold of champion and challenger.
    thresholds : tuple of two tuples of floats
        Of each model, for each half of the callers; natural log units.
    """

    call: NDArray[np.int64]
    caller: NDArray[np.int64]
    above: Flags
    thresholds: tuple[tuple[float, ...], ...]

    @classmethod
    def of(cls, rows: Judged, margins: Sequence[Array], share: float) -> Hits:
        """Set thresholds to hit a share of the genuine callers, on one half for the other.

        Parameters
        ----------
        rows : Judged
            One row a call, in any order.
        margins : two ndarrays of shape (calls,)
            `served_margins` of champion and challenger, for the same calls in order of the log.
        share : float
            In (0, 1).
        """
        order = np.argsort(rows.call)
        genuine = rows.genuine[order]
        call, caller = rows.call[order][genuine], rows.caller[order][genuine]
        half = (_shuffled(int(rows.caller.max(initial=-1)) + 1) % 2)[caller]
        if (found := min(len(np.unique(caller[half == which])) for which in (0, 1))) < LEAST_CALLERS:
            raise BadInput(
                f"{found} genuine callers in one half of the calls, {LEAST_CALLERS} are needed; "
                "give a later or longer log"
            )
        of_genuine = [margin[genuine] for margin in margins]
        edges = tuple(
            tuple(_threshold(margin[half != which], caller[half != which], share) for which in (0, 1))
            for margin in of_genuine
        )
        above = np.stack(
            [margin > np.array(edge)[half] for margin, edge in zip(of_genuine, edges, strict=True)]
        )
        return cls(call, caller, above, edges)

    def hit(self, side: int) -> Hit:
        """Callers above the threshold of the champion (0) or the challenger (1)."""
        by_caller = self._by_caller(np.ones(len(self.call), dtype=bool))[:, side]
        hits, callers = int(by_caller.sum()), len(by_caller)
        return Hit(
            thresholds=self.thresholds[side],
            genuine_callers=callers,
            hits=hits,
            worst_case_share=worst_case(hits, callers, DELTA),
        )

    def overall(self) -> Figure:
        """The share of all genuine callers hit."""
        return self._figure(ALL_CALLS, self._by_caller(np.ones(len(self.call), dtype=bool)), HIT_MARGIN)

    def among(self, group: str, calls: NDArray[np.int64]) -> Iterator[Figure]:
        """The same with these calls only; nothing where they are of too few callers."""
        by_caller = self._by_caller(np.isin(self.call, calls))
        if len(by_caller) >= LEAST_CALLERS:
            yield self._figure(group, by_caller, HIT_SLICE_MARGIN)

    def _figure(self, group: str, by_caller: Flags, margin: float) -> Figure:
        champion, challenger = by_caller.T
        n, spared = len(by_caller), int((champion & ~challenger).sum())
        added = int((challenger & ~champion).sum())
        low, high = paired_difference(spared, added, n - spared - added)
        return Figure(
            metric=GENUINE_HIT,
            group=group,
            n=n,
            champion=float(champion.mean()),
            challenger=float(challenger.mean()),
            gain=(spared - added) / n,
            low=low,
            high=high,
            margin=margin,
        )

    def _by_caller(self, chosen: Flags) -> Flags:
        """Whether any chosen call of a caller is hit, by champion and by challenger; (callers, 2)."""
        names, number = np.unique(self.caller[chosen], return_inverse=True)
        out = np.zeros((len(names), 2), dtype=bool)
        np.logical_or.at(out, number, self.above[:, chosen].T)
        return out


def _shuffled(count: int) -> NDArray[np.int64]:
    """Numbers in an order that has nothing to do with callers, always the same."""
    return np.random.default_rng(0).permutation(count)


def _threshold(margin: Array, caller: NDArray[np.int64], share: float) -> float:
    """What at most a share of the callers exceeds with any of their calls."""
    names, number = np.unique(caller, return_inverse=True)
    largest = np.full(len(names), -np.inf)
    np.maximum.at(largest, number, margin)
    return threshold_at(largest, np.ones(len(names), dtype=bool), share)
