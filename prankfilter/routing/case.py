"""One look at one call as guards and `decide` see it: the evidence, the score and the proof, side by side."""

from __future__ import annotations

import datetime as dt
import math
from dataclasses import dataclass

from prankfilter.classifier.model import Score
from prankfilter.features.evidence import Evidence
from prankfilter.routing.certificates import certificate_status
from prankfilter.routing.policies import Policy
from prankfilter.routing.strata import age_can_be_told, counted_in, strata_so_far
from prankfilter.vocabulary import (
    Assessed,
    Certificate,
    CertificateStatus,
    Moment,
    Stratum,
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Case:
    """Everything that the advice on one look may depend on.

    Attributes
    ----------
    status : CertificateStatus or None
        Whether the certificate holds for this look; None where there is none.
    """

    evidence: Evidence
    score: Score
    policy: Policy
    certificate: Certificate | None
    status: CertificateStatus | None
    stratum: Stratum
    strata: frozenset[Stratum]
    now: dt.datetime

    @property
    def received_at(self) -> dt.datetime:
        """The moment that history is told for."""
        return self.evidence.record.received_at

    @property
    def moments(self) -> tuple[dt.datetime, dt.datetime]:
        """Both ends of the call so far: another call of the number may have got its advice in between."""
        return self.received_at, self.now

    @property
    def threshold(self) -> float:
        """What the margin must exceed; without a valid proof NaN, which nothing exceeds."""
        if self.certificate is None or self.status is not CertificateStatus.VALID:
            return math.nan
        return self.certificate.strata[self.stratum].threshold

    @property
    def moment(self) -> Moment:
        """`AUDIO` whenever sound was decoded, however little."""
        return Moment.RING if self.evidence.heard is None else Moment.AUDIO

    @property
    def audio_s(self) -> float:
        """Seconds of sound that were judged; what falls short of the first look is stated as it is."""
        heard = self.evidence.heard
        if heard is None:
            return 0.0
        return heard.duration_s if heard.look_s is None else heard.look_s

    @property
    def assessed(self) -> Assessed:
        """How much of what a call can tell was looked at."""
        history, heard = self.evidence.history, self.evidence.heard
        if history.standing.deadline_passed or not history.store_available:
            return Assessed.DEGRADED
        if heard is None:
            return Assessed.METADATA_ONLY
        return Assessed.NOT_ENOUGH_AUDIO if heard.look_s is None else Assessed.FULL


def open_case(
    score: Score, evidence: Evidence, *, policy: Policy, certificate: Certificate | None, now: dt.datetime
) -> Case:
    """Lay score and evidence side by side; find the call's group, and whether a proof covers it."""
    strata = strata_so_far(evidence)
    stratum = counted_in(strata)
    status = None
    if certificate is not None:
        status = _status(certificate, score, evidence, policy=policy, stratum=stratum, now=now)
    return Case(
        evidence=evidence,
        score=score,
        policy=policy,
        certificate=certificate,
        status=status,
        stratum=stratum,
        strata=strata,
        now=now,
    )


def _status(
    certificate: Certificate,
    score: Score,
    evidence: Evidence,
    *,
    policy: Policy,
    stratum: Stratum,
    now: dt.datetime,
) -> CertificateStatus:
    silent_line = evidence.heard is None
    return certificate_status(
        certificate,
        model_id=score.model_id,
        feature_digest=score.feature_digest,
        policy=policy,
        # Before there is sound, neither its capture nor a voice's age can contradict the proof.
        capture=certificate.capture if silent_line else evidence.record.audio_capture,
        stratum=stratum if silent_line or age_can_be_told(evidence) else None,
        now=now,
    )
