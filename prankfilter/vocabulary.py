"""Every noun of the project: one word, one meaning.

A new noun enters this file before it enters code. Nothing here computes; these are the values that
travel along the flow. ``None`` means unknown in a record, NaN means unknown in a number, and neither
ever means zero.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from types import MappingProxyType

# --- what a call was ---------------------------------------------------------------------------


class Label(StrEnum):
    """What a call was, as a human said it."""

    GENUINE = "genuine"
    INFORMATION = "information"
    SILENT = "silent"
    ACCIDENTAL = "accidental"
    ABANDONED = "abandoned"
    CHILD_PLAY = "child_play"
    JOKE_OR_ABUSE = "joke_or_abuse"
    FALSE_REPORT = "false_report"
    UNKNOWN = "unknown"


LABEL_NAMES_ID: Mapping[Label, str] = MappingProxyType(
    {
        Label.GENUINE: "darurat nyata",
        Label.INFORMATION: "informasi / non-darurat",
        Label.SILENT: "tanpa suara (ghost call)",
        Label.ACCIDENTAL: "salah pencet / tidak sengaja",
        Label.ABANDONED: "tidak terjawab",
        Label.CHILD_PLAY: "main-main anak",
        Label.JOKE_OR_ABUSE: "iseng / pelecehan",
        Label.FALSE_REPORT: "informasi palsu (sengaja)",
        Label.UNKNOWN: "belum ditentukan",
    }
)

PRANK_LABELS = frozenset({Label.CHILD_PLAY, Label.JOKE_OR_ABUSE, Label.FALSE_REPORT})
"""Silent, accidental and abandoned calls are not pranks."""

KINDS: tuple[Label, ...] = (
    Label.GENUINE,
    Label.INFORMATION,
    Label.SILENT,
    Label.ACCIDENTAL,
    Label.CHILD_PLAY,
    Label.JOKE_OR_ABUSE,
    Label.FALSE_REPORT,
)
"""Labels that get a probability, in the order of every array of kinds."""


class LabelSource(StrEnum):
    CALL_TAKER = "call_taker"
    FIELD_UNIT = "field_unit"
    SUPERVISOR = "supervisor"
    IMPORT = "import"


class Verdict(StrEnum):
    """What a supervisor rules on a flag."""

    CONFIRMED = "confirmed"
    OVERTURNED = "overturned"
    UNSURE = "unsure"
    WAS_EMERGENCY = "was_emergency"


class EndedBy(StrEnum):
    CALLER = "caller"
    PROMPT = "prompt"
    CENTRE = "centre"
    NETWORK = "network"


class OwedFor(StrEnum):
    """Why a caller is owed a call-back, in the order in which call-backs are made (SAFETY rule 15)."""

    IN_PROMPT = "in_prompt"
    """The call ended in the verification prompt."""
    CUT_OFF = "cut_off"
    """It was cut off after somebody had answered."""
    UNANSWERED = "unanswered"
    """The centre or the network ended it before anybody answered."""
    HUNG_UP = "hung_up"
    """The caller hung up before anybody answered."""


class CallBackStep(StrEnum):
    """What somebody does about a call-back."""

    CLAIM = "claim"
    ATTEMPT = "attempt"
    CLOSE = "close"


class CallBackResult(StrEnum):
    """How an attempt to call back, or the call-back as a whole, ended."""

    REACHED = "reached"
    NOT_REACHED = "not_reached"
    IMPOSSIBLE = "impossible"
    """There is no number, or none that can be dialled."""
    SETTLED = "settled"
    """Nobody needs calling any more: the caller got through by another call, or was answered after all."""


# --- what the line tells -------------------------------------------------------------------------


class NumberKind(StrEnum):
    ASSERTED = "asserted"
    UNVERIFIED = "unverified"
    WITHHELD = "withheld"
    NONE = "none"


class AccessState(StrEnum):
    """Subscription state of the handset (RFC 7406, FCC)."""

    SERVICE_INITIALIZED = "service_initialized"
    NSI = "nsi"
    SIM_LESS = "sim_less"
    UNAUTHENTICATED = "unauthenticated"


class Attestation(StrEnum):
    """STIR attestation (RFC 8588)."""

    A = "A"
    B = "B"
    C = "C"


class Verstat(StrEnum):
    """Number verification as the network reports it (3GPP TS 24.229)."""

    PASSED = "TN-Validation-Passed"
    FAILED = "TN-Validation-Failed"
    NONE = "No-TN-Validation"


class Channel(StrEnum):
    VOICE = "voice"
    APP_CALL = "app_call"
    APP_PANIC = "app_panic"
    TEXT = "text"


class CallSource(StrEnum):
    ROUTER = "router"
    DESK = "desk"
    IMPORT = "import"


class AudioCapture(StrEnum):
    """Whose sound was captured, and when. Only the first may ever lead to ``verify``."""

    CALLER_BEFORE_ANSWER = "caller_before_answer"
    CALLER_AFTER_ANSWER = "caller_after_answer"
    MIXED = "mixed"


@dataclass(frozen=True, slots=True, kw_only=True)
class CallRecord:
    """What the router knows of a call while it rings. Every field may be unknown (None).

    A calling number never gets this far: `prankfilter.privacy.intake` turns it into ``caller``, a
    keyed pseudonym, and ``number_tail``, its last three digits.
    """

    call_id: str
    received_at: dt.datetime
    """Aware. Defaults to the moment the record was read; never in the future."""
    caller: str | None = None
    number_tail: str | None = None
    number_kind: NumberKind | None = None
    access_state: AccessState | None = None
    attestation: Attestation | None = None
    verstat: Verstat | None = None
    service_urn: str | None = None
    called_number: str | None = None
    priority: str | None = None
    resource_priority: str | None = None
    trunk: str | None = None
    source_ip: str | None = None
    provider: str | None = None
    user_agent: str | None = None
    media: tuple[str, ...] | None = None
    cell_id: str | None = None
    latitude: float | None = None
    longitude: float | None = None
    uncertainty_m: float | None = None
    location_method: str | None = None
    ring_s: float | None = None
    """Seconds rung so far; a final ring time is not "so far"."""
    calls_waiting: int | None = None
    centre_id: str | None = None
    session_id: str | None = None
    emergency_call_id: str | None = None
    incident_id: str | None = None
    channel: Channel | None = None
    source: CallSource | None = None
    audio_capture: AudioCapture | None = None
    audio_started_at: dt.datetime | None = None

    @property
    def area(self) -> str:
        """The narrowest known area: the cell, else the trunk, else the centre."""
        return self.cell_id or self.trunk or self.centre_id or ""

    @property
    def is_call_back(self) -> bool:
        """Whether it is the centre that calls (RFC 7090)."""
        return (self.priority or "").lower() == "psap-callback"

    @property
    def number_is_verified(self) -> bool:
        """Whether the network vouches for the number; anything else can be spoofed."""
        return self.verstat is not Verstat.FAILED and (
            self.number_kind is NumberKind.ASSERTED
            or self.attestation is Attestation.A
            or self.verstat is Verstat.PASSED
        )


# --- what is remembered of a caller ---------------------------------------------------------------


@dataclass(frozen=True, slots=True, kw_only=True)
class LabelEvent:
    """One statement of what a call was. Appended, never overwritten."""

    label: Label
    source: LabelSource
    at: dt.datetime
    by: str | None = None
    verdict: Verdict | None = None
    """Set where the statement was a supervisor's ruling on a flag."""
    unfounded: bool = False
    biased: bool = False
    """Given after seeing a score: enters no history, training or certificate (SAFETY rule 12)."""


