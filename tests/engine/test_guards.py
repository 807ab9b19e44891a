"""Each guard by name: when it holds, when not, and that it takes a ``verify`` away (SAFETY rules 6, 7, 13).

Every case starts from `verify_case`, a call that gets ``verify``; so a guard that failed to speak would show.
"""

from __future__ import annotations

import dataclasses
import math
from typing import Any

import pytest

from prankfilter.features.evidence import Evidence
from prankfilter.routing.decide import decide
from prankfilter.routing.guards import GUARDS
from prankfilter.routing.policies import POLICIES
from prankfilter.vocabulary import (
    Advice,
    AreaLoad,
    AudioCapture,
    Caller,
    CertificateStatus,
    Channel,
    Decision,
    Guard,
    Label,
    PastCall,
    Standing,
    Stratum,
)
from tests.builders import (
    NOW,
    ago,
    caller,
    certificate,
    genuine_call,
    heard_look,
    label,
    past_call,
    prank_call,
    prankster,
    score,
    verify_case,
)


def judged(evidence: Evidence, policy: str = "queue", **over: Any) -> Decision:
    """The decision on a case, under a certificate that holds for the policy."""
    given: dict[str, Any] = {"score": score(), "certificate": certificate(policy=policy), "now": NOW}
    given |= over
    return decide(
        given["score"], evidence, policy=POLICIES[policy], certificate=given["certificate"], now=given["now"]
    )


def with_calls(*more: PastCall, **over: Any) -> Caller:
    """The known prankster, who also made these calls."""
    return dataclasses.replace(prankster(), past_calls=(*prankster().past_calls, *more), **over)


def test_without_any_guard_the_case_is_verified() -> None:
    decision = judged(verify_case())
    assert (decision.advice, decision.guards) == (Advice.VERIFY, ())


# --- one case a guard ----------------------------------------------------------------------------

CHILD_CALL = past_call(received_at=ago(minutes=4), child_like=True)

LIFTED: dict[Guard, list[Evidence]] = {
    Guard.NEVER_SCREENED: [verify_case(record={"priority": "psap-callback"})],
    Guard.RECENT_GENUINE: [verify_case(past={"caller": with_calls(genuine_call(ago(days=89)))})],
    Guard.CALL_BACK: [verify_case(past={"caller": with_calls(called_back_at=ago(minutes=10))})],
    Guard.SURGE: [
        verify_case(past={"area": AreaLoad(recent_count=9, usual_count=3.0)}),
        verify_case(past={"area": AreaLoad(recent_count=10, usual_count=math.nan)}),
    ],
    Guard.TEXT_TELEPHONE: [verify_case(heard=heard_look(text_telephone=True))],
    Guard.DTMF: [verify_case(heard=heard_look(dtmf=True))],
    Guard.CALL_PROGRESS: [verify_case(heard=heard_look(call_progress=True))],
    Guard.BABY_CRY: [verify_case(heard=heard_look(baby_cry=True))],
    Guard.TOO_LITTLE_AUDIO: [
        verify_case(heard=heard_look(None), child_voice_probability=math.nan),
        verify_case(heard=heard_look(5.0, speech_s=0.2)),
    ],
    Guard.DEADLINE: [verify_case(past={"standing": Standing(deadline_passed=True)})],
    Guard.STORE_UNAVAILABLE: [
        verify_case(past={"store_available": False}),
        verify_case(past={"store_available": False, "caller": None, "area": None}),
    ],
    Guard.NO_QUEUE: [verify_case(record={"calls_waiting": waiting}) for waiting in (0, None)],
    Guard.SWITCHED_OFF: [verify_case(past={"standing": Standing(switched_off=True)})],
    Guard.AUDIT_SAMPLE: [verify_case(past={"standing": Standing(audit_drawn=True)})],
}


@pytest.mark.parametrize(
    ("guard", "evidence"), [(guard, case) for guard, cases in LIFTED.items() for case in cases]
)
def test_a_guard_lifts_a_verify_and_is_named(guard: Guard, evidence: Evidence) -> None:
    decision = judged(evidence)
    assert decision.advice is Advice.NORMAL
    assert guard in decision.guards


