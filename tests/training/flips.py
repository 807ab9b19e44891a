"""A city in which one call taker writes down another kind than the true one, one time in ten."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from prankfilter_training.bank.table import read_bank, voices_of
from prankfilter_training.fitting.fit import Prepared, prepare
from prankfilter_training.life.out_of_fold import OutOfFold, judged_by_others
from prankfilter_training.log.logbook import read_log
from prankfilter_training.simulation.profiles import CITY
from prankfilter_training.simulation.simulate import simulate, write_log
from prankfilter_training.sound.source import BankSound

from prankfilter.vocabulary import KINDS
from tests.training.logs import START

FLIPPED_SHARE = 0.1


@dataclass(frozen=True, slots=True, eq=False)
class Flipped:
    """The log, what the others say of its calls, and the truth."""

    labeller: str
    prepared: Prepared
    of: OutOfFold
    wrong: NDArray[np.bool_]
    """Whether the last word on a call is not what it truly was, by the simulator's own note."""


def flipped(folder: Path, *, days: int, seed: int) -> Flipped:
    """Flip labels of one labeller to any other kind. No supervisor has seen a flipped label: supervisors
    review what is labelled a prank, so a flip decides what is reviewed."""
    simulated = simulate(CITY, start=START, days=days, seed=seed, voices=voices_of(read_bank()))
    rng, calls = np.random.default_rng(seed), simulated.calls
    labeller = f"petugas-{1 + seed % CITY.labellers}"
    mine = (calls["label_by"] == labeller) & (calls["label_source"] == "call_taker")
    flips = mine & calls["label"].isin(list(KINDS)) & (rng.random(len(calls)) < FLIPPED_SHARE)
    calls.loc[flips, "label"] = [
        str(rng.choice([kind for kind in KINDS if kind != label])) for label in calls.loc[flips, "label"]
    ]
    calls.loc[flips, ["verdict", "verdict_by", "verdict_at", "verdict_label"]] = None
    write_log(simulated, folder)
    prepared = prepare(read_log(folder).must_be_sound(), BankSound(read_bank()), (0.0, 0.0))
    of = judged_by_others(prepared)
    truth = dict(zip(calls["call_id"], calls["sim_true_label"], strict=True))
    ids = prepared.log.table["call_id"].to_list()
    wrong = [KINDS[kind] != truth[ids[place]] for kind, place in zip(of.kind, of.place, strict=True)]
    return Flipped(labeller, prepared, of, np.array(wrong))
