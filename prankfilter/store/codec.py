"""Values of the vocabulary as compact JSON and back, by their type hints alone.

What is None is left out. A number that is not finite is written as text ("nan"), so that the JSON stays valid
for any reader. Times keep their offset. Fields that this version does not know are passed over: a newer
process may write beside an older one.
"""

from __future__ import annotations

import dataclasses
import datetime as dt
import json
import math
import types
import typing
from collections.abc import Callable, Mapping
from collections.abc import Set as AbstractSet
from enum import StrEnum
from typing import Any, TypeVar

T = TypeVar("T")
Convert = Callable[[Any], Any]

_JSON = json.JSONEncoder(separators=(",", ":"), ensure_ascii=True, allow_nan=False)


def to_text(value: Any) -> str:
    """Write a dataclass of the vocabulary, or a plain mapping, as compact JSON."""
    return _JSON.encode(plain(value))


def from_text(kind: type[T], text: str) -> T:
    """Read a dataclass back from its JSON."""
    return from_plain(kind, json.loads(text))


def plain(value: Any) -> Any:
    """Turn a value into what JSON knows: mappings, lists, texts, numbers, true, false and null."""
    if value is None or isinstance(value, bool | int):
        return value
    if isinstance(value, str):
        return str(value)
    if isinstance(value, float):
        return float(value) if math.isfinite(value) else str(float(value))
    if isinstance(value, dt.datetime):
        return value.isoformat()
    if isinstance(value, Mapping):
        return {str(name): plain(one) for name, one in value.items()}
    if isinstance(value, AbstractSet):
        return sorted(plain(one) for one in value)
    if isinstance(value, list | tuple):
        return [plain(one) for one in value]
    if dataclasses.is_dataclass(value):
        fields = ((name, getattr(value, name)) for name in _names(type(value)))
        return {name: plain(one) for name, one in fields if one is not None}
    raise TypeError(f"{type(value).__name__} has no place in the store")


def from_plain(kind: type[T], values: Mapping[str, Any]) -> T:
    """Build a dataclass from plain values; what is missing or null takes its default, else None."""
    known = {name: read(values[name]) for name, read, _ in _readers(kind) if values.get(name) is not None}
    for name, _, required in _readers(kind):
        if required and name not in known:
            known[name] = None
    return kind(**known)


_names_of: dict[type, tuple[str, ...]] = {}
_readers_of: dict[type, tuple[tuple[str, Convert, bool], ...]] = {}


def _names(kind: type[Any]) -> tuple[str, ...]:
    if kind not in _names_of:
        _names_of[kind] = tuple(field.name for field in dataclasses.fields(kind))
    return _names_of[kind]


def _readers(kind: type[Any]) -> tuple[tuple[str, Convert, bool], ...]:
    if kind not in _readers_of:
        _readers_of[kind] = _make_readers(kind)
    return _readers_of[kind]


def _make_readers(kind: type[Any]) -> tuple[tuple[str, Convert, bool], ...]:
    hints = typing.get_type_hints(kind)
    return tuple(
        (
            field.name,
            _reader(hints[field.name]),
            field.default is dataclasses.MISSING and field.default_factory is dataclasses.MISSING,
        )
        for field in dataclasses.fields(kind)
    )


def _reader(hint: Any) -> Convert:
    """Return how a value with this hint is read back."""
    origin, inner = typing.get_origin(hint), typing.get_args(hint)
    if origin in (typing.Union, types.UnionType):
        (hint,) = (one for one in inner if one is not type(None))
        return _reader(hint)
    if origin in (tuple, frozenset):
        return _collection(origin, _reader(inner[0]))
    if origin is Mapping:
        return _mapping(_reader(inner[0]), _reader(inner[1]))
    if hint is dt.datetime:
        return dt.datetime.fromisoformat
    if hint is float or (isinstance(hint, type) and issubclass(hint, StrEnum)):
        return typing.cast("Convert", hint)
    if dataclasses.is_dataclass(hint):
        return lambda values: from_plain(typing.cast("type[Any]", hint), values)
    return _as_it_is


def _collection(kind: Convert, read: Convert) -> Convert:
    return lambda values: kind(read(value) for value in values)


def _mapping(read_name: Convert, read_value: Convert) -> Convert:
    return lambda values: {read_name(name): read_value(value) for name, value in values.items()}


def _as_it_is(value: Any) -> Any:
    return value
