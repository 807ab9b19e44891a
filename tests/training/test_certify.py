"""The proof counts callers, replays looks, and refuses what it cannot prove."""

from __future__ import annotations

import dataclasses
import math

import numpy as np
import pytest
from prankfilter_training.proof.callers import genuine_margins
from prankfilter_training.proof.replay import Replay, strata_at_looks
from prankfilter_training.sound.source import CHILD_VOICE, SOUND_COLUMNS, CallSound

from prankfilter.audio.child import child_voice_probability
from prankfilter.audio.tracks import Tracks
from prankfilter.features.evidence import Evidence
from prankfilter.routing.strata import CHILD_FROM, is_silent, strata_so_far, stratum_of
from prankfilter.vocabulary import LOOKS_S, CallerHistory, Label, Standing, Stratum
from tests import sounds
from tests.builders import call_record, caller, history, past_call
from tests.training import proofs


def replay(
    margin: float, *, minutes: float = 0.0, stratum: Stratum = Stratum.REPEAT, **record: object
) -> Replay:
    """A genuine call with this margin and these fields of its record."""
    return proofs.replay(margin, minutes=minutes, stratum=stratum, record=record)


def heard(silent: list[bool], child_voice: list[float]) -> CallSound:
    values = np.zeros((len(silent), len(SOUND_COLUMNS)))
    values[:, CHILD_VOICE] = child_voice
    return CallSound(values, np.array(silent))


class TestStrata:
    @pytest.mark.parametrize("child_log_odds", [-3.0, 3.0])
    @pytest.mark.parametrize("sound", ["voice", "noise", "noise then voice", "voice then noise"])
    @pytest.mark.parametrize("known", ["stranger", "repeat", "no number"])
    def test_each_look_is_in_the_stratum_that_serving_names(
        self, child_log_odds: float, sound: str, known: str
    ) -> None:
        ears = sounds.ears(child_log_odds=child_log_odds)
        makers = {"voice": sounds.voice, "noise": sounds.line_noise}
        parts = sound.split(" then ")
        tracks = Tracks(ears)
        tracks.feed(np.concatenate([makers[part](10.0 / len(parts)) for part in parts]))
        record = call_record(caller=None) if known == "no number" else call_record()
        told = history(caller=caller(past_call()) if known == "repeat" else caller())
        looks = [tracks.at(look_s) for look_s in LOOKS_S]
        voices = [child_voice_probability(look, ears) for look in looks]
        standing, served = Standing(), []
        for look, voice in zip(looks, voices, strict=True):
            evidence = Evidence(record, dataclasses.replace(told, standing=standing), look, voice)
            served.append(stratum_of(evidence))
            standing = Standing(strata=strata_so_far(evidence))
        replayed = strata_at_looks(Evidence(record, told), heard([is_silent(look) for look in looks], voices))
        assert replayed == served

    def test_once_a_child_always_a_child(self) -> None:
        sound = heard([False] * 4, [CHILD_FROM, 0.0, 0.0, 0.0])
        assert strata_at_looks(Evidence(call_record(), history()), sound) == [Stratum.CHILD] * 4

    def test_an_unknown_age_makes_nobody_a_child(self) -> None:
        sound = heard([False], [math.nan])
        assert strata_at_looks(Evidence(call_record(), CallerHistory()), sound) == [Stratum.OTHER]


class TestCallers:
    def test_one_call_a_caller_counts_and_the_key_picks_it(self) -> None:
        calls = [replay(float(number), minutes=60 * 24 * number) for number in range(20)]
        picked = {genuine_margins(calls, Stratum.REPEAT, key)[0] for key in "abcdefghijklmnop"}
        assert all(len(genuine_margins(calls, Stratum.REPEAT, key)) == 1 for key in "abc")
        assert len(picked) > 5

    def test_the_pick_does_not_depend_on_the_margin_or_the_order(self) -> None:
        calls = [replay(float(number), minutes=60 * 24 * number) for number in range(20)]
        assert genuine_margins(calls, Stratum.REPEAT, "k") == genuine_margins(
            calls[::-1], Stratum.REPEAT, "k"
        )

    def test_calls_of_one_incident_are_one_caller(self) -> None:
        calls = [
            replay(1.0, minutes=0, caller="a", incident_id="fire"),
            replay(2.0, minutes=500, caller="b", incident_id="fire"),
            replay(4.0, minutes=9500, caller="c", incident_id="third"),
        ]
        assert len(genuine_margins(calls, Stratum.REPEAT, "k")) == 2

    @pytest.mark.parametrize(("minutes", "callers"), [(9, 1), (11, 2)])
    def test_without_an_incident_one_cell_within_ten_minutes_is_one_caller(
        self, minutes: int, callers: int
    ) -> None:
        calls = [replay(1.0, caller="a"), replay(2.0, minutes=minutes, caller="b")]
        assert len(genuine_margins(calls, Stratum.REPEAT, "k")) == callers

    def test_only_genuine_calls_of_the_stratum_count(self) -> None:
        other = replay(5.0, minutes=1, stratum=Stratum.OTHER, caller="b", cell_id="x")
        prank = dataclasses.replace(
            replay(6.0, minutes=2, caller="c", cell_id="y"), label=Label.JOKE_OR_ABUSE
        )
        assert genuine_margins([replay(1.0), other, prank], Stratum.REPEAT, "k").tolist() == [1.0]