@dataclass(frozen=True, slots=True, kw_only=True)
class PastCall:
    """An earlier call from the same number, as far as history may know of it."""

    call_id: str
    received_at: dt.datetime
    number_is_verified: bool = False
    answered: bool | None = None
    ended_at: dt.datetime | None = None
    duration_s: float | None = None
    child_like: bool = False
    """Whether it sounded like a child (`Stratum.CHILD` at any look)."""
    labels: tuple[LabelEvent, ...] = ()
    """In the order in which they were given."""
    verified_at: dt.datetime | None = None
    """When it was advised ``verify``, if ever."""
    prioritised_at: dt.datetime | None = None
    """When it was advised ``priority``, if ever."""
    doubted_at: dt.datetime | None = None
    """When a call of its incident, a day later at most and from whatever number, was called genuine; None
    where none stands as that (SAFETY rule 14)."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Caller:
    """All that may be known of a number before this call."""

    past_calls: tuple[PastCall, ...] = ()
    """Oldest first, all received before the call being judged."""
    observed_since: dt.datetime | None = None
    """Since when every call attempt is on record; windows that reach further back are unknown."""
    cleared_at: dt.datetime | None = None
    """When a supervisor cleared the number: pranks before it no longer count."""
    called_back_at: dt.datetime | None = None
    """When the centre last called this number."""


@dataclass(frozen=True, slots=True, kw_only=True)
class AreaLoad:
    """How busy the call's area is."""

    recent_count: int
    """Calls from the area in the window before this call (`features.history.SURGE_WINDOW`)."""
    usual_count: float
    """Mean of the same window on earlier days at this hour; NaN while too few days are on record."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Standing:
    """What an earlier look at this call, and the centre, have already settled."""

    strata: frozenset[Stratum] = frozenset()
    """Once child or silent, later looks of the call stay so."""
    switched_off: bool = False
    """The off switch: the centre is set to ``observe``."""
    audit_drawn: bool = False
    """The call is in the random audit sample (SAFETY rule 13)."""
    recent_priority_count: int = 0
    """How many of the centre's last four screened calls (15 minutes at most) got ``priority``."""
    deadline_passed: bool = False
    """Not everything that was sent could be looked at within the deadline."""
    suspended: frozenset[str] = frozenset()
    """Certificates that calls in service have refuted."""
    keys_pressed: bool = False
    """The caller pressed a key, as the router told beside the sound: its tones need not be in it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class CallerHistory:
    """What store and keys know at the moment of a call; what they do not know is None, not zero."""

    caller: Caller | None = None
    """None: the number or the store is unknown."""
    area: AreaLoad | None = None
    standing: Standing = field(default_factory=lambda: Standing())
    store_available: bool = True


# --- the proof -----------------------------------------------------------------------------------


class Basis(StrEnum):
    REAL = "real"
    SIMULATED = "simulated"


class CertificateStatus(StrEnum):
    VALID = "valid"
    EXPIRED = "expired"
    SUSPENDED = "suspended"
    OTHER_MODEL = "other_model"
    OTHER_POLICY = "other_policy"
    OTHER_CAPTURE = "other_capture"
    STRATUM_NOT_COVERED = "stratum_not_covered"


@dataclass(frozen=True, slots=True, kw_only=True)
class StratumBound:
    """What a certificate proves for one stratum."""

    threshold: float
    """``verify`` needs a margin strictly above it (natural log units)."""
    genuine_callers: int
    hits: int
    """Genuine callers of the calibration above the threshold."""
    worst_case_share: float
    """Upper confidence bound on the share of genuine callers who would get ``verify``."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Certificate:
    """The proof that at most a share alpha of genuine callers gets ``verify`` (CERTIFICATE.md)."""

    id: str
    basis: Basis
    centres: tuple[str, ...]
    capture: AudioCapture
    alpha: float
    confidence: float
    strata: Mapping[Stratum, StratumBound]
    model_id: str
    feature_digest: str
    policy_digest: str
    period_start: dt.datetime
    period_end: dt.datetime
    """Received time of the last calibration call."""
    expires_at: dt.datetime
    suspended: bool = False
    ledger: tuple[str, ...] = ()


