"""History: only what was known, only what humans confirmed, never against the caller in doubt (rule 11)."""

from __future__ import annotations

import datetime as dt
import math
from dataclasses import fields, replace
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from prankfilter.features import history as past
from prankfilter.features.caller import CALLER_FEATURES
from prankfilter.features.memory import COUNTED_CALLS, known_at
from prankfilter.features.table import extract
from prankfilter.vocabulary import AreaLoad, Caller, Label, LabelEvent, LabelSource, PastCall, Verdict
from tests.builders import (
    NOW,
    ago,
    call_record,
    caller,
    evidence,
    genuine_call,
    heard_look,
    history,
    label,
    past_call,
    prank_call,
    prankster,
)
from tests.strategies import callers, label_events, maybe

SECOND = dt.timedelta(seconds=1)
JOKE = Label.JOKE_OR_ABUSE
THREE_DAYS_AGO = ago(days=3)


def said(*labels: Any, **over: Any) -> Caller:
    """A number with one call, three days ago, of which people said so much."""
    return caller(past_call(received_at=THREE_DAYS_AGO, labels=labels, **over))


def counted(number: Caller, at: dt.datetime = NOW, *, verified: bool = True, child_like: bool = False) -> int:
    """How many confirmed pranks count against a call."""
    return len(past.confirmed_pranks(number, at, verified=verified, child_like=child_like))


def earned(number: Caller, at: dt.datetime = NOW, **over: Any) -> bool:
    """Whether history allows ``verify``."""
    known: dict[str, Any] = {"verified": True, "child_like": False, "genuine_days": 90.0}
    return past.verify_is_earned(number, at, **known | over)


def value(name: str, number: Caller | None, at: dt.datetime = NOW, **over: Any) -> float:
    """One caller feature of a call received at a moment."""
    (feature,) = (row for row in CALLER_FEATURES if row.name == name)
    known: dict[str, Any] = {"record": call_record(received_at=at), "history": history(caller=number)}
    return feature.compute(evidence(**known | over))


BY_TAKER = label(JOKE, by="budi", at=THREE_DAYS_AGO + SECOND)
BY_SECOND = label(JOKE, by="sari", at=THREE_DAYS_AGO + 2 * SECOND)
BY_SUPERVISOR = label(JOKE, by="ratna", source=LabelSource.SUPERVISOR, at=THREE_DAYS_AGO + 2 * SECOND)


def ruled(verdict: Verdict, is_: Label = Label.UNKNOWN, **over: Any) -> Any:
    """A supervisor's ruling, an hour after the call."""
    known: dict[str, Any] = {"by": "ratna", "source": LabelSource.SUPERVISOR, "verdict": verdict}
    return label(is_, **{"at": THREE_DAYS_AGO + dt.timedelta(hours=1)} | known | over)


class TestOnlyConfirmedPranksCount:
    def test_never_by_the_call_taker_alone(self) -> None:
        assert counted(said(BY_TAKER)) == 0

    def test_nor_by_the_call_taker_twice(self) -> None:
        assert counted(said(BY_TAKER, replace(BY_TAKER, at=BY_TAKER.at + SECOND))) == 0

    def test_by_a_supervisor(self) -> None:
        assert counted(said(BY_TAKER, BY_SUPERVISOR)) == 1

    def test_by_a_field_unit(self) -> None:
        assert counted(said(label(Label.FALSE_REPORT, source=LabelSource.FIELD_UNIT, at=ago(days=2)))) == 1

    def test_by_a_second_person(self) -> None:
        assert counted(said(BY_TAKER, BY_SECOND)) == 1

    @pytest.mark.parametrize("unsigned", [0, 1])
    def test_two_words_of_which_one_is_unsigned_may_be_the_same_persons(self, unsigned: int) -> None:
        words = [BY_TAKER, BY_SECOND]
        words[unsigned] = replace(words[unsigned], by=None)
        assert counted(said(*words)) == 0

    def test_a_supervisor_who_took_the_call_needs_somebody_else(self) -> None:
        assert counted(said(BY_TAKER, replace(BY_SUPERVISOR, by="budi"))) == 0
        assert counted(said(BY_TAKER, replace(BY_SUPERVISOR, by="budi"), BY_SECOND)) == 1

    def test_an_import_confirms_nothing(self) -> None:
        assert counted(said(replace(BY_TAKER, source=LabelSource.IMPORT, by=None))) == 0

    def test_a_confirmed_flag_without_a_kind_takes_the_call_takers(self) -> None:
        assert counted(said(BY_TAKER, ruled(Verdict.CONFIRMED))) == 1

    def test_a_confirmed_flag_of_no_kind_counts_as_little_as_child_play(self) -> None:
        number = said(ruled(Verdict.CONFIRMED))
        assert (counted(number), counted(number, child_like=True)) == (0, 1)

    def test_a_confirmed_flag_that_was_no_prank_after_all(self) -> None:
        assert counted(said(BY_TAKER, ruled(Verdict.CONFIRMED, Label.SILENT))) == 0

    def test_what_was_said_after_seeing_a_score_never_counts(self) -> None:
        assert counted(said(BY_TAKER, replace(BY_SUPERVISOR, biased=True))) == 0
        assert counted(said(replace(BY_TAKER, biased=True), BY_SECOND)) == 0


