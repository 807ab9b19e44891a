"""What a model was learned from, call by call, and what was left out and why."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import polars as pl

from prankfilter.vocabulary import KINDS, AudioCapture, Label
from prankfilter_training.fitting.fit import Fitted, Prepared
from prankfilter_training.rows.build import RING
from prankfilter_training.rows.slices import Slice

SLICES: Mapping[Slice, str] = {
    Slice.FIT: "fit",
    Slice.CALIBRATE: "calibrate",
    Slice.EVALUATE: "evaluate",
    Slice.RESERVED: "reserved",
    Slice.DROPPED: "dropped",
}
NOTES = """\
dropped: the caller, or the incident, is heard of again in a later slice.
reserved: seen by nobody, for a certificate."""

_REASONS = (
    ("call-back of the centre", pl.col("priority") == "psap-callback"),
    ("never answered", pl.col("answered_at").is_null() & (pl.col("label") == Label.ABANDONED)),
    ("overturned, and nothing said in its place", pl.col("verdict") == "overturned"),
    ("labelled after seeing a score", pl.col("advice_shown")),
    ("not labelled, or unknown", pl.lit(value=True)),
)
"""Why a call teaches nothing; the first that holds counts."""


@dataclass(frozen=True, slots=True)
class Account:
    """Counts of calls. ``taught`` and ``left_out`` together are all calls of the log."""

    calls: int
    taught: Mapping[str, Mapping[str, int]]
    """By kind, then by slice."""
    with_sound: int
    """Calls of ``taught`` that have a look with sound."""
    left_out: Mapping[str, int]
    """Calls that teach nothing, by reason."""
    kinds_left_out: tuple[str, ...]
    """Kinds with too few calls to learn from."""
    other_sound: int
    """Calls whose sound was ignored: it is not known to be the caller's own from before the answer."""

    def as_values(self) -> dict[str, Any]:
        """For ``--json``."""
        return {
            "calls": self.calls,
            "taught": {kind: dict(of) for kind, of in self.taught.items()},
            "with_sound": self.with_sound,
            "left_out": dict(self.left_out),
            "kinds_left_out": list(self.kinds_left_out),
            "other_sound": self.other_sound,
        }

    def as_text(self) -> str:
        """A table of kinds and slices, then what was left out."""
        columns = list(SLICES.values())
        head = "kind".ljust(16) + "".join(name.rjust(11) for name in columns)
        body = [
            kind.ljust(16) + "".join(f"{of[name]:>11,}" for name in columns)
            for kind, of in self.taught.items()
        ]
        teaching = sum(count for of in self.taught.values() for count in of.values())
        lines = [
            f"{teaching:,} of {self.calls:,} calls, {self.with_sound:,} of them with sound:",
            head,
            *body,
        ]
        lines += [NOTES]
        lines += [f"left out: {count:,} calls, {reason}" for reason, count in self.left_out.items()]
        lines += [f"kind left out, too few calls to fit on: {kind}" for kind in self.kinds_left_out]
        if self.other_sound:
            lines.append(
                f"sound of {self.other_sound:,} calls was not used: audio_capture is not caller_before_answer"
            )
        return "\n".join(lines)


def account(prepared: Prepared, fitted: Fitted) -> Account:
    """Count what became of every call of a log."""
    rows, table = prepared.rows, prepared.log.table
    first = rows.look == RING
    kind, part = prepared.kind[first], prepared.slice_of[first]
    taught = {
        str(label): {name: int(((kind == place) & (part == which)).sum()) for which, name in SLICES.items()}
        for place, label in enumerate(KINDS)
    }
    others = table[np.setdiff1d(np.arange(len(table)), rows.call)]
    heard = pl.col("audio_path").is_not_null() | pl.col("bank_key").is_not_null()
    other = pl.col("audio_capture").ne_missing(pl.lit(str(AudioCapture.CALLER_BEFORE_ANSWER)))
    return Account(
        calls=len(table),
        taught=taught,
        with_sound=len(np.unique(rows.call[~first])),
        left_out=_by_reason(others),
        kinds_left_out=tuple(
            str(label) for label in KINDS if label not in fitted.kinds and any(taught[str(label)].values())
        ),
        other_sound=len(table.filter(heard & other)),
    )


def _by_reason(others: pl.DataFrame) -> dict[str, int]:
    counts = {}
    for reason, holds in _REASONS:
        found = pl.coalesce(holds, pl.lit(value=False))
        counts[reason] = len(others.filter(found))
        others = others.filter(~found)
    return {reason: count for reason, count in counts.items() if count}
