"""What thresholds do on replayed calls: genuine callers delayed, pranks verified, and the ceiling of that."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence

from prankfilter.vocabulary import PRANK_LABELS, Certificate, Stratum
from prankfilter_training.proof.callers import caller_of
from prankfilter_training.proof.replay import Replay


def thresholds_of(certificate: Certificate) -> Mapping[Stratum, float]:
    """The threshold of each stratum that a certificate covers."""
    return {stratum: bound.threshold for stratum, bound in certificate.strata.items()}


def would_verify(replay: Replay, thresholds: Mapping[Stratum, float]) -> bool:
    """Whether any look of the call exceeds its stratum's threshold."""
    return any(
        margin > thresholds[stratum] for stratum, margin in replay.margins.items() if stratum in thresholds
    )


def recall(replays: Sequence[Replay], thresholds: Mapping[Stratum, float]) -> dict[str, object]:
    """How many pranks would be verified, beside the ceiling that history sets."""
    pranks = [replay for replay in replays if replay.label in PRANK_LABELS and not replay.doubtful]
    earned = [replay for replay in pranks if any(margin > -math.inf for margin in replay.margins.values())]
    verified = [replay for replay in pranks if would_verify(replay, thresholds)]
    return {
        "prank_calls": len(pranks),
        "pranks_with_confirmed_history": len(earned),
        "pranks_verified": len(verified),
        "prank_recall": round(len(verified) / max(len(pranks), 1), 6),
    }


def under_certificate(replays: Sequence[Replay], certificate: Certificate) -> dict[str, object]:
    """What a certificate would have done on a log: callers and calls, under its own thresholds."""
    thresholds = thresholds_of(certificate)
    genuine = [replay for replay in replays if replay.is_genuine]
    pranks = recall(replays, thresholds)
    return {
        "genuine_callers": len({caller_of(replay) for replay in genuine}),
        "genuine_verified": len(
            {caller_of(replay) for replay in genuine if would_verify(replay, thresholds)}
        ),
        **{name: pranks[name] for name in ("prank_calls", "pranks_verified", "prank_recall")},
    }