class TestTheLastWordWins:
    @pytest.mark.parametrize("verdict", [Verdict.OVERTURNED, Verdict.WAS_EMERGENCY, Verdict.UNSURE])
    @pytest.mark.parametrize("is_", [Label.UNKNOWN, JOKE])
    def test_a_ruling_takes_a_confirmation_back(self, verdict: Verdict, is_: Label) -> None:
        assert counted(said(BY_TAKER, BY_SUPERVISOR, ruled(verdict, is_))) == 0

    @pytest.mark.parametrize("other", [Label.GENUINE, Label.SILENT, Label.INFORMATION, Label.UNKNOWN])
    def test_a_revised_label_takes_it_back(self, other: Label) -> None:
        assert counted(said(BY_TAKER, BY_SUPERVISOR, label(other, by="budi", at=ago(days=2)))) == 0

    def test_an_unsigned_report_without_a_label_says_nothing(self) -> None:
        report = label(Label.UNKNOWN, by=None, at=ago(days=2))
        assert counted(said(BY_TAKER, BY_SUPERVISOR, report)) == 1

    def test_a_second_ruling_stands_again(self) -> None:
        taken_back = ruled(Verdict.OVERTURNED)
        assert (
            counted(said(BY_TAKER, BY_SUPERVISOR, taken_back, ruled(Verdict.CONFIRMED, JOKE, at=ago(days=2))))
            == 1
        )

    def test_after_it_was_taken_back_the_count_of_people_starts_anew(self) -> None:
        taken_back = ruled(Verdict.OVERTURNED)
        assert counted(said(BY_TAKER, taken_back, replace(BY_SECOND, at=ago(days=2)))) == 0

    def test_the_order_is_that_of_time_not_of_the_list(self) -> None:
        taken_back = ruled(Verdict.OVERTURNED)
        assert counted(said(taken_back, BY_SUPERVISOR, BY_TAKER)) == 0


class TestWhenAPrankCounts:
    def test_a_day_after_the_call_at_the_earliest(self) -> None:
        number = said(BY_TAKER, BY_SUPERVISOR)
        a_day_later = THREE_DAYS_AGO + dt.timedelta(hours=24)
        assert (counted(number, a_day_later), counted(number, a_day_later + SECOND)) == (0, 1)

    def test_not_before_it_was_confirmed(self) -> None:
        confirmed_at = ago(days=1)
        number = said(BY_TAKER, replace(BY_SUPERVISOR, at=confirmed_at))
        assert (counted(number, confirmed_at), counted(number, confirmed_at + SECOND)) == (0, 1)

    def test_it_halves_every_thirty_days(self) -> None:
        weights = [
            value("confirmed_pranks_decayed_count", caller(prank_call(ago(days=days)))) for days in (30, 60)
        ]
        assert weights == pytest.approx([0.5, 0.25])

    def test_it_is_forgotten_after_ninety_days(self) -> None:
        assert counted(caller(prank_call(ago(days=90)))) == 1
        assert counted(caller(prank_call(ago(days=90, seconds=1)))) == 0

    def test_only_the_newest_weigh(self) -> None:
        many = caller(*(prank_call(ago(days=2, minutes=minutes)) for minutes in range(50)))
        assert value("confirmed_pranks_decayed_count", many) <= COUNTED_CALLS
        after_silence = value("confirmed_pranks_decayed_count", many, NOW + dt.timedelta(days=87))
        assert after_silence == pytest.approx(COUNTED_CALLS / 8, rel=0.05)

    def test_a_supervisor_can_clear_a_number(self) -> None:
        number = prankster()
        assert counted(number) == 5
        assert counted(replace(number, cleared_at=ago(days=5))) == 2
        assert counted(replace(number, cleared_at=ago(days=5)), ago(days=5)) == 2, "not yet cleared"

    def test_pranks_confirmed_after_a_clearing_stay_cleared(self) -> None:
        late = caller(
            past_call(received_at=THREE_DAYS_AGO, labels=(replace(BY_SUPERVISOR, at=ago(days=1)),)),
            cleared_at=ago(days=2),
        )
        assert counted(late) == 0