# --- what comes out --------------------------------------------------------------------------------


class Moment(StrEnum):
    """What was known when a call was scored."""

    RING = "ring"
    AUDIO = "audio"


LOOKS_S: tuple[float, ...] = (1.0, 3.0, 5.0, 10.0)
"""Seconds of sound after which a call is judged again."""

SCORED_SOUND_S = 30.0
"""What is scored is the caller's first thirty seconds."""


class Assessed(StrEnum):
    FULL = "full"
    METADATA_ONLY = "metadata_only"
    NOT_ENOUGH_AUDIO = "not_enough_audio"
    DEGRADED = "degraded"
    NOT_ASSESSED = "not_assessed"


class Advice(StrEnum):
    """What the router is told. Anything else a client meets is ``normal``."""

    NORMAL = "normal"
    PRIORITY = "priority"
    VERIFY = "verify"


class Guard(StrEnum):
    """A named reason that overruled the score."""

    REPEAT_BURST = "repeat_burst"
    SECOND_CHILD_CALL = "second_child_call"
    RECENT_GENUINE = "recent_genuine"
    CALL_BACK = "call_back"
    SURGE = "surge"
    TEXT_TELEPHONE = "text_telephone"
    DTMF = "dtmf"
    CALL_PROGRESS = "call_progress"
    BABY_CRY = "baby_cry"
    TOO_LITTLE_AUDIO = "too_little_audio"
    NO_CERTIFICATE = "no_certificate"
    DEADLINE = "deadline"
    OVERLOAD = "overload"
    STORE_UNAVAILABLE = "store_unavailable"
    NO_QUEUE = "no_queue"
    NEVER_SCREENED = "never_screened"
    AUDIT_SAMPLE = "audit_sample"
    SINGLE_GROUP = "single_group"
    SWITCHED_OFF = "switched_off"


