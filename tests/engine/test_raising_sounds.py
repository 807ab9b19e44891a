"""Crying and tones may only raise a call's treatment: over the whole routing, whatever the score.

Two looks at one call are laid side by side: one without the sound, and one with it. A cry sounds a little
like a child, so that what is thought of the speaker's age may change with it in any way; tones are left out
of the speech that the age is told from.
"""

from __future__ import annotations

import dataclasses
import math
from typing import Any

import numpy as np
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from prankfilter.audio.heard import Heard
from prankfilter.audio.tracks import Tracks
from prankfilter.classifier.model import Score
from prankfilter.features.evidence import Evidence
from prankfilter.routing.decide import decide
from prankfilter.routing.policies import POLICIES
from prankfilter.screening import gather
from prankfilter.vocabulary import Advice
from tests.builders import NOW, ago, certificate, heard_look, past_call, prankster, score, verify_case
from tests.sounds import Samples, hearing_sounds, keys, text_telephone, tone, voice
from tests.strategies import callers, pieces_of_evidence, scores

TONES = ("dtmf", "text_telephone", "call_progress")
RANK = {Advice.VERIFY: 0, Advice.NORMAL: 1, Advice.PRIORITY: 2}

ANY_POLICY = st.sampled_from(tuple(POLICIES))
ANY_CASE = pieces_of_evidence() | st.builds(
    lambda caller, child, heard: verify_case(
        past={"caller": caller}, child_voice_probability=child, heard=heard
    ),
    callers() | st.just(prankster()),
    st.sampled_from((0.0, 0.05, 0.4, 0.9, math.nan)),
    st.sampled_from((heard_look(), heard_look(10.0, speech_s=8.0))),
)


def advice(evidence: Evidence, given_score: Score, policy: str) -> Advice:
    proof = certificate(policy=policy)
    return decide(given_score, evidence, policy=POLICIES[policy], certificate=proof, now=NOW).advice


def with_sound(heard: Heard, name: str, start: float, share: float) -> Heard:
    """The same look, in which a sound is heard for some of the time."""
    frames = len(heard.level_db)
    flags = np.zeros(frames, np.bool_)
    first = int(start * (frames - 1))
    flags[first : first + max(1, int(share * frames))] = True
    track: dict[str, Any] = {name: flags}
    return dataclasses.replace(heard, **track)


@given(
    evidence=ANY_CASE, before=scores(), after=scores(), policy=ANY_POLICY, name=st.sampled_from(TONES),
    start=st.floats(0, 1), share=st.floats(0, 1),
)  # fmt: skip
def test_a_tone_never_lowers_a_treatment_whatever_the_score(
    evidence: Evidence, before: Score, after: Score, policy: str, name: str, start: float, share: float
) -> None:
    assume(evidence.heard is not None and evidence.heard.look_s is not None)
    assert evidence.heard is not None
    toned = dataclasses.replace(evidence, heard=with_sound(evidence.heard, name, start, share))
    assert advice(toned, after, policy) is not Advice.VERIFY
    assert RANK[advice(toned, after, policy)] >= RANK[advice(evidence, before, policy)]


@given(
    evidence=ANY_CASE, before=scores(), after=scores(), policy=ANY_POLICY, start=st.floats(0, 1),
    share=st.floats(0, 1), child=st.floats(0, 1) | st.just(math.nan), spoken=st.floats(0, 5),
)  # fmt: skip
def test_crying_never_lowers_a_treatment_whatever_the_score(
    evidence: Evidence,
    before: Score,
    after: Score,
    policy: str,
    start: float,
    share: float,
    child: float,
    spoken: float,
) -> None:
    """Nor whatever the cry makes of speech and of the speaker's age."""
    assume(evidence.heard is not None and evidence.heard.look_s is not None)
    assert evidence.heard is not None
    look = heard_look(evidence.heard.look_s, speech_s=spoken)
    crying = dataclasses.replace(
        evidence, heard=with_sound(look, "baby_cry", start, share), child_voice_probability=child
    )
    assert advice(crying, after, policy) is not Advice.VERIFY
    assert RANK[advice(crying, after, policy)] >= RANK[advice(evidence, before, policy)]


def test_crying_keeps_the_place_of_a_second_call_that_may_be_a_childs() -> None:
    """With the voice alone the age is known and grown up; with the cry in it, nobody can be sure."""
    first = past_call(received_at=ago(minutes=4), child_like=True)
    number = dataclasses.replace(prankster(), past_calls=(*prankster().past_calls, first))
    crying = verify_case(past={"caller": number}, heard=heard_look(baby_cry=True))
    assert advice(crying, score(), "queue") is Advice.PRIORITY
    assert advice(verify_case(past={"caller": number}), score(), "queue") is Advice.VERIFY


SOUNDS: dict[str, Samples] = {
    "keys": voice(5.0) + keys(5.0),
    "text telephone": np.concatenate([voice(3.0), text_telephone(2.0)]),
    "busy tone": np.concatenate([voice(4.0), tone(425, 1.0)]),
}


@pytest.mark.parametrize("policy", POLICIES)
@pytest.mark.parametrize("sound", SOUNDS.values(), ids=SOUNDS)
def test_a_real_tone_among_words_is_never_verified(sound: Samples, policy: str) -> None:
    """From samples to advice."""
    assert advice(_heard(sound), score(margin=1e6), policy) is not Advice.VERIFY


def test_a_cry_that_the_ears_hear_is_never_verified_and_the_same_words_without_it_are() -> None:
    shout = voice(5.0, pitch_hz=430)
    assert advice(_heard(shout, kind="baby_cry"), score(margin=1e6), "queue") is Advice.NORMAL
    assert advice(_heard(shout, kind="music"), score(margin=1e6), "queue") is Advice.VERIFY


def _heard(sound: Samples, kind: str = "music") -> Evidence:
    hearing = hearing_sounds(kind, of_vector=True)
    case = verify_case()
    tracks = Tracks(hearing)
    tracks.feed(sound)
    looked = gather(tracks, case.record, case.history, ears=hearing)
    return dataclasses.replace(looked, child_voice_probability=0.05)
