"""What depends on several fields of a call record, settled by the code that serves.

Each distinct combination of values is settled once. A row whose text fields may hold its calling number is
settled by itself, with all its texts, since there the intake drops them.
"""

from __future__ import annotations

import hashlib
from collections import defaultdict
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

import polars as pl

from prankfilter.privacy.intake import hide_numbers, settle_location
from prankfilter.privacy.numbers import NotANumber, to_e164
from prankfilter.vocabulary import AccessState, NumberKind
from prankfilter_training.log.columns import RECORD_COLUMNS, Kind
from prankfilter_training.log.faults import Caution, Fault

_TEXTS = tuple(
    column.name
    for column in RECORD_COLUMNS
    if column.kind in (Kind.TEXT, Kind.ADDRESS) or column.name in ("priority", "resource_priority")
)
"""Fields that a router may have put the calling number into."""

_NUMBER_INPUTS = ("calling_number", "number_kind", "access_state", "called_number")
_NUMBER_OUTPUTS = ("caller", "number_tail", "number_kind", "called_number")
_LOCATION = ("latitude", "longitude")
_WORDS: Mapping[str, Callable[[str], Any]] = {"number_kind": NumberKind, "access_state": AccessState}
_MISSING = "; counted as missing"
_TELLING_DIGITS = 8
_FEWEST_DIGITS = 7


@dataclass(frozen=True, slots=True)
class _Settled:
    values: dict[str, Any]
    told: tuple[str, ...]
    """The intake's own sentences."""


def settle(table: pl.DataFrame) -> tuple[pl.DataFrame, list[Fault], list[Caution]]:
    """Settle numbers and location.

    Parameters
    ----------
    table : DataFrame
        Fields of call records as they were read, ``calling_number`` among them, and ``row``.

    Returns
    -------
    DataFrame
        Without ``calling_number``; with ``caller`` and ``number_tail`` where it was a number.
    list of Fault
        What the intake would count as missing, by row.
    list of Caution
        What it would mend by itself.
    """
    told: dict[str, list[int]] = defaultdict(list)
    if set(_LOCATION) & set(table.columns):
        table = _apply(table, _LOCATION, _LOCATION, _location, told)
    if set(_NUMBER_INPUTS) & set(table.columns):
        table = _with_numbers_settled(table, told)
    return table, *_parted(told)


def _with_numbers_settled(table: pl.DataFrame, told: dict[str, list[int]]) -> pl.DataFrame:
    table = table.with_row_index("place")
    suspicious = _may_hold_its_number(table)
    plain = _apply(table.filter(~suspicious), _NUMBER_INPUTS, _NUMBER_OUTPUTS, _numbers, told)
    if suspicious.any():
        inputs, outputs = (*_NUMBER_INPUTS, *_TEXTS), (*_NUMBER_OUTPUTS, *_TEXTS)
        others = _apply(table.filter(suspicious), inputs, outputs, _numbers, told)
        plain = pl.concat([plain, others.select(plain.columns)]).sort("place")
    return plain.drop("place", "calling_number", strict=False)


def _apply(
    table: pl.DataFrame,
    inputs: tuple[str, ...],
    outputs: tuple[str, ...],
    rule: Callable[[dict[str, Any]], _Settled],
    told: dict[str, list[int]],
) -> pl.DataFrame:
    """Replace the outputs by what a rule makes of each distinct combination of inputs; note what it told."""
    names = [name for name in inputs if name in table.columns]
    combinations = table.select(names).unique(maintain_order=True)
    settled = [rule(_known(values)) for values in combinations.iter_rows(named=True)]
    made = {name: [one.values.get(name) for one in settled] for name in outputs}
    kinds = {name: table.schema.get(name, pl.String()) for name in outputs}
    found = pl.DataFrame({**{name: made[name] for name in outputs}}, schema=kinds).rename(
        {name: f"settled {name}" for name in outputs}
    )
    keyed = combinations.hstack(found).with_row_index("combination")
    joined = table.join(keyed, on=names, how="left", nulls_equal=True, maintain_order="left")
    _collect(joined, settled, told)
    replaced = joined.with_columns(pl.col(f"settled {name}").alias(name) for name in outputs)
    return replaced.drop("combination", *(f"settled {name}" for name in outputs))


def _collect(joined: pl.DataFrame, settled: list[_Settled], told: dict[str, list[int]]) -> None:
    faulty = [place for place, one in enumerate(settled) if one.told]
    if not faulty:
        return
    hit = joined.filter(pl.col("combination").is_in(faulty)).select("row", "combination")
    for row, combination in hit.iter_rows():
        for sentence in settled[combination].told:
            told[sentence].append(row)


def _known(values: Mapping[str, Any]) -> dict[str, Any]:
    return {
        name: _WORDS[name](value) if name in _WORDS else value
        for name, value in values.items()
        if value is not None
    }


def _location(values: dict[str, Any]) -> _Settled:
    faults: list[str] = []
    settle_location(values, faults)
    return _Settled(values, tuple(faults))


def _numbers(values: dict[str, Any]) -> _Settled:
    faults: list[str] = []
    hide_numbers(values, faults, pseudonym_in_memory)
    plain = {name: str(value) for name, value in values.items()}
    return _Settled(plain, tuple(faults))


def _parted(told: Mapping[str, list[int]]) -> tuple[list[Fault], list[Caution]]:
    """The intake's sentences: what counts as missing there is refused here, what it mends is a caution."""
    faults: list[Fault] = []
    cautions: list[Caution] = []
    for sentence, rows in told.items():
        column, _, remedy = sentence.removesuffix(_MISSING).partition(": ")
        if sentence.endswith(_MISSING):
            faults += [Fault(row, column, remedy) for row in rows]
        else:
            cautions.append(Caution(column, remedy, tuple(sorted(rows))))
    return faults, cautions


def _may_hold_its_number(table: pl.DataFrame) -> pl.Series:
    """Rows in whose texts the digits of the calling number may stand; some that are harmless too."""
    texts = [pl.col(name).fill_null("") for name in _TEXTS if name in table.columns]
    if "calling_number" not in table.columns or not texts:
        return pl.repeat(value=False, n=len(table), dtype=pl.Boolean, eager=True)
    numbers = table["calling_number"].drop_nulls().unique()
    telling = {number: _telling(number) for number in numbers}
    digits = pl.concat_str(texts).str.replace_all(r"[^0-9]", "")
    needle = pl.col("calling_number").replace_strict(telling, default=None, return_dtype=pl.String)
    holds = pl.when(needle == "").then(digits.str.len_bytes() >= _FEWEST_DIGITS)
    return table.select(
        holds.otherwise(digits.str.contains(needle, literal=True)).fill_null(value=False)
    ).to_series()


def _telling(number: str) -> str:
    """The digits that give a number away; empty where only the intake knows."""
    try:
        return to_e164(number)[-_TELLING_DIGITS:]
    except NotANumber:
        return ""


def pseudonym_in_memory(e164: str) -> str:
    """Tell numbers apart while a log is read; this never leaves memory, so it needs no key."""
    return hashlib.sha256(e164.encode()).hexdigest()