class TestWhomAPrankCountsAgainst:
    def test_child_play_only_against_a_child_like_voice(self) -> None:
        number = caller(prank_call(THREE_DAYS_AGO, Label.CHILD_PLAY))
        assert (counted(number), counted(number, child_like=True)) == (0, 1)

    @pytest.mark.parametrize("verified", [True, False])
    def test_only_a_number_as_verified_or_unverified(self, verified: bool) -> None:
        number = caller(prank_call(THREE_DAYS_AGO, number_is_verified=verified))
        assert counted(number, verified=verified) == 1
        assert counted(number, verified=not verified) == 0

    def test_a_thousand_pranks_spoofed_from_a_victims_number_change_nothing_for_the_victim(self) -> None:
        spoofed = [
            prank_call(ago(days=2 + n % 5, minutes=n), number_is_verified=False, call_id=f"spoofed-{n}")
            for n in range(1000)
        ]
        own = genuine_call(ago(days=200))
        assert value("confirmed_pranks_decayed_count", caller(own, *spoofed)) == 0.0
        assert not earned(caller(own, *spoofed))
        assert earned(caller(own, *spoofed), verified=False), "but they count against the spoofer"

    def test_the_features_tell_child_play_from_other_pranks(self) -> None:
        number = caller(prank_call(ago(days=30), Label.CHILD_PLAY), prank_call(ago(days=60)))
        name = "confirmed_child_play_decayed_count"
        heard = heard_look()
        assert value("confirmed_pranks_decayed_count", number) == pytest.approx(0.25)
        assert value(name, number, heard=heard, child_voice_probability=0.9) == pytest.approx(0.5)
        assert value(name, number, heard=heard, child_voice_probability=0.1) == 0.0
        assert math.isnan(value(name, number, heard=heard)), "nobody knows the voice's age"


class TestGenuineCallsProtect:
    def test_by_anybodys_word(self) -> None:
        assert past.recent_genuine(caller(genuine_call(ago(days=80))), NOW, 90)

    def test_so_many_days_and_no_longer(self) -> None:
        number = caller(genuine_call(ago(days=90)))
        assert past.recent_genuine(number, NOW, 90)
        assert not past.recent_genuine(number, NOW + SECOND, 90)

    def test_also_where_nothing_was_found_on_the_scene(self) -> None:
        assert past.recent_genuine(said(label(unfounded=True)), NOW, 90)

    def test_a_verified_call_that_was_an_emergency(self) -> None:
        assert past.recent_genuine(said(BY_TAKER, ruled(Verdict.WAS_EMERGENCY, JOKE)), NOW, 90)

    def test_another_call_taker_cannot_take_it_back(self) -> None:
        genuine = label(Label.GENUINE, by="budi", at=THREE_DAYS_AGO + SECOND)
        doubted = said(genuine, replace(BY_SECOND, by="dewi"), BY_SECOND)
        assert past.recent_genuine(doubted, NOW, 90)
        assert counted(doubted) == 0

    @pytest.mark.parametrize(
        "second_thought",
        [
            pytest.param(label(JOKE, by="budi", at=ago(days=2)), id="the same person"),
            pytest.param(replace(BY_SUPERVISOR, at=ago(days=2)), id="a supervisor"),
            pytest.param(ruled(Verdict.CONFIRMED, at=ago(days=2)), id="a ruling"),
        ],
    )
    def test_who_can(self, second_thought: Any) -> None:
        genuine = label(Label.GENUINE, by="budi", at=THREE_DAYS_AGO + SECOND)
        assert not past.recent_genuine(said(genuine, second_thought), NOW, 90)

    def test_one_who_takes_a_word_back_takes_back_no_other(self) -> None:
        budi = label(Label.GENUINE, by="budi", at=THREE_DAYS_AGO + SECOND)
        sari = label(Label.GENUINE, by="sari", at=THREE_DAYS_AGO + 2 * SECOND)
        back = label(Label.SILENT, at=ago(days=2))
        assert past.recent_genuine(said(budi, sari, replace(back, by="budi")), NOW, 90)
        assert past.recent_genuine(said(budi, sari, replace(back, by="sari")), NOW, 90)
        assert not past.recent_genuine(
            said(budi, sari, replace(back, by="sari"), replace(back, by="budi")), NOW, 90
        )

    def test_a_flag_that_was_wrong_for_another_reason_can(self) -> None:
        genuine = label(Label.GENUINE, by="budi", at=THREE_DAYS_AGO + SECOND)
        assert not past.recent_genuine(said(genuine, ruled(Verdict.OVERTURNED, Label.INFORMATION)), NOW, 90)

    @pytest.mark.parametrize(
        ("verdict", "is_"),
        [
            (Verdict.UNSURE, Label.UNKNOWN),
            (Verdict.UNSURE, JOKE),
            (Verdict.UNSURE, Label.SILENT),
            (Verdict.OVERTURNED, Label.UNKNOWN),
            (Verdict.OVERTURNED, JOKE),
        ],
    )
    def test_a_doubtful_ruling_does_not(self, verdict: Verdict, is_: Label) -> None:
        genuine = label(Label.GENUINE, by="budi", at=THREE_DAYS_AGO + SECOND)
        assert past.recent_genuine(said(genuine, ruled(verdict, is_)), NOW, 90)

    def test_a_word_given_after_seeing_a_score_does_not_count(self) -> None:
        assert not past.recent_genuine(said(label(biased=True)), NOW, 90)

    def test_information_is_no_emergency(self) -> None:
        assert not past.recent_genuine(said(label(Label.INFORMATION)), NOW, 90)


