"""Anything that may happen, for hypothesis: records, histories, sound and scores, mixed without sense."""

from __future__ import annotations

import datetime as dt
import math
from typing import Any

from hypothesis import strategies as st

from prankfilter.classifier.model import Score
from prankfilter.features.evidence import Evidence
from prankfilter.vocabulary import (
    AccessState,
    AreaLoad,
    Attestation,
    AudioCapture,
    Caller,
    CallerHistory,
    CallRecord,
    Channel,
    Label,
    LabelEvent,
    LabelSource,
    NumberKind,
    PastCall,
    Standing,
    Stratum,
    Verdict,
    Verstat,
)
from tests.builders import NOW, call_record, heard_look, score


def maybe(strategy: st.SearchStrategy[Any]) -> st.SearchStrategy[Any]:
    """None, or a value."""
    return st.none() | strategy


def moments(days: float = 100.0, after: float = 0.0) -> st.SearchStrategy[dt.datetime]:
    """Moments before `NOW`, and ``after`` days after it."""
    return st.floats(-after, days).map(lambda ago_days: NOW - dt.timedelta(days=ago_days))


def records() -> st.SearchStrategy[CallRecord]:
    """Call records with any field unknown."""
    return st.builds(
        call_record,
        caller=maybe(st.just("caller-1")),
        number_kind=maybe(st.sampled_from(NumberKind)),
        access_state=maybe(st.sampled_from(AccessState)),
        attestation=maybe(st.sampled_from(Attestation)),
        verstat=maybe(st.sampled_from(Verstat)),
        service_urn=maybe(
            st.sampled_from(("urn:service:sos", "urn:service:test:sos", "urn:service:sos.ecall"))
        ),
        priority=maybe(st.sampled_from(("psap-callback", "emergency"))),
        resource_priority=maybe(st.sampled_from(("esnet.1", "ets.0"))),
        media=maybe(st.sampled_from((("audio",), ("text",), ("audio", "video"), ()))),
        calls_waiting=maybe(st.integers(0, 50)),
        channel=maybe(st.sampled_from(Channel)),
        audio_capture=maybe(st.sampled_from(AudioCapture)),
    )


def label_events() -> st.SearchStrategy[LabelEvent]:
    """Statements by anybody at any time."""
    return st.builds(
        LabelEvent,
        label=st.sampled_from(Label),
        source=st.sampled_from(LabelSource),
        at=moments(after=1.0),
        by=maybe(st.sampled_from(("budi", "ratna"))),
        verdict=maybe(st.sampled_from(Verdict)),
        biased=st.booleans(),
    )


def past_calls() -> st.SearchStrategy[PastCall]:
    """Earlier calls from the number."""
    return st.builds(
        PastCall,
        call_id=st.uuids().map(str),
        received_at=moments(),
        number_is_verified=st.booleans(),
        answered=maybe(st.booleans()),
        ended_at=maybe(moments()),
        duration_s=maybe(st.floats(0, 600)),
        child_like=st.booleans(),
        labels=st.lists(label_events(), max_size=2).map(tuple),
        verified_at=maybe(moments(days=0.1)),
        prioritised_at=maybe(moments(days=0.1)),
        doubted_at=maybe(moments(after=1.0)),
    )


def callers() -> st.SearchStrategy[Caller]:
    """Numbers with any past."""
    return st.builds(
        Caller,
        past_calls=st.lists(past_calls(), max_size=4).map(tuple),
        observed_since=maybe(moments(days=400)),
        cleared_at=maybe(moments()),
        called_back_at=maybe(moments(days=0.1)),
    )


def histories() -> st.SearchStrategy[CallerHistory]:
    """What store and keys may know."""
    return st.builds(
        CallerHistory,
        caller=maybe(callers()),
        area=maybe(
            st.builds(
                AreaLoad,
                recent_count=st.integers(0, 100),
                usual_count=st.floats(0, 30) | st.just(math.nan),
            )
        ),
        standing=st.builds(
            Standing,
            strata=st.frozensets(st.sampled_from(Stratum), max_size=2),
            switched_off=st.booleans(),
            audit_drawn=st.booleans(),
            recent_priority_count=st.integers(0, 4),
            deadline_passed=st.booleans(),
        ),
        store_available=st.booleans(),
    )


SOUNDS = (
    None,
    heard_look(None),
    heard_look(1.0, speech_s=0.8),
    heard_look(3.0, speech_s=0.0),
    heard_look(5.0),
    heard_look(10.0, speech_s=6.0),
    heard_look(5.0, dtmf=True),
    heard_look(5.0, text_telephone=True),
    heard_look(5.0, call_progress=True),
    heard_look(5.0, baby_cry=True),
)


def pieces_of_evidence() -> st.SearchStrategy[Evidence]:
    """Any look at any call."""
    return st.builds(
        Evidence,
        records(),
        histories(),
        heard=st.sampled_from(SOUNDS),
        child_voice_probability=st.floats(0, 1) | st.just(math.nan),
    )


def margins() -> st.SearchStrategy[float]:
    """Any number at all, NaN and the infinities among them."""
    return st.floats(-50, 50) | st.sampled_from((math.nan, math.inf, -math.inf))


def scores() -> st.SearchStrategy[Score]:
    """Scores that contradict themselves at will."""
    return st.builds(score, margin=margins(), margin_without_sound=margins(), prank_score=st.floats(0, 1))
