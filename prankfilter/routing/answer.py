"""A Decision in words that JSON knows: flat where a router reads it, one scalar a field.

The same members go out by HTTP and by command line. They are written by hand, since the answer must cost
next to nothing; the HTTP door documents the same shape, and a test holds the two together.
"""

from __future__ import annotations

import json
import math
from typing import Any

from prankfilter.vocabulary import CertificateNote, Decision, Reason

_COMPACT = json.JSONEncoder(ensure_ascii=False, allow_nan=False, separators=(",", ":"))

_DIGITS = 9


def encode(members: Any) -> bytes:
    """Write JSON in UTF-8; what UTF-8 cannot hold (half a surrogate pair) is escaped."""
    return _COMPACT.encode(members).encode("utf-8", "backslashreplace")


def number(value: float | None) -> float | None:
    """Round a number for the wire; unknown (None, NaN) and endless alike are null."""
    return round(float(value), _DIGITS) if value is not None and math.isfinite(value) else None


def decision_members(decision: Decision, *, reasons: bool = True) -> dict[str, Any]:
    """Say a decision as JSON members, one scalar a field where a router reads it."""
    return {
        "call_id": decision.call_id,
        "result_id": decision.result_id,
        "moment": decision.moment.value,
        "audio_s": number(decision.audio_s),
        "assessed": decision.assessed.value,
        "prank_score": number(decision.prank_score),
        "call_suspicion": None if decision.call_suspicion is None else int(decision.call_suspicion),
        "kinds": None
        if decision.kinds is None
        else {label.value: number(share) for label, share in decision.kinds.items()},
        "advice": decision.advice.value,
        "flagged": bool(decision.flagged),
        "guards": [guard.value for guard in decision.guards],
        "reasons": [reason_members(reason) for reason in decision.reasons] if reasons else [],
        "certificate": None if decision.certificate is None else certificate_members(decision.certificate),
        "policy": decision.policy,
        "model_id": decision.model_id,
        "faults": list(decision.faults),
        "elapsed_ms": number(decision.elapsed_ms),
    }


def reason_members(reason: Reason) -> dict[str, Any]:
    """Say one reason as JSON members."""
    return {
        "feature": reason.feature,
        "value": number(reason.value),
        "unit": str(reason.unit),
        "contribution": number(reason.contribution),
        "text": reason.text,
        "start_s": number(reason.start_s),
        "end_s": number(reason.end_s),
    }


def certificate_members(note: CertificateNote) -> dict[str, Any]:
    """Say what a decision tells of its certificate as JSON members."""
    return {
        "id": note.id,
        "alpha": number(note.alpha),
        "confidence": number(note.confidence),
        "genuine_callers": int(note.genuine_callers),
        "basis": note.basis.value,
        "stratum": note.stratum.value,
        "status": note.status.value,
    }
