"""A labelled log as a table: one row a call, typed columns, in order of time.

What works on millions of rows works on the columns; what works on one call asks for it as a `LoggedCall`.
"""

from __future__ import annotations

import dataclasses
import datetime as dt
import types
import typing
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from types import MappingProxyType
from typing import Any, overload

import polars as pl

from prankfilter.errors import BadInput
from prankfilter.vocabulary import CallRecord
from prankfilter_training.log.call import LoggedCall
from prankfilter_training.log.faults import Caution, Fault

MOST_FAULTS_SHOWN = 20
MOMENT = pl.Datetime("us", "UTC")
_TYPES: Mapping[object, pl.DataType] = MappingProxyType(
    {
        str: pl.String(),
        bool: pl.Boolean(),
        int: pl.Int64(),
        float: pl.Float64(),
        dt.datetime: MOMENT,
        tuple[str, ...]: pl.List(pl.String()),
    }
)


def _plain_types(kind: type) -> dict[str, Any]:
    """What each field of a dataclass holds, its None left out."""
    hints = typing.get_type_hints(kind)
    plain = {}
    for field in dataclasses.fields(kind):
        hint = hints[field.name]
        if isinstance(hint, types.UnionType):
            hint = next(part for part in typing.get_args(hint) if part is not types.NoneType)
        plain[field.name] = hint
    return plain


RECORD_TYPES = _plain_types(CallRecord)
CALL_TYPES = {name: hint for name, hint in _plain_types(LoggedCall).items() if name != "record"}


def _column_type(hint: Any) -> pl.DataType:
    return pl.String() if isinstance(hint, type) and issubclass(hint, StrEnum) else _TYPES[hint]


SCHEMA: Mapping[str, pl.DataType] = MappingProxyType(
    {name: _column_type(hint) for name, hint in {**RECORD_TYPES, **CALL_TYPES}.items()}
)
"""Columns of a log's table: the fields of `CallRecord`, then those of `LoggedCall`. Null is unknown; words of
the vocabulary are text; moments are UTC."""


@dataclass(frozen=True, slots=True, eq=False)
class Log:
    """A labelled log, in order of time."""

    table: pl.DataFrame
    """Columns as in `SCHEMA`, sorted by ``received_at`` and ``call_id``."""
    zone: dt.tzinfo
    simulated: bool
    faults: tuple[Fault, ...]
    digest: str
    """SHA-256 over the file: the same log, the same digest."""
    cautions: tuple[Caution, ...] = ()
    """What was guessed or looks odd."""

    @property
    def calls(self) -> Calls:
        """The calls, each made when it is asked for."""
        return Calls(self.table, self.zone)

    def must_be_sound(self) -> Log:
        """The log itself, or `BadInput` with its first faults."""
        if not self.faults:
            return self
        shown = "\n".join(f"  {fault}" for fault in self.faults[:MOST_FAULTS_SHOWN])
        more = "\n  …" if len(self.faults) > MOST_FAULTS_SHOWN else ""
        raise BadInput(
            f"the log has {len(self.faults)} faults; `prankfilter-train check` names them all:\n{shown}{more}"
        )


class Calls(Sequence[LoggedCall]):
    """The rows of a table as calls."""

    def __init__(self, table: pl.DataFrame, zone: dt.tzinfo) -> None:
        self._table, self._zone = table, zone

    def __len__(self) -> int:
        return len(self._table)

    def __iter__(self) -> Iterator[LoggedCall]:
        return (call_of(row, self._zone) for row in self._table.iter_rows(named=True))

    @overload
    def __getitem__(self, place: int) -> LoggedCall: ...
    @overload
    def __getitem__(self, place: slice) -> Calls: ...
    def __getitem__(self, place: int | slice) -> LoggedCall | Calls:
        if isinstance(place, slice):
            return Calls(self._table[place], self._zone)
        return call_of(self._table.row(place, named=True), self._zone)


def table_of(calls: Iterable[LoggedCall]) -> pl.DataFrame:
    """Write calls as a table, in the order given."""
    rows = [
        {name: getattr(call.record, name) for name in RECORD_TYPES}
        | {name: getattr(call, name) for name in CALL_TYPES}
        for call in calls
    ]
    return pl.DataFrame([_plain(row) for row in rows], schema=dict(SCHEMA))


def call_of(row: Mapping[str, Any], zone: dt.tzinfo) -> LoggedCall:
    """Read one row of a table as a call; moments in the centre's zone."""
    record = CallRecord(**{name: _typed(row[name], hint, zone) for name, hint in RECORD_TYPES.items()})
    return LoggedCall(
        record=record, **{name: _typed(row[name], hint, zone) for name, hint in CALL_TYPES.items()}
    )


def _plain(row: Mapping[str, Any]) -> dict[str, Any]:
    return {
        name: value.astimezone(dt.UTC)
        if isinstance(value, dt.datetime)
        else str(value)
        if isinstance(value, StrEnum)
        else list(value)
        if isinstance(value, tuple)
        else value
        for name, value in row.items()
    }


def _typed(value: Any, hint: Any, zone: dt.tzinfo) -> Any:
    if value is None:
        return None
    if isinstance(value, dt.datetime):
        return value.astimezone(zone)
    if isinstance(value, list):
        return tuple(value)
    return hint(value) if isinstance(hint, type) and issubclass(hint, StrEnum) else value
