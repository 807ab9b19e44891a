"""The proof: margins of genuine callers, replayed through the served code, and the thresholds they allow.

This first version issues ``basis: simulated`` only. A certificate on real calls also needs the ledger of
calls that were used before and the blind second review of the largest margins.
"""

from __future__ import annotations

import dataclasses
import datetime as dt
import hashlib
import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from types import MappingProxyType

import numpy as np
from numpy.typing import NDArray
from tqdm import tqdm

from prankfilter.bundle.certificates import LIFE
from prankfilter.classifier.model import Model
from prankfilter.errors import BadInput
from prankfilter.features.evidence import Evidence
from prankfilter.features.history import verify_is_earned
from prankfilter.routing.policies import Policy, policy_digest
from prankfilter.routing.strata import counted_in, is_child_like, strata_so_far
from prankfilter.vocabulary import (
    CERTIFIED_STRATA,
    LOOKS_S,
    PRANK_LABELS,
    AudioCapture,
    Basis,
    CallerHistory,
    Certificate,
    Label,
    Stratum,
    StratumBound,
)
from prankfilter_training.fitting.fit import teaches
from prankfilter_training.log.call import LoggedCall
from prankfilter_training.log.statements import learnt_labels
from prankfilter_training.log.table import Log
from prankfilter_training.proof.bounds import Threshold, callers_needed, lowest_threshold
from prankfilter_training.rows.build import call_rows, histories_of, sounds_of
from prankfilter_training.sound.source import CallSound, SoundSource

OLDEST_CALL = dt.timedelta(days=730)
"""Calls up to two years old may count."""

SAME_INCIDENT = dt.timedelta(minutes=10)
"""Calls of one cell within this time are one incident, where nobody said which."""


@dataclass(frozen=True, slots=True, eq=False)
class Replay:
    """One labelled call through the served code.

    Attributes
    ----------
    margins : Mapping[Stratum, float]
        For each stratum that a look of the call was in, the largest of what ``verify`` would have to exceed
        its threshold with; ``-inf`` where the rules of history rule ``verify`` out.
    """

    call: LoggedCall
    label: Label
    margins: Mapping[Stratum, float]
    log: int = 0
    """Which of several logs it is in; cells and incidents of two logs have nothing to do with each other."""


def replayed(model: Model, logs: Sequence[Log], source: SoundSource, policy: Policy) -> list[Replay]:
    """Replay all answered, labelled calls whose sound was captured before the answer, at each look."""
    return [
        replay for number, log in enumerate(logs) for replay in _replayed(model, number, log, source, policy)
    ]


def _replayed(model: Model, number: int, log: Log, source: SoundSource, policy: Policy) -> Iterator[Replay]:
    calls, labels = log.calls, learnt_labels(log.calls)
    sounds = sounds_of(calls, source)
    known = histories_of(calls, sounds)
    progress = tqdm(calls, desc="replay", unit="call", mininterval=1.0)
    for call, label, history, sound in zip(progress, labels, known, sounds, strict=True):
        if counts(call, label) and sound is not None:
            yield Replay(call, label, _margins(model, policy, call, history, sound), number)


def counts(call: LoggedCall, label: Label) -> bool:
    """Whether a call may prove anything."""
    return teaches(call, label) and call.record.audio_capture is AudioCapture.CALLER_BEFORE_ANSWER


def strata_at_looks(evidence: Evidence, sound: CallSound) -> list[Stratum]:
    """The stratum a call is counted in at each look; once child or silent, later looks stay so.

    `routing.strata` decides; ``evidence`` is without sound, and `sound` kept what each look adds to it.
    """
    strata = strata_so_far(evidence)
    out = []
    for silent, child_voice in zip(sound.silent, sound.child_voice, strict=True):
        strata |= {Stratum.SILENT} if silent else set()
        strata |= {Stratum.CHILD} if is_child_like(float(child_voice)) else set()
        out.append(counted_in(strata))
    return out


def _margins(
    model: Model, policy: Policy, call: LoggedCall, known: CallerHistory, sound: CallSound
) -> dict[Stratum, float]:
    strata = strata_at_looks(Evidence(call.record, known), sound)
    best = dict.fromkeys(strata, -math.inf)
    if not _is_earned(policy, call, known):
        return best
    rows = call_rows(call, known, sound, model.features)[1:]
    for look_s, stratum, row in zip(LOOKS_S, strata, rows, strict=False):
        if stratum in CERTIFIED_STRATA:
            scored = model.score_rows(row[None, :], look_s)
            # `verify` needs both above the threshold, so that the smaller one decides.
            margin = min(float(scored.margin[0]), float(scored.margin_without_sound[0]))
            best[stratum] = max(best[stratum], margin)
    return best


