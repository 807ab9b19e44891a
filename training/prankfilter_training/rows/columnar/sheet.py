"""A log's table with what several columns ask for, each worked out once."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from functools import cached_property
from typing import Any, TypeVar, cast

import numpy as np
import polars as pl
from numpy.typing import NDArray

from prankfilter.vocabulary import Attestation, Label, NumberKind, Verstat
from prankfilter_training.log.table import Log
from prankfilter_training.rows.columnar.clock import DAY_US, Clock, Ints, microseconds
from prankfilter_training.rows.columnar.numbers import Numbers

Floats = NDArray[np.float64]
Flags = NDArray[np.bool_]
T = TypeVar("T")

CALL_BACK = (pl.col("priority").str.to_lowercase() == "psap-callback").fill_null(value=False)
"""`CallRecord.is_call_back`."""

NUMBER_IS_VERIFIED = (pl.col("verstat").ne_missing(Verstat.FAILED.value)) & (
    pl.col("number_kind").eq_missing(NumberKind.ASSERTED.value)
    | pl.col("attestation").eq_missing(Attestation.A.value)
    | pl.col("verstat").eq_missing(Verstat.PASSED.value)
)
"""`CallRecord.number_is_verified`."""

ANSWERED = (
    pl.when(pl.col("answered_at").is_not_null())
    .then(statement=True)
    .when(pl.col("label") == Label.ABANDONED.value)
    .then(statement=False)
    .when(pl.col("label").is_null() | (pl.col("label") == Label.UNKNOWN.value))
    .then(statement=None)
    .otherwise(statement=True)
)
"""`LoggedCall.answered`."""


def named(name: str) -> pl.Expr:
    """A column of texts, of which an empty one tells nothing."""
    return pl.when(pl.col(name) != "").then(pl.col(name))


AREA = pl.coalesce(named("cell_id"), named("trunk"), named("centre_id"), pl.lit(""))
"""`CallRecord.area`."""


class Sheet:
    """A log for columns: its table, its clock, and the calls of each number side by side."""

    def __init__(self, log: Log) -> None:
        self.log, self.table = log, log.table
        self.clock = Clock(log.zone)
        self._worked_out: dict[Any, Any] = {}

    def __len__(self) -> int:
        return len(self.table)

    def once(self, work_out: Callable[[Sheet], T]) -> T:
        """Work something out once, however many columns need it; as `features.evidence.once` for one call."""
        if work_out not in self._worked_out:
            self._worked_out[work_out] = work_out(self)
        return cast(T, self._worked_out[work_out])

    def flags(self, expression: pl.Expr) -> Flags:
        """An expression that is never null, as an array."""
        return self.table.select(expression.alias("flag"))["flag"].to_numpy().astype(bool)

    def floats(self, expression: pl.Expr) -> Floats:
        """An expression as numbers, NaN where it is null."""
        column = self.table.select(expression.cast(pl.Float64).fill_null(np.nan).alias("value"))["value"]
        return column.to_numpy()

    def moments(self, expression: pl.Expr, missing_us: int) -> Ints:
        """An expression of moments as microseconds since 1970."""
        column = self.table.select(expression.dt.timestamp("us").fill_null(missing_us).alias("at"))["at"]
        return column.to_numpy()

    def codes(self, expression: pl.Expr) -> Ints:
        """A whole number for each text, -1 where it is null."""
        column = self.table.select(expression.cast(pl.Categorical).to_physical().alias("code"))["code"]
        return column.cast(pl.Int64).fill_null(-1).to_numpy()

    @cached_property
    def received_us(self) -> Ints:
        """When each call was received."""
        return self.moments(pl.col("received_at"), 0)

    @cached_property
    def wall_us(self) -> Ints:
        """What the clock on the centre's wall showed then."""
        return self.clock.wall(self.received_us)

    def before(self, window: dt.timedelta) -> Ints:
        """So long before each call by the clock on the wall: Python's ``received_at - window``."""
        return self.clock.moment(self.wall_us - microseconds(window))

    @cached_property
    def day(self) -> Ints:
        """The local day, counted from 1 January 1970."""
        return self.wall_us // DAY_US

    @cached_property
    def is_call_back(self) -> Flags:
        """Whether it is the centre that called."""
        return self.flags(CALL_BACK)

    @cached_property
    def verified(self) -> Flags:
        """Whether the network vouches for the number."""
        return self.flags(NUMBER_IS_VERIFIED)

    @cached_property
    def since_us(self) -> int | None:
        """Since when every attempt is on record, as `rows.history.observed_since` says."""
        answered = self.table.select(ANSWERED.alias("answered"))["answered"]
        return int(self.received_us[0]) if (answered == False).any() else None  # noqa: E712

    @cached_property
    def numbers(self) -> Numbers:
        """The calls of each number side by side."""
        return Numbers(self.codes(pl.col("caller")), self.received_us, self.is_call_back)

    def in_log_order(self, values: Floats) -> Floats:
        """Values by place in `numbers` as a column of the log, NaN where a call has no number."""
        column = np.full(len(self), np.nan)
        column[self.numbers.row] = values
        return column


def day_of(number: int) -> dt.date:
    """The date of a local day that is counted from 1970."""
    return dt.date(1970, 1, 1) + dt.timedelta(days=number)
