"""A certificate from the thresholds that hold, and its words for people and for ``--json``."""

from __future__ import annotations

import dataclasses
import datetime as dt
from collections.abc import Iterator, Mapping
from types import MappingProxyType
from typing import Any

from prankfilter.bundle.certificates import LIFE
from prankfilter.classifier.model import Model
from prankfilter.routing.policies import Policy, policy_digest
from prankfilter.vocabulary import AudioCapture, Basis, Certificate, Stratum, StratumBound
from prankfilter_training.proof.bounds import Threshold


def certificate_of(
    model: Model,
    policy: Policy,
    thresholds: Mapping[Stratum, Threshold],
    *,
    alpha: float,
    confidence: float,
    basis: Basis,
    centres: tuple[str, ...],
    period: tuple[dt.datetime, dt.datetime],
) -> Certificate:
    """A certificate without its id, which its content will give it, and without entries of the ledger."""
    bounds = {
        stratum: StratumBound(
            threshold=found.value,
            genuine_callers=found.callers,
            hits=found.hits,
            worst_case_share=found.worst_case_share,
        )
        for stratum, found in thresholds.items()
    }
    return Certificate(
        id="",
        basis=basis,
        centres=centres,
        capture=AudioCapture.CALLER_BEFORE_ANSWER,
        alpha=alpha,
        confidence=confidence,
        strata=MappingProxyType(bounds),
        model_id=model.model_id,
        feature_digest=model.feature_digest,
        policy_digest=policy_digest(policy),
        period_start=period[0],
        period_end=period[1],
        expires_at=period[1] + LIFE,
    )


def described(certificate: Certificate) -> dict[str, object]:
    """The certificate as plain values, for ``--json``."""
    plain: dict[str, object] = {
        field.name: getattr(certificate, field.name) for field in dataclasses.fields(certificate)
    }
    plain["strata"] = {
        str(stratum): dataclasses.asdict(bound) for stratum, bound in certificate.strata.items()
    }
    for name in ("period_start", "period_end", "expires_at"):
        plain[name] = getattr(certificate, name).isoformat()
    return plain


def in_words(certificate: Certificate, told: Mapping[str, Any]) -> str:
    """What it says, for people; a simulated one says so first."""
    return "\n".join(_lines(certificate, told))


def _lines(certificate: Certificate, told: Mapping[str, Any]) -> Iterator[str]:
    if certificate.basis is Basis.SIMULATED:
        yield "SIMULATED calls: it shows how the proof works and is honoured in demonstrations only."
    yield (
        f"With confidence {certificate.confidence:.0%}, at most {100 * certificate.alpha:g} % of genuine "
        f"callers of each stratum would get `verify`, at any look ({told['use']}):"
    )
    for stratum, bound in certificate.strata.items():
        yield (
            f"  {stratum}: threshold {bound.threshold:.3f}, {bound.hits} of {bound.genuine_callers} genuine "
            f"callers above it, worst case {bound.worst_case_share:.4%}"
        )
        yield from _beside(told["strata"][str(stratum)])
    if "prank_recall" in told:
        yield (
            f"Pranks verified: {told['pranks_verified']} of {told['prank_calls']} "
            f"({told['prank_recall']:.2%}); history allows {told['pranks_with_confirmed_history']} at most."
        )
    if "pool" in told:
        yield told["pool"]["notice"]
    for reason, count in told.get("left_out", {}).items():
        yield f"Left out: {count} calls {reason}."
    yield (
        f"Calls from {certificate.period_start:%Y-%m-%d} to {certificate.period_end:%Y-%m-%d}; it expires "
        f"{certificate.expires_at:%Y-%m-%d}."
    )


def _beside(told: Mapping[str, Any]) -> Iterator[str]:
    """What stands beside one stratum's bound."""
    breaking, above = told["label_errors_to_break"], told.get("callers_above_labelled_not_genuine")
    yield f"    {breaking} label errors above it would break it: genuine callers taken for something else"
    if above is not None:
        yield f"    {above} callers above it are labelled not genuine"
    share = told.get("share_of_genuine_calls")
    if share is not None:
        low, value, high = (f"{share[name]:.4%}" for name in ("low", "value", "high"))
        yield f"    of all {share['n']} genuine calls above it: {value} ({low} to {high})"
    for member in told.get("members", ()):
        yield (
            f"    {member['centre']}: {member['hits']} of {member['genuine_callers']} callers above it, at "
            f"most {member['worst_case_share']:.2%}; {member['counted']} counted"
        )
