"""The ledger: which calls were used for what, so that no call can vouch for many models in turn.

Whoever tries often enough on the same calls finds a threshold that holds by luck. So each use of calls is one
line of ``ledger.jsonl`` in the folder of models, and a certificate is paid for out of what is left of delta
(`bounds.delta_of_use`). Over all uses that any one call served in, the deltas add up to at most delta: the
k-th of them overlaps the k - 1 before it and gets delta / 2**k at most.

Calls that served `evaluate` or `compare` certify nothing afterwards: what was seen of them may have chosen
the model. Measuring calls after they certified is fine: it voids nothing, and who asks for the same
certificate again gets the same one; but they certify nothing new.

The ledger holds no personal data: a call is the first eight bytes of the SHA-256 of its id and its second,
kept sorted in ``ledger/<digest>.bin``. Lines are only ever added, each bound to the one before by its hash.
"""

from __future__ import annotations

import datetime as dt
import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from enum import StrEnum
from pathlib import Path
from typing import Any

import numpy as np
import polars as pl

from prankfilter.bundle.digest import content_id
from prankfilter.bundle.lock import alone
from prankfilter.errors import BadInput
from prankfilter_training.proof.ledger_file import (
    Digests,
    append_line,
    name_of_set,
    read_lines,
    read_set,
    write_set,
)


class Purpose(StrEnum):
    """What calls were used for."""

    CERTIFY = "certify"
    SHARE = "share"
    """Their margins went to other centres as counts."""
    EVALUATE = "evaluate"
    COMPARE = "compare"


