"""The same steps as the commands, for notebooks; stable names, values in and values out.

>>> from prankfilter_training import notebook
>>> log = notebook.load_log("training/sample_log")
>>> len(log.calls)
200

Models, keys and ledger are those of the environment (``PRANKFILTER_MODELS``, ``PRANKFILTER_KEYS``), as for
the commands: what is measured here can no more certify than what `prankfilter-train evaluate` measured.

``sound`` is a folder with recordings (``audio_path`` is relative to it) or with ``audio_features.parquet``; a
simulated log needs none.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import numpy as np
import polars as pl

from prankfilter.bundle.ears import Ears
from prankfilter.classifier.model import Model
from prankfilter.routing.policies import POLICIES
from prankfilter.vocabulary import LOOKS_S, Certificate
from prankfilter_training.commands import door
from prankfilter_training.evaluation.evaluate import evaluation
from prankfilter_training.evaluation.unseen import unseen
from prankfilter_training.fitting.fit import Prepared, prepare
from prankfilter_training.fitting.recipe import SHIPPED, read_recipe
from prankfilter_training.log.logbook import read_log
from prankfilter_training.log.table import Log
from prankfilter_training.proof.certify import Claim
from prankfilter_training.proof.issuing import Order, calibration, issue
from prankfilter_training.proof.ledger import Purpose, record_use
from prankfilter_training.shipped import shipped_ears
from prankfilter_training.sound.choice import LogSound, sound_of_log
from prankfilter_training.sound.extract import Extraction
from prankfilter_training.training import Trained, train

__all__ = ["certify", "evaluate", "features", "fit", "load_log"]


def load_log(path: str | Path, *, zone: str | dt.tzinfo | None = None) -> Log:
    """Read a log without faults.

    Parameters
    ----------
    path : str or Path
        A folder with ``calls.parquet``, ``calls.csv`` or ``calls.jsonl``.
    zone : str or tzinfo, optional
        The centre's, such as ``"Asia/Makassar"``; a simulated log knows its own.

    Returns
    -------
    Log
        ``log.table`` is a polars table, one row a call; ``log.calls`` gives the same calls one by one.

    Raises
    ------
    BadInput
        Naming the faults.
    """
    return read_log(Path(path), zone=ZoneInfo(zone) if isinstance(zone, str) else zone).must_be_sound()


def features(log: Log, *, sound: str | Path | None = None) -> pl.DataFrame:
    """The rows a model would see: one for each look that an answered, labelled call lived to.

    Returns
    -------
    polars.DataFrame
        ``call_id``, ``look_s`` (null: while it rings), ``label``, then one column a feature; NaN is unknown.
    """
    prepared = _prepared(log, sound)
    rows = prepared.rows
    look_s = [None, *LOOKS_S]
    known = {
        "call_id": log.table["call_id"].gather(rows.call),
        "look_s": pl.Series([look_s[look] for look in rows.look], dtype=pl.Float64),
        "label": pl.Series([str(prepared.labels[call]) for call in rows.call], dtype=pl.String),
    }
    columns = {feature.name: rows.values[:, place] for place, feature in enumerate(rows.features)}
    return pl.DataFrame(known | columns)


def fit(
    log: Log,
    *,
    recipe: str | Path | None = None,
    sound: str | Path | None = None,
    name: str = "notebook",
) -> Trained:
    """Fit a model and write its bundle below the folder of models, signed by this installation.

    Parameters
    ----------
    recipe : path, optional
        The shipped one by default.
    name : str
        What the card calls the log.

    Returns
    -------
    Trained
        ``model``, ``folder`` and ``evaluation`` of it.
    """
    here = door.settings()
    values, document = read_recipe(Path(recipe) if recipe else SHIPPED)
    ears = shipped_ears(here.models)
    return train(
        log,
        _sound_of(log, sound, ears),
        values,
        document,
        ears=ears,
        models=here.models,
        sign=door.signer(here).sign,
        created_at=door.now(),
        described_as=f"{'simulated, ' if log.simulated else ''}{name}",
    )


def evaluate(model: Model, log: Log, *, sound: str | Path | None = None) -> Mapping[str, Any]:
    """Measure a model on the calls of a log that it did not learn from; see `evaluation` for the figures.

    The ledger notes the calls: what was measured on cannot certify.
    """
    prepared = _prepared(log, sound)
    left = unseen(model.manifest.extra.get("learnt"), log)
    chosen = left.calls[prepared.rows.call]
    record_use(
        door.settings().models,
        log.table[np.unique(prepared.rows.call[chosen])],
        purpose=Purpose.EVALUATE,
        model_ids=[model.model_id],
        now=door.now(),
    )
    return evaluation(model, prepared, chosen, simulated=log.simulated)


def certify(
    model: Model,
    logs: Sequence[Log],
    *,
    alpha: float = 0.001,
    confidence: float = 0.95,
    policy: str = "queue",
    sound: str | Path | None = None,
) -> tuple[Certificate, Mapping[str, Any]]:
    """Make a certificate from later logs.

    It is written nowhere but in the ledger; `prankfilter-train certify` with the same calls gives the same
    one as a file.

    Raises
    ------
    NotEnough
        With "N of M genuine callers".
    ReviewNeeded
        On real calls, which need a blind second review.
    """
    here = door.settings()
    ears = shipped_ears(here.models)
    order = Order(
        models=here.models,
        model=model,
        policy=POLICIES[policy],
        claim=Claim(alpha=alpha, confidence=confidence),
        now=door.now(),
    )
    sources = [_sound_of(log, sound, ears) for log in logs]
    return issue(order, calibration(order, logs, sources, Purpose.CERTIFY))


def _prepared(log: Log, sound: str | Path | None) -> Prepared:
    return prepare(log, _sound_of(log, sound, shipped_ears(door.settings().models)), (0.0, 0.0))


def _sound_of(log: Log, sound: str | Path | None, ears: Ears) -> LogSound:
    folder = None if sound is None else Path(sound)
    return sound_of_log(log, folder=folder, audio_root=folder, ears=ears, how=Extraction())
