"""Small values for tests, by name: what a test does not say is ordinary. Add builders here, nowhere else."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from typing import Any
from zoneinfo import ZoneInfo

import numpy as np

from prankfilter.audio.heard import HOP_S, Heard
from prankfilter.classifier.model import Score
from prankfilter.features.evidence import Evidence
from prankfilter.routing.policies import POLICIES, policy_digest
from prankfilter.vocabulary import (
    CERTIFIED_STRATA,
    AreaLoad,
    Attestation,
    AudioCapture,
    Basis,
    Caller,
    CallerHistory,
    CallRecord,
    Certificate,
    Channel,
    Label,
    LabelEvent,
    LabelSource,
    NumberKind,
    PastCall,
    StratumBound,
)

ZONE = ZoneInfo("Asia/Makassar")

NOW = dt.datetime(2026, 9, 16, 10, 30, tzinfo=ZONE)
"""A Wednesday morning; schools teach, nothing is a holiday."""


def ago(**parts: float) -> dt.datetime:
    """Return the moment so long before `NOW`: ``ago(days=2, hours=1)``."""
    return NOW - dt.timedelta(**parts)


def call_record(**over: Any) -> CallRecord:
    """A call that rings now, from an asserted number, with all that a router usually knows."""
    known: dict[str, Any] = {
        "call_id": "call-1",
        "received_at": NOW,
        "caller": "caller-1",
        "number_tail": "890",
        "number_kind": NumberKind.ASSERTED,
        "trunk": "trunk-1",
        "cell_id": "cell-1",
        "centre_id": "centre-1",
        "channel": Channel.VOICE,
        "calls_waiting": 0,
        "ring_s": 2.0,
    }
    return CallRecord(**known | over)


def label(is_: Label = Label.GENUINE, **over: Any) -> LabelEvent:
    """A call taker's word, an hour ago: ``label(Label.SILENT, by="sari")``."""
    said: dict[str, Any] = {"label": is_, "source": LabelSource.CALL_TAKER, "at": ago(hours=1), "by": "budi"}
    return LabelEvent(**said | over)


def past_call(**over: Any) -> PastCall:
    """An answered call of one minute from a verified number, two days ago, without any label."""
    received_at = over.get("received_at", ago(days=2))
    known: dict[str, Any] = {
        "call_id": f"past-{received_at.isoformat()}",
        "received_at": received_at,
        "number_is_verified": True,
        "answered": True,
        "ended_at": received_at + dt.timedelta(seconds=70),
        "duration_s": 60.0,
    }
    return PastCall(**known | over)


def prank_call(received_at: dt.datetime, is_: Label = Label.JOKE_OR_ABUSE, **over: Any) -> PastCall:
    """A prank that a call taker named at once and a supervisor confirmed ten minutes later."""
    first = label(is_, at=received_at + dt.timedelta(minutes=2))
    second = label(is_, source=LabelSource.SUPERVISOR, by="ratna", at=received_at + dt.timedelta(minutes=12))
    return past_call(**{"received_at": received_at, "labels": (first, second)} | over)


def genuine_call(received_at: dt.datetime, **over: Any) -> PastCall:
    """An emergency, as its call taker said two minutes later."""
    said = label(Label.GENUINE, at=received_at + dt.timedelta(minutes=2))
    return past_call(**{"received_at": received_at, "labels": (said,)} | over)


def caller(*past_calls: PastCall, **over: Any) -> Caller:
    """A number whose every attempt of the last year is on record: ``caller(past_call(), prank_call(...))``."""
    known: dict[str, Any] = {"past_calls": past_calls, "observed_since": ago(days=365)}
    return Caller(**known | over)


def prankster(**over: Any) -> Caller:
    """A number with five confirmed pranks on five days, all of them counting by now."""
    return caller(*(prank_call(ago(days=days)) for days in (10, 8, 6, 4, 2)), **over)


def history(**over: Any) -> CallerHistory:
    """A number without earlier calls in an area that is as busy as usual."""
    known: dict[str, Any] = {"caller": caller(), "area": AreaLoad(recent_count=1, usual_count=1.0)}
    return CallerHistory(**known | over)