class TestACallFollowedByAGenuineOne:
    """SAFETY rule 14: it counts as genuine until somebody ruled who could know of the second call."""

    FIRST = ago(days=3)

    def number(self, *, hours: float, ruled_at: dt.datetime | None = None) -> Caller:
        first = prank_call(self.FIRST)
        if ruled_at is not None:
            first = replace(first, labels=(*first.labels, ruled(Verdict.CONFIRMED, JOKE, at=ruled_at)))
        return caller(first, genuine_call(self.FIRST + dt.timedelta(hours=hours)))

    def test_within_a_day(self) -> None:
        number = self.number(hours=24)
        assert counted(number) == 0
        assert len(past.judged(number, NOW).genuine) == 2

    def test_later_it_is_a_call_of_its_own(self) -> None:
        number = self.number(hours=24.01)
        assert counted(number) == 1
        assert len(past.judged(number, NOW).genuine) == 1

    def test_until_somebody_ruled_who_knew_of_the_second(self) -> None:
        assert counted(self.number(hours=5, ruled_at=self.FIRST + dt.timedelta(hours=4))) == 0
        assert counted(self.number(hours=5, ruled_at=self.FIRST + dt.timedelta(hours=6))) == 1

    def test_knowing_begins_with_the_first_word_for_the_second(self) -> None:
        first = prank_call(self.FIRST)
        again = replace(first.labels[1], at=self.FIRST + dt.timedelta(hours=6))
        second = genuine_call(self.FIRST + dt.timedelta(hours=5))
        repeated = label(Label.GENUINE, by="sari", at=self.FIRST + dt.timedelta(hours=7))
        second = replace(second, labels=(*second.labels, repeated))
        assert counted(caller(replace(first, labels=(*first.labels, again)), second)) == 1

    def test_of_its_incident_from_whatever_number(self) -> None:
        known_at = self.FIRST + dt.timedelta(hours=5)
        doubted = replace(prank_call(self.FIRST), doubted_at=known_at)
        assert counted(caller(doubted)) == 0
        assert past.judged(caller(doubted), NOW).genuine == (self.FIRST,)
        for hours, pranks in ((4, 0), (5, 1)):
            ruling = ruled(Verdict.CONFIRMED, JOKE, at=self.FIRST + dt.timedelta(hours=hours))
            again = replace(doubted, labels=(*doubted.labels, ruling))
            assert counted(caller(again)) == pranks

    def test_of_its_incident_once_that_is_known(self) -> None:
        doubted = replace(prank_call(self.FIRST), doubted_at=NOW)
        assert counted(caller(doubted)) == 1
        assert past.judged(caller(doubted), NOW + SECOND).genuine == (self.FIRST,)

    @pytest.mark.parametrize("is_", [Label.ABANDONED, Label.UNKNOWN])
    def test_of_its_incident_says_nothing_of_a_call_that_nobody_heard(self, is_: Label) -> None:
        unheard = past_call(received_at=self.FIRST, labels=(label(is_, at=self.FIRST + SECOND),))
        assert past.judged(caller(replace(unheard, doubted_at=ago(days=2))), NOW).genuine == ()

    def test_a_silent_call_too(self) -> None:
        silent = past_call(received_at=self.FIRST, labels=(label(Label.SILENT, at=self.FIRST + SECOND),))
        number = caller(silent, genuine_call(self.FIRST + dt.timedelta(hours=1)))
        assert len(past.judged(number, NOW).genuine) == 2

    def test_an_earlier_genuine_call_puts_nothing_in_doubt(self) -> None:
        assert counted(caller(prank_call(self.FIRST), genuine_call(self.FIRST - dt.timedelta(hours=1)))) == 1


