"""Certificates of several centres together: one threshold for the pool, and each centre's own figures.

A pool bounds the rate of its callers taken together, weighted as they were calibrated. It proves nothing for
one centre, whose callers may differ; so each centre's own count, hits and bound stand beside it.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from prankfilter.classifier.model import Model
from prankfilter.errors import BadInput
from prankfilter.routing.policies import Policy
from prankfilter.vocabulary import CERTIFIED_STRATA, Basis, Certificate, Stratum
from prankfilter_training.proof.bounds import (
    Threshold,
    label_errors_to_break,
    lowest_threshold,
    worst_case,
)
from prankfilter_training.proof.callers import Margins
from prankfilter_training.proof.certificate import certificate_of
from prankfilter_training.proof.certify import Claim, NotEnough, centres_of, margins_of, use_in_words
from prankfilter_training.proof.eligible import OLDEST_CALL
from prankfilter_training.proof.margin_counts import MarginCounts, binned, bins_digest, looks_like
from prankfilter_training.proof.replay import Replay

OWN_CALLERS_NEEDED = 59
OWN_BOUND = 0.05
OWN_DELTA = 0.05
"""A member's own: with none of 59 callers hit, its own rate is 5 % at most with 95 % confidence."""

NOTICE = (
    "It bounds the rate of the pool's callers taken together, weighted as calibrated. "
    "It proves nothing for one centre."
)


@dataclass(frozen=True, slots=True)
class Member:
    """A centre's own figures in one stratum under the pool's threshold."""

    centre: str
    callers: int
    counted: int
    """Callers after thinning: no centre supplies more than half."""
    hits: int
    worst_case_share: float

    @property
    def may_use_it(self) -> bool:
        """Whether the centre has enough callers of its own, and few enough hits."""
        return self.callers >= OWN_CALLERS_NEEDED and self.worst_case_share <= OWN_BOUND


def counts_of(
    model: Model,
    policy: Policy,
    replays: Sequence[Replay],
    *,
    basis: Basis,
    review: Mapping[str, Any] | None,
    use: int,
) -> MarginCounts:
    """What one centre gives to a pool."""
    genuine = [replay.call.record.received_at for replay in replays if replay.is_genuine]
    if not genuine:
        raise BadInput("there is no genuine call to count; label more calls, or give a later log")
    margins = {stratum: margins_of(replays, stratum, model.model_id) for stratum in CERTIFIED_STRATA}
    return MarginCounts(
        centre=the_centre(replays),
        basis=basis,
        bins=bins_digest(model, policy),
        period=(min(genuine), max(genuine)),
        genuine={stratum: binned(found) for stratum, (found, _) in margins.items()},
        doubtful={stratum: binned(against) for stratum, (_, against) in margins.items()},
        review=review,
        use=use,
    )


def the_centre(replays: Sequence[Replay]) -> str:
    """The one centre that answered the calls."""
    centres = centres_of(replays)
    if len(centres) != 1 or not centres[0]:
        raise BadInput(
            f"the calls name {len([name for name in centres if name])} centres in the column centre_id; a "
            "pool is made of centres with one name each, so give each centre's log by itself"
        )
    return centres[0]


def pooled(
    model: Model, policy: Policy, own: MarginCounts, others: Sequence[MarginCounts], claim: Claim
) -> tuple[Certificate, dict[str, Any]]:
    """Make a certificate for the pool of one centre's own calls and others' counts.

    Parameters
    ----------
    own : MarginCounts
        Of the centre that asks.
    others : sequence of MarginCounts
    claim : Claim
        Its ``use`` is the largest of all members'.

    Returns
    -------
    Certificate, dict
        As `certify.certify`; strata in which the centre's own figures do not allow it are left out.

    Raises
    ------
    BadInput
        Where the counts cannot be pooled.
    NotEnough
        With too few callers, or where the centre's own figures allow no stratum.
    """
    pool = [own, *others]
    refuse_unlike(pool, bins_digest(model, policy))
    counted, holding, told = {}, {}, {}
    for stratum in CERTIFIED_STRATA:
        parts = without_majority(pool, stratum)
        against = np.concatenate([counts.doubtful[stratum] for counts in pool])
        found = lowest_threshold(np.concatenate(parts), claim.alpha, claim.delta, against)
        counted[str(stratum)] = {
            "genuine_callers": sum(map(len, parts)),
            "needed": claim.callers_needed,
            "doubtful": len(against),
        }
        if found is not None:
            members = [
                _member(counts, stratum, found, len(part)) for counts, part in zip(pool, parts, strict=True)
            ]
            told[str(stratum)] = _told(found, members, claim)
            if members[0].may_use_it:
                holding[stratum] = found
    if not holding and told:
        raise BadInput(_not_as_member(own.centre, told))
    if not holding:
        raise NotEnough(counted)
    certificate = certificate_of(
        model,
        policy,
        holding,
        alpha=claim.alpha,
        confidence=claim.confidence,
        basis=own.basis,
        centres=tuple(sorted(counts.centre for counts in pool)),
        period=(min(counts.period[0] for counts in pool), max(counts.period[1] for counts in pool)),
    )
    return certificate, {
        "policy": policy.name,
        "delta_per_stratum": claim.delta,
        "use": use_in_words(claim.use),
        "counted": counted,
        "pool": {"notice": NOTICE, "issued_for": own.centre, "counts": [counts.name for counts in others]},
        "strata": told,
    }


