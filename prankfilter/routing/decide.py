"""From score to advice: never less than ``normal`` but by proof, and whatever breaks leads to ``normal``."""

from __future__ import annotations

import datetime as dt
import math
import re
from collections.abc import Iterable, Mapping
from types import MappingProxyType

from prankfilter.classifier.model import Score
from prankfilter.errors import (
    ArtefactCorrupt,
    Cancelled,
    OverloadedError,
    PrankfilterError,
    StoreUnavailable,
)
from prankfilter.features import history
from prankfilter.features.evidence import Evidence
from prankfilter.routing.case import Case, open_case
from prankfilter.routing.certificates import certificate_note
from prankfilter.routing.guards import last_guard, raises, standing_guards
from prankfilter.routing.policies import Policy
from prankfilter.routing.predicates import is_never_screened
from prankfilter.vocabulary import (
    Advice,
    Assessed,
    AudioCapture,
    Certificate,
    Decision,
    Guard,
    Moment,
)

PLACES_PER_PRIORITY = 5
"""One in so many at most (SAFETY rule 8); `Standing.recent_priority_count` tells of the four calls before."""


def decide(
    score: Score, evidence: Evidence, *, policy: Policy, certificate: Certificate | None, now: dt.datetime
) -> Decision:
    """Turn the score of one look into advice under a policy."""
    case = open_case(score, evidence, policy=policy, certificate=certificate, now=now)
    if is_never_screened(evidence.record):
        return _never_screened(case)
    if not math.isfinite(score.prank_score):
        refusal = ArtefactCorrupt(f"the model gave {score.prank_score} as prank score")
        return fail_open(evidence.record.call_id, refusal, policy=policy, model_id=score.model_id)
    guards = standing_guards(case)
    charged = is_charged(case)
    if charged and not guards:
        guards = last_guard(case)
    flagged = charged or score.prank_score >= policy.flag_from
    return _scored(case, _advice(case, guards, charged=charged), guards, flagged=flagged)


def is_charged(case: Case) -> bool:
    """Whether the score, the history and a proof together lead to ``verify``; guards are heard after that."""
    record, policy = case.evidence.record, case.policy
    return (
        policy.may_verify
        and case.assessed is Assessed.FULL
        and case.moment in policy.verified_moments
        and record.audio_capture is AudioCapture.CALLER_BEFORE_ANSWER
        and case.stratum in policy.verified_strata
        and case.score.margin > case.threshold
        and _history_allows_verify(case)
    )


def _history_allows_verify(case: Case) -> bool:
    caller, rest_minutes = case.evidence.history.caller, case.policy.rest_minutes
    if caller is None or any(history.verified_within(caller, at, rest_minutes) for at in case.moments):
        return False
    return history.verify_is_earned(
        caller,
        case.received_at,
        verified=case.evidence.record.number_is_verified,
        child_like=False,  # child play counts only against a child's voice, and that is never verified
        genuine_days=case.policy.genuine_days,
    )


def _advice(case: Case, guards: tuple[Guard, ...], *, charged: bool) -> Advice:
    if raises(guards):
        return Advice.PRIORITY if _has_place(case, guards) else Advice.NORMAL
    return Advice.VERIFY if charged and not guards else Advice.NORMAL


def _has_place(case: Case, guards: tuple[Guard, ...]) -> bool:
    """Whether a place before other calls is free: one a number, one in five, none for repeats in a surge."""
    known = case.evidence.history
    taken_by_number = known.caller is not None and any(
        history.priority_is_open(known.caller, at) for at in case.moments
    )
    full = known.standing.recent_priority_count > 0
    return not (taken_by_number or full or Guard.SURGE in guards)


def _scored(case: Case, advice: Advice, guards: tuple[Guard, ...], *, flagged: bool) -> Decision:
    score = case.score
    return Decision(
        call_id=case.evidence.record.call_id,
        result_id="",
        moment=case.moment,
        audio_s=case.audio_s,
        assessed=case.assessed,
        prank_score=score.prank_score,
        call_suspicion=round(100 * score.prank_score),
        kinds=score.kinds,
        advice=advice,
        flagged=flagged,
        guards=guards,
        reasons=score.reasons,
        certificate=certificate_note(case.certificate, case.stratum, case.status),
        policy=case.policy.name,
        model_id=score.model_id,
        faults=(),
        elapsed_ms=0.0,
        stratum=case.stratum,
        strata=case.strata,
        margin=None if math.isnan(score.margin) else score.margin,
    )


# --- what is not scored ----------------------------------------------------------------------------

GUARD_OF_REFUSAL: Mapping[type[Exception], Guard] = MappingProxyType(
    {
        StoreUnavailable: Guard.STORE_UNAVAILABLE,
        OverloadedError: Guard.OVERLOAD,
        Cancelled: Guard.DEADLINE,
    }
)
"""Refusals that have a guard's name; every other one is named in ``faults`` alone."""


def fail_open(
    call_id: str,
    why: Exception | Guard,
    *,
    policy: Policy,
    model_id: str | None,
    guards: Iterable[Guard] = (),
    faults: Iterable[str] = (),
) -> Decision:
    """Let the call through as ``normal`` and say why, whatever broke."""
    guard = why if isinstance(why, Guard) else GUARD_OF_REFUSAL.get(type(why))
    named = () if isinstance(why, Guard) else (fault_of(why),)
    return _unscored(
        call_id,
        guards=tuple(dict.fromkeys((*([guard] if guard else []), *guards))),
        faults=(*named, *faults),
        policy=policy,
        model_id=model_id,
    )


def fault_of(problem: Exception) -> str:
    """Name a refusal in a decision; what is not ours keeps its words, which may be personal, to itself."""
    if not isinstance(problem, PrankfilterError):
        return "internal_error"
    name = re.sub(r"(?<!^)(?=[A-Z])", "_", type(problem).__name__).lower().removesuffix("_error")
    return f"{name}: {problem}".removesuffix(": ")


def _never_screened(case: Case) -> Decision:
    return _unscored(
        case.evidence.record.call_id,
        guards=(Guard.NEVER_SCREENED,),
        policy=case.policy,
        model_id=case.score.model_id,
        moment=case.moment,
        audio_s=case.audio_s,
    )


def _unscored(
    call_id: str,
    *,
    guards: tuple[Guard, ...],
    policy: Policy,
    model_id: str | None,
    faults: tuple[str, ...] = (),
    moment: Moment = Moment.RING,
    audio_s: float = 0.0,
) -> Decision:
    return Decision(
        call_id=call_id,
        result_id="",
        moment=moment,
        audio_s=audio_s,
        assessed=Assessed.NOT_ASSESSED,
        prank_score=None,
        call_suspicion=None,
        kinds=None,
        advice=Advice.NORMAL,
        flagged=False,
        guards=guards,
        reasons=(),
        certificate=None,
        policy=policy.name,
        model_id=model_id,
        faults=faults,
        elapsed_ms=0.0,
    )
