"""Small values for tests, by name: what a test does not say is ordinary. Add builders here, nowhere else."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from typing import Any
from zoneinfo import ZoneInfo

import numpy as np

from prankfilter.audio.heard import HOP_S, Heard
from prankfilter.bundle.comparisons import GENUINE_HIT, Comparison, Figure, Hit
from prankfilter.bundle.trees import LEAF, Trees
from prankfilter.bundle.writing import Draft
from prankfilter.classifier.gates import CALENDAR
from prankfilter.classifier.model import Score, model_arrays
from prankfilter.features.evidence import Evidence
from prankfilter.features.row import Feature, Source, Unit
from prankfilter.routing.policies import POLICIES, policy_digest
from prankfilter.store.port import Ruling, Screening
from prankfilter.vocabulary import (
    CERTIFIED_STRATA,
    Advice,
    AreaLoad,
    Assessed,
    Attestation,
    AudioCapture,
    Basis,
    Caller,
    CallerHistory,
    CallRecord,
    Certificate,
    Channel,
    Decision,
    Label,
    LabelEvent,
    LabelSource,
    Moment,
    NumberKind,
    Outcome,
    PastCall,
    Stratum,
    StratumBound,
    Verdict,
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


def decision(**over: Any) -> Decision:
    """The answer to a call that rings and that nothing speaks against."""
    known: dict[str, Any] = {
        "call_id": "call-1",
        "result_id": "result-1",
        "moment": Moment.RING,
        "audio_s": 0.0,
        "assessed": Assessed.METADATA_ONLY,
        "prank_score": 0.1,
        "call_suspicion": 10,
        "kinds": {Label.GENUINE: 0.9, Label.JOKE_OR_ABUSE: 0.1},
        "advice": Advice.NORMAL,
        "flagged": False,
        "guards": (),
        "reasons": (),
        "certificate": None,
        "policy": "queue",
        "model_id": "0123456789abcdef",
        "faults": (),
        "elapsed_ms": 3.5,
        "stratum": Stratum.OTHER,
        "margin": -2.0,
    }
    return Decision(**known | over)


def screening(record: CallRecord | None = None, **over: Any) -> Screening:
    """A look at a call, answered 20 ms after it was received; fields of the decision may be given too.

    ``screening(call_record(call_id="a"), advice=Advice.PRIORITY)``; every call has its own ``result_id``.
    """
    record = record or call_record()
    own = {name: over.pop(name) for name in ("at", "strata", "capture", "audit_probability") if name in over}
    answer = decision(**{"call_id": record.call_id, "result_id": f"result-of-{record.call_id}"} | over)
    known: dict[str, Any] = {"at": record.received_at + dt.timedelta(milliseconds=20)}
    return Screening(record=record, decision=answer, **known | own)


def outcome(is_: Label = Label.GENUINE, **over: Any) -> Outcome:
    """What a call taker said an hour ago: ``outcome(Label.SILENT, by="sari")``."""
    said: dict[str, Any] = {"label": is_, "at": ago(hours=1), "by": "budi"}
    return Outcome(**said | over)


def ruling(verdict: Verdict = Verdict.CONFIRMED, **over: Any) -> Ruling:
    """What a supervisor ruled half an hour ago."""
    return Ruling(**{"verdict": verdict, "at": ago(minutes=30), "by": "ratna"} | over)


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
    """A number whose attempts of the last year are on record: ``caller(past_call(), prank_call(...))``."""
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
    """What was heard at a look: somebody speaks in a quiet room; ``dtmf=True`` puts tones everywhere."""
    frames = 0 if look_s is None else round(look_s / HOP_S) - 2
    speech = np.arange(frames) < round(speech_s / HOP_S)
    known: dict[str, Any] = {
        name: np.zeros(frames, np.bool_ if "bool" in str(track.type) else np.float32)
        for name, track in Heard.__dataclass_fields__.items()
    }
    known |= {
        "duration_s": look_s or 0.0,
        "look_s": look_s,
        "level_db": np.where(speech, -20.0, -55.0).astype(np.float32),
        "log_mel": np.full((frames, 40), -60.0, np.float32),
        "mel_hz": np.linspace(200.0, 3600.0, 40),
        "pitch_hz": np.where(speech, 120.0, np.nan).astype(np.float32),
        "speech": speech,
        "silent": ~speech,
        "noise_floor_db": -55.0,
        "voice": None,
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


def figure(metric: str = "pr_auc_5_s", *, group: str = "all", gain: float = 0.01, **over: Any) -> Figure:
    """A figure of two models that the challenger does a little better at, within 0.005."""
    known: dict[str, Any] = {
        "metric": metric,
        "group": group,
        "n": 4000,
        "champion": 0.8,
        "challenger": 0.8 + gain,
        "gain": gain,
        "low": gain - 0.005,
        "high": gain + 0.005,
        "margin": 0.02,
    }
    return Figure(**known | over)


def comparison(champion: str, challenger: str, *figures: Figure, **over: Any) -> Comparison:
    """A comparison on real calls of an hour ago that speaks for the challenger, but for the figures given."""
    usual = (figure(), figure(GENUINE_HIT, gain=0.0), figure(group="child"))
    given = {(one.metric, one.group): one for one in (*usual, *figures)}
    known: dict[str, Any] = {
        "champion": champion,
        "challenger": challenger,
        "basis": Basis.REAL,
        "log": "f" * 64,
        "made_at": ago(hours=1),
        "period_start": ago(days=40),
        "period_end": ago(days=2),
        "calls": 4000,
        "callers": 2500,
        "left_out": {"not later than what either learned from": 100},
        "primary": "pr_auc_5_s",
        "figures": tuple(given.values()),
        "champion_hit": Hit(thresholds=(1.0, 1.1), genuine_callers=900, hits=9, worst_case_share=0.017),
        "challenger_hit": Hit(thresholds=(1.2, 1.2), genuine_callers=900, hits=8, worst_case_share=0.016),
        "hit_share": 0.01,
    }
    return Comparison(**known | over)


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


def feature(name: str = "calls_1h_count", **over: Any) -> Feature:
    """A row of a feature table, known from the ring on; its value is 1."""
    known: dict[str, Any] = {
        "name": name,
        "unit": Unit.COUNT,
        "source": Source.CALLER,
        "known_from": Moment.RING,
        "version": 1,
        "meaning": "Something about the call.",
        "missing": "Nobody knows.",
        "low": 0.0,
        "high": 100.0,
        "compute": lambda evidence: 1.0,
        "says": f"{name}: {{value}}",
    }
    return Feature(**known | over)


def stumps(*splits: tuple[int, int, float, float, float], classes: int = 2) -> Trees:
    """Trees of one split: ``(class, feature, threshold, value left, value right)``; unknown goes right."""
    ordered = sorted(splits, key=lambda split: split[0])
    count = len(ordered)
    columns = np.array(ordered, dtype=np.float64).reshape(count, 5)
    leaves = columns[:, 3:]
    feature_of = np.full((count, 3), LEAF, dtype=np.int32)
    feature_of[:, 0] = columns[:, 1]
    left = np.full((count, 3), LEAF, dtype=np.int32)
    left[:, 0] = 3 * np.arange(count) + 1
    return Trees(
        feature=feature_of.ravel(),
        threshold=np.column_stack([columns[:, 2], np.zeros((count, 2))]).ravel(),
        left=left.ravel(),
        missing_left=np.zeros(3 * count, dtype=np.bool_),
        value=np.column_stack([leaves.mean(axis=1), leaves]).ravel(),
        root=(3 * np.arange(count)).astype(np.int32),
        tree_class=columns[:, 0].astype(np.int32),
        baseline=np.zeros(classes),
    )


def model_draft(**over: Any) -> Draft:
    """A model of two kinds and one split: more than two calls in the last hour speak for a joke."""
    kinds = (Label.GENUINE, Label.JOKE_OR_ABUSE)
    known: dict[str, Any] = {
        "kind": "model",
        "arrays": model_arrays(stumps((0, 0, 2.0, 1.0, -1.0), (1, 0, 2.0, -1.0, 1.0)), kinds),
        "created_at": NOW,
        "features": (("calls_1h_count", 1),),
        "recipe": {"seed": 1},
        "ears": "e" * 16,
        "calendar": CALENDAR,
        "looks_s": (1.0, 3.0, 5.0, 10.0),
        "kinds": tuple(kind.value for kind in kinds),
        "files": {"card.md": b"# A model\n", "evaluation.json": b"{}", "estimator.joblib": b"not loaded"},
    }
    return Draft(**known | over)