def test_every_lifting_guard_has_a_case() -> None:
    elsewhere = {Guard.NO_CERTIFICATE, Guard.SINGLE_GROUP, Guard.OVERLOAD}
    raising = {Guard.REPEAT_BURST, Guard.SECOND_CHILD_CALL}
    assert set(LIFTED) | elsewhere | raising == set(Guard)


@pytest.mark.parametrize("guard", set(LIFTED) - {Guard.AUDIT_SAMPLE, Guard.NEVER_SCREENED})
def test_a_guard_is_listed_though_the_score_would_not_have_verified(guard: Guard) -> None:
    decision = judged(LIFTED[guard][0], score=score(margin=-3.0, prank_score=0.1))
    assert guard in decision.guards
    assert not decision.flagged


# --- never screened ------------------------------------------------------------------------------

SPARED: dict[str, dict[str, Any]] = {
    "call-back leg (RFC 7090)": {"priority": "psap-callback"},
    "call-back leg in capitals": {"priority": "PSAP-Callback"},
    "responder (RFC 7135)": {"resource_priority": "esnet.0"},
    "eCall": {"service_urn": "urn:service:sos.ecall.automatic"},
    "eCall by hand (RFC 8147)": {"service_urn": "URN:service:sos.ecall.manual"},
    "test call": {"service_urn": "urn:service:test:sos"},
    "test call of one service": {"service_urn": "urn:service:test:sos.fire"},
    "panic button": {"channel": Channel.APP_PANIC},
    "text channel": {"channel": Channel.TEXT},
    "text beside audio": {"media": ("audio", "text")},
    "sign language": {"media": ("video",)},
}


@pytest.mark.parametrize("policy", POLICIES)
@pytest.mark.parametrize("change", SPARED.values(), ids=SPARED)
def test_never_screened_calls_have_no_score_and_no_flag(change: dict[str, Any], policy: str) -> None:
    decision = judged(verify_case(record=change), policy)
    assert decision.advice is Advice.NORMAL
    assert decision.assessed == "not_assessed"
    assert decision.guards == (Guard.NEVER_SCREENED,)
    assert not decision.flagged
    assert decision.reasons == ()
    assert (decision.prank_score, decision.call_suspicion, decision.kinds) == (None, None, None)


@pytest.mark.parametrize(
    "change",
    [
        {"service_urn": "urn:service:sos"},
        {"service_urn": "urn:service:sos.police"},
        {"service_urn": "urn:service:sos.ecallish"},
        {"priority": "emergency"},
        {"resource_priority": "ets.0"},
        {"channel": Channel.APP_CALL},
        {"media": ("audio",)},
    ],
)
def test_ordinary_calls_are_screened(change: dict[str, Any]) -> None:
    assert judged(verify_case(record=change)).advice is Advice.VERIFY


# --- who calls -----------------------------------------------------------------------------------


def second_child(**over: Any) -> Evidence:
    known: dict[str, Any] = {"past": {"caller": caller(CHILD_CALL)}, "child_voice_probability": 0.8}
    return verify_case(**known | over)


def test_second_child_call_raises_even_if_the_first_is_labelled_child_play() -> None:
    said = (label(Label.CHILD_PLAY, at=ago(minutes=3)),)
    first = dataclasses.replace(CHILD_CALL, labels=said)
    decision = judged(second_child(past={"caller": caller(first)}))
    assert decision.advice is Advice.PRIORITY
    assert Guard.SECOND_CHILD_CALL in decision.guards


def test_second_child_call_knows_the_first_by_its_label_where_no_voice_was_judged() -> None:
    first = past_call(received_at=ago(minutes=4), labels=(label(Label.CHILD_PLAY, at=ago(minutes=3)),))
    decision = judged(second_child(past={"caller": caller(first)}, child_voice_probability=math.nan))
    assert decision.advice is Advice.PRIORITY


@pytest.mark.parametrize(
    "change",
    [
        {"heard": None, "child_voice_probability": math.nan},
        {"heard": heard_look(None), "child_voice_probability": math.nan},
        {"child_voice_probability": math.nan},
        {"child_voice_probability": 0.05, "past": {"standing": Standing(strata=frozenset({Stratum.CHILD}))}},
    ],
    ids=["not heard yet", "hardly heard", "inference off", "heard as a child before"],
)
def test_second_child_call_speaks_for_a_caller_whose_age_is_not_known(change: dict[str, Any]) -> None:
    past = {"caller": caller(CHILD_CALL)} | change.get("past", {})
    decision = judged(second_child(**change | {"past": past}))
    assert decision.advice is Advice.PRIORITY
    assert Guard.SECOND_CHILD_CALL in decision.guards


