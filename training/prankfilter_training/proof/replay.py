"""Logged calls through the code that serves: the largest margin of each call, over all its looks."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from prankfilter.classifier.model import Model
from prankfilter.features.evidence import Evidence
from prankfilter.routing.policies import Policy
from prankfilter.routing.predicates import is_never_screened
from prankfilter.routing.strata import counted_in, is_child_like, strata_so_far
from prankfilter.vocabulary import (
    CERTIFIED_STRATA,
    LOOKS_S,
    AudioCapture,
    EndedBy,
    Label,
    Stratum,
)
from prankfilter_training.fitting import fit
from prankfilter_training.log.call import LoggedCall
from prankfilter_training.log.statements import NEVER_LEARNT
from prankfilter_training.log.table import Calls, Log
from prankfilter_training.rows.build import build_rows, sounds_of
from prankfilter_training.rows.columnar.facts import is_repeat, learnt_labels, teaches, verify_is_earned
from prankfilter_training.rows.columnar.sheet import Sheet
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

    History settles most calls, so that only those are scored for which it allows ``verify``. ``number`` tells
    several logs apart.
    """
    sheet = Sheet(log)
    candidates = _candidates(sheet, source)
    earned = verify_is_earned(sheet, genuine_days=policy.genuine_days)
    repeat = is_repeat(sheet)
    margins = _margins_at_looks(model, sheet, [one for one in candidates if earned[one.place]])
    for one in candidates:
        before = _before_sound(one.call, is_repeat=bool(repeat[one.place]))
        if one.sound is None:
            found = {counted_in(before): math.inf}
        else:
            strata = _strata_at_looks(before, one.sound)
            found = _largest(strata, [margins.get((one.place, look), -math.inf) for look in _looks(strata)])
        yield Replay(one.call, one.label, found, number, one.doubtful)


@dataclass(frozen=True, slots=True, eq=False)
class _Candidate:
    """A call that may prove something; without sound only one that ended in the prompt."""

    place: int
    call: LoggedCall
    label: Label
    sound: CallSound | None
    doubtful: bool


def _candidates(sheet: Sheet, source: SoundSource) -> list[_Candidate]:
    labels = learnt_labels(sheet)
    in_prompt = (sheet.table["ended_by"] == EndedBy.PROMPT.value).fill_null(value=False).to_numpy()
    places = np.flatnonzero(teaches(sheet, labels) | in_prompt).tolist()
    calls = list(Calls(sheet.table[places], sheet.log.zone))
    kept = [
        (place, call, labels[place], ended_in_prompt(call, labels[place]))
        for place, call in zip(places, calls, strict=True)
        if ended_in_prompt(call, labels[place]) or counts(call, labels[place])
    ]
    sounds = sounds_of([call for _, call, _, _ in kept], source)
    return [
        _Candidate(place, call, Label.UNKNOWN if doubtful else label, sound, doubtful)
        for (place, call, label, doubtful), sound in zip(kept, sounds, strict=True)
        if doubtful or sound is not None
    ]


def _margins_at_looks(
    model: Model, sheet: Sheet, candidates: Sequence[_Candidate]
) -> dict[tuple[int, int], float]:
    """What ``verify`` would have to exceed its threshold with, by place in the log and number of the look."""
    sounds = {one.place: one.sound for one in candidates if one.sound is not None}
    wanted = np.zeros(len(sheet), dtype=bool)
    wanted[list(sounds)] = True
    rows = build_rows(sheet, sounds, wanted, model.features)
    margins: dict[tuple[int, int], float] = {}
    for look, look_s in enumerate(LOOKS_S, 1):
        chosen = rows.look == look
        scored = model.score_rows(rows.values[chosen], look_s)
        # `verify` needs both above the threshold, so that the smaller one decides.
        smaller = np.minimum(scored.margin, scored.margin_without_sound)
        named = ((place, look) for place in rows.call[chosen].tolist())
        margins.update(zip(named, smaller.tolist(), strict=True))
    return margins


def _largest(strata: Sequence[Stratum], margins: Sequence[float]) -> dict[Stratum, float]:
    best = dict.fromkeys(strata, -math.inf)
    for stratum, margin in zip(strata, margins, strict=True):
        if stratum in CERTIFIED_STRATA:
            best[stratum] = max(best[stratum], margin)
    return best


def _looks(strata: Sequence[Stratum]) -> range:
    return range(1, 1 + len(strata))


def counts(call: LoggedCall, label: Label) -> bool:
    """Whether a call may prove anything: answered, labelled, screened, heard before the answer."""
    return (
        fit.teaches(call, label)
        and not is_never_screened(call.record)
        and call.record.audio_capture is AudioCapture.CALLER_BEFORE_ANSWER
    )


def ended_in_prompt(call: LoggedCall, label: Label) -> bool:
    """Whether a call ended in the prompt and no call-back settled what it was (SAFETY rule 14)."""
    return call.ended_by is EndedBy.PROMPT and label in NEVER_LEARNT


def strata_at_looks(evidence: Evidence, sound: CallSound) -> list[Stratum]:
    """The stratum a call is counted in at each look; once child or silent, later looks stay so.

    `routing.strata` decides; ``evidence`` is without sound, and `sound` kept what each look adds to it.
    """
    return _strata_at_looks(strata_so_far(evidence), sound)


def _before_sound(call: LoggedCall, *, is_repeat: bool) -> frozenset[Stratum]:
    """`routing.strata.strata_so_far` of a call that nobody has listened to."""
    found = {Stratum.NO_NUMBER: call.record.caller is None, Stratum.REPEAT: is_repeat}
    return frozenset(stratum for stratum, holds in found.items() if holds)


def _strata_at_looks(strata: frozenset[Stratum], sound: CallSound) -> list[Stratum]:
    out = []
    for silent, child_voice in zip(sound.silent, sound.child_voice, strict=True):
        strata |= {Stratum.SILENT} if silent else set()
        strata |= {Stratum.CHILD} if is_child_like(float(child_voice)) else set()
        out.append(counted_in(strata))
    return out
