"""Logged calls through the code that serves: the largest margin of each call, over all its looks."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from tqdm import tqdm

from prankfilter.classifier.model import Model
from prankfilter.features.evidence import Evidence
from prankfilter.features.history import verify_is_earned
from prankfilter.routing.policies import Policy
from prankfilter.routing.predicates import is_never_screened
from prankfilter.routing.strata import counted_in, is_child_like, strata_so_far
from prankfilter.vocabulary import (
    CERTIFIED_STRATA,
    LOOKS_S,
    PRANK_LABELS,
    AudioCapture,
    CallerHistory,
    EndedBy,
    Label,
    Stratum,
)
from prankfilter_training.fitting.fit import teaches
from prankfilter_training.log.call import LoggedCall
from prankfilter_training.log.statements import NEVER_LEARNT, learnt_labels
from prankfilter_training.log.table import Log
from prankfilter_training.rows.build import call_rows, histories_of, sounds_of
from prankfilter_training.sound.source import CallSound, SoundSource


@dataclass(frozen=True, slots=True, eq=False)
class Replay:
    """One call through the served code.

    Attributes
    ----------
    margins : Mapping[Stratum, float]
        For each stratum that a look of the call was in, the largest of what ``verify`` would have to exceed
        its threshold with; ``-inf`` where the rules of history rule ``verify`` out, ``inf`` where it must
        have been exceeded.
    log : int
        Which of several logs it is in; cells and incidents of two logs have nothing to do with each other.
    doubtful : bool
        May have been genuine though nobody knows: it ended in the prompt, or the second review could not
        tell. It counts against a threshold and never for it.
    """

    call: LoggedCall
    label: Label
    margins: Mapping[Stratum, float]
    log: int = 0
    doubtful: bool = False

    @property
    def is_genuine(self) -> bool:
        """Whether it counts among the genuine calls of a calibration."""
        return self.label is Label.GENUINE and not self.doubtful


def replayed(
    model: Model, log: Log, source: SoundSource, policy: Policy, *, number: int = 0
) -> Iterator[Replay]:
    """Replay the calls of a log that may prove anything, at each look, with the history that each had.

    ``number`` tells several logs apart.
    """
    calls = tuple(log.calls)
    sounds = sounds_of(calls, source)
    known = histories_of(calls, sounds)
    progress = tqdm(calls, desc="replay", unit="call", mininterval=1.0)
    for call, label, history, sound in zip(progress, learnt_labels(calls), known, sounds, strict=True):
        if ended_in_prompt(call, label):
            margins = _margins_in_prompt(model, policy, call, history, sound)
            yield Replay(call, Label.UNKNOWN, margins, number, doubtful=True)
        elif counts(call, label) and sound is not None:
            yield Replay(call, label, _margins(model, policy, call, history, sound), number)


def counts(call: LoggedCall, label: Label) -> bool:
    """Whether a call may prove anything: answered, labelled, screened, heard before the answer."""
    return (
        teaches(call, label)
        and not is_never_screened(call.record)
        and call.record.audio_capture is AudioCapture.CALLER_BEFORE_ANSWER
    )


def ended_in_prompt(call: LoggedCall, label: Label) -> bool:
    """Whether a call ended in the prompt and no call-back settled what it was (SAFETY rule 14).

    Nobody spoke to the caller, so a prank label settles nothing.
    """
    return call.ended_by is EndedBy.PROMPT and label in NEVER_LEARNT | PRANK_LABELS


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


def _margins_in_prompt(
    model: Model, policy: Policy, call: LoggedCall, known: CallerHistory, sound: CallSound | None
) -> dict[Stratum, float]:
    """As of any call; without its sound all that is known is that its margin exceeded a threshold."""
    if sound is not None:
        return _margins(model, policy, call, known, sound)
    return {counted_in(strata_so_far(Evidence(call.record, known))): math.inf}


def _is_earned(policy: Policy, call: LoggedCall, known: CallerHistory) -> bool:
    """Whether history allows ``verify`` at all, as `routing.decide` asks; most calls are settled by this."""
    return known.caller is not None and verify_is_earned(
        known.caller,
        call.record.received_at,
        verified=call.record.number_is_verified,
        child_like=False,
        genuine_days=policy.genuine_days,
    )
