"""Models as data staff see them: what runs, what could, what proves it, and what came before."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from prankfilter.bundle.certificates import load_certificates
from prankfilter.bundle.comparisons import Comparison, load_comparisons
from prankfilter.bundle.digest import is_id
from prankfilter.bundle.disk import read_capped, read_shown
from prankfilter.bundle.journal import Entry, read_journal
from prankfilter.bundle.manifest import CARD, EVALUATION, FILE_CAPS_BYTES
from prankfilter.bundle.pointer import named_by_pointer
from prankfilter.bundle.trust import read_trust
from prankfilter.classifier.candidacy import open_bundle
from prankfilter.classifier.model import KIND
from prankfilter.errors import ArtefactCorrupt, ArtefactMissing, JournalBroken, NotFound
from prankfilter.routing.certificates import voided
from prankfilter.routing.policies import POLICIES, policy_digest
from prankfilter.vocabulary import Basis, Certificate, CertificateStatus, Stratum

POLICY_NAMES = {policy_digest(policy): name for name, policy in POLICIES.items()}

MEASURES = {
    "pr_auc_5_s": "ketepatan setelah 5 detik suara (PR-AUC)",
    "pr_auc_ring": "ketepatan saat berdering (PR-AUC)",
    "prank_recall_5_s": "bagian prank yang ditemukan setelah 5 detik suara",
    "brier_5_s": "galat peluang setelah 5 detik suara (Brier; makin kecil makin baik)",
    "genuine_hit": "bagian penelepon darurat nyata yang ikut tertandai",
}
"""What is measured by a comparison, in words."""

ENTRIES = 30
"""So many lines of the journal are shown."""


@dataclass(frozen=True, slots=True)
class Proof:
    """A certificate of a model, as it stands."""

    certificate: Certificate
    status: CertificateStatus
    policy: str

    @property
    def strata(self) -> list[tuple[Stratum, int, int, float]]:
        """Stratum, genuine callers, hits, worst case."""
        bounds = self.certificate.strata
        return [(name, one.genuine_callers, one.hits, one.worst_case_share) for name, one in bounds.items()]


@dataclass(frozen=True, slots=True)
class Moment:
    """How well a model does at one look."""

    look: str
    calls: int
    pr_auc: tuple[float, float, float] | None
    """Value, and its 95 % interval."""


@dataclass(frozen=True, slots=True)
class ModelRow:
    """A bundle in the folder of models."""

    model_id: str
    made_at: dt.datetime | None
    runs: bool
    refusal: str | None
    """Why it could not run."""
    basis: Basis | None
    """What its figures rest on."""
    moments: Sequence[Moment]
    proofs: Sequence[Proof]


@dataclass(frozen=True, slots=True)
class Shown:
    """The page of all models."""

    rows: Sequence[ModelRow]
    """The running one first, then the latest."""
    journal: Sequence[Entry]
    """The latest first."""
    journal_fault: str | None
    comparisons: Sequence[Comparison]


def read_models(models: Path, *, suspended: frozenset[str], now: dt.datetime) -> Shown:
    """Read the folder of models."""
    trust, current = read_trust(models), named_by_pointer(models)
    certificates = load_certificates(models, trust)
    rows = []
    for folder in sorted(models.iterdir()):
        if is_id(folder.name) and _kind(folder) == KIND:
            proofs = [
                _proof(one, suspended=suspended, now=now)
                for one in certificates
                if one.model_id == folder.name
            ]
            rows.append(_row(models, folder.name, current, proofs))
    rows.sort(key=lambda row: (not row.runs, -(row.made_at.timestamp() if row.made_at else 0)))
    entries, fault = _journal(models)
    return Shown(rows, entries[::-1][:ENTRIES], fault, load_comparisons(models, trust))


def read_card(models: Path, model_id: str) -> str:
    """Return a model's card, in Markdown; raises `NotFound`."""
    if not is_id(model_id):
        raise NotFound("no such model")
    try:
        return read_capped(models / model_id / CARD, FILE_CAPS_BYTES[CARD]).decode()
    except (ArtefactMissing, ArtefactCorrupt, UnicodeDecodeError):
        raise NotFound("no such model, or it has no card") from None


def _row(models: Path, model_id: str, current: str | None, proofs: Sequence[Proof]) -> ModelRow:
    opened = open_bundle(models, model_id, read_trust(models))
    document = read_shown(models / model_id / EVALUATION, FILE_CAPS_BYTES[EVALUATION])
    manifest = opened.model.manifest if opened.model is not None else None
    return ModelRow(
        model_id=model_id,
        made_at=manifest.created_at if manifest is not None else None,
        runs=model_id == current,
        refusal=None if opened.refusal is None else str(opened.refusal),
        basis=Basis(document["basis"]) if document.get("basis") in set(Basis) else None,
        moments=[_moment(look, figures) for look, figures in document.get("looks", {}).items()],
        proofs=proofs,
    )


def _moment(look: str, figures: dict[str, Any]) -> Moment:
    area = figures.get("pr_auc") or {}
    known = all(isinstance(area.get(name), float) for name in ("value", "low", "high"))
    return Moment(
        look, int(figures.get("calls", 0)), (area["value"], area["low"], area["high"]) if known else None
    )


def _proof(certificate: Certificate, *, suspended: frozenset[str], now: dt.datetime) -> Proof:
    status = voided(certificate, now=now, suspended=suspended) or CertificateStatus.VALID
    return Proof(certificate, status, POLICY_NAMES.get(certificate.policy_digest, "–"))


def _journal(models: Path) -> tuple[Sequence[Entry], str | None]:
    try:
        return read_journal(models).entries, None
    except JournalBroken as broken:
        return (), str(broken)


def _kind(folder: Path) -> str | None:
    kind = read_shown(folder / "manifest.json", 1_000_000).get("kind")
    return kind if isinstance(kind, str) else None