class TestWhatVerifyNeeds:
    def test_three_pranks_on_two_days(self) -> None:
        assert earned(caller(*(prank_call(ago(days=days)) for days in (4, 3, 3.01))))

    def test_two_are_not_enough(self) -> None:
        assert not earned(caller(*(prank_call(ago(days=days)) for days in (4, 3))))

    def test_nor_is_one_day(self) -> None:
        assert not earned(caller(*(prank_call(ago(days=3, minutes=minutes)) for minutes in range(9))))

    def test_a_day_is_the_centres(self) -> None:
        """23:30 and 00:30 in Makassar are one day in London and two where the calls were made."""
        midnight = dt.datetime(2026, 9, 10, tzinfo=NOW.tzinfo)
        pranks = [prank_call((midnight + dt.timedelta(minutes=m)).astimezone(dt.UTC)) for m in (-30, 30, 31)]
        assert earned(caller(*pranks))
        assert not earned(caller(*pranks), NOW.astimezone(dt.UTC))

    def test_no_recent_genuine_call(self) -> None:
        number = prankster()
        with_emergency = replace(number, past_calls=(*number.past_calls, genuine_call(ago(days=20))))
        assert earned(number)
        assert not earned(with_emergency)
        assert earned(with_emergency, genuine_days=10.0)

    def test_forgotten_pranks_do_not_help(self) -> None:
        assert not earned(prankster(), NOW + dt.timedelta(days=85))


class TestFactsThatRaiseCare:
    def test_a_third_call_in_ten_minutes_is_a_burst(self) -> None:
        number = caller(past_call(received_at=ago(minutes=10)), past_call(received_at=ago(minutes=1)))
        assert past.repeat_burst(number, NOW, verified=True, child_like=False)
        assert not past.repeat_burst(number, NOW + SECOND, verified=True, child_like=False)

    def test_pranks_that_count_against_the_call_take_the_burst_away(self) -> None:
        burst = [past_call(received_at=ago(minutes=minutes)) for minutes in (9, 5, 1)]
        number = caller(prank_call(THREE_DAYS_AGO), *burst)
        assert not past.repeat_burst(number, NOW, verified=True, child_like=False)
        assert past.repeat_burst(number, NOW, verified=False, child_like=False), "pranks of another's number"

    def test_unconfirmed_pranks_do_not(self) -> None:
        burst = [past_call(received_at=ago(minutes=minutes)) for minutes in (9, 5)]
        number = caller(past_call(received_at=THREE_DAYS_AGO, labels=(BY_TAKER,)), *burst)
        assert past.repeat_burst(number, NOW, verified=True, child_like=False)

    @pytest.mark.parametrize(
        "first",
        [
            pytest.param({"child_like": True}, id="heard as a child"),
            pytest.param({"labels": (label(Label.CHILD_PLAY, at=ago(minutes=2)),)}, id="called child play"),
            pytest.param(
                {"labels": (label(Label.CHILD_PLAY, at=ago(minutes=2), biased=True),)},
                id="called so on seeing a score",
            ),
        ],
    )
    def test_a_second_child_like_call(self, first: dict[str, Any]) -> None:
        number = caller(past_call(received_at=ago(minutes=4), **first))
        assert past.second_child_call(number, NOW)
        assert not past.second_child_call(number, NOW + dt.timedelta(minutes=27))

    def test_an_adults_call_before_makes_no_second_child_call(self) -> None:
        assert not past.second_child_call(caller(past_call(received_at=ago(minutes=4))), NOW)

    def test_the_centres_own_call(self) -> None:
        number = caller(called_back_at=ago(minutes=30))
        assert past.called_back_recently(number, NOW)
        assert not past.called_back_recently(number, NOW + SECOND)
        assert not past.called_back_recently(number, ago(minutes=30)), "not at the same moment"

    def test_never_verify_twice_in_half_an_hour(self) -> None:
        number = caller(past_call(received_at=ago(minutes=31), verified_at=ago(minutes=30)))
        assert past.verified_within(number, NOW)
        assert not past.verified_within(number, NOW + SECOND)
        assert past.verified_within(number, NOW + SECOND, minutes=31)

    def test_one_priority_at_a_time(self) -> None:
        going_on = past_call(
            received_at=ago(minutes=3), prioritised_at=ago(minutes=3), ended_at=None, duration_s=None
        )
        ended = replace(going_on, ended_at=ago(minutes=1))
        assert past.priority_is_open(caller(going_on), NOW)
        assert not past.priority_is_open(caller(ended), NOW)
        assert not past.priority_is_open(caller(going_on), NOW + dt.timedelta(minutes=8))
        assert past.priority_is_open(caller(ended), ago(minutes=2)), "it had not ended then"


