"""Feature values as people in Indonesia write them."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from types import MappingProxyType

from prankfilter.features.row import Feature, Unit

PLACE = "{value}"
UNKNOWN = "tidak diketahui"
DAYS_ID = ("Senin", "Selasa", "Rabu", "Kamis", "Jumat", "Sabtu", "Minggu")


def number(value: float, places: int = 0) -> str:
    """Write a number with a decimal comma and dots between thousands.

    >>> number(1234.56, places=1), number(-0.04, places=1)
    ('1.234,6', '0,0')
    """
    rounded = round(value, places) + 0.0
    return f"{rounded:,.{places}f}".translate(str.maketrans(",.", ".,"))


def _tenths(value: float) -> str:
    return number(value, places=1)


def _duration(value: float) -> str:
    """Write seconds, hours or days: no more digits than anybody would say.

    >>> _duration(31.04), _duration(0.3)
    ('31', '0,3')
    """
    return _tenths(value).removesuffix(",0")


def _count(value: float) -> str:
    """Whole where it is whole; counts that decay with time are not.

    >>> _count(3.0), _count(2.84)
    ('3', '2,8')
    """
    return number(value, places=0 if value.is_integer() else 1)


def _percent(value: float) -> str:
    return f"{number(100 * value)}%"


def _ratio(feature: Feature, value: float) -> str:
    """Write shares of a whole in per cent, and ratios that can exceed 1 as they are."""
    return _percent(value) if feature.high <= 1 else _tenths(value)


def _flag(value: float) -> str:
    return "ya" if value else "tidak"


def _clock(value: float) -> str:
    """Write hours as a clock shows them.

    >>> _clock(14.5), _clock(23.9999)
    ('14.30', '23.59')
    """
    minutes = int(value * 60)
    return f"{minutes // 60 % 24:02d}.{minutes % 60:02d}"


def _weekday(value: float) -> str:
    return DAYS_ID[int(value)]


WRITTEN: Mapping[Unit, Callable[[float], str]] = MappingProxyType(
    {
        Unit.SECONDS: _duration,
        Unit.HOURS: _duration,
        Unit.DAYS: _duration,
        Unit.HERTZ: number,
        Unit.DECIBEL: _tenths,
        Unit.DECIBEL_PER_OCTAVE: _tenths,
        Unit.SEMITONES: _tenths,
        Unit.PER_SECOND: _tenths,
        Unit.COUNT: _count,
        Unit.FLAG: _flag,
        Unit.PROBABILITY: _percent,
        Unit.HOUR_OF_DAY: _clock,
        Unit.WEEKDAY: _weekday,
        Unit.METRES: number,
        Unit.LEVEL: number,
    }
)
"""How each unit but ``RATIO`` is written; the unit itself stands in `Feature.says`."""


def written(feature: Feature, value: float) -> str:
    """Write one known value."""
    return _ratio(feature, value) if feature.unit is Unit.RATIO else WRITTEN[feature.unit](value)


def sentence(feature: Feature, value: float, seconds: tuple[float, float] | None = None) -> str:
    """Say in Indonesian what a feature showed.

    Parameters
    ----------
    feature : Feature
        Its ``says`` holds `PLACE` where the value stands.
    value : float
        NaN where the feature was unknown, which can be a reason too.
    seconds : tuple of (start_s, end_s), optional
        Where in the sound it showed.
    """
    if math.isnan(value):
        said = f"{UNKNOWN}: {_without_value(feature.says)}"
    else:
        said = feature.says.replace(PLACE, written(feature, value))
    if seconds is not None:
        said = f"{said}, pada detik {_tenths(seconds[0])}–{_tenths(seconds[1])}"
    return said[:1].upper() + said[1:]


def _without_value(says: str) -> str:
    """Name what is unknown: what stands before the value, or the whole with a gap.

    >>> _without_value("jam sekolah: {value}"), _without_value("hening {value} detik")
    ('jam sekolah', 'hening … detik')
    """
    for ending in (f": {PLACE}", f" ({PLACE})"):
        if says.endswith(ending):
            return says.removesuffix(ending)
    return says.replace(PLACE, "…")
