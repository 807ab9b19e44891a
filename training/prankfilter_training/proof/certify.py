"""From replayed calls to a certificate, or to the plain count of what is missing. Touches no disk."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from prankfilter.classifier.model import Model
from prankfilter.errors import BadInput
from prankfilter.routing.policies import Policy
from prankfilter.vocabulary import CERTIFIED_STRATA, PRANK_LABELS, Basis, Certificate, Label, Stratum
from prankfilter_training.proof.bounds import (
    Threshold,
    callers_needed,
    delta_of_use,
    label_errors_to_break,
    lowest_threshold,
)
from prankfilter_training.proof.callers import (
    Margins,
    caller_of,
    genuine_margins,
    largest_margins,
    share_of_calls,
)
from prankfilter_training.proof.certificate import certificate_of
from prankfilter_training.proof.effect import recall
from prankfilter_training.proof.replay import Replay


@dataclass(frozen=True, slots=True, kw_only=True)
class Claim:
    """What is to be proven.

    Attributes
    ----------
    alpha, confidence : float
        At most a share alpha of genuine callers, with this confidence for all strata at once.
    use : int
        The how-manieth use of these calls it is (`ledger`); 1 where they were never used.
    """

    alpha: float = 0.001
    confidence: float = 0.95
    use: int = 1

    @property
    def delta(self) -> float:
        """What one stratum may err by."""
        return delta_of_use(self.confidence, self.use, len(CERTIFIED_STRATA))

    @property
    def callers_needed(self) -> int:
        """Genuine callers that one stratum needs if none of them is hit."""
        return callers_needed(self.alpha, self.delta)


class NotEnough(BadInput):
    """No threshold holds in any stratum; the message gives the plain count.

    Attributes
    ----------
    strata : Mapping
        Per stratum the genuine callers there are, those needed, and how many doubtful ones count against.
    """

    def __init__(self, strata: Mapping[str, Mapping[str, int]]) -> None:
        super().__init__("; ".join(f"{name}: {plain_count(counted)}" for name, counted in strata.items()))
        self.strata = strata


def plain_count(counted: Mapping[str, int]) -> str:
    """``7 of 4380 genuine callers``, and what else stands in the way.

    >>> plain_count({"genuine_callers": 7, "needed": 4380, "doubtful": 0})
    '7 of 4380 genuine callers'
    """
    count = f"{counted['genuine_callers']} of {counted['needed']} genuine callers"
    if counted["doubtful"] and counted["genuine_callers"] >= counted["needed"]:
        return (
            f"{count}, but {counted['doubtful']} callers may have been genuine and count against it: they "
            "ended in the prompt, or the review could not tell; settle them by calling back"
        )
    return count


def certify(
    model: Model, replays: Sequence[Replay], policy: Policy, claim: Claim, *, basis: Basis
) -> tuple[Certificate, dict[str, Any]]:
    """Make a certificate, or raise `NotEnough` with "N of M genuine callers".

    Parameters
    ----------
    model, policy : Model, Policy
        What the proof is of.
    replays : sequence of Replay
        Calls later than everything that the model learned from (`eligible`).
    claim : Claim
    basis : Basis
        Whether the calls are real.

    Returns
    -------
    Certificate, dict
        Its id is given when it is written; and what else it tells, as plain JSON values.
    """
    counted, holding = {}, {}
    for stratum in CERTIFIED_STRATA:
        margins, against = margins_of(replays, stratum, model.model_id)
        found = lowest_threshold(margins, claim.alpha, claim.delta, against)
        counted[str(stratum)] = {
            "genuine_callers": len(margins),
            "needed": claim.callers_needed,
            "doubtful": len(against),
        }
        if found is not None:
            holding[stratum] = found
    if not holding:
        raise NotEnough(counted)
    told = {
        "policy": policy.name,
        "delta_per_stratum": claim.delta,
        "use": use_in_words(claim.use),
        "counted": counted,
        "strata": {
            str(stratum): _beside(replays, stratum, found, claim) for stratum, found in holding.items()
        },
        **recall(replays, {stratum: found.value for stratum, found in holding.items()}),
    }
    moments = [replay.call.record.received_at for replay in replays if replay.is_genuine]
    certificate = certificate_of(
        model,
        policy,
        holding,
        alpha=claim.alpha,
        confidence=claim.confidence,
        basis=basis,
        centres=centres_of(replays),
        period=(min(moments), max(moments)),
    )
    return certificate, told


def margins_of(replays: Sequence[Replay], stratum: Stratum, key: str) -> tuple[Margins, Margins]:
    """Margins of a stratum's genuine callers, and of those who may have been genuine."""
    doubtful = [replay for replay in replays if replay.doubtful]
    return genuine_margins(replays, stratum, key), largest_margins(doubtful, stratum)


def use_in_words(number: int) -> str:
    """Say what is left of delta.

    >>> use_in_words(2)
    'use 2 of these calls: delta/4, shared by the strata'
    """
    return f"use {number} of these calls: delta/{2**number}, shared by the strata"


def centres_of(replays: Sequence[Replay]) -> tuple[str, ...]:
    """The centres that answered the calls."""
    return tuple(sorted({replay.call.record.centre_id or "" for replay in replays}))


def _beside(replays: Sequence[Replay], stratum: Stratum, found: Threshold, claim: Claim) -> dict[str, Any]:
    """What stands beside a stratum's bound: the share of all calls, and the label errors that break it."""
    above = [
        replay
        for replay in replays
        if not replay.doubtful
        and replay.label is not Label.GENUINE
        and replay.margins.get(stratum, found.value) > found.value
    ]
    return {
        "share_of_genuine_calls": share_of_calls(replays, stratum, found.value),
        "label_errors_to_break": label_errors_to_break(found.hits, found.callers, claim.alpha, claim.delta),
        "callers_above_labelled_not_genuine": len({caller_of(replay) for replay in above}),
        "of_these_labelled_prank": len(
            {caller_of(replay) for replay in above if replay.label in PRANK_LABELS}
        ),
    }


def issued_at(replays: Sequence[Replay], now: dt.datetime) -> dt.datetime:
    """When a certificate on simulated calls counts as issued: with its last call, whatever day it is."""
    return max((replay.call.record.received_at for replay in replays), default=now)
