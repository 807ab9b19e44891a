"""Times in the cells of a log → moments in UTC: plain shapes by the column, any other by its reader."""

from __future__ import annotations

import datetime as dt
from zoneinfo import ZoneInfo

import polars as pl

from prankfilter.privacy.intake import MISSING_WORDS
from prankfilter_training.log.columns import Column
from prankfilter_training.log.spellings import Misspelt, end_of_day, plain_time
from prankfilter_training.log.table import MOMENT

_DATE = r"(19|20)\d\d-(0[1-9]|1[0-2])-(0[1-9]|[12]\d|3[01])"
_DAY_FIRST = r"(0[1-9]|[12]\d|3[01])/(0[1-9]|1[0-2])/(19|20)\d\d"
_CLOCK = r"([01]\d|2[0-3]):[0-5]\d:[0-5]\d"
_FRACTION = r"(\.\d{1,6})?"
_OFFSET = r"[+-]([01]\d|2[0-3]):[0-5]\d"
_PLAIN_TIMES = (
    (rf"^{_DATE}T{_CLOCK}{_FRACTION}{_OFFSET}$", "%Y-%m-%dT%H:%M:%S%.f", len("+08:00")),
    (rf"^{_DATE} {_CLOCK}{_FRACTION}{_OFFSET}$", "%Y-%m-%d %H:%M:%S%.f", len("+08:00")),
    (rf"^{_DATE}T{_CLOCK}{_FRACTION}$", "%Y-%m-%dT%H:%M:%S%.f", 0),
    (rf"^{_DATE} {_CLOCK}{_FRACTION}$", "%Y-%m-%d %H:%M:%S%.f", 0),
    (rf"^{_DAY_FIRST} {_CLOCK}$", "%d/%m/%Y %H:%M:%S", 0),
)
"""Shapes of time, how the column reads them, and how many characters of offset follow."""

_WITH_OFFSET = r"[:.]\d\d([.,]\d+)? ?([Zz]|[+-]\d\d:?\d\d|WIB|WITA|WIT)\s*$"
_DAY_ONLY_CHARACTERS = len("2025-03-01")
DAY_ONLY = "tells the day only; add the time of day"


def moment_of(text: str, column: Column, zone: dt.tzinfo) -> dt.datetime:
    """Read one time as serving reads it, else as a spreadsheet writes it; without an offset it is the zone's.

    Raises ``ValueError`` (`Misspelt` where there is a remedy of its own) if it is no time.
    """
    try:
        moment: dt.datetime = column.reader.read(text)
    except ValueError:
        plain = plain_time(text)
        if len(plain) > _DAY_ONLY_CHARACTERS:
            moment = column.reader.read(plain)
        elif column.day_will_do:
            moment = end_of_day(plain)
        else:
            raise Misspelt(DAY_ONLY) from None
    return (moment if moment.tzinfo else moment.replace(tzinfo=zone)).astimezone(dt.UTC)


def quick_times(texts: pl.Series, zone: dt.tzinfo) -> pl.Series:
    """Moments of those texts that have one of the plain shapes; null for all others."""
    read = pl.repeat(None, len(texts), dtype=MOMENT, eager=True)
    known = texts.count()
    for shape, form, offset_length in _PLAIN_TIMES:
        fits = texts.str.contains(shape).fill_null(value=False)
        if not fits.any():
            continue
        plain = texts.set(~fits, None)
        local = plain.str.head(-offset_length) if offset_length else plain
        naive = local.str.to_datetime(form, time_unit="us", strict=False)
        found = _less_offset(naive, plain.str.tail(offset_length)) if offset_length else in_utc(naive, zone)
        read = read.zip_with(read.is_not_null(), found)
        if read.count() == known:
            break
    return read


def _less_offset(naive: pl.Series, offset: pl.Series) -> pl.Series:
    """Local times less their offsets, of which a log has few."""
    spans = {text: dt.datetime.strptime(text, "%z").utcoffset() for text in offset.drop_nulls().unique()}
    shift = offset.replace_strict(spans, default=None, return_dtype=pl.Duration("us"))
    return (naive - shift).dt.replace_time_zone("UTC")


def in_utc(times: pl.Series, zone: dt.tzinfo) -> pl.Series:
    """Moments in UTC of typed times; those without an offset are the zone's, as Python reads them there."""
    if times.dtype.time_zone is not None:  # type: ignore[attr-defined]
        return times.dt.convert_time_zone("UTC").cast(MOMENT)
    if not isinstance(zone, ZoneInfo):
        return _one_by_one(times, zone)
    local = times.dt.replace_time_zone(zone.key, ambiguous="earliest", non_existent="null")
    read = local.dt.convert_time_zone("UTC").cast(MOMENT)
    skipped = read.is_null() & times.is_not_null()  # in the hour that a clock was put forward
    return read.zip_with(~skipped, _one_by_one(times.set(~skipped, None), zone)) if skipped.any() else read


def _one_by_one(times: pl.Series, zone: dt.tzinfo) -> pl.Series:
    return pl.Series(times.name, [_local(time, zone) for time in times], dtype=MOMENT)


def _local(time: dt.datetime | None, zone: dt.tzinfo) -> dt.datetime | None:
    return None if time is None else time.replace(tzinfo=zone).astimezone(dt.UTC)


def local_times(cells: pl.Series) -> int:
    """How many times of a column were given without an offset."""
    if cells.dtype != pl.String:
        return 0 if getattr(cells.dtype, "time_zone", None) else cells.count()
    others = cells.filter(~cells.str.contains(_PLAIN_TIMES[0][0]))
    known = others.filter(~others.str.strip_chars().is_in(MISSING_WORDS))
    return int((~known.str.contains(_WITH_OFFSET)).sum())
