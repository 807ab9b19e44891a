"""The number that leads everything: genuine calls that would be delayed, with its upper bound."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from prankfilter.vocabulary import CERTIFIED_STRATA, Certificate, Stratum
from prankfilter_training.evaluation.intervals import (
    CONFIDENCE,
    Figure,
    drawn_means,
    plain,
    share_figure,
    unit_of,
)
from prankfilter_training.proof.bounds import worst_case
from prankfilter_training.proof.callers import caller_of, genuine_margins, hash_of
from prankfilter_training.proof.effect import thresholds_of, would_verify
from prankfilter_training.proof.replay import Replay


@dataclass(frozen=True, slots=True, eq=False)
class Proof:
    """A certificate, and the calls to try it on as they went through the served code."""

    certificate: Certificate
    replays: Sequence[Replay]

    def verified(self) -> list[Replay]:
        """The calls that would get ``verify``, if somebody always waited and nobody were drawn for audit."""
        thresholds = thresholds_of(self.certificate)
        return [replay for replay in self.replays if would_verify(replay, thresholds)]


def none_delayed(calls: int, callers: int) -> dict[str, Any]:
    """Without a certificate no call is ever delayed: that is a rule (SAFETY rule 4), not a measurement."""
    by_rule: Figure = {"value": 0.0, "low": 0.0, "high": 0.0, "n": calls}
    return {
        "certificate": None,
        "by_rule": True,
        "genuine_calls": calls,
        "calls_delayed": 0,
        "share_of_calls": by_rule,
        "genuine_callers": callers,
        "callers_delayed": 0,
        "upper_bound": 0.0,
        "confidence": CONFIDENCE,
        "in_doubt": 0,
        "strata": {},
    }


def delayed(proof: Proof, key: str) -> dict[str, Any]:
    """Count the genuine calls that a certificate would have let be delayed.

    Parameters
    ----------
    proof : Proof
    key : str
        Of the hash that picks one call a caller; the model's id, as in the certificate.

    Returns
    -------
    dict
        By calls, with a 95 % interval over callers; and by callers, one call each, with the one-sided upper
        Clopper-Pearson bound, whole and for each stratum. ``in_doubt`` counts verified calls of which nobody
        knows whether they were genuine (SAFETY rule 14).
    """
    verified = {id(replay) for replay in proof.verified()}
    genuine = [replay for replay in proof.replays if replay.is_genuine]
    names, callers = np.unique([caller_of(replay) for replay in genuine], return_inverse=True)
    hit = np.array([id(replay) in verified for replay in genuine], dtype=bool)
    share = drawn_means({"hit": (hit, None)}, (unit_of("caller", callers.astype(np.int64)),))["hit"]
    one_each = _one_call_each(genuine, key)
    hits = sum(id(replay) in verified for replay in one_each)
    return {
        "certificate": proof.certificate.id,
        "basis": str(proof.certificate.basis),
        "alpha": proof.certificate.alpha,
        "by_rule": False,
        "genuine_calls": len(genuine),
        "calls_delayed": int(hit.sum()),
        "share_of_calls": share_figure(share, len(genuine), len(names)),
        "genuine_callers": len(one_each),
        "callers_delayed": hits,
        "upper_bound": _bound(hits, len(one_each)),
        "confidence": CONFIDENCE,
        "in_doubt": sum(replay.doubtful and id(replay) in verified for replay in proof.replays),
        "strata": {str(stratum): _stratum(proof, stratum, key) for stratum in Stratum},
    }


def _one_call_each(genuine: Sequence[Replay], key: str) -> list[Replay]:
    picked: dict[str, Replay] = {}
    for replay in sorted(genuine, key=lambda replay: hash_of(replay, key)):
        picked.setdefault(caller_of(replay), replay)
    return list(picked.values())


def _stratum(proof: Proof, stratum: Stratum, key: str) -> Mapping[str, Any]:
    margins = genuine_margins(proof.replays, stratum, key)
    threshold = thresholds_of(proof.certificate).get(stratum)
    if threshold is None:
        never = "observe-only" if stratum not in CERTIFIED_STRATA else "not covered by the certificate"
        return {"genuine_callers": len(margins), "callers_delayed": 0, "upper_bound": 0.0, "by_rule": never}
    hits = int((margins > threshold).sum())
    return {
        "genuine_callers": len(margins),
        "callers_delayed": hits,
        "upper_bound": _bound(hits, len(margins)),
        "by_rule": None,
        "threshold": plain(threshold),
    }


def _bound(hits: int, callers: int) -> float | None:
    """None without callers: nothing is known of them."""
    return plain(worst_case(hits, callers, 1 - CONFIDENCE)) if callers else None
