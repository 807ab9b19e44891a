"""What the line tells of each call: number, access, cell."""

from __future__ import annotations

import hashlib

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from prankfilter.vocabulary import AccessState, Label, NumberKind
from prankfilter_training.simulation.profiles import Profile
from prankfilter_training.simulation.randomness import stream

_MIX = np.uint64(0x9E3779B97F4A7C15)


def with_line_facts(profile: Profile, calls: pd.DataFrame, seed: int) -> pd.DataFrame:
    """Add ``number_kind``, ``access_state``, ``cell_id`` and ``has_number``."""
    rng = stream(seed, "line")
    sim_less = _sim_less(profile, calls, rng)
    withheld = ~sim_less & (rng.random(len(calls)) < profile.withheld_share)
    unverified = _uniform_of(calls["caller"].to_numpy(), seed, "unverified") < profile.unverified_share
    kind = np.full(len(calls), str(NumberKind.ASSERTED), dtype=object)
    kind[unverified] = str(NumberKind.UNVERIFIED)
    kind[withheld] = str(NumberKind.WITHHELD)
    kind[sim_less] = str(NumberKind.NONE)
    access = np.where(sim_less, AccessState.SIM_LESS, AccessState.SERVICE_INITIALIZED)
    return calls.assign(
        number_kind=kind,
        access_state=[str(state) for state in access],
        has_number=~(sim_less | withheld),
        cell_id=_cells(profile, calls, seed, rng),
    )


def pseudonym(seed: int, caller: int) -> str:
    """A caller's name in a simulated log; another seed makes other callers."""
    return hashlib.sha256(f"{seed}:{caller}".encode()).hexdigest()[:20]


def _sim_less(profile: Profile, calls: pd.DataFrame, rng: np.random.Generator) -> NDArray[np.bool_]:
    """Choose calls without a SIM so that both shares of the profile hold."""
    genuine = (calls["label"] == Label.GENUINE).to_numpy()
    share = max(genuine[calls["answered"].to_numpy()].mean(), 1e-9)
    of_genuine = profile.sim_less_share * profile.sim_less_genuine_share / share
    of_others = profile.sim_less_share * (1 - profile.sim_less_genuine_share) / max(1 - share, 1e-9)
    return np.asarray(rng.random(len(calls)) < np.where(genuine, of_genuine, of_others))


def _cells(profile: Profile, calls: pd.DataFrame, seed: int, rng: np.random.Generator) -> list[str]:
    """The home cell mostly; one cell for an incident; few cells for a surge."""
    home = _uniform_of(calls["caller"].to_numpy(), seed, "home cell") * profile.cells
    cell = np.where(
        rng.random(len(calls)) < profile.home_cell_share, home, rng.random(len(calls)) * profile.cells
    )
    incident = calls["incident"].to_numpy()
    cell = np.where(incident >= 0, _uniform_of(incident, seed, "incident cell") * profile.cells, cell)
    surge = calls["surge"].to_numpy()
    first = _uniform_of(surge, seed, "surge cell") * profile.cells
    few = (first + rng.integers(profile.surge_cells, size=len(calls))) % profile.cells
    return [f"cell-{int(number):03d}" for number in np.where(surge >= 0, few, cell)]


def _uniform_of(keys: NDArray[np.int64], seed: int, name: str) -> NDArray[np.float64]:
    """A fixed draw in [0, 1) for each key: the same key always gets the same."""
    salt = np.uint64(stream(seed, name).integers(2**63))
    with np.errstate(over="ignore"):
        mixed = (keys.astype(np.uint64) + salt) * _MIX
        mixed = (mixed ^ (mixed >> np.uint64(29))) * _MIX
    return (mixed >> np.uint64(11)).astype(float) / 2.0**53
