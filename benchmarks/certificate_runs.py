"""Whole runs: simulate a small city, fit, certify on a later log, count on a third who would be delayed."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

from prankfilter_training.bank.table import read_bank
from prankfilter_training.fitting.artefacts import as_model, model_draft
from prankfilter_training.fitting.fit import fit, prepare
from prankfilter_training.fitting.recipe import read_recipe
from prankfilter_training.log.table import Log
from prankfilter_training.proof.callers import genuine_margins
from prankfilter_training.proof.certify import Claim, NotEnough, certify
from prankfilter_training.proof.effect import under_certificate
from prankfilter_training.proof.replay import Replay, replayed
from prankfilter_training.shipped import simulated_centre
from prankfilter_training.simulation.profiles import CITY
from prankfilter_training.sound.source import BankSound
from prankfilter_training.training import learnt

from prankfilter.classifier.model import Model
from prankfilter.routing.policies import POLICIES
from prankfilter.vocabulary import CERTIFIED_STRATA, Basis, Label

START = dt.date(2025, 1, 1)
FIT_DAYS, PROOF_DAYS, FRESH_DAYS = 60, 90, 120
ALPHA = 0.01
ROUNDS = 15
"""A quarter of the shipped forest's: a small city, twenty times."""

NO_EARS = "0" * 16
"""Sound comes from the bank as numbers; no ears are asked."""


@dataclass(frozen=True, slots=True)
class City:
    """A log and the source of its sound."""

    log: Log
    source: BankSound

    @classmethod
    def of(cls, days: int, seed: int, pool: str, *, start: dt.date) -> City:
        """Simulate one, with the voices of one pool."""
        return cls(simulated_centre(CITY, start, days, seed, pool=pool), BankSound(read_bank()))

    def replays(self, model: Model, number: int = 0) -> list[Replay]:
        """Its calls through the served code."""
        return list(replayed(model, self.log, self.source, POLICIES["queue"], number=number))


def one_run(seed: int) -> dict[str, Any]:
    """From log to certificate and on to fresh calls; plain JSON values."""
    model = _fitted(City.of(FIT_DAYS, 1000 + seed, "fit", start=START))
    later = START + dt.timedelta(days=FIT_DAYS)
    replays = City.of(PROOF_DAYS, 2000 + seed, "calibration", start=later).replays(model)
    callers = {str(stratum): len(genuine_margins(replays, stratum, "")) for stratum in CERTIFIED_STRATA}
    shown: dict[str, Any] = {
        "seed": seed,
        "genuine_calls": sum(replay.label is Label.GENUINE for replay in replays),
        "callers": callers,
    }
    try:
        certificate, told = certify(
            model, replays, POLICIES["queue"], Claim(alpha=ALPHA), basis=Basis.SIMULATED
        )
    except NotEnough as refusal:
        return shown | {"certificate": None, "refusal": str(refusal)}
    fresh = City.of(FRESH_DAYS, 3000 + seed, "test", start=later + dt.timedelta(days=PROOF_DAYS))
    return shown | {
        "certificate": {
            str(stratum): {"threshold": bound.threshold, "worst_case_share": bound.worst_case_share}
            for stratum, bound in certificate.strata.items()
        },
        "prank_recall_of_calibration": told["prank_recall"],
        "fresh": under_certificate(fresh.replays(model), certificate),
    }


def _fitted(city: City) -> Model:
    recipe, document = read_recipe()
    recipe = replace(recipe, rounds=ROUNDS)
    fitted = fit(prepare(city.log, city.source, (0.7, 0.85)), recipe)
    return as_model(
        model_draft(
            fitted,
            recipe={**document, "log": city.log.digest},
            ears=NO_EARS,
            simulated=True,
            learnt=learnt(city.log, 1.0),
            created_at=dt.datetime(2025, 1, 1, tzinfo=dt.UTC),
        )
    )


def summary(runs: Sequence[dict[str, Any]]) -> dict[str, float]:
    """What the runs came to."""
    certified = [run for run in runs if run["certificate"] is not None]
    hit = [run["fresh"]["genuine_verified"] / run["fresh"]["genuine_callers"] for run in certified]
    return {
        "runs": len(runs),
        "certified": len(certified),
        "exceeding": sum(share > ALPHA for share in hit),
        "largest_share": max(hit, default=float("nan")),
        "fresh_callers": sum(run["fresh"]["genuine_callers"] for run in certified),
        "fresh_verified": sum(run["fresh"]["genuine_verified"] for run in certified),
        "pranks": sum(run["fresh"]["prank_calls"] for run in certified),
        "pranks_verified": sum(run["fresh"]["pranks_verified"] for run in certified),
    }
