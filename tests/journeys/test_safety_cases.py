"""The calls of SAFETY.md that looked like pranks and were not: at every look and under every policy.

Everything else speaks against the caller: a model that is certain of a prank with and without the sound, a
certificate that covers every group with a threshold that anything exceeds, a full queue, and, where the case
allows it, a number with confirmed pranks. `test_the_same_odds_verify_an_ordinary_prankster` shows that these
odds do verify a call that no rule protects.
"""

from __future__ import annotations

import dataclasses
import datetime as dt
import functools
from collections.abc import Sequence
from typing import Any, cast

import numpy as np
import pytest

from prankfilter.audio.heard import Heard
from prankfilter.audio.tracks import Tracks
from prankfilter.bundle.ears import Ears
from prankfilter.classifier.model import Model, Score
from prankfilter.features.evidence import Evidence
from prankfilter.features.history import area_load, surge_windows
from prankfilter.routing.policies import POLICIES
from prankfilter.screening import screen_call
from prankfilter.vocabulary import (
    LOOKS_S,
    AccessState,
    Advice,
    AreaLoad,
    AudioCapture,
    Caller,
    CallerHistory,
    Channel,
    Decision,
    Guard,
    Label,
    LabelSource,
    NumberKind,
    PastCall,
    Standing,
    Stratum,
)
from tests.builders import (
    NOW,
    ago,
    call_record,
    caller,
    certificate,
    history,
    label,
    past_call,
    prank_call,
    prankster,
    score,
)
from tests.sounds import RATE_HZ, Samples, ears, line_noise, text_telephone, voice

CHILD_EARS, ADULT_EARS, AGELESS_EARS = ears(8.0), ears(-8.0), ears()

LOOKS: tuple[float | None, ...] = (None, 0.4, *LOOKS_S)
"""Seconds of sound at each look; None is `ring`."""


def _in_turn(*parts: Samples) -> Samples:
    return np.concatenate(parts)


ADULT, CHILD, SILENCE, TYPING = "adult", "child", "silence", "typing"
SOUNDS = {
    ADULT: voice(10),
    CHILD: voice(10, pitch_hz=300),
    SILENCE: line_noise(10),
    TYPING: text_telephone(10),
    "silence, then child": _in_turn(line_noise(1), voice(9, pitch_hz=300)),
    "silence, then a shout": _in_turn(line_noise(4), voice(6)),
    "adult, then typing": _in_turn(voice(2), text_telephone(2), voice(6)),
    "cut off": voice(2),
}


@dataclasses.dataclass(frozen=True)
class Played:
    """The tracks of one sound, played so far; made once, because every case is played under every policy."""

    heard: Heard

    def at_look(self) -> Heard:
        return self.heard


@functools.cache
def played(sound: str, seconds: float) -> Played:
    tracks = Tracks(AGELESS_EARS)
    tracks.feed(SOUNDS[sound][: round(seconds * RATE_HZ)])
    return Played(tracks.at_look())


class CertainOfAPrank:
    """A model that is as wrong as a model can be."""

    model_id = "0123456789abcdef"

    def score(self, evidence: Evidence) -> Score:
        return score(margin=1e6, prank_score=1.0)


def every_look(
    sound: str | None,
    past: CallerHistory,
    *,
    policy: str,
    hearing: Ears = ADULT_EARS,
    **line: Any,
) -> list[Decision]:
    """The decisions on one call as it goes on: each look knows the strata of the looks before."""
    waiting = {"calls_waiting": 30, "audio_capture": AudioCapture.CALLER_BEFORE_ANSWER}
    record = call_record(**waiting | line)
    bound = certificate(threshold=-1e6).strata[Stratum.OTHER]
    proof = certificate(policy=policy, strata=dict.fromkeys(Stratum, bound))
    decisions: list[Decision] = []
    for seconds in LOOKS if sound is not None else LOOKS[:1]:
        strata = frozenset[Stratum]().union(*(decision.strata for decision in decisions))
        standing = dataclasses.replace(past.standing, strata=past.standing.strata | strata)
        decisions.append(
            screen_call(
                None if sound is None or seconds is None else cast(Tracks, played(sound, seconds)),
                record,
                dataclasses.replace(past, standing=standing),
                ears=hearing,
                model=cast(Model, CertainOfAPrank()),
                policy=POLICIES[policy],
                certificate=proof,
                now=record.received_at + dt.timedelta(seconds=seconds or 0.0),
            )
        )
    return decisions


def advice(decisions: Sequence[Decision]) -> set[Advice]:
    return {decision.advice for decision in decisions}


pytestmark = pytest.mark.parametrize("policy", POLICIES)


