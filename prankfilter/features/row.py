"""The shape of one row of the feature table."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from enum import StrEnum

from prankfilter.features.evidence import Evidence
from prankfilter.features.places import Place
from prankfilter.vocabulary import Moment


class Unit(StrEnum):
    """Unit of a value; the value is also the last part of the feature's name."""

    SECONDS = "s"
    HOURS = "h"
    DAYS = "d"
    HERTZ = "hz"
    DECIBEL = "db"
    DECIBEL_PER_OCTAVE = "db_per_octave"
    SEMITONES = "semitones"
    PER_SECOND = "per_s"
    RATIO = "ratio"
    COUNT = "count"
    FLAG = "flag"
    PROBABILITY = "probability"
    HOUR_OF_DAY = "hour"
    WEEKDAY = "weekday"
    METRES = "m"
    LEVEL = "level"


class Source(StrEnum):
    """Where a feature's evidence comes from; ablations and the guard `single_group` go by it."""

    LINE = "line"
    CALENDAR = "calendar"
    CALLER = "caller"
    AREA = "area"
    SOUND = "sound"


@dataclass(frozen=True, slots=True, kw_only=True)
class Feature:
    """One row: what it is called, what it means, when it is known, how it is computed.

    Attributes
    ----------
    name : str
        Ends with its unit.
    known_from : Moment
        ``ring`` or ``audio``. What is known only after the call has no place here.
    version : int
        Rises when the computation changes; golden values catch a change without one.
    meaning, missing : str
        What a value says, and what NaN says.
    low, high : float
        Every value but NaN lies in [low, high].
    compute : callable
        ``Evidence -> float``, NaN for unknown. Never raises.
    says : str
        The reason in Indonesian, with ``{value}`` where the number stands (`classifier.explain`).
    where : Place or None
        The seconds of sound it stems from; every row of sound has some.
    """

    name: str
    unit: Unit
    source: Source
    known_from: Moment
    version: int
    meaning: str
    missing: str
    low: float
    high: float
    compute: Callable[[Evidence], float]
    says: str
    where: Place | None = None