def _is_earned(policy: Policy, call: LoggedCall, known: CallerHistory) -> bool:
    """Whether history allows ``verify`` at all, as `routing.decide` asks; most calls are settled by this."""
    return known.caller is not None and verify_is_earned(
        known.caller,
        call.record.received_at,
        verified=call.record.number_is_verified,
        child_like=False,
        genuine_days=policy.genuine_days,
    )


# --- callers ---------------------------------------------------------------------------------------


def genuine_margins(replays: Sequence[Replay], stratum: Stratum, key: str) -> NDArray[np.float64]:
    """One margin a genuine caller of the stratum: of the call that a keyed hash picks.

    Of callers whose picked calls are of one incident (by its id, else by one cell within ten minutes) one
    counts, picked by the same hash.
    """
    genuine = [replay for replay in replays if replay.label is Label.GENUINE and stratum in replay.margins]
    of_callers = _picked(genuine, [_caller_of(replay) for replay in genuine], key)
    of_incidents = _picked(of_callers, incidents_of(of_callers), key)
    return np.array([replay.margins[stratum] for replay in of_incidents])


def incidents_of(replays: Sequence[Replay]) -> list[str]:
    """Name the incident of each call: its id, else that of the cell's last call within ten minutes."""
    names = [""] * len(replays)
    latest: dict[tuple[int, str], tuple[dt.datetime, str]] = {}
    for place in sorted(range(len(replays)), key=lambda place: replays[place].call.record.received_at):
        replay, record = replays[place], replays[place].call.record
        if record.incident_id is not None:
            names[place] = f"{replay.log} incident {record.incident_id}"
            continue
        names[place] = f"{replay.log} call {record.call_id}"
        if record.cell_id is None:
            continue
        before = latest.get((replay.log, record.cell_id))
        if before is not None and record.received_at - before[0] <= SAME_INCIDENT:
            names[place] = before[1]
        latest[replay.log, record.cell_id] = record.received_at, names[place]
    return names


def _picked(replays: Sequence[Replay], names: Sequence[str], key: str) -> list[Replay]:
    """Of the calls that share a name, the one with the smallest keyed hash; in order of the hash."""
    best: dict[str, tuple[bytes, Replay]] = {}
    for name, replay in zip(names, replays, strict=True):
        rank = hashlib.sha256(f"{key}:{replay.log}:{replay.call.record.call_id}".encode()).digest()
        if name not in best or rank < best[name][0]:
            best[name] = rank, replay
    return [replay for _, replay in sorted(best.values(), key=lambda pair: pair[0])]


def _caller_of(replay: Replay) -> str:
    """A number is one caller; a call without a number is a caller of its own."""
    return replay.call.record.caller or f"call {replay.log} {replay.call.record.call_id}"


# --- the certificate -------------------------------------------------------------------------------


class NotEnough(BadInput):
    """Too few genuine callers; the message gives the plain count."""


def refuse_real(logs: Sequence[Log]) -> None:
    """Raise `BadInput` where a log is of real calls."""
    if not all(log.simulated for log in logs):
        raise BadInput(
            "a certificate on real calls needs the ledger of calls used before and the blind second review "
            "of the 50 largest margins; this version has neither yet, and certifies on simulated logs only"
        )


def certify(
    model: Model, replays: Sequence[Replay], policy: Policy, *, alpha: float, confidence: float
) -> tuple[Certificate, dict[str, object]]:
    """Make a certificate, or raise `NotEnough` with "N of M genuine callers".

    Parameters
    ----------
    model, policy : Model, Policy
        What the proof is of.
    replays : sequence of Replay
        Simulated calls later than everything that the model learned from.
    alpha, confidence : float
        At most a share alpha of genuine callers, with this confidence for both strata at once.

    Returns
    -------
    Certificate, dict
        Its id is given when it is written; and what else it tells.
    """
    delta = (1 - confidence) / len(CERTIFIED_STRATA)
    margins = {stratum: genuine_margins(replays, stratum, model.model_id) for stratum in CERTIFIED_STRATA}
    needed = callers_needed(alpha, delta)
    counted = {
        str(stratum): f"{len(margins[stratum])} of {needed} genuine callers" for stratum in CERTIFIED_STRATA
    }
    thresholds = {stratum: lowest_threshold(margins[stratum], alpha, delta) for stratum in CERTIFIED_STRATA}
    holding = {stratum: found for stratum, found in thresholds.items() if found is not None}
    if not holding:
        raise NotEnough("; ".join(f"{stratum}: {count}" for stratum, count in counted.items()))
    certificate = _certificate(model, policy, replays, holding, alpha=alpha, confidence=confidence)
    return certificate, {"counted": counted, **recall(replays, holding)}