def test_the_same_odds_verify_an_ordinary_prankster(policy: str) -> None:
    decisions = every_look(ADULT, history(caller=prankster()), policy=policy)
    expected = Advice.NORMAL if policy == "observe" else Advice.VERIFY
    assert [decision.advice for decision in decisions] == [Advice.NORMAL] * 2 + [expected] * 4


# --- Detroit, 20 February 2006 -------------------------------------------------------------------

HOUSEHOLDS = {
    "unknown": caller(),
    "known for child play": caller(*(prank_call(ago(days=d), Label.CHILD_PLAY) for d in (9, 6, 3))),
    "known for pranks": prankster(),
}


every_household = pytest.mark.parametrize("household", HOUSEHOLDS.values(), ids=HOUSEHOLDS)


def first_call(policy: str, household: Caller, hearing: Ears) -> PastCall:
    """The first call of the child, four minutes ago: heard, answered, and labelled child play at once."""
    at = ago(minutes=4)
    heard = every_look(
        CHILD,
        history(caller=household),
        policy=policy,
        hearing=hearing,
        received_at=at,
        call_id="detroit-1",
    )
    assert advice(heard) == {Advice.NORMAL}
    return past_call(
        call_id="detroit-1",
        received_at=at,
        ended_at=ago(minutes=3),
        duration_s=40.0,
        child_like=Stratum.CHILD in heard[-1].strata,
        labels=(label(Label.CHILD_PLAY, at=ago(minutes=2, seconds=50)),),
    )


@every_household
@pytest.mark.parametrize("hearing", [CHILD_EARS, AGELESS_EARS], ids=["child heard", "inference off"])
def test_detroit_2006_child(policy: str, household: Caller, hearing: Ears) -> None:
    first = first_call(policy, household, hearing)
    number = dataclasses.replace(household, past_calls=(*household.past_calls, first))
    second = every_look(CHILD, history(caller=number), policy=policy, hearing=hearing, call_id="detroit-2")
    assert advice(second) == {Advice.PRIORITY}
    assert all(Guard.SECOND_CHILD_CALL in decision.guards for decision in second)


@every_household
def test_detroit_2006_child_who_is_silent_at_first(policy: str, household: Caller) -> None:
    """Both calls begin with a second of silence; the child is heard only later."""
    quiet_first = every_look(
        "silence, then child",
        history(caller=household),
        policy=policy,
        hearing=CHILD_EARS,
        received_at=ago(minutes=4),
    )
    assert advice(quiet_first) == {Advice.NORMAL}
    child_like = Stratum.CHILD in quiet_first[-1].strata
    first = past_call(received_at=ago(minutes=4), child_like=child_like)
    number = dataclasses.replace(household, past_calls=(*household.past_calls, first))
    second = every_look("silence, then child", history(caller=number), policy=policy, hearing=CHILD_EARS)
    assert advice(second) == {Advice.PRIORITY}


def test_detroit_2006_child_in_a_crowd(policy: str) -> None:
    """Where every place is taken, the child loses its place and nothing else."""
    first = past_call(received_at=ago(minutes=4), child_like=True)
    crowd = history(caller=caller(first), standing=Standing(recent_priority_count=1))
    second = every_look(CHILD, crowd, policy=policy, hearing=CHILD_EARS)
    assert advice(second) == {Advice.NORMAL}


# --- United Kingdom, 2013 ------------------------------------------------------------------------


def test_uk_2013_silent(policy: str) -> None:
    decisions = every_look(SILENCE, history(caller=prankster()), policy=policy)
    assert advice(decisions) == {Advice.NORMAL}
    assert {decision.stratum for decision in decisions[3:]} == {Stratum.SILENT}
    assert all(Guard.TOO_LITTLE_AUDIO in decision.guards for decision in decisions[1:])


def test_uk_2013_silent_until_somebody_shouts(policy: str) -> None:
    """A voice in the background, seconds later, does not make a silent call an ordinary one."""
    decisions = every_look("silence, then a shout", history(caller=prankster()), policy=policy)
    assert advice(decisions) == {Advice.NORMAL}
    assert decisions[-1].stratum is Stratum.SILENT


# --- Lithuania, 2013 -----------------------------------------------------------------------------


def test_lithuania_2013_simless(policy: str) -> None:
    """Ten calls in forty minutes, from a phone without a SIM card: no number, no place."""
    for attempt in range(10):
        at = ago(minutes=40 - 4 * attempt)
        decisions = every_look(
            ADULT,
            CallerHistory(area=AreaLoad(recent_count=min(attempt, 4), usual_count=1.0)),
            policy=policy,
            call_id=f"lithuania-{attempt}",
            received_at=at,
            caller=None,
            number_tail=None,
            number_kind=NumberKind.NONE,
            access_state=AccessState.SIM_LESS,
            cell_id=None,
        )
        assert advice(decisions) == {Advice.NORMAL}
        assert {decision.stratum for decision in decisions} == {Stratum.NO_NUMBER}