class TestCounts:
    NUMBER = caller(
        *(past_call(received_at=ago(minutes=minutes)) for minutes in (4, 5, 50, 61)),
        *(past_call(received_at=ago(days=days)) for days in (0.9, 1.1, 29, 31)),
    )

    @pytest.mark.parametrize(
        ("name", "count"),
        [("calls_5min_count", 2), ("calls_1h_count", 3), ("calls_24h_count", 5), ("calls_30d_count", 7)],
    )
    def test_each_window(self, name: str, count: int) -> None:
        assert value(name, self.NUMBER) == count

    @pytest.mark.parametrize(
        ("name", "window"),
        [
            ("calls_5min_count", dt.timedelta(minutes=5)),
            ("calls_1h_count", dt.timedelta(hours=1)),
            ("calls_24h_count", dt.timedelta(days=1)),
            ("calls_30d_count", dt.timedelta(days=30)),
            ("days_with_calls_30d_count", dt.timedelta(days=30)),
            ("unanswered_1h_count", dt.timedelta(hours=1)),
            ("unanswered_share_30d_ratio", dt.timedelta(days=30)),
        ],
    )
    def test_a_window_that_is_not_wholly_on_record_is_unknown(self, name: str, window: dt.timedelta) -> None:
        assert not math.isnan(value(name, replace(self.NUMBER, observed_since=NOW - window)))
        assert math.isnan(value(name, replace(self.NUMBER, observed_since=NOW - window + SECOND)))

    @pytest.mark.parametrize("name", [row.name for row in CALLER_FEATURES if "confirmed" not in row.name])
    def test_a_log_without_unanswered_attempts_cannot_count(self, name: str) -> None:
        of_answered_calls_only = name == "usual_length_s"
        assert math.isnan(value(name, replace(self.NUMBER, observed_since=None))) != of_answered_calls_only

    def test_local_days(self) -> None:
        """Now is Wednesday morning: 0.9 days ago was Tuesday, 1.1 days ago too."""
        assert value("days_with_calls_30d_count", self.NUMBER) == 3

    def test_time_since_the_last_call(self) -> None:
        assert value("since_last_call_h", self.NUMBER) == pytest.approx(4 / 60)
        assert math.isnan(value("since_last_call_h", caller()))

    def test_unanswered_attempts(self) -> None:
        number = caller(
            past_call(received_at=ago(minutes=20), answered=False),
            past_call(received_at=ago(minutes=70), answered=False),
            past_call(received_at=ago(days=2), answered=True),
            past_call(received_at=ago(days=3), answered=None),
        )
        assert value("unanswered_1h_count", number) == 1
        assert value("unanswered_share_30d_ratio", number) == pytest.approx(2 / 3)

    def test_usual_length_is_the_median_of_believable_durations(self) -> None:
        lengths_s = (10.0, 20.0, 60.0, None, -5.0, math.nan, math.inf, 1e9)
        calls = (past_call(received_at=ago(days=n + 1), duration_s=s) for n, s in enumerate(lengths_s))
        unanswered = past_call(received_at=ago(days=40), answered=False, duration_s=1.0)
        assert value("usual_length_s", caller(*calls, unanswered)) == 20.0

    @pytest.mark.parametrize("name", [row.name for row in CALLER_FEATURES])
    def test_an_unknown_number_knows_nothing(self, name: str) -> None:
        assert math.isnan(value(name, None))


