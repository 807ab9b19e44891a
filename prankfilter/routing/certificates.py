"""Whether a certificate speaks for the call in hand: honoured where everything matches, nowhere else."""

from __future__ import annotations

import datetime as dt
from collections.abc import Collection

from prankfilter.routing.policies import Policy, policy_digest
from prankfilter.vocabulary import (
    AudioCapture,
    Certificate,
    CertificateNote,
    CertificateStatus,
    Stratum,
)


def voided(
    certificate: Certificate, *, now: dt.datetime, suspended: Collection[str] = ()
) -> CertificateStatus | None:
    """Name what makes a certificate void for every call; None where nothing does.

    ``suspended`` holds the ids of certificates that calls in service refuted (`Store.suspended`).
    """
    if certificate.suspended or certificate.id in suspended:
        return CertificateStatus.SUSPENDED
    if not now < certificate.expires_at:
        return CertificateStatus.EXPIRED
    return None


def certificate_status(
    certificate: Certificate,
    *,
    model_id: str,
    feature_digest: str,
    policy: Policy,
    stratum: Stratum | None,
    capture: AudioCapture | None,
    now: dt.datetime,
) -> CertificateStatus:
    """Name the first thing that does not match, else `VALID`.

    What voids it for every call comes first, what concerns this call last, so that a certificate that is no
    good at all says so at every call. ``stratum`` is None where the groups cannot be told apart.
    """
    void = voided(certificate, now=now)
    if void is not None:
        return void
    if (certificate.model_id, certificate.feature_digest) != (model_id, feature_digest):
        return CertificateStatus.OTHER_MODEL
    if certificate.policy_digest != policy_digest(policy):
        return CertificateStatus.OTHER_POLICY
    if certificate.capture is not capture:
        return CertificateStatus.OTHER_CAPTURE
    if stratum not in policy.verified_strata or stratum not in certificate.strata:
        return CertificateStatus.STRATUM_NOT_COVERED
    return CertificateStatus.VALID


def certificate_note(
    certificate: Certificate | None, stratum: Stratum, status: CertificateStatus | None
) -> CertificateNote | None:
    """Say in a decision which proof was looked at, and whether it held; None where there was none."""
    if certificate is None or status is None:
        return None
    bound = certificate.strata.get(stratum)
    return CertificateNote(
        id=certificate.id,
        alpha=certificate.alpha,
        confidence=certificate.confidence,
        genuine_callers=bound.genuine_callers if bound else 0,
        basis=certificate.basis,
        stratum=stratum,
        status=status,
    )
