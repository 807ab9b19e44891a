"""What runs now: the model that ``current`` names, the ears it was trained with, its certificates."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from prankfilter.bundle.certificates import load_certificates
from prankfilter.bundle.ears import Ears, load_ears
from prankfilter.bundle.pointer import read_current
from prankfilter.bundle.trust import Signed, read_trust, signed_by_nobody
from prankfilter.classifier.model import Model
from prankfilter.vocabulary import Basis, Certificate


@dataclass(frozen=True, slots=True, eq=False)
class Artefacts:
    """One model with all that belongs to it; swapped as a whole."""

    model: Model
    ears: Ears
    certificates: Mapping[str, Certificate]
    """By policy digest; only those that may be honoured here."""


class Library:
    """The folder of models, as a running process sees it."""

    def __init__(
        self, models: Path, *, simulated_is_honoured: bool = False, signed: Signed = signed_by_nobody
    ) -> None:
        """Open a folder; simulated certificates count as missing but in a demonstration (SAFETY rule 4)."""
        self._models = models
        self._simulated_is_honoured = simulated_is_honoured
        self._signed = signed
        self._seen: object = None
        self._refused = False

    def refresh(self) -> Artefacts | None:
        """Load what ``current`` names if anything changed since the last call, else None.

        Raises a `BadArtefact` once for each change that must not run; the caller keeps what it has.
        """
        state = self._state()
        if state == self._seen:
            return None
        self._refused = True
        self._seen = self._state()
        artefacts = self.load()
        self._refused, self._seen = False, state
        return artefacts

    def load(self) -> Artefacts:
        """Read and verify the current model, its ears and its certificates."""
        trust = read_trust(self._models, self._signed)
        model = Model.load(self._models / read_current(self._models), trust)
        certificates = {
            certificate.policy_digest: certificate
            for certificate in load_certificates(self._models, trust)
            if certificate.model_id == model.model_id
            and (self._simulated_is_honoured or certificate.basis is not Basis.SIMULATED)
        }
        return Artefacts(model, load_ears(self._models / model.ears_digest, trust), certificates)

    def _state(self) -> object:
        """What tells a change at the cost of three looks at the disk; while one is refused, of many.

        A bundle never changes, but a refused one may be restored in its place.
        """
        looked_at = [self._models / name for name in ("current", "certificates", "trusted")]
        if self._refused:
            looked_at += sorted(self._models.glob("*/*"))
        return tuple(map(self._look, looked_at))

    @staticmethod
    def _look(path: Path) -> tuple[int, int] | None:
        try:
            status = path.stat()
        except OSError:
            return None
        return status.st_mtime_ns, status.st_ino
