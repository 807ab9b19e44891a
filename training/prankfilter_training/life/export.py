"""Writing the service's calls as a labelled log, page by page, so that years of them need no memory."""

from __future__ import annotations

import datetime as dt
import os
from collections import Counter
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

import polars as pl
import pyarrow as pa
import pyarrow.parquet as pq
from tqdm import tqdm

from prankfilter.errors import BadInput
from prankfilter.store.port import CallFile, Store
from prankfilter.vocabulary import CallRecord
from prankfilter_training.life.exported import COLUMNS, Pseudonyms, logged_call
from prankfilter_training.log.call import LoggedCall
from prankfilter_training.log.table import table_of

CALLS = "calls.parquet"
PAGE = 2_000
"""Calls that are read and written together."""


@dataclass(frozen=True, slots=True)
class Exported:
    """What was written."""

    calls: int
    labels: Mapping[str, int]
    """Calls by label; those without one under ``""``."""
    ruled: int
    audited: int


def refuse_old_log(folder: Path) -> Path:
    """Return where the log will be, or raise `BadInput` where there is one already."""
    path = folder / CALLS
    if path.exists():
        raise BadInput(f"{path} is there already; give --out a folder without a log")
    return path


@contextmanager
def writing_whole(path: Path, schema: pa.Schema) -> Iterator[pq.ParquetWriter]:
    """Write a file of a log for its owner only: it appears, or replaces the old one, whole or not at all."""
    draft = path.with_name(f".{path.name}.draft")
    try:
        # Nobody else may read it, from its first byte on.
        os.close(os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600))
        with pq.ParquetWriter(draft, schema) as writer:
            yield writer
        draft.replace(path)
    finally:
        with suppress(FileNotFoundError):
            draft.unlink()


def write_export(
    store: Store, path: Path, names: Pseudonyms, *, since: dt.datetime, until: dt.datetime, page: int = PAGE
) -> Exported:
    """Write the calls received in [since, until); the file appears whole or not at all."""
    path.parent.mkdir(parents=True, exist_ok=True)
    cleared = cleared_calls(store, until)
    labels: Counter[str] = Counter()
    ruled = audited = 0
    schema = _frame([]).to_arrow().schema
    with writing_whole(path, schema) as writer, tqdm(desc="export", unit="call") as progress:
        for files in pages(store, since, until, page):
            calls = [
                logged_call(received, file, names, cleared_at=cleared.get(file.call_id))
                for received, file in files
            ]
            writer.write_table(_frame(calls).to_arrow().cast(schema))
            labels.update(call.label or "" for call in calls)
            ruled += sum(call.verdict is not None for call in calls)
            audited += sum(call.audit_probability is not None for call in calls)
            progress.update(len(calls))
    return Exported(labels.total(), dict(labels), ruled, audited)


def pages(
    store: Store, since: dt.datetime, until: dt.datetime, page: int
) -> Iterator[list[tuple[CallRecord, CallFile]]]:
    """All calls of a time, oldest first, each once, at most about a page at once.

    A page begins at the very moment at which the last one ended, since several calls may share it; more than
    a page of them make the page longer.
    """
    seen: set[str] = set()
    limit = page
    while True:
        listed = store.calls(since=since, until=until, limit=limit)
        files = [(file.record, file) for file in listed if file.record is not None]
        fresh = [(received, file) for received, file in files if file.call_id not in seen]
        if fresh:
            yield fresh
        if len(listed) < limit:
            return
        since = files[-1][0].received_at
        seen = {file.call_id for received, file in files if received.received_at == since}
        limit = page + len(seen)


def cleared_calls(store: Store, until: dt.datetime) -> dict[str, dt.datetime]:
    """When the number of a call was cleared, by the id of its last call before that."""
    found = {}
    for clearing in store.clearings(until=until):
        past = store.caller(clearing.caller, before=clearing.at, except_call="").past_calls
        if past:
            found[past[-1].call_id] = clearing.at
    return found


def _frame(calls: list[LoggedCall]) -> pl.DataFrame:
    return table_of(calls).select(COLUMNS)
