"""The proof: margins of genuine callers, replayed through the served code, and the thresholds they allow.

This first version issues ``basis: simulated`` only. A certificate on real calls also needs the ledger of
calls that were used before and the blind second review of the largest margins.
"""

from __future__ import annotations

import dataclasses
import datetime as dt
import hashlib
import math
from collections.abc import Mapping, Sequence
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
from prankfilter.routing.strata import PRECEDENCE, is_child_like, is_repeat
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
from prankfilter_training.bounds import Threshold, callers_needed, lowest_threshold
from prankfilter_training.fit import teaches
from prankfilter_training.logbook import Log, LoggedCall
from prankfilter_training.rows import call_rows, histories_of, sounds_of
from prankfilter_training.sound import CallSound, SoundSource
from prankfilter_training.statements import learnt_labels

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


def replayed(model: Model, log: Log, source: SoundSource, policy: Policy) -> list[Replay]:
    """Replay all answered, labelled calls whose sound was captured before the answer, at each look."""
    calls, labels = log.calls, learnt_labels(log.calls)
    sounds = sounds_of(calls, source)
    known = histories_of(calls, sounds)
    out = []
    for call, label, history, sound in zip(
        tqdm(calls, desc="replay", unit="call", mininterval=1.0), labels, known, sounds, strict=True
    ):
        if counts(call, label) and sound is not None:
            out.append(Replay(call, label, _margins(model, policy, call, history, sound)))
    return out


def counts(call: LoggedCall, label: Label) -> bool:
    """Whether a call may prove anything."""
    return teaches(call, label) and call.record.audio_capture is AudioCapture.CALLER_BEFORE_ANSWER


def strata_at_looks(evidence: Evidence, sound: CallSound) -> list[Stratum]:
    """The stratum a call is counted in at each look; once child or silent, later looks stay so.

    It follows `routing.strata` on what `sound` kept of each look.
    """
    strata = {
        stratum
        for stratum, holds in (
            (Stratum.NO_NUMBER, evidence.record.caller is None),
            (Stratum.REPEAT, is_repeat(evidence)),
        )
        if holds
    }
    out = []
    for silent, child_voice in zip(sound.silent, sound.child_voice, strict=True):
        strata |= {Stratum.SILENT} if silent else set()
        strata |= {Stratum.CHILD} if is_child_like(float(child_voice)) else set()
        out.append(next((stratum for stratum in PRECEDENCE if stratum in strata), Stratum.OTHER))
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

    Calls of one incident count as one caller, known by its id, else by one cell within ten minutes.
    """
    genuine = [replay for replay in replays if replay.label is Label.GENUINE and stratum in replay.margins]
    picked: dict[str, Replay] = {}
    for name, replay in zip(_one_name_an_incident(genuine), genuine, strict=True):
        if name not in picked or _rank(key, replay) < _rank(key, picked[name]):
            picked[name] = replay
    return np.array([replay.margins[stratum] for replay in picked.values()])


def _rank(key: str, replay: Replay) -> bytes:
    return hashlib.sha256(f"{key}:{replay.call.record.call_id}".encode()).digest()


def _one_name_an_incident(replays: Sequence[Replay]) -> list[str]:
    """A name for each call; calls that share a caller or an incident share the name (connected groups)."""
    parent = list(range(len(replays)))

    def root(place: int) -> int:
        while parent[place] != place:
            parent[place] = parent[parent[place]]
            place = parent[place]
        return place

    last: dict[str, int] = {}
    for place, replay in enumerate(replays):
        for name in _names(replay.call, replays, last):
            if name in last:
                parent[root(place)] = root(last[name])
            last[name] = place
    return [str(root(place)) for place in range(len(replays))]


def _names(call: LoggedCall, replays: Sequence[Replay], last: Mapping[str, int]) -> list[str]:
    """What ties a call to others: its number, its incident, or its cell within the last ten minutes."""
    record = call.record
    names = [f"caller {record.caller}"] if record.caller is not None else []
    if record.incident_id is not None:
        return [*names, f"incident {record.incident_id}"]
    if record.cell_id is not None:
        cell = f"cell {record.cell_id}"
        before = last.get(cell)
        moment = replays[before].call.record.received_at if before is not None else None
        near = moment is not None and record.received_at - moment <= SAME_INCIDENT
        names.append(cell if near else f"cell {record.cell_id} at {record.received_at.isoformat()}")
    return names


# --- the certificate -------------------------------------------------------------------------------


class NotEnough(BadInput):
    """Too few genuine callers; the message gives the plain count."""


def certify(
    model: Model,
    log: Log,
    source: SoundSource,
    policy: Policy,
    *,
    alpha: float,
    confidence: float,
) -> tuple[Certificate, dict[str, object]]:
    """Make a certificate, or raise `NotEnough` with "N of M genuine callers".

    Parameters
    ----------
    model, policy : Model, Policy
        What the proof is of.
    log : Log
        Calls later than everything that the model learned from.
    source : SoundSource
        Their sound.
    alpha, confidence : float
        At most a share alpha of genuine callers, with this confidence for both strata at once.

    Returns
    -------
    Certificate, dict
        Its id is given when it is written; and what else it tells.
    """
    if not log.simulated:
        raise BadInput(
            "a certificate on real calls needs the ledger of calls used before and the blind second review "
            "of the 50 largest margins; this version has neither yet, and certifies on simulated logs only"
        )
    replays = replayed(model, log, source, policy)
    delta = (1 - confidence) / len(CERTIFIED_STRATA)
    margins = {stratum: genuine_margins(replays, stratum, model.model_id) for stratum in CERTIFIED_STRATA}
    thresholds = {stratum: lowest_threshold(margins[stratum], alpha, delta) for stratum in CERTIFIED_STRATA}
    needed = callers_needed(alpha, delta)
    counted = {
        str(stratum): f"{len(margins[stratum])} of {needed} genuine callers" for stratum in CERTIFIED_STRATA
    }
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


def under_certificate(
    model: Model, log: Log, source: SoundSource, policy: Policy, certificate: Certificate
) -> dict[str, object]:
    """What a certificate would have done on a log: callers and calls, under its own thresholds."""
    replays = replayed(model, log, source, policy)
    verified = {id(replay) for replay in replays if would_verify(replay, thresholds_of(certificate))}
    genuine = [replay for replay in replays if replay.label is Label.GENUINE]
    names = _one_name_an_incident(genuine)
    hit = {name for name, replay in zip(names, genuine, strict=True) if id(replay) in verified}
    pranks = [replay for replay in replays if replay.label in PRANK_LABELS]
    caught = sum(id(replay) in verified for replay in pranks)
    return {
        "genuine_callers": len(set(names)),
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
    moments = [replay.call.record.received_at for replay in replays]
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
    return {field.name: _plain(getattr(certificate, field.name)) for field in dataclasses.fields(certificate)}


def _plain(value: object) -> object:
    if isinstance(value, dt.datetime):
        return value.isoformat()
    if isinstance(value, Mapping):
        return (
            {str(name): _plain(dataclasses.asdict(bound)) for name, bound in value.items()} if value else {}
        )
    return list(value) if isinstance(value, tuple) else value
