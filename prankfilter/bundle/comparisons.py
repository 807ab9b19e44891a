"""Comparisons on disk: ``comparisons/<id>.json`` with its signature beside it, trusted as models are.

A comparison tells how a challenger did against a champion on the same later calls. `prankfilter-train
compare` makes them; promotion reads them, and works out for itself from the figures what holds.
"""

from __future__ import annotations

import dataclasses
import datetime as dt
import json
import logging
import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from pathlib import Path
from types import MappingProxyType
from typing import Any

from prankfilter.bundle.digest import content_id, is_id
from prankfilter.bundle.trust import Trust, put_signed
from prankfilter.errors import ArtefactCorrupt, BadArtefact
from prankfilter.vocabulary import Basis

FOLDER = "comparisons"
FORMAT = 1
ALL_CALLS = "all"
"""The group of a figure that no slice was cut for."""
GENUINE_HIT = "genuine_hit"
"""Share of genuine callers above the operating point; the figure that the gate `bound` looks at."""

TOO_FEW = "too_few"
"""In `Comparison.extra`: names of the slices that nothing could be told of."""

_CAP_BYTES = 4_000_000
_MOMENTS = ("made_at", "period_start", "period_end")

log = logging.getLogger("prankfilter")


class Standing(StrEnum):
    """How a challenger's figure stands against the champion's."""

    HOLDS = "holds"
    """Not worse by more than the margin, as far as the interval reaches."""
    OPEN = "open"
    """The interval reaches below the margin: too few calls to tell."""
    WORSE = "worse"
    """Worse by more than the margin, and that is no noise: the whole interval lies below 0."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Figure:
    """One figure of both models on one group of the same calls.

    Attributes
    ----------
    metric, group : str
        What was measured, and of which calls; `ALL_CALLS` or the name of a slice.
    n : int
        Calls, or callers, it rests on.
    champion, challenger : float
    gain, low, high : float
        How much better the challenger is, in the metric's unit and always with better as positive, and its
        95 % interval over callers.
    margin : float
        The loss that is still accepted, not negative.
    """

    metric: str
    group: str
    n: int
    champion: float
    challenger: float
    gain: float
    low: float
    high: float
    margin: float

    @property
    def standing(self) -> Standing:
        """See `Standing`."""
        if self.low > -self.margin:
            return Standing.HOLDS
        return Standing.WORSE if self.gain < -self.margin and self.high < 0 else Standing.OPEN


@dataclass(frozen=True, slots=True, kw_only=True)
class Hit:
    """Genuine callers above one model's operating point; no caller had a part in setting it for himself."""

    thresholds: tuple[float, ...]
    """One for each half of the callers, set on the other. Natural log units, of the margin with or without
    the sound, whichever is smaller."""
    genuine_callers: int
    hits: int
    worst_case_share: float
    """Upper 95 % bound on the share (Clopper and Pearson)."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Comparison:
    """A challenger against a champion.

    Attributes
    ----------
    id : str
        First 16 hex digits of the SHA-256 of its content; "" before it is written.
    champion, challenger : str
        Ids of the models.
    basis : Basis
        Whether the calls are real.
    log : str
        Digest of the log.
    made_at, period_start, period_end : datetime
        Aware; the period is that of the calls.
    calls, callers : int
        What the figures rest on.
    left_out : Mapping[str, int]
        Calls of the log that were not used, by why.
    primary : str
        The metric that was named beforehand.
    figures : tuple of Figure
    champion_hit, challenger_hit : Hit
    hit_share : float
        The share of genuine callers that both operating points were set to hit.
    extra : Mapping
        What else it tells; plain JSON values.
    """

    id: str = ""
    champion: str
    challenger: str
    basis: Basis
    log: str
    made_at: dt.datetime
    period_start: dt.datetime
    period_end: dt.datetime
    calls: int
    callers: int
    left_out: Mapping[str, int]
    primary: str
    figures: tuple[Figure, ...]
    champion_hit: Hit
    challenger_hit: Hit
    hit_share: float
    extra: Mapping[str, Any] = field(default_factory=lambda: MappingProxyType({}))

    def figure(self, metric: str, group: str = ALL_CALLS) -> Figure | None:
        """The figure of a metric on a group of calls, if it was measured."""
        return next((one for one in self.figures if (one.metric, one.group) == (metric, group)), None)

    @property
    def primary_figure(self) -> Figure:
        """That of the metric that was named beforehand, on all calls."""
        return next(one for one in self.figures if (one.metric, one.group) == (self.primary, ALL_CALLS))

    def to_document(self) -> dict[str, Any]:
        """Plain JSON values, with the standing of each figure for those who read it; without the id."""
        document = {
            item.name: getattr(self, item.name) for item in dataclasses.fields(self) if item.name != "id"
        }
        return {
            "format": FORMAT,
            **document,
            "basis": self.basis.value,
            **{name: getattr(self, name).isoformat() for name in _MOMENTS},
            "left_out": dict(self.left_out),
            "figures": [{**dataclasses.asdict(one), "standing": one.standing.value} for one in self.figures],
            "champion_hit": dataclasses.asdict(self.champion_hit),
            "challenger_hit": dataclasses.asdict(self.challenger_hit),
            "extra": dict(self.extra),
        }


def load_comparisons(models: Path, trust: Trust) -> tuple[Comparison, ...]:
    """Read all comparisons that hold, the newest last.

    One that does not hold is as good as missing, and is named in the log.
    """
    comparisons = []
    for path in sorted((models / FOLDER).glob("*.json")):
        try:
            comparisons.append(read_comparison(path, trust))
        except BadArtefact as refusal:
            log.error("comparison refused: %s", refusal)
    return tuple(sorted(comparisons, key=lambda comparison: (comparison.made_at, comparison.id)))


def read_comparison(path: Path, trust: Trust) -> Comparison:
    """Read and verify one comparison; raises what `read_certificate` raises."""
    content = trust.read(path, f"{FOLDER}/{path.name}", cap_bytes=_CAP_BYTES)
    try:
        document = json.loads(content)
        comparison, content_id = comparison_of(document), _id_of(document)
    except (ValueError, KeyError, TypeError, AttributeError, OverflowError) as problem:
        raise ArtefactCorrupt(f"{path}: it cannot be read ({problem!r}). {_REMEDY}") from problem
    if not document["id"] == content_id == path.stem:
        raise ArtefactCorrupt(f"{path}: its id is not the hash of its content. {_REMEDY}")
    if complaint := _complaint(comparison):
        raise ArtefactCorrupt(f"{path}: {complaint}. {_REMEDY}")
    return comparison


_REMEDY = "Make it again with `prankfilter-train compare`."


def write_comparison(models: Path, comparison: Comparison, *, sign: Callable[[bytes], bytes]) -> Comparison:
    """Write a comparison below a folder of models and return it with the id that its content gives it.

    Raises ValueError if its figures cannot be those of a comparison.
    """
    if complaint := _complaint(comparison):
        raise ValueError(f"no comparison can be written: {complaint}")
    document = comparison.to_document()
    named = dataclasses.replace(comparison, id=_id_of(document))
    content = json.dumps({"id": named.id, **document}, indent=1, ensure_ascii=False, allow_nan=False)
    put_signed(models / FOLDER / f"{named.id}.json", f"{content}\n".encode(), sign)
    return named


def _id_of(document: Mapping[str, Any]) -> str:
    return content_id({name: value for name, value in document.items() if name != "id"})


def comparison_of(document: Mapping[str, Any]) -> Comparison:
    """Read `Comparison.to_document`; raises what reading plain values raises where it is none."""
    if document["format"] != FORMAT:
        raise ValueError(f"it is not of format {FORMAT}")
    plain = {item.name: document[item.name] for item in dataclasses.fields(Comparison)}
    figures = [{k: v for k, v in one.items() if k != "standing"} for one in document["figures"]]
    return Comparison(
        **{
            **plain,
            "basis": Basis(document["basis"]),
            **{name: dt.datetime.fromisoformat(document[name]) for name in _MOMENTS},
            "left_out": MappingProxyType(dict(document["left_out"])),
            "figures": tuple(Figure(**one) for one in figures),
            **{name: _hit_of(document[name]) for name in ("champion_hit", "challenger_hit")},
            "extra": MappingProxyType(dict(document["extra"])),
        }
    )


def _hit_of(document: Mapping[str, Any]) -> Hit:
    return Hit(**{**document, "thresholds": tuple(document["thresholds"])})


def _complaint(comparison: Comparison) -> str | None:
    """Say what keeps the figures from being those of a comparison; None where nothing does."""
    if not (is_id(comparison.champion) and is_id(comparison.challenger)):
        return "it does not name two models"
    if any(getattr(comparison, name).tzinfo is None for name in _MOMENTS):
        return "a time has no offset"
    if comparison.figure(comparison.primary) is None:
        return f"its primary metric {comparison.primary} was not measured"
    for one in comparison.figures:
        numbers = (one.champion, one.challenger, one.gain, one.low, one.high, one.margin)
        if not all(math.isfinite(number) for number in numbers) or one.margin < 0 or one.low > one.high:
            return f"the figures of {one.metric} on {one.group} cannot be"
    for hit in (comparison.champion_hit, comparison.challenger_hit):
        if not 0 <= hit.hits <= hit.genuine_callers or not 0 <= hit.worst_case_share <= 1:
            return f"it counts {hit.hits} of {hit.genuine_callers} genuine callers"
    return None
