"""Taking those who were erased out of a log that was exported before."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import polars as pl
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from prankfilter.errors import BadInput
from prankfilter.privacy.erasures import ExportNames
from prankfilter_training.life.export import CALLS, writing_whole
from prankfilter_training.sound.features_file import NAME as SOUND

_ROWS = 50_000
"""Rows that are rewritten together."""


@dataclass(frozen=True, slots=True)
class Forgotten:
    """What went out of a log."""

    calls: int
    looks: int
    """Rows of `SOUND`."""


def forget(folder: Path, erased: Mapping[str, dt.datetime], names: ExportNames | None) -> Forgotten:
    """Write a log anew without the calls that were erased; each file is whole, the old one or the new.

    Parameters
    ----------
    folder : Path
        With ``calls.parquet``, as ``export`` wrote it.
    erased : Mapping
        When each name was erased (`prankfilter.privacy.erasures.noted`). A number's later calls stay.
    names : ExportNames, optional
        For a log that kept the service's own call ids: they are erased under the names that these give them.

    Raises
    ------
    BadInput
        If there is no such log.
    """
    path = folder / CALLS
    if not path.exists():
        raise BadInput(
            f"{path}: no such file; give the folder of a log that `prankfilter-train export` wrote"
        )
    gone = pa.array(_erased_calls(path, erased, names), pa.string())
    # What was heard of a call goes first: stopped in between, the call's own row still leads there.
    looks = _leave_out(folder / SOUND, gone) if (folder / SOUND).exists() else 0
    return Forgotten(_leave_out(path, gone), looks)


def _erased_calls(path: Path, erased: Mapping[str, dt.datetime], names: ExportNames | None) -> list[str]:
    columns = pl.read_parquet(path, columns=["call_id", "caller", "received_at"])
    return [
        call_id
        for call_id, caller, received_at in columns.select("call_id", "caller", "received_at").iter_rows()
        if call_id in erased
        or (caller in erased and received_at < erased[caller])
        or (names is not None and any(name in erased for name in names.of_call(call_id)))
    ]


def _leave_out(path: Path, gone: pa.Array) -> int:
    """Write a Parquet file without the rows of some calls, and return how many those were."""
    is_gone = pc.is_in(_call_ids(pq.read_table(path, columns=["call_id"])), gone)
    out = int(pc.sum(is_gone).as_py() or 0)
    if out:
        file = pq.ParquetFile(path)
        with writing_whole(path, file.schema_arrow) as writer:
            for batch in file.iter_batches(batch_size=_ROWS):
                writer.write_batch(batch.filter(pc.invert(pc.is_in(_call_ids(batch), gone))))
    return out


def _call_ids(rows: pa.Table | pa.RecordBatch) -> pa.Array | pa.ChunkedArray:
    return rows["call_id"].cast(pa.string())