class TestTheAreasLoad:
    def test_the_windows_are_the_same_minutes_of_every_day(self) -> None:
        windows = past.surge_windows(NOW)
        assert len(windows) == 29
        assert all(end - start == dt.timedelta(minutes=15) for start, end in windows)
        assert [end for _, end in windows[:2]] == [NOW, ago(days=1)]

    def test_what_is_usual_needs_seven_days(self) -> None:
        counts = [6, *[2] * 28]
        seven = past.area_load(counts, ago(days=7, minutes=15), NOW)
        six = past.area_load(counts, ago(days=7, minutes=14), NOW)
        assert seven == AreaLoad(recent_count=6, usual_count=2.0)
        assert six is not None
        assert math.isnan(six.usual_count)

    def test_days_before_the_record_began_do_not_count_as_quiet(self) -> None:
        load = past.area_load([6, *[2] * 10, *[0] * 18], ago(days=10, minutes=15), NOW)
        assert load == AreaLoad(recent_count=6, usual_count=2.0)

    @pytest.mark.parametrize("since", [None, ago(minutes=14)])
    def test_without_a_record_nothing_is_known(self, since: dt.datetime | None) -> None:
        assert past.area_load([6, *[2] * 28], since, NOW) is None

    @pytest.mark.parametrize(
        ("recent", "usual", "is_surge"),
        [
            (5, 1.0, True),
            (5, 0.0, True),
            (5, 1.7, False),
            (4, 0.0, False),
            (30, 10.0, True),
            (29, 10.0, False),
            (10, math.nan, True),
            (9, math.nan, False),
        ],
    )
    def test_a_surge(self, recent: int, usual: float, is_surge: bool) -> None:
        assert past.surge(AreaLoad(recent_count=recent, usual_count=usual)) is is_surge

    def test_an_unknown_load_is_no_surge(self) -> None:
        assert not past.surge(None)


# --- point-in-time truth ---------------------------------------------------------------------------


def everything_told(number: Caller, at: dt.datetime) -> tuple[np.ndarray, list[Any]]:
    """All that features and guards may learn of a number at one moment."""
    look = evidence(
        record=call_record(received_at=at),
        history=history(caller=number),
        heard=heard_look(),
        child_voice_probability=0.9,
    )
    facts = [
        fact(number, at, verified=verified, child_like=child_like)
        for fact in (past.confirmed_pranks, past.repeat_burst)
        for verified in (True, False)
        for child_like in (True, False)
    ]
    return extract(look, CALLER_FEATURES), [
        *facts,
        earned(number, at),
        past.judged(number, at),
        past.recent_genuine(number, at, 30),
        past.second_child_call(number, at),
        past.called_back_recently(number, at),
        past.verified_within(number, at),
        past.priority_is_open(number, at),
    ]


def same(one: tuple[np.ndarray, list[Any]], other: tuple[np.ndarray, list[Any]]) -> None:
    """Fail unless both tell the same, unknown equal to unknown."""
    np.testing.assert_array_equal(one[0], other[0])
    assert one[1] == other[1]


MOMENTS = st.floats(0.0, 8.0).map(lambda days: NOW - dt.timedelta(days=days))


@st.composite
def with_another_future(draw: st.DrawFn, number: Caller, at: dt.datetime) -> Caller:
    """The same past, and anything else at or after a moment."""
    later = st.floats(0.0, 3.0).map(lambda days: at + dt.timedelta(days=days))

    def or_later(moment: dt.datetime | None) -> dt.datetime | None:
        return moment if moment is not None and moment < at else draw(maybe(later))

    def lived_on(call: PastCall) -> PastCall:
        known = [event for event in call.labels if event.at < at]
        new = draw(
            st.lists(label_events().flatmap(lambda e: later.map(lambda t: replace(e, at=t))), max_size=2)
        )
        call = replace(
            call,
            labels=tuple(draw(st.permutations(known + new)) if _distinct(known) else known + new),
            verified_at=or_later(call.verified_at),
            prioritised_at=or_later(call.prioritised_at),
        )
        ends = [call.ended_at] if call.ended_at else []
        ends += (
            [call.received_at + dt.timedelta(seconds=call.duration_s)] if call.duration_s is not None else []
        )
        if ends and max(ends) < at:
            return call
        return replace(
            call,
            ended_at=draw(later),
            duration_s=draw(maybe(st.floats(0.0, 600.0))),
            answered=call.answered if known else draw(maybe(st.booleans())),
        )

    earlier = [lived_on(call) for call in number.past_calls if call.received_at < at]
    new_calls = [
        replace(call, call_id=f"later-{n}", received_at=draw(later))
        for n, call in enumerate(number.past_calls)
    ]
    return replace(
        number,
        past_calls=tuple(draw(st.permutations(earlier + new_calls))),
        cleared_at=or_later(number.cleared_at),
        called_back_at=or_later(number.called_back_at),
    )


def _distinct(events: list[Any]) -> bool:
    """Whether no two were said at the same moment, so that their order in the list says nothing."""
    return len({event.at for event in events}) == len(events)


def _in_utc(thing: Any) -> Any:
    """The same calls and statements, as a store that keeps times in UTC returns them."""
    if isinstance(thing, dt.datetime):
        return thing.astimezone(dt.UTC)
    if isinstance(thing, tuple):
        return tuple(map(_in_utc, thing))
    if isinstance(thing, (Caller, PastCall, LabelEvent)):
        return replace(thing, **{field.name: _in_utc(getattr(thing, field.name)) for field in fields(thing)})
    return thing


