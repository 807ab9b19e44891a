"""From calls to callers: in each stratum one call a caller counts, and one caller an incident."""

from __future__ import annotations

import datetime as dt
import hashlib
from collections.abc import Mapping, Sequence

import numpy as np
from numpy.typing import NDArray

from prankfilter.vocabulary import Stratum
from prankfilter_training.proof.replay import Replay

SAME_INCIDENT = dt.timedelta(minutes=10)
"""Calls of one cell within this time are one incident, where nobody said which."""

BOOTSTRAP_DRAWS = 1000

Margins = NDArray[np.float64]


def genuine_margins(replays: Sequence[Replay], stratum: Stratum, key: str) -> Margins:
    """One margin a genuine caller of the stratum: of the call that a keyed hash picks.

    Of callers whose picked calls are of one incident (by its id, else by one cell within ten minutes) one
    counts, picked by the same hash.
    """
    genuine = [replay for replay in replays if replay.is_genuine and stratum in replay.margins]
    of_callers = _picked(genuine, [caller_of(replay) for replay in genuine], key)
    of_incidents = _picked(of_callers, incidents_of(of_callers), key)
    return np.array([replay.margins[stratum] for replay in of_incidents])


def largest_margins(replays: Sequence[Replay], stratum: Stratum) -> Margins:
    """The largest margin of each caller of the stratum: for callers who count against a threshold only."""
    largest: dict[str, float] = {}
    for replay in replays:
        if stratum in replay.margins:
            name, margin = caller_of(replay), replay.margins[stratum]
            largest[name] = max(margin, largest.get(name, margin))
    return np.array(list(largest.values()))


def incidents_of(replays: Sequence[Replay]) -> list[str]:
    """Name the incident of each call: its id, else that of the cell's last call within ten minutes."""
    names = [""] * len(replays)
    latest: dict[tuple[int, str], tuple[dt.datetime, str]] = {}
    for place in sorted(range(len(replays)), key=lambda place: replays[place].call.record.received_at):
        replay, record = replays[place], replays[place].call.record
        if record.incident_id is not None:
            names[place] = f"{replay.log} incident {record.incident_id}"
            continue
        names[place] = f"{replay.log} call {record.call_id}"
        if record.cell_id is None:
            continue
        before = latest.get((replay.log, record.cell_id))
        if before is not None and record.received_at - before[0] <= SAME_INCIDENT:
            names[place] = before[1]
        latest[replay.log, record.cell_id] = record.received_at, names[place]
    return names


def _picked(replays: Sequence[Replay], names: Sequence[str], key: str) -> list[Replay]:
    """Of the calls that share a name, the one with the smallest keyed hash; in order of the hash."""
    best: dict[str, tuple[bytes, Replay]] = {}
    for name, replay in zip(names, replays, strict=True):
        rank = hash_of(replay, key)
        if name not in best or rank < best[name][0]:
            best[name] = rank, replay
    return [replay for _, replay in sorted(best.values(), key=lambda pair: pair[0])]


def hash_of(replay: Replay, key: str) -> bytes:
    """A rank that tells nothing of the call."""
    return hashlib.sha256(f"{key}:{replay.log}:{replay.call.record.call_id}".encode()).digest()


def caller_of(replay: Replay) -> str:
    """A number is one caller; a call without a number is a caller of its own."""
    return replay.call.record.caller or f"call {replay.log} {replay.call.record.call_id}"


def share_of_calls(
    replays: Sequence[Replay], stratum: Stratum, threshold: float
) -> Mapping[str, float | int]:
    """Share of all genuine calls of a stratum above its threshold, with a 95 % interval over callers.

    It stands beside the bound on callers: a few who call often weigh here what their calls weigh.
    """
    genuine = [replay for replay in replays if replay.is_genuine and stratum in replay.margins]
    hit = np.array([replay.margins[stratum] > threshold for replay in genuine], dtype=float)
    caller = np.unique([caller_of(replay) for replay in genuine], return_inverse=True)[1]
    hits, calls = np.bincount(caller, hit), np.bincount(caller)
    rng = np.random.default_rng(0)
    draws = (rng.integers(len(calls), size=len(calls)) for _ in range(BOOTSTRAP_DRAWS))
    shares = [hits[drawn].sum() / calls[drawn].sum() for drawn in draws]
    low, high = np.quantile(shares, (0.025, 0.975))
    figures = {"value": hit.mean(), "low": low, "high": high}
    return {name: round(float(figure), 6) for name, figure in figures.items()} | {"n": len(hit)}
