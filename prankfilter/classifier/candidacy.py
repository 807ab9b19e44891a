"""Who stands for promotion: a bundle opened step by step, and all that the gates are asked about."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from prankfilter.bundle.comparisons import Comparison
from prankfilter.bundle.ears import load_ears
from prankfilter.bundle.folder import read_folder
from prankfilter.bundle.trust import Trust
from prankfilter.classifier.model import KIND, Model
from prankfilter.errors import BadArtefact
from prankfilter.vocabulary import Basis, Certificate


@dataclass(frozen=True, slots=True, eq=False)
class Opened:
    """A bundle, as far as it could be opened. Each step needs the one before."""

    model_id: str
    model: Model | None = None
    untrusted: BadArtefact | None = None
    """Why its bytes are not believed."""
    unfit: BadArtefact | None = None
    """Why this code cannot run it."""
    deaf: BadArtefact | None = None
    """Why it lacks its ears."""

    @property
    def runs(self) -> bool:
        """Whether a service could run it."""
        return not (self.untrusted or self.unfit or self.deaf)

    @property
    def refusal(self) -> BadArtefact | None:
        """The first thing that keeps it from running."""
        return self.untrusted or self.unfit or self.deaf


def open_bundle(models: Path, model_id: str, trust: Trust) -> Opened:
    """Open a bundle as the service does, and keep what refuses it instead of raising it."""
    try:
        artefact = read_folder(models / model_id, trust, kind=KIND)
    except BadArtefact as refusal:
        return Opened(model_id, untrusted=refusal)
    try:
        model = Model(artefact.manifest, artefact.arrays)
    except BadArtefact as refusal:
        return Opened(model_id, unfit=refusal)
    try:
        load_ears(models / model.ears_digest, trust)
    except BadArtefact as refusal:
        return Opened(model_id, model, deaf=refusal)
    return Opened(model_id, model)


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Candidacy:
    """What the gates are asked about.

    Attributes
    ----------
    challenger : Opened
        The one that would run.
    champion : Opened or None
        The one that runs; None where the pointer names none.
    comparisons : sequence of Comparison
        All of the challenger against the champion that a trusted key signed, the newest last.
    certificates : sequence of Certificate
        All that hold, of whatever model.
    simulated_is_honoured : bool
        Only in a demonstration (SAFETY rule 4).
    suspended : frozenset of str
        Ids of certificates that calls in service refuted.
    policy_names : Mapping[str, str]
        Name by policy digest.
    now : datetime
        Aware.
    clock : callable
        Seconds that only grow, for the latency of both models.
    """

    challenger: Opened
    champion: Opened | None
    comparisons: Sequence[Comparison]
    certificates: Sequence[Certificate]
    simulated_is_honoured: bool
    suspended: frozenset[str]
    policy_names: Mapping[str, str]
    now: dt.datetime
    clock: Callable[[], float]

    @property
    def comparison(self) -> Comparison | None:
        """The newest."""
        return self.comparisons[-1] if self.comparisons else None

    def honoured(self, opened: Opened | None) -> dict[str, Certificate]:
        """The certificates of a model that count here and now, by policy digest."""
        return {
            one.policy_digest: one
            for one in self.certificates
            if opened is not None
            and one.model_id == opened.model_id
            and one.expires_at > self.now
            and not (one.suspended or one.id in self.suspended)
            and (self.simulated_is_honoured or one.basis is not Basis.SIMULATED)
        }

    def policy_name(self, digest: str) -> str:
        """What people call a policy."""
        return self.policy_names.get(digest, f"{digest[:8]}…")


def basis_of(model: Model) -> Basis:
    """What calls a model was fitted on; one that does not say counts as simulated."""
    return Basis.REAL if model.manifest.extra.get("basis") == Basis.REAL else Basis.SIMULATED
