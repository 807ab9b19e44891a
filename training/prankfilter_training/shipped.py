"""Rebuilding everything shipped from the committed bank and ears, with one command and the same ids.

All of it is simulated. The models learn from calls of 2022 to 2024, so that anybody's later log can measure
and certify them. The calls that certify them here carry dates of 2038-2040: a certificate runs out 90 days
after its last call, and the demonstration, the only place that honours a simulated one, must not run out.
"""

from __future__ import annotations

import datetime as dt
import logging
import shutil
import tempfile
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from prankfilter.bundle.certificates import FOLDER, write_certificate
from prankfilter.bundle.ears import Ears, load_ears
from prankfilter.bundle.pointer import write_current
from prankfilter.bundle.trust import read_trust
from prankfilter.errors import BadInput
from prankfilter.routing.policies import POLICIES
from prankfilter.vocabulary import Basis, Certificate
from prankfilter_training.bank.table import read_bank, voices_of
from prankfilter_training.fitting.artefacts import manifest_name, write_shipped
from prankfilter_training.fitting.recipe import read_recipe
from prankfilter_training.log.logbook import read_log
from prankfilter_training.log.table import Log
from prankfilter_training.proof.certify import Claim, NotEnough, certify
from prankfilter_training.proof.replay import Replay, replayed
from prankfilter_training.simulation.profiles import CITY, REGENCY, Profile
from prankfilter_training.simulation.simulate import SPLIT_POOLS, simulate, write_log
from prankfilter_training.sound.source import BankSound
from prankfilter_training.training import Trained, train

log = logging.getLogger("prankfilter")

CONFIDENCE = 0.95
CERTIFIED_POLICIES = ("queue", "always")
FIT_START, FIT_SEED = dt.date(2022, 1, 1), 1
PROOF_START, PROOF_DAYS = dt.date(2038, 6, 1), 729


@dataclass(frozen=True, slots=True)
class Plan:
    """How the model of one kind of centre is made.

    Attributes
    ----------
    proof_seeds : tuple of int
        Centres whose calls it is certified on together: one alone has too few genuine callers in two years.
    alphas : tuple of float
        The strictest at which all certified strata hold is taken; the last one, where none does.
    """

    profile: Profile
    fit_days: int
    proof_seeds: tuple[int, ...]
    alphas: tuple[float, ...] = (0.001, 0.01)


PLANS = (
    Plan(CITY, fit_days=1095, proof_seeds=(2, 3, 4)),
    Plan(REGENCY, fit_days=1095, proof_seeds=tuple(range(2, 12))),
)
"""The first one runs where nobody chose another."""


@dataclass(frozen=True, slots=True)
class Shipped:
    """One model with its certificates, rebuilt."""

    trained: Trained
    certificates: tuple[Certificate, ...]


def rebuild(models: Path, *, created_at: dt.datetime, plans: Sequence[Plan] = PLANS) -> tuple[Shipped, ...]:
    """Simulate, fit, certify, and write models, certificates, pointer and trusted hashes below ``models``.

    The ears must be there already; older models and their certificates are removed.
    """
    ears = shipped_ears(models)
    shutil.rmtree(models / FOLDER, ignore_errors=True)
    shipped = tuple(_made(plan, models, ears, created_at) for plan in plans)
    folders = [one.trained.folder for one in shipped] + [models / ears.digest]
    _remove_others(models, {folder.name for folder in folders})
    certificates = [f"{FOLDER}/{proof.id}.json" for one in shipped for proof in one.certificates]
    write_shipped(models, [*map(manifest_name, folders), *certificates])
    write_current(models, shipped[0].trained.folder.name)
    return shipped


def _made(plan: Plan, models: Path, ears: Ears, created_at: dt.datetime) -> Shipped:
    source = BankSound(read_bank())
    recipe, document = read_recipe()
    profile = plan.profile
    trained = train(
        simulated_centre(profile, FIT_START, plan.fit_days, FIT_SEED),
        source,
        recipe,
        document,
        ears=ears,
        models=models,
        sign=None,
        created_at=created_at,
        described_as=f"simulated, profile {profile.name}, {plan.fit_days} days, seed {FIT_SEED}",
    )
    centres = (
        simulated_centre(profile, PROOF_START, PROOF_DAYS, seed, pool="calibration")
        for seed in plan.proof_seeds
    )
    replays = [
        replay
        for number, centre in enumerate(centres)
        for replay in replayed(trained.model, centre, source, POLICIES[CERTIFIED_POLICIES[0]], number=number)
    ]
    certificates = (_certified(plan, models, trained, replays, name) for name in CERTIFIED_POLICIES)
    return Shipped(trained, tuple(certificates))


def simulated_centre(
    profile: Profile, start: dt.date, days: int, seed: int, *, pool: str | None = None
) -> Log:
    """A simulated log of a centre, written and read again as data staff's own would be."""
    voices = voices_of(read_bank())
    with tempfile.TemporaryDirectory() as folder:
        pools = ((pool, 1.0),) if pool else SPLIT_POOLS
        log_of_centre = simulate(profile, start=start, days=days, seed=seed, voices=voices, pools=pools)
        write_log(log_of_centre, Path(folder))
        return read_log(Path(folder)).must_be_sound()


def shipped_ears(models: Path) -> Ears:
    """The one ears bundle that is shipped."""
    trust = read_trust(models)
    digests = sorted({name.split("/")[0] for name in trust.shipped if name.endswith("/manifest.json")})
    for digest in digests:
        if '"kind": "ears"' in (models / digest / "manifest.json").read_text(encoding="utf-8"):
            return load_ears(models / digest, trust)
    raise BadInput(f"{models} holds no shipped ears; restore them, or fit them with `prankfilter-train ears`")


def _certified(
    plan: Plan, models: Path, trained: Trained, replays: Sequence[Replay], policy_name: str
) -> Certificate:
    """The strictest certificate that covers every stratum; if none does, the loosest that covers any."""
    policy = POLICIES[policy_name]
    for alpha in plan.alphas:
        claim = Claim(alpha=alpha, confidence=CONFIDENCE)
        try:
            certificate, extra = certify(trained.model, replays, policy, claim, basis=Basis.SIMULATED)
        except NotEnough as refusal:
            log.info("%s, %s at %g: %s", plan.profile.name, policy_name, alpha, refusal)
            continue
        log.info("%s, %s at %g: %s", plan.profile.name, policy_name, alpha, extra)
        if alpha == plan.alphas[-1] or len(certificate.strata) == len(policy.verified_strata):
            return write_certificate(models, certificate, sign=None, extra=extra)
    raise BadInput(f"{plan.profile.name}: not even {plan.alphas[-1]:.0%} can be certified")


def _remove_others(models: Path, kept: set[str]) -> None:
    for manifest in models.glob("*/manifest.json"):
        if manifest.parent.name not in kept:
            shutil.rmtree(manifest.parent)
