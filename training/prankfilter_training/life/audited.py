"""The calls of a log as the estimator of audited and verified calls wants them, and its answer in words."""

from __future__ import annotations

import dataclasses
import math
from typing import Any

import numpy as np
from numpy.typing import NDArray

from prankfilter.errors import BadInput
from prankfilter.vocabulary import PRANK_LABELS, EndedBy, Label
from prankfilter_training.life.estimator import Calls, Mixture, Share
from prankfilter_training.log.call import LoggedCall
from prankfilter_training.log.statements import NEVER_LEARNT, learnt_labels
from prankfilter_training.log.table import Log

FIGURES = {
    "prank_share": "pranks among all calls",
    "genuine_share": "genuine calls among all calls",
    "genuine_delayed_share": "genuine calls that verify would delay",
    "prank_recall": "pranks that verify would meet",
}


def calls_of(log: Log) -> Calls:
    """Return the calls that somebody answered or that ended in the prompt, call-backs left out.

    Raises
    ------
    BadInput
        If no call says whether it would have got `verify`, or one is in the audit sample with probability 0.
    """
    every = tuple(log.calls)
    told = [
        (call, label)
        for call, label in zip(every, learnt_labels(every), strict=True)
        if not call.is_call_back and (call.answered is not False or call.ended_by is EndedBy.PROMPT)
    ]
    if not any(call.would_verify is not None for call, _ in told):
        raise BadInput(
            "no call of the log says in would_verify whether it got `verify`, or would have but for the "
            "audit; `prankfilter-train export` writes that column. Where `verify` is not in use, count labels"
        )
    calls = [call for call, _ in told]
    labels = [label for _, label in told]
    return Calls(
        would_verify=np.array([bool(call.would_verify) for call in calls]),
        audit_probability=np.array([_probability(call) for call in calls]),
        labelled=np.array([label not in NEVER_LEARNT for label in labels]),
        prank=np.array([label in PRANK_LABELS for label in labels]),
        genuine=np.array([label is Label.GENUINE for label in labels]),
        caller=_numbered(calls),
    )


def as_values(found: Mixture) -> dict[str, Any]:
    """The answer as JSON holds it: what is unknown is null."""
    shares: dict[str, Any] = {
        name: {part: _plain(value) for part, value in dataclasses.asdict(getattr(found, name)).items()}
        for name in FIGURES
    }
    counts = {"calls": found.calls, "would_verify": found.would_verify, "audited": found.audited}
    return counts | shares | {"genuine_delayed_at_most": _plain(found.genuine_delayed_at_most)}


def in_words(found: Mixture) -> str:
    """Say what was found, the plain count beside each estimate."""
    lines = [
        f"{found.calls} calls that somebody answered or that ended in the prompt; {found.would_verify} got "
        f"verify or would have but for the audit, {found.audited} of them were audited and labelled."
    ]
    if found.would_verify and not found.audited:
        lines.append("None of these was audited: what they were is not known, and no share can be given.")
    lines += [f"{words}: {_share_in_words(getattr(found, name))}" for name, words in FIGURES.items()]
    lines.append(
        f"Genuine calls among the {found.would_verify}: at most {found.genuine_delayed_at_most:.1f} "
        "(95 % confidence)."
    )
    return "\n".join(lines)


def _plain(value: float) -> float | None:
    return None if math.isnan(value) else round(value, 6)


def _share_in_words(share: Share) -> str:
    counted = "unknown" if math.isnan(share.counted) else f"{share.counted:.2%}"
    if math.isnan(share.value):
        return f"unknown (the labels that there are: {counted})"
    return f"{share.value:.2%} ({share.low:.2%} to {share.high:.2%}; the labels that there are: {counted})"


def _probability(call: LoggedCall) -> float:
    if call.audit_probability is None:
        return math.nan
    if call.audit_probability <= 0:
        raise BadInput(
            f"row {call.row}: audit_probability: 0, but a call that can never be drawn is in no sample; "
            "leave the value empty"
        )
    return call.audit_probability


def _numbered(calls: list[LoggedCall]) -> NDArray[np.int64]:
    names = [call.record.caller or f"call {call.record.call_id}" for call in calls]
    return np.unique(names, return_inverse=True)[1].astype(np.int64)
