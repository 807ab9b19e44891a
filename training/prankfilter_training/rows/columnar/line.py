"""What the line tells, as columns: `prankfilter.features.line`, expression by expression."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import partial
from types import MappingProxyType

import polars as pl

from prankfilter.features import line
from prankfilter.vocabulary import AccessState, Channel, NumberKind, Verstat
from prankfilter_training.rows.columnar.sheet import NUMBER_IS_VERIFIED, Floats, Sheet

_ANY_WORD_ON_THE_NUMBER = pl.any_horizontal(pl.col("number_kind", "attestation", "verstat").is_not_null())


def _is(name: str, word: str) -> pl.Expr:
    """1 or 0 by whether a column holds a word, null where it is unknown."""
    return pl.col(name) == word


def _clipped(name: str, high: float) -> pl.Expr:
    value = pl.col(name).cast(pl.Float64)
    return pl.when(value.is_not_nan() & (value >= 0.0)).then(pl.min_horizontal(value, pl.lit(high)))


EXPRESSIONS: Mapping[str, pl.Expr] = {
    "number_asserted_flag": _is("number_kind", NumberKind.ASSERTED),
    "number_unverified_flag": _is("number_kind", NumberKind.UNVERIFIED),
    "number_withheld_flag": _is("number_kind", NumberKind.WITHHELD),
    "number_absent_flag": _is("number_kind", NumberKind.NONE),
    "number_verified_flag": pl.when(_ANY_WORD_ON_THE_NUMBER).then(NUMBER_IS_VERIFIED),
    "sim_less_flag": _is("access_state", AccessState.SIM_LESS),
    "not_initialised_flag": _is("access_state", AccessState.NSI),
    "unauthenticated_flag": _is("access_state", AccessState.UNAUTHENTICATED),
    "attestation_level": pl.col("attestation").replace_strict(
        {str(word): level for word, level in line.ATTESTATION_LEVELS.items()}, return_dtype=pl.Float64
    ),
    "verstat_failed_flag": _is("verstat", Verstat.FAILED),
    "ring_s": _clipped("ring_s", line.LONGEST_RING_S),
    "calls_waiting_count": _clipped("calls_waiting", line.MOST_WAITING),
    "location_known_flag": pl.all_horizontal(pl.col("latitude", "longitude").is_not_null()),
    "location_uncertainty_m": _clipped("uncertainty_m", line.LARGEST_UNCERTAINTY_M),
    "app_call_flag": _is("channel", Channel.APP_CALL),
}


def _column(sheet: Sheet, *, expression: pl.Expr) -> Floats:
    return sheet.floats(expression)


LINE_COLUMNS: Mapping[str, Callable[[Sheet], Floats]] = MappingProxyType(
    {name: partial(_column, expression=expression) for name, expression in EXPRESSIONS.items()}
)
