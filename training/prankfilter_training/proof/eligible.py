"""Which calls may certify a model: later than all it learned from, two years old at most, unmeasured."""

from __future__ import annotations

import datetime as dt
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum

import numpy as np
import polars as pl

from prankfilter.classifier.model import Model
from prankfilter.errors import BadInput
from prankfilter.vocabulary import Basis
from prankfilter_training.log.table import Log
from prankfilter_training.proof.ledger import call_digests
from prankfilter_training.proof.ledger_file import Digests
from prankfilter_training.proof.replay import Replay

OLDEST_CALL = dt.timedelta(days=730)
"""Calls up to two years old may count."""


class LeftOut(StrEnum):
    """Why a call that was replayed certifies nothing; the first that holds is named."""

    LEARNT = "received before the model had learned all it knows"
    FUTURE = "received in the future"
    OLD = "more than two years old"
    MEASURED = "measured by `evaluate` or `compare` before"


@dataclass(frozen=True, slots=True, eq=False)
class Eligible:
    """Calls that may certify, and how many may not."""

    replays: tuple[Replay, ...]
    digests: Digests
    """Names of the calls, as the ledger has them."""
    left_out: Mapping[LeftOut, int]


def eligible(
    replays: Sequence[Replay], *, after: dt.datetime | None, as_of: dt.datetime, measured: Digests
) -> Eligible:
    """Take the calls that may certify.

    Parameters
    ----------
    replays : sequence of Replay
    after : datetime or None
        Until when the model learned; None where it learned from no calls of this world.
    as_of : datetime
        When the certificate is issued.
    measured : ndarray of uint64
        Calls that served `evaluate` or `compare` (`ledger.call_digests`).
    """
    digests = digests_of(replays)
    known = np.isin(digests, measured)
    reasons = [_reason(replay, after, as_of) for replay in replays]
    reasons = [
        reason or (LeftOut.MEASURED if seen else None) for reason, seen in zip(reasons, known, strict=True)
    ]
    kept = np.array([reason is None for reason in reasons], dtype=bool)
    return Eligible(
        replays=tuple(replay for replay, keep in zip(replays, kept, strict=True) if keep),
        digests=digests[kept],
        left_out=Counter(reason for reason in reasons if reason is not None),
    )


def _reason(replay: Replay, after: dt.datetime | None, as_of: dt.datetime) -> LeftOut | None:
    at = replay.call.record.received_at
    if after is not None and at < after:
        return LeftOut.LEARNT
    if at > as_of:
        return LeftOut.FUTURE
    return LeftOut.OLD if as_of - at > OLDEST_CALL else None


def digests_of(replays: Sequence[Replay]) -> Digests:
    """Names of calls, as the ledger has them."""
    records = [replay.call.record for replay in replays]
    columns = {
        "call_id": [record.call_id for record in records],
        "received_at": [record.received_at.astimezone(dt.UTC) for record in records],
    }
    return call_digests(
        pl.DataFrame(columns, schema={"call_id": pl.String, "received_at": pl.Datetime("us", "UTC")})
    )


def basis_of(logs: Sequence[Log]) -> Basis:
    """Whether the logs are of real or of simulated calls; never both.

    A certificate of simulated calls must never pass for a real one: sound from the feature bank gives a log
    away that has lost the file that says how it was simulated.
    """
    kinds = {log.simulated for log in logs}
    if len(kinds) != 1:
        raise BadInput("simulated and real calls cannot certify together; give logs of one kind")
    if kinds == {True}:
        return Basis.SIMULATED
    if any(log.table["bank_key"].is_not_null().any() for log in logs):
        raise BadInput(
            "the column bank_key names clips of the feature bank, as simulated calls do, but simulation.json "
            "is not beside the log; put it back"
        )
    return Basis.REAL


def learnt_until(model: Model, basis: Basis) -> dt.datetime | None:
    """Until when a model learned from calls like these.

    A model that learned from simulated calls has seen no real one, whatever dates the simulator wrote.

    Raises
    ------
    BadInput
        If the bundle does not tell, and the calls are real.
    """
    extra = model.manifest.extra
    if basis is Basis.REAL and extra.get("basis") == Basis.SIMULATED:
        return None
    learnt = extra.get("learnt")
    if isinstance(learnt, Mapping) and "until" in learnt:
        return dt.datetime.fromisoformat(learnt["until"])
    if basis is Basis.REAL:
        raise BadInput(
            f"model {model.model_id} does not tell until when it learned, so no call can be known to be "
            "later; fit it again"
        )
    return None