def recall(replays: Sequence[Replay], thresholds: Mapping[Stratum, Threshold]) -> dict[str, object]:
    """How many pranks the certificate would verify, beside the ceiling that history sets."""
    pranks = [replay for replay in replays if replay.label in PRANK_LABELS]
    earned = [replay for replay in pranks if any(margin > -math.inf for margin in replay.margins.values())]
    values = {stratum: found.value for stratum, found in thresholds.items()}
    verified = [replay for replay in pranks if would_verify(replay, values)]
    return {
        "prank_calls": len(pranks),
        "pranks_with_confirmed_history": len(earned),
        "pranks_verified": len(verified),
        "prank_recall": round(len(verified) / max(len(pranks), 1), 6),
    }


def under_certificate(replays: Sequence[Replay], certificate: Certificate) -> dict[str, object]:
    """What a certificate would have done on a log: callers and calls, under its own thresholds."""
    verified = {id(replay) for replay in replays if would_verify(replay, thresholds_of(certificate))}
    genuine = [replay for replay in replays if replay.label is Label.GENUINE]
    callers = {_caller_of(replay) for replay in genuine}
    hit = {_caller_of(replay) for replay in genuine if id(replay) in verified}
    pranks = [replay for replay in replays if replay.label in PRANK_LABELS]
    caught = sum(id(replay) in verified for replay in pranks)
    return {
        "genuine_callers": len(callers),
        "genuine_verified": len(hit),
        "prank_calls": len(pranks),
        "pranks_verified": caught,
        "prank_recall": round(caught / max(len(pranks), 1), 6),
    }


def thresholds_of(certificate: Certificate) -> Mapping[Stratum, float]:
    """The threshold of each stratum that a certificate covers."""
    return {stratum: bound.threshold for stratum, bound in certificate.strata.items()}


def would_verify(replay: Replay, thresholds: Mapping[Stratum, float]) -> bool:
    """Whether any look of the call exceeds its stratum's threshold."""
    return any(
        margin > thresholds[stratum] for stratum, margin in replay.margins.items() if stratum in thresholds
    )


def _certificate(
    model: Model,
    policy: Policy,
    replays: Sequence[Replay],
    thresholds: Mapping[Stratum, Threshold],
    *,
    alpha: float,
    confidence: float,
) -> Certificate:
    moments = sorted(replay.call.record.received_at for replay in replays)
    if moments[-1] - moments[0] > OLDEST_CALL:
        raise BadInput(f"calls more than {OLDEST_CALL.days} days old may not count; give a later log")
    bounds = {
        stratum: StratumBound(
            threshold=found.value,
            genuine_callers=found.callers,
            hits=found.hits,
            worst_case_share=found.worst_case_share,
        )
        for stratum, found in thresholds.items()
    }
    return Certificate(
        id="",
        basis=Basis.SIMULATED,
        centres=tuple(sorted({replay.call.record.centre_id or "" for replay in replays})),
        capture=AudioCapture.CALLER_BEFORE_ANSWER,
        alpha=alpha,
        confidence=confidence,
        strata=MappingProxyType(bounds),
        model_id=model.model_id,
        feature_digest=model.feature_digest,
        policy_digest=policy_digest(policy),
        period_start=moments[0],
        period_end=moments[-1],
        expires_at=moments[-1] + LIFE,
    )


def described(certificate: Certificate) -> dict[str, object]:
    """The certificate as plain values, for ``--json``."""
    plain: dict[str, object] = {
        field.name: getattr(certificate, field.name) for field in dataclasses.fields(certificate)
    }
    plain["strata"] = {
        str(stratum): dataclasses.asdict(bound) for stratum, bound in certificate.strata.items()
    }
    for name in ("period_start", "period_end", "expires_at"):
        plain[name] = getattr(certificate, name).isoformat()
    return plain