@pytest.mark.parametrize(
    "change",
    [
        {"child_voice_probability": 0.05},
        {"past": {"caller": caller(past_call(received_at=ago(hours=3), child_like=True))}},
        {"past": {"caller": caller(past_call(received_at=ago(minutes=4)))}},
        {"past": {"caller": None}},
    ],
    ids=["a grown-up now", "hours ago", "a grown-up before", "no number"],
)
def test_second_child_call_needs_two_calls_of_a_child_within_minutes(change: dict[str, Any]) -> None:
    decision = judged(second_child(**change))
    assert Guard.SECOND_CHILD_CALL not in decision.guards
    assert decision.advice is Advice.NORMAL


BURST = (past_call(received_at=ago(minutes=6)), past_call(received_at=ago(minutes=2)))


def test_repeat_burst_raises() -> None:
    decision = judged(verify_case(past={"caller": caller(*BURST)}))
    assert decision.advice is Advice.PRIORITY
    assert Guard.REPEAT_BURST in decision.guards


@pytest.mark.parametrize(
    "number",
    [
        caller(BURST[0]),
        with_calls(*BURST),
        caller(*(past_call(received_at=ago(minutes=m)) for m in (90, 60, 30))),
    ],
    ids=["two calls", "confirmed pranks", "over an hour"],
)
def test_repeat_burst_needs_many_calls_within_minutes_and_no_confirmed_pranks(number: Caller) -> None:
    assert Guard.REPEAT_BURST not in judged(verify_case(past={"caller": number})).guards


def test_repeat_burst_is_not_lost_by_pranks_that_others_forged() -> None:
    forged = (prank_call(ago(days=day), number_is_verified=False) for day in (4, 3, 2))
    decision = judged(verify_case(past={"caller": caller(*forged, *BURST)}))
    assert decision.advice is Advice.PRIORITY


def test_repeat_burst_is_not_lost_by_child_play_in_a_grown_ups_household() -> None:
    children = (prank_call(ago(days=day), Label.CHILD_PLAY) for day in (4, 3, 2))
    decision = judged(verify_case(past={"caller": caller(*children, *BURST)}))
    assert decision.advice is Advice.PRIORITY


def test_recent_genuine_ends_with_the_days_of_the_policy() -> None:
    old = verify_case(past={"caller": with_calls(genuine_call(ago(days=91)))})
    assert judged(old).advice is Advice.VERIFY


def test_recent_genuine_holds_for_unverified_numbers_too() -> None:
    number = with_calls(genuine_call(ago(days=5), number_is_verified=False))
    assert Guard.RECENT_GENUINE in judged(verify_case(past={"caller": number})).guards


def test_call_back_ends_after_an_hour_at_most() -> None:
    number = with_calls(called_back_at=ago(minutes=61))
    assert judged(verify_case(past={"caller": number})).advice is Advice.VERIFY


def test_surge_needs_a_known_load() -> None:
    assert judged(verify_case(past={"area": None})).advice is Advice.VERIFY
    busy = AreaLoad(recent_count=9, usual_count=6.0)
    assert judged(verify_case(past={"area": busy})).advice is Advice.VERIFY


# --- what allows verify --------------------------------------------------------------------------


def test_no_queue_is_asked_by_the_policy_that_needs_one() -> None:
    quiet = verify_case(record={"calls_waiting": None})
    assert judged(quiet, "always").advice is Advice.VERIFY
    assert Guard.NO_QUEUE not in judged(quiet, "observe").guards


UNCOVERED: dict[CertificateStatus, tuple[Evidence, dict[str, Any]]] = {
    CertificateStatus.EXPIRED: (verify_case(), {"expires_at": NOW}),
    CertificateStatus.SUSPENDED: (verify_case(), {"suspended": True}),
    CertificateStatus.OTHER_MODEL: (verify_case(), {"model_id": "fedcba9876543210"}),
    CertificateStatus.OTHER_POLICY: (verify_case(), {"policy": "always"}),
    CertificateStatus.OTHER_CAPTURE: (verify_case(), {"capture": AudioCapture.MIXED}),
    CertificateStatus.STRATUM_NOT_COVERED: (verify_case(), {"strata": {}}),
}


