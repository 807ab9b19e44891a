"""What the calls were like that a model learned from: kept in its bundle, so that no log is needed later."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from prankfilter.classifier.model import Model
from prankfilter.classifier.population import Array, Distribution, distribution, edges_of
from prankfilter.classifier.score_drift import RING_LOOK, SCORE
from prankfilter.features.area import AREA_FEATURES
from prankfilter.features.caller import CALLER_FEATURES
from prankfilter.features.memory import MEMORY, SURGE_DAYS
from prankfilter.features.row import Feature
from prankfilter.vocabulary import KINDS, Moment
from prankfilter_training.evaluation.judged import LOOK_NAMES, PRANK_KINDS, judged, units_of
from prankfilter_training.fitting.fit import Prepared
from prankfilter_training.rows.build import RING
from prankfilter_training.rows.slices import elapsed

SCORED_LOOKS = (RING_LOOK, "5 s")
"""Where scores are compared: what metadata says, and the look that most calls live to with something said."""


LEAST_ROWS = 100
"""With fewer, a column is not compared."""

WARM_UP: Mapping[str, dt.timedelta] = {
    **{feature.name: dt.timedelta(days=SURGE_DAYS) for feature in AREA_FEATURES},
    **{feature.name: MEMORY for feature in CALLER_FEATURES},
}
"""How long a log must run before a column is what it will be: history that looks back grows so long."""

FORGOTTEN_FROM = {"since_last_call_h": MEMORY / dt.timedelta(hours=1)}
"""From this value on a column only says that the log is old; it counts as unknown here."""

Columns = Mapping[str, Mapping[str, Distribution]]
"""By look, then by feature or `SCORE`."""


@dataclass(frozen=True, slots=True, eq=False)
class Reference:
    """What calls were like.

    Attributes
    ----------
    calls : int
    first, last : str
        When they were received.
    simulated : bool
    columns : Columns
    labels : Distribution
        Of places in `KINDS`.
    pranks : Distribution
        Of 0 and 1: whether a call was a prank.
    """

    calls: int
    first: str
    last: str
    simulated: bool
    columns: Columns
    labels: Distribution
    pranks: Distribution

    def as_json(self) -> dict[str, Any]:
        """Plain values for a bundle's ``evaluation.json``."""
        return {
            "calls": self.calls,
            "first": self.first,
            "last": self.last,
            "simulated": self.simulated,
            "columns": {
                look: {name: one.as_json() for name, one in columns.items()}
                for look, columns in self.columns.items()
            },
            "labels": self.labels.as_json(),
            "pranks": self.pranks.as_json(),
        }

    @classmethod
    def from_json(cls, values: Mapping[str, Any]) -> Reference:
        """Read what `as_json` wrote."""
        return cls(
            **{name: values[name] for name in ("calls", "first", "last", "simulated")},
            columns={
                look: {name: Distribution.from_json(one) for name, one in columns.items()}
                for look, columns in values["columns"].items()
            },
            labels=Distribution.from_json(values["labels"]),
            pranks=Distribution.from_json(values["pranks"]),
        )


def reference_of(
    model: Model | None, prepared: Prepared, *, seen_until: float = 0.0, until: float = 1.0
) -> Reference:
    """Describe the calls that a model learned from, or those of any log.

    Parameters
    ----------
    model : Model, optional
        Without one there are no scores.
    prepared : Prepared
        All its labelled calls count, also those dropped from the slices: callers who call again are a part
        of what is usual.
    seen_until, until : float
        Shares of the log's time. Columns and labels are described up to ``until``; scores only from
        ``seen_until`` on, since a model scores the calls that it was fitted on more boldly.
    """
    share = elapsed(prepared.log)[prepared.rows.call]
    before = share < until
    return described(model, prepared, before, before & (share >= seen_until))


def described(
    model: Model | None,
    prepared: Prepared,
    chosen: NDArray[np.bool_],
    scored: NDArray[np.bool_],
    like: Reference | None = None,
) -> Reference:
    """Describe some rows; ``like`` gives the bins."""
    sample = Sample(prepared)
    columns: dict[str, dict[str, Distribution]] = {}
    of_features = sample.features(chosen)
    of_scores = sample.scores(model, scored) if model is not None else iter(())
    for look, name, rows, values in (*of_features, *of_scores):
        known = like.columns.get(look, {}).get(name) if like else None
        if len(rows) >= LEAST_ROWS and (known is not None or like is None):
            edges = edges_of(values) if known is None else known.edges
            columns.setdefault(look, {})[name] = distribution(values, edges, sample.clusters(rows))
    rings = np.flatnonzero(chosen & (prepared.rows.look == RING))
    kind, clusters = prepared.kind[rings], sample.clusters(rings)
    received = sorted(sample.received[prepared.rows.call[rings]].tolist()) or [0, 0]
    return Reference(
        calls=len(rings),
        first=_moment(received[0], prepared),
        last=_moment(received[-1], prepared),
        simulated=prepared.log.simulated,
        columns=columns,
        labels=distribution(kind.astype(float), np.arange(len(KINDS) - 1.0), clusters),
        pranks=distribution(np.isin(kind, PRANK_KINDS).astype(float), np.zeros(1), clusters),
    )


class Sample:
    """Rows of a log, column by column, with what makes them belong together."""

    def __init__(self, prepared: Prepared) -> None:
        self._prepared = prepared
        table = prepared.log.table
        self.received = table["received_at"].dt.epoch("s").to_numpy()
        self._since_start_s = self.received - (self.received[0] if len(self.received) else 0)
        day = self._since_start_s // 86_400
        self._units = (*(unit.of_row for unit in units_of(table)), day, day // 7)

    def clusters(self, rows: NDArray[np.intp]) -> list[NDArray[np.int64]]:
        """Caller, speaker where known, day and week of each row."""
        calls = self._prepared.rows.call[rows]
        return [of_call[calls] for of_call in self._units]

    def features(self, chosen: NDArray[np.bool_]) -> Iterator[tuple[str, str, NDArray[np.intp], Array]]:
        """Yield look, name, rows and values of every column at every look where it is known."""
        rows = self._prepared.rows
        for number, look in enumerate(LOOK_NAMES):
            here = chosen & (rows.look == number)
            for place, feature in enumerate(rows.features):
                if (feature.known_from is Moment.RING) is (number == RING):
                    warm = np.flatnonzero(here & self._is_warm(feature))
                    values = rows.values[warm, place]
                    forgotten = values >= FORGOTTEN_FROM.get(feature.name, np.inf)
                    yield look, feature.name, warm, np.where(forgotten, np.nan, values)

    def scores(
        self, model: Model, chosen: NDArray[np.bool_]
    ) -> Iterator[tuple[str, str, NDArray[np.intp], Array]]:
        """Yield the same of the prank score, at `SCORED_LOOKS`."""
        looks = [LOOK_NAMES.index(look) for look in SCORED_LOOKS]
        chosen = chosen & np.isin(self._prepared.rows.look, looks) & self._is_old(MEMORY)
        for look, rows in judged(model, self._prepared, chosen).items():
            yield look, SCORE, rows.place, rows.score

    def _is_warm(self, feature: Feature) -> NDArray[np.bool_]:
        return self._is_old(WARM_UP.get(feature.name, dt.timedelta(0)))

    def _is_old(self, age: dt.timedelta) -> NDArray[np.bool_]:
        return np.asarray(self._since_start_s[self._prepared.rows.call] >= age.total_seconds())


def _moment(epoch_s: float, prepared: Prepared) -> str:
    return dt.datetime.fromtimestamp(epoch_s, prepared.log.zone).isoformat()
