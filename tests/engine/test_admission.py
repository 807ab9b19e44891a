"""How much is worked on at once: few while the loop is late, many while it is on time, never none."""

from __future__ import annotations

import asyncio
import itertools
from collections.abc import Iterator

import pytest
from hypothesis import given
from hypothesis import strategies as st

from prankfilter.settings import read_settings
from prankfilter.wiring.admission import (
    BEAT_S,
    CALM_BEATS,
    RING_ALWAYS,
    SOUND,
    TARGET_S,
    Admission,
    Kind,
    Range,
    Ticket,
    Why,
    keep_beat,
)

RING = Range(4, 64)
LATE_S, ON_TIME_S = 2 * TARGET_S, TARGET_S / 2
BUDGET_S = 0.15
NUMBERS = itertools.count()
"""So that no two calls are the same."""


def admission() -> Admission:
    return Admission({Kind.RING: RING, Kind.SOUND: SOUND}, budget_s=BUDGET_S)


def crowd(one: Admission, kind: Kind, count: int) -> list[Ticket | Why]:
    """Let so many different calls ask to be let in."""
    return [one.enter(kind, f"call-{next(NUMBERS)}") for _ in range(count)]


def let_in(asked: list[Ticket | Why]) -> list[Ticket]:
    return [ticket for ticket in asked if isinstance(ticket, Ticket)]


def make_late(one: Admission, beats: int = 20) -> None:
    for _ in range(beats):
        one.beat(LATE_S)


class TestLimit:
    def test_on_time_as_many_as_may_ever_be_are_let_in_and_the_next_is_told_why(self) -> None:
        asked = crowd(admission(), Kind.RING, RING.most + 1)
        assert len(let_in(asked)) == RING.most
        assert asked[-1] is Why.FULL

    def test_late_only_a_few_are(self) -> None:
        one = admission()
        make_late(one)
        asked = crowd(one, Kind.RING, RING.most)
        assert len(let_in(asked)) == RING.always
        assert asked[-1] is Why.LATE

    def test_a_single_late_beat_costs_half_of_the_slack(self) -> None:
        one = admission()
        one.beat(LATE_S)
        assert one.slack(Kind.RING) == 0.5
        assert one.limit(Kind.RING) == RING.always + (RING.most - RING.always) // 2

    def test_a_second_on_time_brings_all_of_it_back(self) -> None:
        one = admission()
        make_late(one)
        for _ in range(CALM_BEATS):
            assert one.limit(Kind.RING) < RING.most
            one.beat(ON_TIME_S)
        assert one.limit(Kind.RING) >= RING.most - 1
        one.beat(ON_TIME_S)
        assert one.limit(Kind.RING) == RING.most

    @given(st.lists(st.floats(0, 1), max_size=60))
    def test_it_stays_in_its_range_whatever_the_loop_does(self, late_s: list[float]) -> None:
        one = admission()
        for seconds in late_s:
            one.beat(seconds)
            one.heard(seconds)
            assert RING.always <= one.limit(Kind.RING) <= RING.most
            assert SOUND.always <= one.limit(Kind.SOUND) <= SOUND.most

    @given(st.lists(st.floats(0, 0.02), max_size=40), st.floats(0, 0.02), st.floats(0, 0.02))
    def test_a_later_loop_never_lets_in_more(self, before: list[float], less_s: float, more_s: float) -> None:
        less_s, more_s = sorted((less_s, more_s))
        limits = []
        for last in (less_s, more_s):
            one = admission()
            for seconds in (*before, last):
                one.beat(seconds)
            limits.append(one.limit(Kind.RING))
        assert limits[0] >= limits[1]


