"""Certificates on disk: ``certificates/<id>.json`` with its signature beside it, trusted as models are."""

from __future__ import annotations

import dataclasses
import datetime as dt
import json
import logging
import math
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from types import MappingProxyType
from typing import Any

from prankfilter.bundle.digest import content_id
from prankfilter.bundle.trust import Trust, put_signed
from prankfilter.errors import ArtefactCorrupt, BadArtefact
from prankfilter.vocabulary import (
    CERTIFIED_STRATA,
    AudioCapture,
    Basis,
    Certificate,
    Stratum,
    StratumBound,
)

FOLDER = "certificates"
FORMAT = 1
LIFE = dt.timedelta(days=90)
"""It expires at most so long after the last calibration call (CERTIFICATE.md, Life)."""

_CAP_BYTES = 1_000_000
_ROUNDING = 1e-9
_NOTHING: Mapping[str, Any] = MappingProxyType({})
_MOMENTS = ("period_start", "period_end", "expires_at")

log = logging.getLogger("prankfilter")


def load_certificates(models: Path, trust: Trust) -> tuple[Certificate, ...]:
    """Read all certificates that hold, the newest last.

    One that does not hold is as good as missing, and is named in the log.
    """
    certificates = []
    for path in sorted((models / FOLDER).glob("*.json")):
        try:
            certificates.append(read_certificate(path, trust))
        except BadArtefact as refusal:
            log.error("certificate refused: %s", refusal)
    return tuple(sorted(certificates, key=lambda certificate: (certificate.period_end, certificate.id)))


def read_certificate(path: Path, trust: Trust) -> Certificate:
    """Read and verify one certificate.

    Raises
    ------
    ArtefactMissing, ArtefactUntrusted, ArtefactCorrupt
        As for models; corrupt is also one whose id is not the hash of its content, or whose figures cannot
        be those of a proof.
    """
    content = trust.read(path, f"{FOLDER}/{path.name}", cap_bytes=_CAP_BYTES)
    try:
        document = json.loads(content)
        certificate, content_id = _from_document(document), _id_of(document)
    except (ValueError, KeyError, TypeError, AttributeError, OverflowError) as problem:
        raise ArtefactCorrupt(f"{path}: it cannot be read ({problem!r}). {_REMEDY}") from problem
    if certificate.id != content_id or _is_misnamed(path, content_id):
        raise ArtefactCorrupt(f"{path}: its id is not the hash of its content. {_REMEDY}")
    for complaint in _complaints(certificate):
        raise ArtefactCorrupt(f"{path}: {complaint}. {_REMEDY}")
    return certificate


def _is_misnamed(path: Path, content_id: str) -> bool:
    """In the folder that serves, a certificate's file bears its id; anywhere else the name is free."""
    return path.parent.name == FOLDER and path.stem != content_id


_REMEDY = "Restore it from where it came from, or make it again with `prankfilter-train certify`."


def write_certificate(
    models: Path,
    certificate: Certificate,
    *,
    sign: Callable[[bytes], bytes] | None,
    extra: Mapping[str, Any] = _NOTHING,
) -> Certificate:
    """Write a certificate below a folder of models and return it with the id that its content gives it.

    Parameters
    ----------
    certificate : Certificate
        Its ``id`` is ignored; whether it is suspended is no part of it.
    sign : callable or None
        ``bytes -> signature``. None where its hash will be shipped instead.
    extra : Mapping
        What else it tells, such as the label errors that would break it; plain JSON values, bound by the id.

    Raises
    ------
    ValueError
        If its figures cannot be those of a proof.
    """
    named, content = _written(certificate, extra)
    put_signed(models / FOLDER / f"{named.id}.json", content, sign)
    return named


def write_certificate_file(
    path: Path,
    certificate: Certificate,
    *,
    sign: Callable[[bytes], bytes],
    extra: Mapping[str, Any] = _NOTHING,
) -> Certificate:
    """Write a certificate to a file of any name, its signature beside it; otherwise as `write_certificate`.

    No service looks for it there: it is for reading, and for `prankfilter-train evaluate --certificate`.
    """
    named, content = _written(certificate, extra)
    put_signed(path, content, sign)
    return named