@pytest.mark.parametrize("status", UNCOVERED)
def test_no_certificate_says_what_does_not_match(status: CertificateStatus) -> None:
    evidence, change = UNCOVERED[status]
    decision = judged(evidence, certificate=certificate(**change))
    assert decision.advice is Advice.NORMAL
    assert decision.guards == (Guard.NO_CERTIFICATE,)
    assert decision.certificate is not None
    assert decision.certificate.status is status


def test_every_way_in_which_a_certificate_fails_has_a_case() -> None:
    assert {*UNCOVERED, CertificateStatus.VALID} == set(CertificateStatus)


def test_no_certificate_for_another_feature_table() -> None:
    decision = judged(verify_case(), certificate=certificate(feature_digest="another"))
    assert decision.certificate is not None
    assert decision.certificate.status is CertificateStatus.OTHER_MODEL
    assert decision.advice is Advice.NORMAL


@pytest.mark.parametrize("capture", [None, AudioCapture.CALLER_AFTER_ANSWER, AudioCapture.MIXED])
def test_no_certificate_for_sound_that_was_captured_otherwise(capture: AudioCapture | None) -> None:
    evidence = verify_case(record={"audio_capture": capture})
    assert judged(evidence).guards == (Guard.NO_CERTIFICATE,)
    honoured = certificate(capture=capture or AudioCapture.MIXED)
    assert judged(evidence, certificate=honoured).advice is Advice.NORMAL


def test_no_certificate_where_a_childs_voice_cannot_be_told() -> None:
    decision = judged(verify_case(child_voice_probability=math.nan))
    assert decision.stratum is Stratum.REPEAT
    assert decision.guards == (Guard.NO_CERTIFICATE,)


def test_no_certificate_is_said_at_ring_only_of_a_proof_that_does_not_hold() -> None:
    ring = verify_case(heard=None, child_voice_probability=math.nan, record={"audio_capture": None})
    assert judged(ring).guards == ()
    assert judged(ring, certificate=None).guards == (Guard.NO_CERTIFICATE,)


def test_no_certificate_is_no_matter_where_nothing_is_verified() -> None:
    assert judged(verify_case(), "observe", certificate=None).guards == ()


def test_single_group_withdraws_what_the_sound_alone_brought_about() -> None:
    decision = judged(verify_case(), score=score(margin=6.0, margin_without_sound=5.0))
    assert (decision.advice, decision.guards) == (Advice.NORMAL, (Guard.SINGLE_GROUP,))
    assert decision.flagged


def test_single_group_is_listed_only_where_it_overruled() -> None:
    assert judged(verify_case(), score=score(margin=4.0, margin_without_sound=1.0)).guards == ()


def test_single_group_holds_where_the_margin_without_sound_is_unknown() -> None:
    assert judged(verify_case(), score=score(margin_without_sound=math.nan)).guards == (Guard.SINGLE_GROUP,)


def test_audit_sample_is_listed_only_where_it_overruled() -> None:
    drawn = verify_case(past={"standing": Standing(audit_drawn=True)})
    assert judged(drawn).guards == (Guard.AUDIT_SAMPLE,)
    assert judged(drawn).flagged
    assert judged(drawn, score=score(margin=4.0)).guards == ()
    assert judged(drawn, score=score(margin_without_sound=4.0)).guards == (Guard.SINGLE_GROUP,)
    switched_off = dataclasses.replace(drawn.history.standing, switched_off=True)
    assert judged(verify_case(past={"standing": switched_off})).guards == (Guard.SWITCHED_OFF,)


def test_overload_is_never_said_of_a_case() -> None:
    row = next(row for row in GUARDS if row.name is Guard.OVERLOAD)
    assert not row.holds(None)  # type: ignore[arg-type]


def test_guards_are_listed_in_the_order_of_the_policy() -> None:
    busy = verify_case(
        record={"calls_waiting": 0},
        past={"area": AreaLoad(recent_count=20, usual_count=1.0), "caller": caller(*BURST)},
        heard=heard_look(dtmf=True, text_telephone=True),
    )
    guards = judged(busy, certificate=None).guards
    order = POLICIES["queue"].guards
    assert list(guards) == sorted(guards, key=order.index)
    assert len(guards) == 6
