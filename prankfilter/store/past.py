"""What history may know of an earlier call at one moment: the one place where that is decided for serving.

Both stores gather the same rows (looks, and what was said) and ask here. A row that was kept at or after the
moment is not seen, and neither is an end or an answer that came at or after it, whoever reported it earlier.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from typing import NamedTuple

from prankfilter.features.rulings import genuine_since, spoken
from prankfilter.routing.suspension import Watched
from prankfilter.store.instants import instant, microseconds
from prankfilter.store.port import CallFile, Screening
from prankfilter.store.said import Said, What, doubted_at, in_order, moment_of, standing_verdicts
from prankfilter.vocabulary import (
    PRANK_LABELS,
    Advice,
    CallRecord,
    CertificateStatus,
    Decision,
    EndedBy,
    Guard,
    Label,
    LabelEvent,
    LabelSource,
    PastCall,
    Stratum,
    Verdict,
)

HORIZON = dt.timedelta(days=400)
"""Earlier calls are not looked back at."""

NEWEST = 500
"""Most earlier calls that are looked at; a number that calls more often is known well enough."""

# Five times as quick as calling the enumeration; a number with 500 calls asks for 2,000 of these.
LABELS = {label.value: label for label in Label}
SOURCES = {source.value: source for source in LabelSource}
VERDICTS = {verdict.value: verdict for verdict in Verdict}

PRIORITY_WINDOW = dt.timedelta(minutes=15)
PRIORITY_CALLS = 4
"""`Store.recent_priority_count`: one place in five, the call in hand being the fifth."""


class Look(NamedTuple):
    """What history may know of one answered look. Moments are microseconds (`instants`)."""

    at: int
    known_from: int
    """When its advice is known from: when it was given, or its own moment in the call if that was earlier.

    A report that comes late (a replay, a router that was cut off) is answered late too. Its advice belongs to
    its call all the same: else nobody would see that the number had its `verify` minutes before.
    """
    advice: Advice
    child_like: bool

    def seen_at(self, before: int) -> int:
        """Return when the advice was given, as seen from a later moment."""
        return self.at if self.at < before else self.known_from


def look_at(screening: Screening) -> Look:
    """Return what history may know of a screening."""
    at, decision = microseconds(screening.at), screening.decision
    heard_s = decision.audio_s if decision.audio_s > 0 else 0.0
    own = microseconds(screening.record.received_at) + round(heard_s * 1e6)
    strata = screening.strata | decision.strata
    return Look(at, min(at, own), decision.advice, Stratum.CHILD in strata)


class Known(NamedTuple):
    """An earlier call as it was recorded."""

    call_id: str
    received_at: int
    number_is_verified: bool


def known(record: CallRecord) -> Known:
    """Return what history needs of a record."""
    return Known(record.call_id, microseconds(record.received_at), record.number_is_verified)


def past_call(call: Known, looks: Iterable[Look], trail: Iterable[Said], *, before: int) -> PastCall:
    """Return an earlier call as it was known just before a moment."""
    seen = [look for look in looks if look.known_from < before]
    said = in_order([one for one in trail if one.at < before])
    labels, end = _labels(said), _end(said, before)
    return PastCall(
        call_id=call.call_id,
        received_at=instant(call.received_at),
        number_is_verified=call.number_is_verified,
        answered=_answered(end, labels),
        ended_at=end.ended_at,
        duration_s=end.duration_s,
        child_like=any(look.child_like for look in seen),
        labels=labels,
        verified_at=_first(seen, Advice.VERIFY, before),
        prioritised_at=_first(seen, Advice.PRIORITY, before),
        doubted_at=doubted_at(said),
    )


def last_moment(looks: Iterable[Look], trail: Iterable[Said]) -> int:
    """Return the last moment that these rows tell of: asked at any later one, `past_call` says the same."""
    moments = [moment for look in looks for moment in (look.at, look.known_from)]
    for one in trail:
        moments.append(one.at)
        told = (one.details.get(name) for name in ("answered_at", "ended_at"))
        moments += [microseconds(moment_of(text)) for text in told if text is not None]
    return max(moments, default=0)


def labels_of(call: CallFile) -> tuple[LabelEvent, ...]:
    """Return all that people said a call was, in order of time."""
    return _labels([Said.of(change) for change in call.changes])


def stands_as_genuine(trail: Iterable[Said]) -> bool:
    """Tell whether a call stands as genuine by all that was said of it."""
    return genuine_since(spoken(_labels(in_order(trail)))) is not None


def certificate_of(decision: Decision) -> str | None:
    """Return the id of the certificate that spoke for a look, if one did."""
    note = decision.certificate
    return note.id if note is not None and note.status is CertificateStatus.VALID else None


def watched_look(call_id: str, caller: str | None, decision: Decision) -> Watched | None:
    """Return a look as the watch over its certificate sees it; None where none spoke for it."""
    note = decision.certificate
    if note is None or certificate_of(decision) is None:
        return None
    hit = decision.advice is Advice.VERIFY or Guard.AUDIT_SAMPLE in decision.guards
    return Watched(caller or f"call {call_id}", note.stratum, hit)


def _first(looks: Sequence[Look], advice: Advice, before: int) -> dt.datetime | None:
    moments = [look.seen_at(before) for look in looks if look.advice is advice]
    return instant(min(moments)) if moments else None


# --- what it was ---------------------------------------------------------------------------------


def _labels(said: Sequence[Said]) -> tuple[LabelEvent, ...]:
    """Return what people said a call was; one that ended in the prompt is never a prank (SAFETY rule 14)."""
    in_prompt = any(one.details.get("ended_by") == EndedBy.PROMPT.value for one in said)
    rulings = standing_verdicts(said)
    events: list[LabelEvent] = []
    for one in said:
        if one.what is What.OUTCOME:
            event = _stated(one)
        elif one.what is What.VERDICT and one in rulings:
            event = _ruled(one, events)
        else:
            continue
        if in_prompt and event.label in PRANK_LABELS:
            event = replace(event, label=Label.UNKNOWN)
        # Who gives neither label nor name (a router) says how long a call lasted, not what it was.
        if event.label is not Label.UNKNOWN or event.by is not None:
            events.append(event)
    return tuple(events)


def _stated(one: Said) -> LabelEvent:
    details = one.details
    return LabelEvent(
        label=LABELS[details["label"]],
        source=SOURCES[details["source"]],
        at=instant(one.at),
        by=details.get("by"),
        unfounded=details.get("unfounded", False),
        biased=details.get("advice_shown", False),
    )


def _ruled(one: Said, earlier: Sequence[LabelEvent]) -> LabelEvent:
    verdict = VERDICTS[one.details["verdict"]]
    return LabelEvent(
        label=_ruled_label(verdict, one.details.get("label"), earlier),
        source=LabelSource.SUPERVISOR,
        at=instant(one.at),
        by=one.by,
        verdict=verdict,
    )


def _ruled_label(verdict: Verdict, name: str | None, earlier: Sequence[LabelEvent]) -> Label:
    """Return what a verdict says that the call was; one that only rules out says nothing of that."""
    if verdict is Verdict.WAS_EMERGENCY:
        return Label.GENUINE
    if name is not None:
        return LABELS[name]
    if verdict is Verdict.CONFIRMED:
        return next((event.label for event in reversed(earlier) if not event.biased), Label.UNKNOWN)
    return Label.UNKNOWN


# --- how it went -----------------------------------------------------------------------------------


@dataclass(slots=True)
class _End:
    answered_at: dt.datetime | None = None
    ended_at: dt.datetime | None = None
    duration_s: float | None = None
    is_over: bool = False
    """Somebody said how it ended."""


def _end(said: Sequence[Said], before: int) -> _End:
    end = _End()
    for one in said:
        if one.what is What.VERDICT:
            continue
        details = one.details
        end.answered_at = _earlier(details.get("answered_at"), before) or end.answered_at
        ended_at = _earlier(details.get("ended_at"), before)
        if ended_at is None and details.get("ended_at") is not None:
            continue  # Its end was yet to come, so nothing of it could be known.
        end.ended_at = ended_at or end.ended_at
        if details.get("duration_s") is not None:
            end.duration_s = float(details["duration_s"])
        end.is_over = end.is_over or details.get("ended_by") is not None
    if end.duration_s is None and end.ended_at and end.answered_at:
        end.duration_s = max((end.ended_at - end.answered_at).total_seconds(), 0.0)
    return end


def _earlier(text: str | None, before: int) -> dt.datetime | None:
    if text is None:
        return None
    moment = moment_of(text)
    return moment if microseconds(moment) < before else None


def _answered(end: _End, labels: Sequence[LabelEvent]) -> bool | None:
    """Tell whether a human answered: by its time, by a call taker's word, or by an end without either."""
    if end.answered_at is not None:
        return True
    words = [event.label for event in labels if event.source is LabelSource.CALL_TAKER]
    if any(label not in (Label.ABANDONED, Label.UNKNOWN) for label in words):
        return True
    return False if end.is_over or Label.ABANDONED in words else None