class Stratum(StrEnum):
    """Groups of calls that a certificate speaks of one by one."""

    REPEAT = "repeat"
    OTHER = "other"
    SILENT = "silent"
    CHILD = "child"
    NO_NUMBER = "no_number"


CERTIFIED_STRATA = (Stratum.REPEAT, Stratum.OTHER)
"""The others are observe-only (SAFETY rule 5)."""

STRATUM_NAMES_ID: Mapping[Stratum, str] = MappingProxyType(
    {
        Stratum.REPEAT: "penelepon berulang",
        Stratum.OTHER: "penelepon lain",
        Stratum.SILENT: "tanpa suara",
        Stratum.CHILD: "mungkin suara anak",
        Stratum.NO_NUMBER: "tanpa nomor",
    }
)


@dataclass(frozen=True, slots=True, kw_only=True)
class CertificateNote:
    """What a decision says of the certificate it was taken under."""

    id: str
    alpha: float
    confidence: float
    genuine_callers: int
    basis: Basis
    stratum: Stratum
    status: CertificateStatus


@dataclass(frozen=True, slots=True, kw_only=True)
class Reason:
    """A feature that moved the score, in words, with the seconds of sound it stems from."""

    feature: str
    value: float
    """NaN where the feature was unknown and that itself moved the score."""
    unit: str
    contribution: float
    """Change of the margin (natural log units); positive speaks for a prank."""
    text: str
    """In Indonesian."""
    start_s: float | None = None
    end_s: float | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Decision:
    """The answer to one look at one call."""

    call_id: str
    result_id: str
    moment: Moment
    audio_s: float
    assessed: Assessed
    prank_score: float | None
    """None exactly where ``assessed`` is ``not_assessed``."""
    call_suspicion: int | None
    """0-100, NENA i3 (NENA-STA-010.3): 0 is no suspicion."""
    kinds: Mapping[Label, float] | None
    advice: Advice
    flagged: bool
    guards: tuple[Guard, ...]
    reasons: tuple[Reason, ...]
    certificate: CertificateNote | None
    policy: str
    model_id: str | None
    faults: tuple[str, ...]
    elapsed_ms: float
    stratum: Stratum | None = None
    strata: frozenset[Stratum] = frozenset()
    """All strata the call was ever in, this look included; `Standing.strata` of its next look. Not sent."""
    margin: float | None = None
    """Natural log units; what ``verify`` is decided on. Kept, not sent to routers."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Outcome:
    """What a call taker, or the router, says of a call after it."""

    label: Label = Label.UNKNOWN
    source: LabelSource = LabelSource.CALL_TAKER
    at: dt.datetime
    by: str | None = None
    duration_s: float | None = None
    answered_at: dt.datetime | None = None
    ended_at: dt.datetime | None = None
    ended_by: EndedBy | None = None
    cut_off: bool | None = None
    unfounded: bool | None = None
    advice_shown: bool | None = None
    note: str | None = None