# --- Madison, 2008 -------------------------------------------------------------------------------

CUT_OFF = past_call(received_at=ago(minutes=7), ended_at=ago(minutes=6, seconds=50), duration_s=10.0)

MISTAKEN_FOR = {
    "nothing": (),
    "an accident": (label(Label.ACCIDENTAL, at=ago(minutes=6)),),
    "a joke": (label(Label.JOKE_OR_ABUSE, at=ago(minutes=6)),),
    "a joke, says the supervisor": (
        label(Label.JOKE_OR_ABUSE, at=ago(minutes=6)),
        label(Label.JOKE_OR_ABUSE, source=LabelSource.SUPERVISOR, by="ratna", at=ago(minutes=5)),
    ),
}


@pytest.mark.parametrize("said", MISTAKEN_FOR.values(), ids=MISTAKEN_FOR)
def test_madison_2008_disconnected(policy: str, said: Any) -> None:
    """A call that was cut off, whatever it was taken for, counts not against the next; a third is raised."""
    cut_off = every_look("cut off", history(), policy=policy, received_at=CUT_OFF.received_at)
    assert advice(cut_off) == {Advice.NORMAL}
    earlier = dataclasses.replace(CUT_OFF, labels=said)
    again = every_look(ADULT, history(caller=caller(earlier)), policy=policy)
    assert advice(again) == {Advice.NORMAL}
    between = past_call(received_at=ago(minutes=3), ended_at=ago(minutes=2, seconds=55), duration_s=5.0)
    third = every_look(ADULT, history(caller=caller(earlier, between)), policy=policy)
    assert advice(third) == {Advice.PRIORITY}


def test_madison_2008_disconnected_answers_the_call_back(policy: str) -> None:
    """Even a number with confirmed pranks is not verified when it answers to a call-back."""
    known = prankster(called_back_at=ago(minutes=5))
    number = dataclasses.replace(known, past_calls=(*known.past_calls, CUT_OFF))
    decisions = every_look(ADULT, history(caller=number), policy=policy)
    assert advice(decisions) == {Advice.NORMAL}
    assert all(Guard.CALL_BACK in decision.guards for decision in decisions)


# --- a storm -------------------------------------------------------------------------------------


def storm(recent_count: int) -> AreaLoad:
    """The area's load as history sees it: so many calls in a quarter of an hour, one on an ordinary day."""
    counts = [recent_count] + [1] * (len(surge_windows(NOW)) - 1)
    load = area_load(counts, ago(days=400), NOW)
    assert load is not None
    return load


def test_storm_surge(policy: str) -> None:
    """Callers new and old, first calls and repeats, and even known pranksters: all keep their place."""
    repeats = (past_call(received_at=ago(minutes=8)), past_call(received_at=ago(minutes=3)))
    known = prankster()
    numbers = (
        caller(),
        caller(*repeats),
        known,
        dataclasses.replace(known, past_calls=(*known.past_calls, *repeats)),
        caller(past_call(received_at=ago(minutes=4), child_like=True)),
    )
    for recent_count in (5, 12, 60):
        for number in numbers:
            past = history(caller=number, area=storm(recent_count))
            decisions = every_look(ADULT, past, policy=policy)
            assert advice(decisions) == {Advice.NORMAL}
            assert all(Guard.SURGE in decision.guards for decision in decisions)


def test_storm_surge_where_nobody_knows_what_is_usual(policy: str) -> None:
    past = history(caller=prankster(), area=AreaLoad(recent_count=10, usual_count=float("nan")))
    assert advice(every_look(ADULT, past, policy=policy)) == {Advice.NORMAL}


# --- tones and taps ------------------------------------------------------------------------------


def test_text_telephone(policy: str) -> None:
    decisions = every_look(TYPING, history(caller=prankster()), policy=policy)
    assert advice(decisions) == {Advice.NORMAL}
    assert all(Guard.TEXT_TELEPHONE in decision.guards for decision in decisions[2:])


def test_text_telephone_beside_a_voice(policy: str) -> None:
    """A hearing child speaks for a deaf parent, who then types."""
    decisions = every_look("adult, then typing", history(caller=prankster()), policy=policy)
    assert advice(decisions[3:]) == {Advice.NORMAL}
    assert all(Guard.TEXT_TELEPHONE in decision.guards for decision in decisions[3:])


@pytest.mark.parametrize("sound", [None, SILENCE, ADULT])
def test_panic_button(policy: str, sound: str | None) -> None:
    decisions = every_look(sound, history(caller=prankster()), policy=policy, channel=Channel.APP_PANIC)
    assert advice(decisions) == {Advice.NORMAL}
    for decision in decisions:
        assert decision.guards == (Guard.NEVER_SCREENED,)
        assert decision.prank_score is None
        assert not decision.flagged
