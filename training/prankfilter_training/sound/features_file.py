"""``audio_features.parquet``: numbers that stand for a log's sound, where the sound itself must not travel.

One row a call and look, with the digests of the columns and of the ears that measured them. A recording that
is shorter than the first look has one row at 0 s, without values: so a call that was heard in vain differs
from one that nobody listened to.
"""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping
from pathlib import Path

import numpy as np
import polars as pl

from prankfilter.bundle.ears import Ears
from prankfilter.errors import BadInput
from prankfilter.features.table import feature_digest
from prankfilter.vocabulary import LOOKS_S
from prankfilter_training.sound.source import NOTHING_HEARD, SOUND_COLUMNS, CallSound

NAME = "audio_features.parquet"
TOO_SHORT_S = 0.0
MOST_NAMED = 10
_SLACK = 1e-6
_REMEDY = "measure the recordings anew with `prankfilter-train sound`"
_VALUES = [feature.name for feature in SOUND_COLUMNS]
_SCHEMA: pl.Schema = pl.Schema(
    {
        "call_id": pl.String(),
        "look_s": pl.Float64(),
        "digest": pl.String(),
        "ears": pl.String(),
        "silent": pl.Boolean(),
        **{name: pl.Float64() for name in _VALUES},
    }
)
"""``digest`` is that of `SOUND_COLUMNS`; null and NaN are both unknown; columns end with their unit."""


def sound_digest() -> str:
    """Name the columns of sound and their versions; numbers of another digest mean something else."""
    return feature_digest(SOUND_COLUMNS)


def write_features(path: Path, sounds: Mapping[str, CallSound], ears: Ears) -> int:
    """Write what was heard of calls, whole or not at all, and return the number of rows."""
    table = pl.DataFrame(
        [row for call_id in sorted(sounds) for row in _rows(call_id, sounds[call_id], ears.digest)],
        schema=_SCHEMA,
        orient="row",
    )
    beside = path.with_name(f".{path.name}.{os.getpid()}")
    table.write_parquet(beside, compression="zstd")
    beside.replace(path)
    return len(table)


def read_features(path: Path, *, ears: Ears, call_ids: pl.Series) -> dict[str, CallSound]:
    """Read the numbers that stand for the sound of a log's calls.

    Parameters
    ----------
    path : Path
        As `write_features` writes it.
    ears : Ears
        Those that the model runs with; numbers of other ears are refused.
    call_ids : Series of str
        All calls of the log.

    Returns
    -------
    dict
        The sound of each ``call_id`` that has rows, without looks where there was too little.

    Raises
    ------
    BadInput
        If it is no such table, was measured by another front end or other ears, speaks of calls that the log
        does not have, tells a look twice or leaves one out, or holds values that no sound has.
    """
    table = _read(path)
    _refuse_another(path, table, "digest", sound_digest(), "features of sound")
    _refuse_another(path, table, "ears", ears.digest, "ears")
    _refuse_calls(
        path,
        table.filter(~pl.col("call_id").is_in(call_ids.implode())),
        "the log has no such calls; take the rows out, or give the log that they belong to",
    )
    table = table.sort("call_id", "look_s")
    calls = table.group_by("call_id", maintain_order=True).agg("look_s")
    whole = pl.Series([_is_whole(looks) for looks in calls["look_s"].to_list()], dtype=pl.Boolean)
    _refuse_calls(
        path,
        calls.filter(~whole),
        f"their rows must be the looks {_seconds(LOOKS_S)} from the first on, each once and none left out, "
        f"or a single row at {TOO_SHORT_S:g} s; {_REMEDY}",
    )
    _refuse_values(path, table.filter(pl.col("look_s") > TOO_SHORT_S))
    return dict(_sounds(table, calls["look_s"].list.len().to_list()))


def _rows(call_id: str, sound: CallSound, ears: str) -> Iterator[tuple[object, ...]]:
    if not len(sound.values):
        yield call_id, TOO_SHORT_S, sound_digest(), ears, None, *(None for _ in _VALUES)
    for look_s, silent, values in zip(LOOKS_S, sound.silent.tolist(), sound.values.tolist(), strict=False):
        yield call_id, look_s, sound_digest(), ears, silent, *values


def _read(path: Path) -> pl.DataFrame:
    try:
        table = pl.read_parquet(path)
    except (OSError, pl.exceptions.PolarsError) as problem:
        raise BadInput(f"{path} cannot be read as Parquet; restore it, or {_REMEDY}") from problem
    missing = [name for name in _SCHEMA if name not in table.columns]
    unknown = [name for name in table.columns if name not in _SCHEMA]
    if missing or unknown:
        said = [f"lacks {', '.join(missing)}"] * bool(missing)
        said += [f"has unknown columns {', '.join(unknown)}"] * bool(unknown)
        raise BadInput(f"{path} {' and '.join(said)}; {_REMEDY}")
    try:
        table = table.select(list(_SCHEMA)).cast(_SCHEMA)
    except pl.exceptions.PolarsError as problem:
        raise BadInput(f"{path} holds values of another type ({problem}); {_REMEDY}") from problem
    if table.select(pl.any_horizontal(pl.col("call_id", "look_s").is_null().any())).item():
        raise BadInput(f"{path} has rows without call_id or look_s; {_REMEDY}")
    return table.with_columns(pl.col(_VALUES).fill_null(np.nan))


def _refuse_another(path: Path, table: pl.DataFrame, column: str, ours: str, what: str) -> None:
    theirs = [str(value) for value in table[column].unique().sort() if value != ours]
    if theirs:
        raise BadInput(
            f"{path} was measured with other {what}: it says {', '.join(theirs)}, here they are {ours}; "
            f"{_REMEDY}, or use the version of prankfilter and the ears that measured it"
        )


def _refuse_calls(path: Path, calls: pl.DataFrame, problem: str) -> None:
    several = calls["call_id"].unique().sort().to_list()
    if several:
        more = f" and {len(several) - MOST_NAMED} more" if len(several) > MOST_NAMED else ""
        raise BadInput(f"{path}: call_id {', '.join(several[:MOST_NAMED])}{more}: {problem}")


def _refuse_values(path: Path, heard: pl.DataFrame) -> None:
    """Every value must be unknown or in the range that the feature table declares."""
    _refuse_calls(path, heard.filter(pl.col("silent").is_null()), f"silent is missing; {_REMEDY}")
    for feature in SOUND_COLUMNS:
        value = pl.col(feature.name)
        fits = value.is_nan() | value.is_between(feature.low - _SLACK, feature.high + _SLACK)
        _refuse_calls(
            path,
            heard.filter(~fits),
            f"{feature.name} must lie between {feature.low:g} and {feature.high:g}; {_REMEDY}",
        )


def _is_whole(looks: list[float]) -> bool:
    return looks == [TOO_SHORT_S] or (bool(looks) and tuple(looks) == LOOKS_S[: len(looks)])


def _sounds(table: pl.DataFrame, looks: list[int]) -> Iterator[tuple[str, CallSound]]:
    """Cut a table that is sorted by call and look into calls."""
    values, silent = table.select(_VALUES).to_numpy(), table["silent"].fill_null(value=False).to_numpy()
    too_short = (table["look_s"] == TOO_SHORT_S).to_numpy()
    start, call_ids = 0, table["call_id"].to_list()
    for count in looks:
        end = start + count
        sound = NOTHING_HEARD if too_short[start] else CallSound(values[start:end], silent[start:end])
        yield call_ids[start], sound
        start = end


def _seconds(looks_s: tuple[float, ...]) -> str:
    return ", ".join(f"{look_s:g}" for look_s in looks_s)
