"""Reasons in words, in the reader's language, with the seconds that can be played."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from types import MappingProxyType

from prankfilter.classifier.sentences import DAYS_ID, PLACE
from prankfilter.features.row import Feature, Unit
from prankfilter.features.table import by_name
from prankfilter.language.words import SOURCE, Words
from prankfilter.vocabulary import Reason


@dataclass(frozen=True, slots=True)
class ReasonView:
    """One reason as a page shows it."""

    text: str
    speaks_for_prank: bool
    weight: float
    """Its share in all that moved the score, 0 to 1."""
    start_s: float | None
    end_s: float | None


def views_of(reasons: tuple[Reason, ...], words: Words) -> list[ReasonView]:
    """Return reasons in the order of their weight."""
    total = sum(abs(reason.contribution) for reason in reasons) or 1.0
    return [
        ReasonView(
            text=text_of(reason, words),
            speaks_for_prank=reason.contribution > 0,
            weight=abs(reason.contribution) / total,
            start_s=reason.start_s,
            end_s=reason.end_s,
        )
        for reason in reasons
    ]


def text_of(reason: Reason, words: Words) -> str:
    """Say a reason in a language; one of a feature that is no more is said as it was kept."""
    feature = by_name.get(reason.feature)
    if words.language == SOURCE or feature is None:
        return reason.text
    says = words(feature.says, value=PLACE)
    if math.isnan(reason.value):
        said = words("tidak diketahui: {what}", what=says.replace(f": {PLACE}", "").replace(PLACE, "…"))
    else:
        said = says.replace(PLACE, _written(feature, reason.value, words))
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