class TestRoom:
    def test_what_is_given_back_is_free_again_and_only_once(self) -> None:
        one = admission()
        make_late(one)
        assert not one.is_busy
        tickets = let_in(crowd(one, Kind.RING, RING.most))
        assert one.is_busy
        tickets[0].give_back()
        tickets[0].give_back()
        assert one.under_way(Kind.RING) == RING.always - 1
        assert len(let_in(crowd(one, Kind.RING, 5))) == 1

    @given(st.lists(st.tuples(st.sampled_from(Kind), st.integers(0, 5), st.booleans()), max_size=60))
    def test_what_is_under_way_is_what_was_let_in_and_not_given_back(
        self, steps: list[tuple[Kind, int, bool]]
    ) -> None:
        one, held = admission(), list[tuple[Kind, Ticket]]()
        for kind, number, enters in steps:
            if enters:
                entered = one.enter(kind, f"call-{number}")
                held += [(kind, entered)] if isinstance(entered, Ticket) else []
            elif held:
                held.pop(0)[1].give_back()
            one.beat(LATE_S if number else ON_TIME_S)
            for each in Kind:
                assert one.under_way(each) == sum(owner is each for owner, _ in held)

    def test_sound_takes_no_room_from_calls_without(self) -> None:
        one = admission()
        make_late(one)
        assert len(let_in(crowd(one, Kind.SOUND, 100))) == SOUND.always
        assert len(let_in(crowd(one, Kind.RING, 100))) == RING.always

    def test_a_repeat_of_what_is_under_way_is_let_in_to_join_it_up_to_the_bound(self) -> None:
        one = admission()
        make_late(one)
        crowd(one, Kind.RING, RING.always - 1)
        repeats = [one.enter(Kind.RING, "repeated") for _ in range(RING.most)]
        assert len(let_in(repeats)) == RING.most - (RING.always - 1)
        assert one.enter(Kind.RING, "another") is Why.FULL

    def test_what_has_ended_is_joined_no_more(self) -> None:
        one = admission()
        make_late(one)
        (ticket,) = let_in([one.enter(Kind.RING, "repeated")])
        ticket.give_back()
        crowd(one, Kind.RING, RING.always)
        assert one.enter(Kind.RING, "repeated") is Why.LATE


class TestSound:
    def test_what_took_more_than_half_of_the_budget_leaves_less_room_for_sound_alone(self) -> None:
        one = admission()
        for _ in range(10):
            one.heard(BUDGET_S * 0.51)
        assert one.limit(Kind.SOUND) == SOUND.always
        assert one.limit(Kind.RING) == RING.most

    def test_what_took_less_does_not(self) -> None:
        one = admission()
        one.heard(BUDGET_S * 0.49)
        assert one.limit(Kind.SOUND) == SOUND.most


class TestOverload:
    """A service in numbers: each call takes a while of the one thing that a process does at a time."""

    COST_S, TIMES, BEATS = 0.004, 5, 1000

    def served(self) -> Iterator[tuple[int, int]]:
        """The calls let in and the calls done, beat by beat, at five times what can be done."""
        one, waiting, asked, work_s = admission(), list[Ticket](), 0.0, 0.0
        for _ in range(self.BEATS):
            asked += self.TIMES * BEAT_S / self.COST_S
            entered = let_in(crowd(one, Kind.RING, int(asked)))
            asked -= int(asked)
            waiting += entered
            work_s = min(work_s + BEAT_S, BEAT_S + self.COST_S) if waiting else 0.0
            done = min(int(work_s / self.COST_S), len(waiting))
            work_s -= done * self.COST_S
            for ticket in waiting[:done]:
                ticket.give_back()
            del waiting[:done]
            one.beat(max(len(waiting) - 1, 0) * self.COST_S)
            yield len(waiting), done

    def test_nearly_as_much_is_done_as_can_be(self) -> None:
        done = sum(done for _, done in self.served())
        assert done >= 0.9 * self.BEATS * BEAT_S / self.COST_S

    def test_what_waits_is_done_well_within_the_budget_once_it_has_settled(self) -> None:
        waits_s = [waiting * self.COST_S for waiting, _ in self.served()][50:]
        assert max(waits_s) <= BUDGET_S / 3


class TestSettings:
    @pytest.mark.parametrize("most", [1, 2, 64])
    def test_the_settings_bound_it(self, most: int) -> None:
        one = Admission.of(read_settings({"PRANKFILTER_SCREENINGS_AT_ONCE": str(most)}))
        assert len(let_in(crowd(one, Kind.RING, 100))) == most
        make_late(one)
        assert one.limit(Kind.RING) == min(RING_ALWAYS, most)
        assert 1 <= one.limit(Kind.SOUND) <= most


def test_the_beat_tells_how_late_the_loop_is() -> None:
    moments = iter([0.0, BEAT_S + 0.25, 1.0, 1.0 + BEAT_S])
    one = admission()

    async def main() -> None:
        await keep_beat(one, clock=lambda: next(moments))

    with pytest.raises(RuntimeError):
        asyncio.run(main())  # ends with the moments
    assert one.slack(Kind.RING) == 0.5 + 1 / CALM_BEATS
