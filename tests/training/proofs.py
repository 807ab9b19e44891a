"""Calls with given margins, and a model that gives them: for tests of the proof."""

from __future__ import annotations

import datetime as dt
import hashlib
import math
from collections.abc import Iterable, Sequence
from pathlib import Path
from types import SimpleNamespace
from typing import Any, cast

import numpy as np
import polars as pl
from numpy.typing import NDArray
from prankfilter_training.log.call import LoggedCall
from prankfilter_training.log.table import Log, table_of
from prankfilter_training.proof.certify import Claim
from prankfilter_training.proof.issuing import Order
from prankfilter_training.proof.replay import Replay
from prankfilter_training.sound.source import CHILD_VOICE, SOUND_COLUMNS, CallSound

from prankfilter.classifier.model import Model
from prankfilter.routing.policies import POLICIES
from prankfilter.vocabulary import LOOKS_S, Label, Stratum, Verdict
from tests.builders import ZONE
from tests.training.logs import logged

DAY_MIN = 60.0 * 24
QUEUE = POLICIES["queue"]
LOOSE = Claim(alpha=0.2, confidence=0.8)
"""Needs 14 genuine callers at the first use of calls, 17 at the second."""


def replay(margin: float, *, minutes: float = 0.0, stratum: Stratum = Stratum.REPEAT, **over: Any) -> Replay:
    """A genuine call with this margin; ``record`` holds fields of its record, the rest is of `Replay`."""
    record = {"call_id": f"call-{minutes}-{margin}", **over.pop("record", {})}
    label = over.pop("label", Label.GENUINE)
    call = logged(label, minutes=minutes, record=record, **over.pop("call", {}))
    return Replay(call, label, {stratum: margin}, **over)


def strangers(
    margins: Iterable[float], *, stratum: Stratum = Stratum.OTHER, first_day: int = 0, **over: Any
) -> list[Replay]:
    """One call each of callers who have nothing to do with each other, a day apart."""
    out = []
    for day, margin in enumerate(margins, first_day):
        name = f"{stratum}-{day}"
        record = {"call_id": name, "caller": name, "cell_id": name, **over.get("record", {})}
        own = {key: value for key, value in over.items() if key != "record"}
        out.append(replay(margin, minutes=DAY_MIN * day / 24, stratum=stratum, record=record, **own))
    return out


class FixedModel:
    """A model without columns that gives every earned call the same margin."""

    model_id = "0123456789abcdef"
    feature_digest = "f" * 64
    features = ()

    def __init__(self, *, margin: float = 2.0, **extra: Any) -> None:
        self._margin = margin
        self.manifest = SimpleNamespace(extra=extra)

    def score_rows(self, rows: NDArray[np.float64], look_s: float | None) -> SimpleNamespace:
        """The margin, with sound and without."""
        del look_s
        return SimpleNamespace(
            margin=np.full(len(rows), self._margin), margin_without_sound=np.full(len(rows), self._margin)
        )


def model(margin: float = 2.0, **extra: Any) -> Model:
    """A model that learned from real calls until the day before the first call of `logged`."""
    until = dt.datetime(2025, 8, 31, tzinfo=ZONE).isoformat()
    return cast(Model, FixedModel(margin=margin, **{"basis": "real", "learnt": {"until": until}} | extra))


class Spoken:
    """Ten seconds of a grown-up voice in every call, but for those that are named."""

    def __init__(self, *without: str) -> None:
        self._without = without

    def of(self, call: LoggedCall) -> CallSound | None:
        """Its looks."""
        if call.record.call_id in self._without:
            return None
        values = np.zeros((len(LOOKS_S), len(SOUND_COLUMNS)))
        values[:, CHILD_VOICE] = 0.1
        return CallSound(values, np.zeros(len(LOOKS_S), dtype=bool))


def log_of(calls: Sequence[LoggedCall], *, simulated: bool = False) -> Log:
    """A log of these calls, in order of time."""
    ordered = sorted(calls, key=lambda call: call.record.received_at)
    table = table_of(ordered)
    digest = hashlib.sha256(table.write_json().encode()).hexdigest()
    return Log(table, ZONE, simulated=simulated, faults=(), digest=digest)


def genuine_calls(count: int, *, first_day: int = 0) -> list[LoggedCall]:
    """Genuine calls of strangers, one a day."""
    return [
        logged(
            minutes=DAY_MIN * day,
            record={"call_id": f"genuine-{day}", "caller": f"citizen-{day}", "cell_id": f"cell-{day}"},
        )
        for day in range(first_day, first_day + count)
    ]


def prankster(name: str, *, calls: int = 5, first_day: int = 0) -> list[LoggedCall]:
    """Pranks of one number, a day apart, confirmed a day later: the fifth is the first to earn ``verify``."""
    out = []
    for day in range(first_day, first_day + calls):
        record = {"call_id": f"{name}-{day}", "caller": name, "cell_id": name}
        call = logged(Label.JOKE_OR_ABUSE, minutes=DAY_MIN * day + 60, record=record)
        ruled = {
            "verdict": Verdict.CONFIRMED,
            "verdict_by": "ratna",
            "verdict_at": call.record.received_at + dt.timedelta(hours=25),
            "verdict_label": Label.JOKE_OR_ABUSE,
        }
        out.append(logged(Label.JOKE_OR_ABUSE, minutes=DAY_MIN * day + 60, record=record, **ruled))
    return out


def order(models: Path, *, days_later: float = 40, **over: Any) -> Order:
    """An order for a loose certificate, given so many days after the first of September 2025."""
    now = dt.datetime(2025, 9, 1, tzinfo=ZONE) + dt.timedelta(days=days_later)
    known: dict[str, Any] = {"model": model(), "policy": QUEUE, "claim": LOOSE, "now": now}
    return Order(models=models, **known | over)


def named_calls(first: int, last: int) -> pl.DataFrame:
    """Calls as the ledger wants them named, a minute apart."""
    start = dt.datetime(2026, 1, 1, tzinfo=dt.UTC)
    times = [start + dt.timedelta(minutes=place) for place in range(first, last)]
    return pl.DataFrame({"call_id": [f"call-{place}" for place in range(first, last)], "received_at": times})


RULED_OUT = -math.inf
