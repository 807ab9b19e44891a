"""One end of one swing: simulate a city, fit, and measure on its later calls."""

from __future__ import annotations

import dataclasses
import datetime as dt
import hashlib
import json
import tempfile
from collections.abc import Mapping
from pathlib import Path

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from prankfilter_training.bank.table import read_bank, voices_of
from prankfilter_training.fitting.artefacts import as_model, model_draft
from prankfilter_training.fitting.fit import Prepared, fit, prepare
from prankfilter_training.fitting.recipe import read_recipe
from prankfilter_training.log.logbook import read_log
from prankfilter_training.log.table import Log
from prankfilter_training.proof.bounds import lowest_threshold
from prankfilter_training.proof.callers import genuine_margins
from prankfilter_training.proof.effect import would_verify
from prankfilter_training.proof.replay import Replay, replayed
from prankfilter_training.rows.slices import Slice, elapsed
from prankfilter_training.simulation.profiles import CITY, with_changes
from prankfilter_training.simulation.simulate import SimulatedLog, simulate, write_log
from prankfilter_training.sound.source import BankSound
from sklearn.metrics import average_precision_score

from prankfilter.classifier.model import Model
from prankfilter.features.table import FEATURES, feature_digest
from prankfilter.routing.policies import POLICIES
from prankfilter.vocabulary import CERTIFIED_STRATA, KINDS, LOOKS_S, PRANK_LABELS, Label

START, SEED = dt.date(2025, 1, 1), 1
EDGES = (0.5, 0.6, 1.0)
"""Shares of the log for fitting, calibrating and measuring; speakers are split in the same way."""
HIT_SHARE = 0.01
"""Genuine calls hit at which recall is compared."""
ALPHA = 0.02
"""Of the certificate: a stricter one needs more genuine callers than these months have."""
DELTA = 0.05
DRAWS = 200
LOOK = 1 + LOOKS_S.index(5.0)

Figures = Mapping[str, float]
Floats = NDArray[np.float64]


def trial(changes: Mapping[str, str], days: int) -> Figures:
    """Measure one simulated city.

    Returns
    -------
    mapping of str to float
        ``recall``, ``recall_low``, ``recall_high``: pranks whose margin at 5 s exceeds that of all but 1 % of
        the genuine calls, with a 95 % interval over callers. ``true_hit``: calls that *truly* are genuine and
        exceed it too, however they were labelled. ``pr_auc``: at 5 s. ``certified_recall``,
        ``certified_true_hit``: the same under the threshold that a certificate would allow; NaN where there
        are too few genuine callers.
    """
    bank = read_bank()
    made = simulate(with_changes(CITY, changes), start=START, days=days, seed=SEED, voices=voices_of(bank))
    with tempfile.TemporaryDirectory() as folder:
        write_log(made, Path(folder))
        log = read_log(Path(folder)).must_be_sound()
    source = BankSound(bank)
    recipe, document = read_recipe()
    prepared = prepare(log, source, EDGES)
    fitted = fit(prepared, dataclasses.replace(recipe, evaluate_until=1.0))
    now = dt.datetime.combine(START, dt.time(), dt.UTC)
    draft = model_draft(
        fitted, recipe=dict(document), ears=16 * "0", simulated=True, learnt={}, created_at=now
    )
    model = as_model(draft)
    truth = _truth(made)
    replays = list(replayed(model, log, source, POLICIES["queue"]))
    return _ranked(model, prepared, truth) | _certified(model, log, replays, truth)


def key_of(changes: Mapping[str, str], days: int) -> str:
    """Name a trial by what its figures depend on: one of other features or another recipe is not used."""
    sizes = [days, SEED, START.isoformat(), EDGES, HIT_SHARE, ALPHA, DELTA]
    told = json.dumps([sorted(changes.items()), sizes, feature_digest(FEATURES), read_recipe()[1]])
    return hashlib.sha256(told.encode()).hexdigest()[:16]


def _truth(made: SimulatedLog) -> Mapping[str, str]:
    calls: pd.DataFrame = made.calls
    return dict(zip(calls["call_id"], calls["sim_true_label"], strict=True))


def _ranked(model: Model, prepared: Prepared, truth: Mapping[str, str]) -> dict[str, float]:
    chosen = prepared.part(Slice.EVALUATE) & (prepared.rows.look == LOOK)
    columns = [prepared.rows.features.index(feature) for feature in model.features]
    margin = model.score_rows(prepared.rows.values[chosen][:, columns], LOOKS_S[LOOK - 1]).margin
    kind = prepared.kind[chosen]
    prank = np.isin(kind, [KINDS.index(label) for label in PRANK_LABELS])
    genuine = kind == KINDS.index(Label.GENUINE)
    records = [prepared.calls[int(call)].record for call in prepared.rows.call[chosen]]
    truly = np.array([truth[record.call_id] == Label.GENUINE for record in records])
    callers = np.unique([record.caller or record.call_id for record in records], return_inverse=True)[1]
    low, high = _interval(margin, prank, genuine, callers)
    edge = _edge(margin[genuine])
    return {
        "recall": float((margin[prank] > edge).mean()),
        "recall_low": low,
        "recall_high": high,
        "true_hit": float((margin[truly] > edge).mean()),
        "pr_auc": float(average_precision_score(prank, margin)),
        "pranks": float(prank.sum()),
        "genuine": float(genuine.sum()),
    }


def _edge(genuine_margins_: Floats) -> float:
    return float(np.quantile(genuine_margins_, 1 - HIT_SHARE, method="higher"))


def _interval(
    margin: Floats, prank: NDArray[np.bool_], genuine: NDArray[np.bool_], callers: NDArray[np.int64]
) -> tuple[float, float]:
    """95 % of the recalls of callers drawn with replacement; each draw sets its own edge."""
    rng = np.random.default_rng(SEED)
    count = int(callers.max()) + 1
    recalls = []
    for _ in range(DRAWS):
        times = rng.multinomial(count, np.full(count, 1 / count))[callers]
        drawn = np.repeat(np.arange(len(margin)), times)
        edge = _edge(margin[drawn][genuine[drawn]])
        recalls.append((margin[drawn][prank[drawn]] > edge).mean())
    low, high = np.quantile(recalls, (0.025, 0.975))
    return float(low), float(high)


def _certified(model: Model, log: Log, replays: list[Replay], truth: Mapping[str, str]) -> dict[str, float]:
    ids = log.table["call_id"].to_numpy()
    later = set(ids[elapsed(log) >= EDGES[1]])
    replays = [replay for replay in replays if replay.call.record.call_id in later]
    found = {
        stratum: lowest_threshold(
            genuine_margins(replays, stratum, model.model_id), ALPHA, DELTA / len(CERTIFIED_STRATA)
        )
        for stratum in CERTIFIED_STRATA
    }
    values = {stratum: threshold.value for stratum, threshold in found.items() if threshold is not None}
    if not values:
        return {"certified_recall": np.nan, "certified_true_hit": np.nan, "strata": 0.0}
    caught = [would_verify(replay, values) for replay in replays]
    pranks = [hit for hit, replay in zip(caught, replays, strict=True) if replay.label in PRANK_LABELS]
    truly = [
        hit
        for hit, replay in zip(caught, replays, strict=True)
        if truth[replay.call.record.call_id] == Label.GENUINE
    ]
    return {
        "certified_recall": float(np.mean(pranks)),
        "certified_true_hit": float(np.mean(truly)),
        "strata": float(len(values)),
    }