class TestPointInTimeTruth:
    def test_a_call_that_goes_on_has_neither_end_nor_length_nor_fate(self) -> None:
        (known,) = known_at(caller(past_call(received_at=ago(seconds=65))), NOW).past_calls
        assert (known.answered, known.ended_at, known.duration_s) == (None, None, None)

    def test_but_a_fate_if_somebody_has_already_said_what_it_was(self) -> None:
        words = (label(Label.SILENT, at=ago(seconds=5)), label(Label.GENUINE, at=NOW))
        (known,) = known_at(caller(past_call(received_at=ago(seconds=65), labels=words)), NOW).past_calls
        assert known.answered is True
        assert known.labels == words[:1]

    def test_an_end_and_a_length_must_agree_that_it_is_over(self) -> None:
        """A log that notes the end by its own clock must not tell a length that has not passed yet."""
        call = past_call(received_at=ago(seconds=65), ended_at=ago(seconds=10), duration_s=66.0)
        (known,) = known_at(caller(call), NOW).past_calls
        assert (known.ended_at, known.duration_s) == (None, None)

    def test_advice_and_care_of_the_centre_are_known_from_their_own_time_on(self) -> None:
        for moment, kept in ((NOW, None), (ago(hours=1), ago(hours=1))):
            call = past_call(verified_at=moment, prioritised_at=moment)
            known = known_at(caller(call, cleared_at=moment, called_back_at=moment), NOW)
            assert (known.cleared_at, known.called_back_at) == (kept, kept)
            assert (known.past_calls[0].verified_at, known.past_calls[0].prioritised_at) == (kept, kept)

    def test_ended_calls_are_not_copied(self) -> None:
        number = prankster()
        assert all(
            known is call
            for known, call in zip(known_at(number, NOW).past_calls, number.past_calls, strict=True)
        )

    @given(callers(), MOMENTS, st.data())
    def test_nothing_at_or_after_a_call_changes_what_is_known_of_it(
        self, number: Caller, at: dt.datetime, data: st.DataObject
    ) -> None:
        same(everything_told(number, at), everything_told(data.draw(with_another_future(number, at)), at))

    @pytest.mark.parametrize(
        "name", ["labels", "received_at", "ended_at", "cleared_at", "called_back_at", "verified_at"]
    )
    def test_but_a_second_earlier_everything_counts(self, name: str) -> None:
        """The property above would hold of functions that look at nothing; these look at everything."""

        def at_time(moment: dt.datetime) -> Caller:
            number = prankster()
            if name == "labels":
                genuine = past_call(received_at=ago(days=1), labels=(label(at=moment),))
                return replace(number, past_calls=(*number.past_calls, genuine))
            if name in {"cleared_at", "called_back_at"}:
                return replace(number, **dict[str, Any]({name: moment}))
            call = past_call(received_at=ago(minutes=9), duration_s=None, ended_at=None, answered=None)
            filled: dict[str, Any] = {"ended_at": {"answered": False}}.get(name, {})
            return replace(number, past_calls=(*number.past_calls, replace(call, **filled | {name: moment})))

        before, after = everything_told(at_time(NOW - SECOND), NOW), everything_told(at_time(NOW), NOW)
        with pytest.raises(AssertionError):
            same(before, after)

    @settings(max_examples=40)
    @given(callers(), MOMENTS, st.randoms(use_true_random=False))
    def test_the_order_of_the_calls_does_not_matter(
        self, number: Caller, at: dt.datetime, random: Any
    ) -> None:
        shuffled = list(number.past_calls)
        random.shuffle(shuffled)
        same(everything_told(number, at), everything_told(replace(number, past_calls=tuple(shuffled)), at))

    @settings(max_examples=40)
    @given(callers(), MOMENTS)
    def test_in_which_zone_times_were_stored_does_not_matter(self, number: Caller, at: dt.datetime) -> None:
        same(everything_told(number, at), everything_told(_in_utc(number), at))

    @settings(max_examples=40)
    @given(callers(), MOMENTS)
    def test_knowing_twice_is_knowing_once(self, number: Caller, at: dt.datetime) -> None:
        known = known_at(number, at)
        assert known_at(known, at) == known
        same(everything_told(known, at), everything_told(number, at))

    @given(callers(), MOMENTS, MOMENTS)
    def test_what_was_known_earlier_is_known_later(
        self, number: Caller, one: dt.datetime, other: dt.datetime
    ) -> None:
        """A store may hide more than is asked of it, as long as it hides nothing from before."""
        early, late = sorted((one, other))
        assert known_at(known_at(number, late), early) == known_at(number, early)
