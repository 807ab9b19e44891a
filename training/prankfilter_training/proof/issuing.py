"""A certificate from logs, with all that binds it to the disk: ledger, review sheet, counts, files."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np

from prankfilter.bundle.digest import content_id
from prankfilter.bundle.trust import Trust
from prankfilter.classifier.model import Model
from prankfilter.errors import BadInput
from prankfilter.routing.policies import Policy, policy_digest
from prankfilter.vocabulary import Basis, Certificate
from prankfilter_training.log.table import Log
from prankfilter_training.proof.certify import Claim, certify, issued_at
from prankfilter_training.proof.eligible import Eligible, basis_of, eligible, learnt_until
from prankfilter_training.proof.ledger import (
    CLAIMS,
    Purpose,
    Use,
    append_use,
    overlapping,
    plan_use,
    read_uses,
    use_id,
)
from prankfilter_training.proof.ledger_file import Digests, read_set
from prankfilter_training.proof.margin_counts import MarginCounts, read_counts, write_counts
from prankfilter_training.proof.pooling import counts_of, pooled
from prankfilter_training.proof.replay import replayed
from prankfilter_training.proof.review import Reviewed, after_review, calls_to_review, write_sheet
from prankfilter_training.sound.source import SoundSource

WAIVED: Mapping[str, Any] = {"waived": "simulated calls"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Order:
    """What somebody asked for.

    Attributes
    ----------
    models : Path
        Folder of models; the ledger and the review sheets are there.
    said : tuple of Reviewed or None
        The blind second review; None where there is none yet.
    pool : tuple of MarginCounts
        Other centres' counts.
    now : datetime
    """

    models: Path
    model: Model
    policy: Policy
    claim: Claim
    said: tuple[Reviewed, ...] | None = None
    pool: tuple[MarginCounts, ...] = ()
    now: dt.datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Calibration:
    """Calls that may certify, with reviewed labels, and the use of them as the ledger will have it."""

    basis: Basis
    calls: Eligible
    review: Mapping[str, Any] | None
    use: Use
    earlier: tuple[Use, ...]


class ReviewNeeded(BadInput):
    """A certificate on real calls waits for the blind second review."""

    def __init__(self, sheet: Path, calls: int) -> None:
        super().__init__(
            f"{calls} calls need a blind second review before a certificate is issued. Let somebody who did "
            f"not label them listen to the calls named in {sheet}, fill in its columns label and "
            "reviewer, and run the command again with --reviewed and that file"
        )
        self.sheet = sheet
        self.calls = calls


def calibration(
    order: Order, logs: Sequence[Log], sources: Sequence[SoundSource], purpose: Purpose
) -> Calibration:
    """Replay the logs, each with its sound, and take the calls that may certify; plan the use, write nothing.

    Raises
    ------
    BadInput
        Where nothing may certify, or the review does not fit.
    """
    basis = basis_of(logs)
    after = learnt_until(order.model, basis)
    question = _question(order, logs, purpose)
    earlier, asked_at = _before(order, question, purpose)
    replays = [
        replay
        for number, (log, source) in enumerate(zip(logs, sources, strict=True))
        for replay in replayed(order.model, log, source, order.policy, number=number)
    ]
    as_of = issued_at(replays, order.now) if basis is Basis.SIMULATED else asked_at or order.now
    calls = eligible(replays, after=after, as_of=as_of, measured=measured(order.models, earlier))
    review: Mapping[str, Any] | None = WAIVED if basis is Basis.SIMULATED else None
    if order.said is not None:
        wanted = calls_to_review(calls.replays, order.model.model_id)
        corrected, review = after_review(calls.replays, wanted, order.said)
        calls = replace(calls, replays=tuple(corrected))
    use = plan_use(
        order.models,
        calls.digests,
        purpose=purpose,
        model_ids=[order.model.model_id],
        now=order.now,
        question=question,
    )
    return Calibration(basis=basis, calls=calls, review=review, use=use, earlier=earlier)


def issue(order: Order, found: Calibration) -> tuple[Certificate, dict[str, Any]]:
    """Make the certificate, ask for the review where it is missing, and write the use down.

    Raises
    ------
    NotEnough, ReviewNeeded, BadInput
        In this order: nobody listens to fifty calls for a certificate that lacks callers.
    """
    certificate, told = _made(order, found)
    _must_be_reviewed(order, found)
    if found.basis is Basis.REAL and certificate.expires_at <= order.now:
        raise BadInput(
            f"it would have expired on {certificate.expires_at:%Y-%m-%d}, 90 days after the last call that "
            "counts; give a later log"
        )
    append_use(order.models, found.use, found.calls.digests)
    entries = overlapping(order.models, found.calls.digests, found.earlier)
    certificate = replace(
        certificate, ledger=(*(use.id for use in entries if use.purpose in CLAIMS), found.use.id)
    )
    return certificate, told | beside(found)


def _made(order: Order, found: Calibration) -> tuple[Certificate, dict[str, Any]]:
    claim = replace(order.claim, use=found.use.number)
    if not order.pool:
        return certify(order.model, found.calls.replays, order.policy, claim, basis=found.basis)
    own = _counts(order, found)
    claim = replace(claim, use=max(claim.use, *(counts.use for counts in order.pool)))
    return pooled(order.model, order.policy, own, order.pool, claim)


def share(order: Order, found: Calibration, path: Path, sign: Callable[[bytes], bytes]) -> MarginCounts:
    """Write this centre's counts for other centres, and the use of its calls down."""
    counts = _counts(order, found)
    _must_be_reviewed(order, found)
    append_use(order.models, found.use, found.calls.digests)
    write_counts(path, counts, sign=sign)
    return counts