def refuse_unlike(pool: Sequence[MarginCounts], bins: str) -> None:
    """Raise `BadInput` where counts must not be pooled: twice, of other bins, of another kind, too old."""
    own, *others = pool
    last = max(counts.period[1] for counts in pool)
    seen: dict[str, MarginCounts] = {own.centre: own}
    if not others:
        raise BadInput("a pool needs counts of other centres; give them with --pool")
    for counts in others:
        if counts.bins != bins:
            raise BadInput(f"the counts of {counts.centre} are of another model, policy or set of bins")
        if counts.basis is not own.basis:
            raise BadInput(f"the counts of {counts.centre} are {counts.basis}, the others {own.basis}")
        if counts.basis is Basis.REAL and counts.review is None:
            raise BadInput(
                f"the calls of {counts.centre} had no blind second review; ask for counts after it"
            )
        if last - counts.period[0] > OLDEST_CALL:
            raise BadInput(
                f"{counts.centre} counted calls more than {OLDEST_CALL.days} days old; ask for later"
            )
        if counts.centre in seen:
            raise BadInput(_twice(counts, seen[counts.centre]))
        for known in seen.values():
            if looks_like(counts, known):
                raise BadInput(
                    f"the counts of {counts.centre} are those of {known.centre} under another name"
                )
        seen[counts.centre] = counts


def _twice(one: MarginCounts, other: MarginCounts) -> str:
    overlap = max(one.period[0], other.period[0]) <= min(one.period[1], other.period[1])
    how = "for overlapping periods" if overlap else "twice"
    return (
        f"{one.centre} is in the pool {how}; a caller of both would count twice. Let it count all its logs "
        "at once; the centre that asks is counted from its LOG and needs no file"
    )


def without_majority(pool: Sequence[MarginCounts], stratum: Stratum) -> list[Margins]:
    """Each centre's callers of a stratum, the surplus of one that had more than half taken out by a hash."""
    sizes = [len(counts.genuine[stratum]) for counts in pool]
    return [
        _thinned(counts, stratum, min(size, sum(sizes) - size))
        for counts, size in zip(pool, sizes, strict=True)
    ]


def _thinned(counts: MarginCounts, stratum: Stratum, size: int) -> Margins:
    """So many of a centre's callers, chosen by a hash of its counts: the same whoever pools them."""
    margins = counts.genuine[stratum]
    if size == len(margins):
        return margins
    ranks = [
        hashlib.sha256(f"{counts.centre}:{counts.bins}:{stratum}:{place}".encode()).digest()
        for place in range(len(margins))
    ]
    chosen = sorted(range(len(margins)), key=ranks.__getitem__)[:size]
    return np.sort(margins[chosen])


def _member(counts: MarginCounts, stratum: Stratum, found: Threshold, counted: int) -> Member:
    callers = len(counts.genuine[stratum])
    all_margins = np.r_[counts.genuine[stratum], counts.doubtful[stratum]]
    hits = int((all_margins > found.value).sum())
    return Member(counts.centre, callers, counted, hits, worst_case(hits, callers, OWN_DELTA))


def _told(found: Threshold, members: Sequence[Member], claim: Claim) -> dict[str, Any]:
    return {
        "label_errors_to_break": label_errors_to_break(found.hits, found.callers, claim.alpha, claim.delta),
        "members": [
            {
                "centre": member.centre,
                "genuine_callers": member.callers,
                "counted": member.counted,
                "hits": member.hits,
                "worst_case_share": round(member.worst_case_share, 6),
                "may_use_it": member.may_use_it,
            }
            for member in members
        ],
    }


def _not_as_member(centre: str, told: Mapping[str, Mapping[str, Any]]) -> str:
    own = {stratum: beside["members"][0] for stratum, beside in told.items()}
    figures = "; ".join(
        f"{stratum}: {member['hits']} of {member['genuine_callers']} callers hit, at most "
        f"{member['worst_case_share']:.1%}"
        for stratum, member in own.items()
    )
    return (
        f"the pool has a threshold, but {centre} may not use it: a member needs {OWN_CALLERS_NEEDED} genuine "
        f"callers of its own and an own bound of {OWN_BOUND:.0%} or less. {figures}"
    )