def evidence(**over: Any) -> Evidence:
    """A call that rings and was not heard yet; ``heard`` and ``child_voice_probability`` add its sound."""
    known: dict[str, Any] = {"record": call_record(), "history": history()}
    return Evidence(**known | over)


def rich_record(**over: Any) -> CallRecord:
    """A call of which every field that a feature looks at is known."""
    known: dict[str, Any] = {
        "attestation": Attestation.A,
        "latitude": -5.1477,
        "longitude": 119.4327,
        "uncertainty_m": 120.0,
    }
    return call_record(**known | over)


def heard_look(look_s: float | None = 5.0, *, speech_s: float = 2.0, **over: Any) -> Heard:
    """What was heard at a look: somebody speaks, pitched like a man, in a quiet room; ``dtmf=True`` adds tones."""
    frames = 0 if look_s is None else round(look_s / HOP_S) - 2
    speech = np.arange(frames) < round(speech_s / HOP_S)
    known: dict[str, Any] = {
        "duration_s": look_s or 0.0,
        "look_s": look_s,
        "level_db": np.where(speech, -20.0, -55.0).astype(np.float32),
        "log_mel": np.full((frames, 40), -60.0, np.float32),
        "mel_hz": np.linspace(200.0, 3600.0, 40),
        "mel_width_hz": np.full(40, 85.0),
        "pitch_hz": np.where(speech, 120.0, np.nan).astype(np.float32),
        "speech": speech,
        "silent": ~speech,
        "noise_floor_db": -55.0,
        "dead": np.zeros(frames, np.bool_),
        "peak": np.full(frames, 0.1, np.float32),
        "clipped": np.zeros(frames, np.float32),
        **{
            tone: np.zeros(frames, np.bool_) for tone in ("dtmf", "call_progress", "text_telephone", "steady")
        },
    }
    tones = {name: np.ones(frames, np.bool_) for name, value in over.items() if value is True}
    return Heard(**known | over | tones)


def score(margin: float = 6.0, **over: Any) -> Score:
    """A score that speaks for a prank by ``margin``, with and without the sound."""
    known: dict[str, Any] = {
        "model_id": "0123456789abcdef",
        "feature_digest": "feature-digest",
        "kinds": {Label.GENUINE: 0.1, Label.JOKE_OR_ABUSE: 0.9},
        "prank_score": 0.9,
        "margin": margin,
        "margin_without_sound": margin,
        "reasons": (),
        "calibrated": True,
    }
    return Score(**known | over)


def certificate(threshold: float = 5.0, *, policy: str = "queue", **over: Any) -> Certificate:
    """A proof that holds for `score` and a shipped policy, made from simulated calls a month ago."""
    bound = StratumBound(threshold=threshold, genuine_callers=2995, hits=0, worst_case_share=0.001)
    known: dict[str, Any] = {
        "id": "certificate-1",
        "basis": Basis.SIMULATED,
        "centres": ("centre-1",),
        "capture": AudioCapture.CALLER_BEFORE_ANSWER,
        "alpha": 0.001,
        "confidence": 0.95,
        "strata": dict.fromkeys(CERTIFIED_STRATA, bound),
        "model_id": "0123456789abcdef",
        "feature_digest": "feature-digest",
        "policy_digest": policy_digest(POLICIES[policy]),
        "period_start": ago(days=120),
        "period_end": ago(days=30),
        "expires_at": ago(days=-60),
    }
    return Certificate(**known | over)


def verify_case(
    *, record: Mapping[str, Any] | None = None, past: Mapping[str, Any] | None = None, **over: Any
) -> Evidence:
    """Five seconds of a grown-up voice from a known prankster while others wait: what ``verify`` is for.

    ``record`` and ``past`` replace fields of the call's record and of its history.
    """
    line = {"calls_waiting": 2, "audio_capture": AudioCapture.CALLER_BEFORE_ANSWER}
    known: dict[str, Any] = {
        "record": call_record(**line | dict(record or {})),
        "history": history(**{"caller": prankster()} | dict(past or {})),
        "heard": heard_look(),
        "child_voice_probability": 0.05,
    }
    return evidence(**known | over)
