"""When each guard holds: one small function a guard, in the order of `prankfilter.routing.guards.GUARDS`.

All times are measured back from the moment the call was received, so that a call's later looks see no more of
its past than its first did.
"""

from __future__ import annotations

import datetime as dt

from prankfilter.features import history
from prankfilter.features.caller import CHILD_LIKE_FROM, judged_calls
from prankfilter.features.evidence import once
from prankfilter.routing.case import Case
from prankfilter.routing.strata import age_can_be_told, hardly_speaks
from prankfilter.vocabulary import CallRecord, CertificateStatus, Channel, Stratum

# --- the call is not to be scored at all ---------------------------------------------------------

SPARED_MEDIA = frozenset({"text", "video"})
"""Media of people who type or sign; no voice prompt and no ear can do them justice."""


def is_never_screened(record: CallRecord) -> bool:
    """Whether the call is a call-back, responder, eCall, panic-button, text, sign-language or test call."""
    return (
        is_of_the_services(record)
        or _is_below(_urn(record), "urn:service:sos.ecall")
        or record.channel in {Channel.APP_PANIC, Channel.TEXT}
        or not SPARED_MEDIA.isdisjoint(medium.lower() for medium in record.media or ())
    )


def is_of_the_services(record: CallRecord) -> bool:
    """Whether no citizen calls: the centre calling back, a responder, or a test call."""
    return (
        record.is_call_back
        or (record.resource_priority or "").lower().startswith("esnet")
        or _is_below(_urn(record), "urn:service:test:sos")
    )


def _urn(record: CallRecord) -> str:
    return (record.service_urn or "").lower()


def _is_below(urn: str, service: str) -> bool:
    return urn == service or urn.startswith(service + ".")


def never_screened(case: Case) -> bool:
    """Whether the call is of a kind that is never scored."""
    return is_never_screened(case.evidence.record)


# --- who calls, and how often --------------------------------------------------------------------


def second_child_call(case: Case) -> bool:
    """An earlier call within minutes sounded like a child, and this one does, or nobody can tell yet.

    Not knowing speaks for the caller: a child that has not yet been heard, or never can be because the
    inference is switched off or a baby cries into its voice, gets its place at once. A voice that is known to
    be grown up does not.
    """
    caller = case.evidence.history.caller
    may_be_a_child = Stratum.CHILD in case.strata or not age_can_be_told(case.evidence) or baby_cry(case)
    return caller is not None and may_be_a_child and history.second_child_call(caller, case.received_at)


def repeat_burst(case: Case) -> bool:
    """Many calls within minutes from a number without confirmed pranks.

    A baby's cry may be what sounds like a child, so it brings no child's pranks up against the caller.
    """
    caller = case.evidence.history.caller
    return caller is not None and history.repeat_burst(
        caller,
        case.received_at,
        verified=case.evidence.record.number_is_verified,
        child_like=case.evidence.child_voice_probability >= CHILD_LIKE_FROM and not baby_cry(case),
    )


def recent_genuine(case: Case) -> bool:
    """A call from the number in the last days was genuine, or counts as genuine until somebody ruled."""
    found = once(case.evidence, judged_calls)
    days = dt.timedelta(days=case.policy.genuine_days)
    return found is not None and any(case.received_at - moment <= days for moment in found.genuine)


def call_back(case: Case) -> bool:
    """The centre has just called this number."""
    caller = case.evidence.history.caller
    return caller is not None and history.called_back_recently(caller, case.received_at)


def surge(case: Case) -> bool:
    """The call's area is far busier than usual."""
    return history.surge(case.evidence.history.area)


# --- what is heard -------------------------------------------------------------------------------


def text_telephone(case: Case) -> bool:
    """Tones of a text telephone, as deaf callers use it."""
    heard = case.evidence.heard
    return heard is not None and bool(heard.text_telephone.any())


def dtmf(case: Case) -> bool:
    """Tones of pressed keys, or word of them: somebody who cannot speak may be answering."""
    heard = case.evidence.heard
    told = case.evidence.history.standing.keys_pressed
    return told or (heard is not None and bool(heard.dtmf.any()))


def call_progress(case: Case) -> bool:
    """A ring, busy or dial tone."""
    heard = case.evidence.heard
    return heard is not None and bool(heard.call_progress.any())


def baby_cry(case: Case) -> bool:
    """A baby cries near the caller: like all crying and all tones, it may only raise a call's treatment."""
    heard = case.evidence.heard
    return heard is not None and heard.baby_cry is not None and bool(heard.baby_cry.any())


def too_little_audio(case: Case) -> bool:
    """Sound was sent, but less than the first look, or (almost) nobody speaks in it."""
    heard = case.evidence.heard
    return heard is not None and (heard.look_s is None or hardly_speaks(heard))


# --- what the service can answer for -------------------------------------------------------------


def deadline(case: Case) -> bool:
    """Not everything that was sent could be looked at in time."""
    return case.evidence.history.standing.deadline_passed


def overload(_: Case) -> bool:
    """Never said of a case: an overloaded service has none to look at, and answers by `fail_open`."""
    return False


def store_unavailable(case: Case) -> bool:
    """The store did not answer, so nothing is known of caller and area."""
    return not case.evidence.history.store_available


# --- what allows verify --------------------------------------------------------------------------


def no_queue(case: Case) -> bool:
    """Nobody is known to wait, so a free call taker can take the call at once."""
    return case.policy.needs_queue and (case.evidence.record.calls_waiting or 0) < 1


def switched_off(case: Case) -> bool:
    """Somebody on shift has set the centre to ``observe``."""
    return case.evidence.history.standing.switched_off


def no_certificate(case: Case) -> bool:
    """No valid proof covers this call."""
    return case.policy.may_verify and case.status is not CertificateStatus.VALID


def single_group(case: Case) -> bool:
    """Without the sound the margin would not exceed the threshold: sound alone condemns nobody."""
    return not case.score.margin_without_sound > case.threshold


def audit_sample(case: Case) -> bool:
    """The call is in the random sample that is treated as ``normal``."""
    return case.evidence.history.standing.audit_drawn