def _written(certificate: Certificate, extra: Mapping[str, Any]) -> tuple[Certificate, bytes]:
    for complaint in _complaints(certificate):
        raise ValueError(f"no certificate can be written: {complaint}")
    document = _to_document(certificate, extra)
    named = dataclasses.replace(certificate, id=_id_of(document), suspended=False)
    content = json.dumps({"id": named.id, **document}, indent=1, ensure_ascii=False, allow_nan=False)
    return named, f"{content}\n".encode()


def _id_of(document: Mapping[str, Any]) -> str:
    return content_id({name: value for name, value in document.items() if name != "id"})


def _to_document(certificate: Certificate, extra: Mapping[str, Any]) -> dict[str, Any]:
    return {
        "format": FORMAT,
        "basis": certificate.basis.value,
        "centres": list(certificate.centres),
        "capture": certificate.capture.value,
        "alpha": certificate.alpha,
        "confidence": certificate.confidence,
        "strata": {stratum.value: dataclasses.asdict(bound) for stratum, bound in certificate.strata.items()},
        "model_id": certificate.model_id,
        "feature_digest": certificate.feature_digest,
        "policy_digest": certificate.policy_digest,
        **{name: getattr(certificate, name).isoformat() for name in _MOMENTS},
        "ledger": list(certificate.ledger),
        "extra": dict(extra),
    }


def _from_document(document: Mapping[str, Any]) -> Certificate:
    if document["format"] != FORMAT:
        raise ValueError(f"it is not of format {FORMAT}")
    return Certificate(
        id=document["id"],
        basis=Basis(document["basis"]),
        centres=tuple(document["centres"]),
        capture=AudioCapture(document["capture"]),
        alpha=float(document["alpha"]),
        confidence=float(document["confidence"]),
        strata=MappingProxyType(
            {Stratum(name): StratumBound(**bound) for name, bound in document["strata"].items()}
        ),
        model_id=document["model_id"],
        feature_digest=document["feature_digest"],
        policy_digest=document["policy_digest"],
        period_start=dt.datetime.fromisoformat(document["period_start"]),
        period_end=dt.datetime.fromisoformat(document["period_end"]),
        expires_at=dt.datetime.fromisoformat(document["expires_at"]),
        ledger=tuple(document["ledger"]),
    )


def _complaints(certificate: Certificate) -> Iterator[str]:
    """Say what keeps the figures from being those of a proof, the most basic first."""
    if not 0 < certificate.alpha < 1:
        yield f"alpha {certificate.alpha} does not lie between 0 and 1"
    if not 0 < certificate.confidence < 1:
        yield f"confidence {certificate.confidence} does not lie between 0 and 1"
    moments = [getattr(certificate, name) for name in _MOMENTS]
    if any(moment.tzinfo is None for moment in moments):
        yield "a time has no offset"
    elif not moments[0] <= moments[1] < moments[2] <= moments[1] + LIFE:
        yield f"its period and expiry are not in order, or it lives longer than {LIFE.days} days"
    if not certificate.strata:
        yield "it speaks of no stratum"
    for stratum, bound in certificate.strata.items():
        yield from _bound_complaints(certificate.alpha, stratum, bound)


def _bound_complaints(alpha: float, stratum: Stratum, bound: StratumBound) -> Iterator[str]:
    if stratum not in CERTIFIED_STRATA:
        yield f"stratum {stratum} is observe-only"
    if not _is_number(bound.threshold):
        # A stratum that no threshold holds for is left out; infinity would say the same less plainly.
        yield f"the threshold of {stratum} is no finite number"
    counts = (bound.hits, bound.genuine_callers)
    if not all(type(count) is int for count in counts) or not 0 <= bound.hits < bound.genuine_callers:
        yield f"{stratum} counts {bound.hits} of {bound.genuine_callers} callers"
    if not (_is_number(bound.worst_case_share) and 0 < bound.worst_case_share <= alpha + _ROUNDING):
        yield f"the bound of {stratum}, {bound.worst_case_share}, does not keep to alpha"


def _is_number(value: object) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool) and math.isfinite(value)
