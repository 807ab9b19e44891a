"""Rebuilding everything shipped from the committed bank and ears, with one command and the same ids.

All of it is simulated. The simulated calls carry dates of 2036-2040: a certificate runs out 90 days after
its last call, and the demonstration, the only place that honours a simulated one, must not run out.
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
from prankfilter_training.fitting.training import Trained, train
from prankfilter_training.log.logbook import read_log
from prankfilter_training.log.table import Log
from prankfilter_training.proof.certify import Claim, NotEnough, certify
from prankfilter_training.proof.replay import Replay, replayed
from prankfilter_training.simulation.profiles import CITY
from prankfilter_training.simulation.simulate import SPLIT_POOLS, simulate, write_log
from prankfilter_training.sound.source import BankSound

log = logging.getLogger("prankfilter")

FIT_START, FIT_DAYS, FIT_SEED = dt.date(2036, 1, 1), 730, 1
PROOF_START, PROOF_DAYS, PROOF_SEEDS = dt.date(2038, 6, 1), 729, (2, 3, 4)
"""Three cities: one alone has too few genuine callers of the stratum `repeat` in two years."""
CERTIFIED_POLICIES = ("queue", "always")
ALPHAS = (0.001, 0.01)
"""The strictest that both strata reach is taken."""
CONFIDENCE = 0.95


@dataclass(frozen=True, slots=True)
class Shipped:
    """What was rebuilt."""

    trained: Trained
    certificates: tuple[Certificate, ...]


def rebuild(models: Path, *, created_at: dt.datetime) -> Shipped:
    """Simulate, fit, certify, and write model, certificates, pointer and trusted hashes below ``models``.

    The ears must be there already; an older model and its certificates are removed.
    """
    ears = shipped_ears(models)
    bank = read_bank()
    source = BankSound(bank)
    recipe, document = read_recipe()
    learnt = simulated_city(FIT_START, FIT_DAYS, FIT_SEED)
    trained = train(
        learnt,
        source,
        recipe,
        document,
        ears=ears,
        models=models,
        sign=None,
        created_at=created_at,
        described_as=f"simulated, profile city, {FIT_DAYS} days, seed {FIT_SEED}",
    )
    cities = (simulated_city(PROOF_START, PROOF_DAYS, seed, pool="calibration") for seed in PROOF_SEEDS)
    replays = [
        replay
        for number, city in enumerate(cities)
        for replay in replayed(trained.model, city, source, POLICIES[CERTIFIED_POLICIES[0]], number=number)
    ]
    shutil.rmtree(models / FOLDER, ignore_errors=True)
    certificates = tuple(_certified(models, trained, replays, name) for name in CERTIFIED_POLICIES)
    _remove_others(models, {trained.folder.name, ears.digest})
    write_shipped(
        models,
        [
            manifest_name(trained.folder),
            manifest_name(models / ears.digest),
            *(f"{FOLDER}/{certificate.id}.json" for certificate in certificates),
        ],
    )
    write_current(models, trained.folder.name)
    return Shipped(trained, certificates)


def simulated_city(start: dt.date, days: int, seed: int, *, pool: str | None = None) -> Log:
    """A simulated log of a city, written and read again as data staff's own would be."""
    voices = voices_of(read_bank())
    with tempfile.TemporaryDirectory() as folder:
        pools = ((pool, 1.0),) if pool else SPLIT_POOLS
        write_log(simulate(CITY, start=start, days=days, seed=seed, voices=voices, pools=pools), Path(folder))
        return read_log(Path(folder)).must_be_sound()


def shipped_ears(models: Path) -> Ears:
    """The one ears bundle that is shipped."""
    trust = read_trust(models)
    digests = sorted({name.split("/")[0] for name in trust.shipped if name.endswith("/manifest.json")})
    for digest in digests:
        if '"kind": "ears"' in (models / digest / "manifest.json").read_text(encoding="utf-8"):
            return load_ears(models / digest, trust)
    raise BadInput(f"{models} holds no shipped ears; restore them, or fit them with `prankfilter-train ears`")


def _certified(models: Path, trained: Trained, replays: Sequence[Replay], policy_name: str) -> Certificate:
    """The strictest certificate that covers every stratum; if none does, the loosest that covers any."""
    policy = POLICIES[policy_name]
    for alpha in ALPHAS:
        try:
            claim = Claim(alpha=alpha, confidence=CONFIDENCE)
            certificate, extra = certify(trained.model, replays, policy, claim, basis=Basis.SIMULATED)
        except NotEnough as refusal:
            log.info("%s at %g: %s", policy_name, alpha, refusal)
            continue
        log.info("%s at %g: %s", policy_name, alpha, extra)
        if alpha == ALPHAS[-1] or len(certificate.strata) == len(policy.verified_strata):
            return write_certificate(models, certificate, sign=None, extra=extra)
    raise BadInput(f"not even {ALPHAS[-1]:.0%} can be certified")


def _remove_others(models: Path, kept: set[str]) -> None:
    for manifest in models.glob("*/manifest.json"):
        if manifest.parent.name not in kept:
            shutil.rmtree(manifest.parent)
