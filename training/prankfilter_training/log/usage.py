"""What an author of a labelled log should know of each column beside its meaning: by name, one row each."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType


@dataclass(frozen=True, slots=True)
class Usage:
    """One row."""

    missing: str
    """What a missing value means."""
    example: str
    used_by: str


_FACT = "Nobody knows."
_LINE = "features of the line"
_HISTORY = "history of the number"
_AREA = "load of the area"
_KEPT = "kept, nothing learns from it"
_AUDIT = "audit-labels"
_LABEL = "what fit learns and certify counts"
_TIME = "2025-03-01T08:15:00+08:00"

USAGE: Mapping[str, Usage] = MappingProxyType(
    {
        "call_id": Usage("Refused.", "city-1-0000042", "every message about a call"),
        "received_at": Usage("Refused.", _TIME, "order of time, calendar features, history, splits"),
        "calling_number": Usage(
            "No caller: judged without history, in the stratum no_number.",
            "the number as the router writes it",
            f"{_HISTORY}, splits, one call a caller in certify",
        ),
        "number_kind": Usage(
            "Follows from the number where that tells; else unknown.", "asserted", f"{_LINE}, {_HISTORY}"
        ),
        "access_state": Usage(_FACT, "service_initialized", _LINE),
        "attestation": Usage("The network says nothing.", "A", f"{_LINE}, {_HISTORY}"),
        "verstat": Usage("The network says nothing.", "TN-Validation-Passed", f"{_LINE}, {_HISTORY}"),
        "service_urn": Usage("An ordinary call.", "urn:service:sos", "calls that are never screened"),
        "called_number": Usage(_FACT, "112", _KEPT),
        "priority": Usage("An ordinary call.", "psap-callback", "call-backs: history, never screened"),
        "resource_priority": Usage("An ordinary call.", "esnet.1", "calls that are never screened"),
        "trunk": Usage(_FACT, "trunk-1", f"{_AREA} where there is no cell"),
        "source_ip": Usage(_FACT, "10.20.30.40", _KEPT),
        "provider": Usage(_FACT, "operator-a", _KEPT),
        "user_agent": Usage(_FACT, "sbc/1.2", _KEPT),
        "media": Usage("Sound only.", "audio", "calls that are never screened"),
        "cell_id": Usage(_FACT, "510-10-4321-77", f"{_AREA}, incidents in certify"),
        "latitude": Usage("No location.", "-5.1477", _LINE),
        "longitude": Usage("No location.", "119.4327", _LINE),
        "uncertainty_m": Usage(_FACT, "120", _LINE),
        "location_method": Usage(_FACT, "cell", _KEPT),
        "ring_s": Usage("Always read as missing.", "", "nothing: a final ring time is not the time so far"),
        "calls_waiting": Usage(_FACT, "0", "the policy queue, load features"),
        "centre_id": Usage(
            "One centre.", "centre-1", f"{_AREA} where there is neither cell nor trunk, slices"
        ),
        "session_id": Usage(_FACT, "7c1a…", _KEPT),
        "emergency_call_id": Usage(_FACT, "urn:emergency:uid:callid:…", _KEPT),
        "incident_id": Usage(
            "Calls of one cell within 10 minutes count as one incident.",
            "incident-17",
            "splits, certify, doubt in the caller's favour",
        ),
        "channel": Usage("voice", "voice", "calls that are never screened"),
        "source": Usage(_FACT, "router", _KEPT),
        "audio_capture": Usage(
            "The sound is not learnt from.",
            "caller_before_answer",
            "only caller_before_answer trains and certifies",
        ),
        "audio_started_at": Usage("With the call.", _TIME, _KEPT),
        "caller": Usage(
            "calling_number counts; without it as there.",
            "a3f9c2",
            f"{_HISTORY}, splits, one call a caller in certify",
        ),
        "answered_at": Usage(
            "Nobody answered, or nobody noted it: then the label tells (abandoned: nobody).",
            "2025-03-01T08:15:12+08:00",
            f"{_HISTORY}, which calls teach",
        ),
        "ended_at": Usage(_FACT, "2025-03-01T08:16:12+08:00", f"{_HISTORY}, label_at where that is missing"),
        "duration_s": Usage(_FACT, "60 or 60,0", f"{_HISTORY} (usual length of the number's earlier calls)"),
        "ended_by": Usage(_FACT, "caller", _AUDIT),
        "cut_off": Usage(_FACT, "false", _AUDIT),
        "unfounded": Usage("Not said; counts as founded.", "false", f"{_HISTORY}; such a call stays genuine"),
        "audio_path": Usage("No recording.", "sound/city-1-0000042.wav", "features of the sound"),
        "audio_s": Usage(
            "As long as the recording; of a simulated call 0.",
            "5.2",
            "simulated logs: looks that a call lived to",
        ),
        "bank_key": Usage("No clip.", "", "simulated logs only: features of the sound"),
        "label": Usage(
            "Nobody said what it was: teaches and proves nothing, and is no negative.", "genuine", _LABEL
        ),
        "label_source": Usage(
            "import", "call_taker", "which pranks are confirmed, doubt in the caller's favour"
        ),
        "label_by": Usage("Nobody in particular.", "taker-3", f"confirmation by a second person, {_AUDIT}"),
        "label_at": Usage(
            "Guessed as ended_at, else received_at; check says so.",
            "2025-03-01T08:17:00+08:00 or 01/03/2025",
            _HISTORY,
        ),
        "verdict": Usage("No ruling.", "confirmed", f"{_LABEL}; confirmed pranks of the {_HISTORY}"),
        "verdict_by": Usage("Nobody in particular.", "supervisor-1", _AUDIT),
        "verdict_at": Usage(
            "Guessed as one day after the call; check says so.", "2025-03-03T09:00:00+08:00", _HISTORY
        ),
        "verdict_label": Usage("The label stands.", "joke_or_abuse", _LABEL),
        "cleared_at": Usage("Never cleared.", "2025-03-05T10:00:00+08:00", _HISTORY),
        "advice_shown": Usage("Not shown.", "false", "leaves the label out of history, training and proof"),
        "would_verify": Usage("Not known.", "false", "estimate over audited and verified calls"),
        "audit_probability": Usage(
            "Not in the audit sample.", "0.02", "estimate over audited and verified calls"
        ),
        "agency": Usage("None was sent.", "ambulans", _KEPT),
        "dispatched_at": Usage("None was sent.", "2025-03-01T08:17:00+08:00", _AUDIT),
        "on_scene_at": Usage(_FACT, "2025-03-01T08:29:00+08:00", _AUDIT),
    }
)