CLAIMS = frozenset({Purpose.CERTIFY, Purpose.SHARE})
"""Uses that a bound rests on. The others tell people how well a model does on the calls, so that these can
certify nothing any more."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Use:
    """One line of the ledger.

    Attributes
    ----------
    id : str
        Hash of purpose, models and question, and of the calls where nothing is claimed: who asks the same
        again makes no second use.
    question : Mapping
        What else was asked: policy, alpha, confidence, logs, review, pool. Plain JSON values. The hashes of
        the logs stand for the calls of a claim.
    calls : str
        Name of the set of call digests.
    number : int
        The how-manieth claim on overlapping calls it is; 0 where nothing is claimed.
    place : str
        Id of the use whose place it takes: its own, or that of the sharing of the same margins.
    """

    id: str
    at: dt.datetime
    purpose: Purpose
    model_ids: tuple[str, ...]
    question: Mapping[str, Any]
    calls: str
    call_count: int
    number: int
    place: str


def call_digests(calls: pl.DataFrame) -> Digests:
    """Name each call by eight bytes, in the order given.

    Parameters
    ----------
    calls : polars.DataFrame
        With the columns ``call_id`` and ``received_at`` of a log's table. Fractions of a second do not count,
        so that a log that was exported once with and once without them names the same calls.
    """
    seconds = calls["received_at"].dt.epoch("s")
    named = (f"{call_id}\n{second}" for call_id, second in zip(calls["call_id"], seconds, strict=True))
    hashed = b"".join(hashlib.sha256(name.encode()).digest()[:8] for name in named)
    return np.frombuffer(hashed, "<u8").astype(np.uint64)


def record_use(
    models: Path,
    calls: pl.DataFrame,
    *,
    purpose: Purpose,
    model_ids: Sequence[str],
    now: dt.datetime,
    question: Mapping[str, Any] | None = None,
) -> Use:
    """Write down that calls were used, before anything that they told is shown.

    Parameters
    ----------
    models : Path
        `PRANKFILTER_MODELS`.
    calls : polars.DataFrame
        The calls that were measured: rows of `Log.table`, or just ``call_id`` and ``received_at``.
    purpose : Purpose
        ``EVALUATE`` or ``COMPARE``; `certify` plans its own uses.
    model_ids : sequence of str
        The model, or both that were compared.
    question : Mapping, optional
        What tells this use from others of the same calls; plain JSON values.

    Returns
    -------
    Use
        The use, or the earlier one that asked the same.
    """
    digests = call_digests(calls)
    use = plan_use(
        models, digests, purpose=purpose, model_ids=model_ids, now=now, question=dict(question or {})
    )
    append_use(models, use, digests)
    return use


def plan_use(
    models: Path,
    digests: Digests,
    *,
    purpose: Purpose,
    model_ids: Sequence[str],
    now: dt.datetime,
    question: Mapping[str, Any],
) -> Use:
    """Say what number a use would have, without writing it down; or return the same use of before."""
    name = name_of_set(digests)
    identity = use_id(purpose, model_ids, question, None if purpose in CLAIMS else name)
    uses = read_uses(models)
    planned = Use(
        id=identity,
        at=now,
        purpose=purpose,
        model_ids=tuple(model_ids),
        question=dict(question),
        calls=name,
        call_count=len(np.unique(digests)),
        number=0,
        place=identity,
    )
    for use in uses:
        if use.id == planned.id:
            return _the_same(use, planned)
    return _numbered(models, planned, digests, uses) if purpose in CLAIMS else planned


def use_id(
    purpose: Purpose, model_ids: Sequence[str], question: Mapping[str, Any], calls: str | None = None
) -> str:
    """Name a use by what was asked."""
    asked = {"purpose": purpose, "models": list(model_ids), "question": dict(question), "calls": calls}
    return content_id(asked)


def _the_same(use: Use, planned: Use) -> Use:
    if use.calls != planned.calls:
        raise BadInput(
            f"use {use.id} of the ledger asked the same of other calls: something beside the log changed, "
            "such as its recordings. Restore it, or certify on later calls"
        )
    return use


def _numbered(models: Path, planned: Use, digests: Digests, uses: Sequence[Use]) -> Use:
    """Give a claim its number: one more than there were earlier claims on any of its calls."""
    earlier = [use for use in overlapping(models, digests, uses) if use.purpose in CLAIMS]
    shared = _share_of_the_same(planned, earlier)
    if shared is not None:
        return replace(planned, number=shared.number, place=shared.id)
    return replace(planned, number=1 + len({use.place for use in earlier}))


def _share_of_the_same(planned: Use, earlier: Sequence[Use]) -> Use | None:
    """The sharing that a pooled certificate makes good: of the same margins, and not made good yet.

    What was shared claims nothing by itself; the pool's certificate does, so both together are one use.
    """
    if not planned.question.get("pool"):
        return None
    taken = {use.place for use in earlier if use.purpose is Purpose.CERTIFY}
    for use in earlier:
        same = all(
            use.question.get(name) == planned.question.get(name) for name in ("policy", "logs", "review")
        )
        margins = (use.calls, use.model_ids) == (planned.calls, planned.model_ids)
        if use.purpose is Purpose.SHARE and same and margins and use.id not in taken:
            return use
    return None


def overlapping(models: Path, digests: Digests, uses: Sequence[Use]) -> list[Use]:
    """The uses that share a call with these."""
    return [use for use in uses if np.isin(read_set(models, use.calls), digests).any()]


def append_use(models: Path, use: Use, digests: Digests) -> None:
    """Add a planned use to the ledger and wait for the disk; nothing, where it stands there already."""
    models.mkdir(parents=True, exist_ok=True)
    with alone(models):
        lines = read_lines(models)
        uses = [_use_of(line) for line in lines]
        if any(known.id == use.id for known in uses):
            return
        if use.purpose in CLAIMS and _numbered(models, use, digests, uses).number != use.number:
            raise BadInput("another use of these calls was written down meanwhile; run the command again")
        write_set(models, digests)
        append_line(models, _document(use), lines)


def read_uses(models: Path) -> tuple[Use, ...]:
    """Read the ledger, oldest first; refuses one of which a line was changed or taken out."""
    return tuple(_use_of(line) for line in read_lines(models))


def _document(use: Use) -> dict[str, Any]:
    plain = {name: getattr(use, name) for name in Use.__slots__}
    return plain | {
        "at": use.at.isoformat(),
        "model_ids": list(use.model_ids),
        "question": dict(use.question),
    }


def _use_of(line: bytes) -> Use:
    plain = json.loads(line)
    del plain["previous"]
    own = {
        "at": dt.datetime.fromisoformat(plain["at"]),
        "purpose": Purpose(plain["purpose"]),
        "model_ids": tuple(plain["model_ids"]),
    }
    return Use(**plain | own)