def read_pool(paths: Sequence[Path], trust: Trust) -> tuple[MarginCounts, ...]:
    """Read other centres' counts, all of them signed by keys that are trusted here."""
    return tuple(read_counts(path, trust) for path in paths)


def beside(found: Calibration) -> dict[str, Any]:
    """What a certificate tells beside its figures; plain JSON values."""
    return {
        "calls": len(found.calls.replays),
        "left_out": {str(reason): count for reason, count in found.calls.left_out.items()},
        "review": None if found.review is None else dict(found.review),
    }


def measured(models: Path, uses: Sequence[Use]) -> Digests:
    """Calls that served `evaluate` or `compare`: their results may have chosen the model."""
    sets = [read_set(models, use.calls) for use in uses if use.purpose not in CLAIMS]
    return np.unique(np.concatenate(sets)) if sets else np.empty(0, np.uint64)


def _counts(order: Order, found: Calibration) -> MarginCounts:
    return counts_of(
        order.model,
        order.policy,
        found.calls.replays,
        basis=found.basis,
        review=found.review,
        use=found.use.number,
    )


def _must_be_reviewed(order: Order, found: Calibration) -> None:
    if found.review is None:
        wanted = calls_to_review(found.calls.replays, order.model.model_id)
        raise ReviewNeeded(write_sheet(order.models, wanted), len(wanted))


def _question(order: Order, logs: Sequence[Log], purpose: Purpose) -> dict[str, Any]:
    """What tells one use from another; what was shared claims no alpha."""
    said = [[one.call_id, one.received_at, str(one.label), one.reviewer] for one in order.said or ()]
    about: dict[str, Any] = {
        "policy": policy_digest(order.policy),
        "logs": sorted(log.digest for log in logs),
        "review": content_id(sorted(said)) if said else None,
    }
    if purpose is Purpose.SHARE:
        return about
    claimed = {"alpha": order.claim.alpha, "confidence": order.claim.confidence}
    return about | claimed | {"pool": sorted(counts.name for counts in order.pool)}


def _before(
    order: Order, question: Mapping[str, Any], purpose: Purpose
) -> tuple[tuple[Use, ...], dt.datetime | None]:
    """What the ledger held when this was first asked, and when that was: a repeat gets the same answer."""
    uses = read_uses(order.models)
    asked = use_id(purpose, [order.model.model_id], question)
    for place, use in enumerate(uses):
        if use.id == asked:
            return uses[:place], use.at
    return uses, None
