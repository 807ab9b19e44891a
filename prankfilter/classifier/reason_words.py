"""A reason in the reader's language, whatever language it was kept in."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from types import MappingProxyType

from prankfilter.classifier.sentences import DAYS_ID, PLACE
from prankfilter.features.row import Feature, Unit
from prankfilter.features.table import by_name
from prankfilter.language.words import SOURCE, Words


def reason_text(name: str, value: float, kept: str, words: Words) -> str:
    """Say a reason; one of a feature that is no more is said as it was kept.

    Parameters
    ----------
    name : str
        Of the feature.
    value : float
        NaN where it was unknown.
    kept : str
        What was said when the call was scored, in the source language.
    words : Words
        The reader's.
    """
    feature = by_name.get(name)
    if words.language == SOURCE or feature is None:
        return kept
    says = words(feature.says, value=PLACE)
    if math.isnan(value):
        said = words("tidak diketahui: {what}", what=says.replace(f": {PLACE}", "").replace(PLACE, "…"))
    else:
        said = says.replace(PLACE, _written(feature, value, words))
    return said[:1].upper() + said[1:]


def _written(feature: Feature, value: float, words: Words) -> str:
    if feature.unit is Unit.RATIO:
        return words.percent(value, 0) if feature.high <= 1 else words.number(value)
    write = _WRITTEN.get(feature.unit)
    return words.number(value) if write is None else write(value, words)


def _count(value: float, words: Words) -> str:
    return words.number(value, 0 if value.is_integer() else 1)


def _flag(value: float, words: Words) -> str:
    return words("ya") if value else words("tidak")


def _clock(value: float, _: Words) -> str:
    minutes = int(value * 60)
    return f"{minutes // 60 % 24:02d}.{minutes % 60:02d}"


def _whole(value: float, words: Words) -> str:
    return words.number(value, 0)


def _weekday(value: float, words: Words) -> str:
    return words(DAYS_ID[int(value)])


_WRITTEN: Mapping[Unit, Callable[[float, Words], str]] = MappingProxyType(
    {
        Unit.HERTZ: _whole,
        Unit.COUNT: _count,
        Unit.FLAG: _flag,
        Unit.PROBABILITY: lambda value, words: words.percent(value, 0),
        Unit.HOUR_OF_DAY: _clock,
        Unit.WEEKDAY: _weekday,
        Unit.METRES: _whole,
        Unit.LEVEL: _whole,
    }
)
