"""What every store tells history of a number: all that was known just before a moment, and nothing later."""

from __future__ import annotations

import dataclasses
import datetime as dt

import pytest

from prankfilter.features.history import known_at, surge_windows
from prankfilter.store.port import Ruling, Situation, Store
from prankfilter.vocabulary import (
    Advice,
    Caller,
    EndedBy,
    Label,
    LabelEvent,
    LabelSource,
    PastCall,
    Stratum,
    Verdict,
)
from tests.builders import NOW, ago, call_record, outcome, ruling, screening

SECOND = dt.timedelta(seconds=1)
RECEIVED = ago(hours=3)


def past(store: Store, *, before: dt.datetime = NOW) -> PastCall:
    """The only earlier call of the number."""
    (only,) = store.caller("caller-1", before=before, except_call="now").past_calls
    return only


@pytest.fixture
def rang(store: Store) -> Store:
    """A store with one call, received at `RECEIVED`."""
    store.put_record(call_record(call_id="a", received_at=RECEIVED))
    return store


class TestWhichCalls:
    def test_earlier_ones_of_the_number_oldest_first(self, store: Store) -> None:
        for minutes in (1, 3, 2):
            store.put_record(call_record(call_id=f"c{minutes}", received_at=ago(minutes=minutes)))
        store.put_record(call_record(call_id="other", received_at=ago(minutes=2), caller="caller-2"))
        store.put_record(call_record(call_id="nobody", received_at=ago(minutes=2), caller=None))
        store.put_record(call_record(call_id="same moment", received_at=NOW))
        calls = store.caller("caller-1", before=NOW, except_call="c2").past_calls
        assert [call.call_id for call in calls] == ["c3", "c1"]

    def test_go_back_four_hundred_days(self, store: Store) -> None:
        store.put_record(call_record(call_id="too old", received_at=ago(days=400, seconds=1)))
        store.put_record(call_record(call_id="old", received_at=ago(days=400)))
        assert past(store).call_id == "old"

    def test_are_the_newest_five_hundred(self, store: Store) -> None:
        for minutes in range(1, 503):
            record = call_record(call_id=f"c{minutes}", received_at=ago(minutes=minutes))
            store.remember(screening(record, advice=Advice.VERIFY))
        calls = store.caller("caller-1", before=NOW, except_call="c1").past_calls
        assert [call.call_id for call in calls] == [f"c{minutes}" for minutes in range(501, 1, -1)]
        assert all(call.verified_at for call in calls)

    def test_say_whether_the_number_was_vouched_for(self, store: Store) -> None:
        store.put_record(call_record(call_id="a", received_at=ago(hours=1), number_kind=None))
        assert not past(store).number_is_verified
        store.put_record(call_record(call_id="b", received_at=ago(minutes=1)))
        assert past(store, before=ago(minutes=2)).call_id == "a"
        assert [
            c.number_is_verified for c in store.caller("caller-1", before=NOW, except_call="").past_calls
        ] == [
            False,
            True,
        ]

    def test_a_call_without_anything_more_is_unknown_in_everything(self, rang: Store) -> None:
        assert past(rang) == PastCall(call_id="a", received_at=RECEIVED, number_is_verified=True)


class TestMoments:
    def test_since_when_calls_are_observed(self, rang: Store) -> None:
        rang.put_record(call_record(call_id="b", received_at=ago(hours=1)))
        assert rang.caller("caller-2", before=NOW, except_call="").observed_since == RECEIVED
        assert rang.caller("caller-2", before=RECEIVED + SECOND, except_call="").observed_since == RECEIVED
        assert rang.caller("caller-2", before=RECEIVED, except_call="") == Caller()

    def test_an_older_call_that_is_imported_later_moves_it_back(self, rang: Store) -> None:
        assert rang.observed_since() == RECEIVED
        rang.put_record(call_record(call_id="b", received_at=ago(days=9)))
        assert rang.observed_since() == ago(days=9)

    def test_the_last_clearing_and_call_back_before_the_moment(self, store: Store) -> None:
        for hours in (5, 1, 3):
            store.put_cleared("caller-1", by="ratna", reason="bukan dia", at=ago(hours=hours))
            store.put_called_back("caller-1", by="sari", at=ago(hours=hours, minutes=30))
        known = store.caller("caller-1", before=ago(hours=1), except_call="")
        assert known.cleared_at == ago(hours=3)
        assert known.called_back_at == ago(hours=1, minutes=30)
        assert store.caller("caller-2", before=NOW, except_call="") == Caller()


class TestLabels:
    def test_are_statements_in_the_order_of_their_times(self, rang: Store) -> None:
        rang.put_outcome("a", outcome(Label.GENUINE, at=ago(hours=1), unfounded=True))
        rang.put_outcome("a", outcome(Label.CHILD_PLAY, at=ago(hours=2), by="sari"))
        assert past(rang).labels == (
            LabelEvent(label=Label.CHILD_PLAY, source=LabelSource.CALL_TAKER, at=ago(hours=2), by="sari"),
            LabelEvent(
                label=Label.GENUINE, source=LabelSource.CALL_TAKER, at=ago(hours=1), by="budi", unfounded=True
            ),
        )

    def test_are_not_known_before_they_were_given(self, rang: Store) -> None:
        rang.put_outcome("a", outcome(at=ago(hours=1)))
        rang.put_ruling("a", ruling(at=ago(minutes=30)))
        assert [len(past(rang, before=ago(minutes=m)).labels) for m in (60, 59, 30, 29)] == [0, 1, 1, 2]

    def test_of_a_call_that_ended_in_the_prompt_never_say_prank(self, rang: Store) -> None:
        rang.put_outcome("a", outcome(Label.JOKE_OR_ABUSE, ended_by=EndedBy.PROMPT, at=ago(hours=2)))
        rang.put_ruling("a", ruling(Verdict.CONFIRMED, label=Label.FALSE_REPORT, at=ago(hours=1)))
        assert [event.label for event in past(rang).labels] == [Label.UNKNOWN, Label.UNKNOWN]

    @pytest.mark.parametrize(("shown", "biased"), [(True, True), (False, False), (None, False)])
    def test_given_after_seeing_a_score_are_marked(
        self, rang: Store, shown: bool | None, biased: bool
    ) -> None:
        rang.put_outcome("a", outcome(advice_shown=shown))
        assert past(rang).labels[0].biased is biased

    def test_a_report_without_label_or_name_is_no_statement(self, rang: Store) -> None:
        rang.put_outcome("a", outcome(Label.UNKNOWN, by=None, duration_s=9.0))
        assert past(rang).labels == ()
        assert past(rang).duration_s == 9.0

    def test_a_signed_unknown_takes_back(self, rang: Store) -> None:
        rang.put_outcome("a", outcome(Label.JOKE_OR_ABUSE, at=ago(hours=2)))
        rang.put_outcome("a", outcome(Label.UNKNOWN, at=ago(hours=1)))
        assert [event.label for event in past(rang).labels] == [Label.JOKE_OR_ABUSE, Label.UNKNOWN]

    @pytest.mark.parametrize(
        ("earlier", "given", "says"),
        [
            ((), ruling(Verdict.CONFIRMED), Label.UNKNOWN),
            ((), ruling(Verdict.CONFIRMED, label=Label.FALSE_REPORT), Label.FALSE_REPORT),
            ((Label.SILENT, Label.CHILD_PLAY), ruling(Verdict.CONFIRMED), Label.CHILD_PLAY),
            ((Label.CHILD_PLAY,), ruling(Verdict.CONFIRMED, label=Label.GENUINE), Label.GENUINE),
            ((Label.CHILD_PLAY,), ruling(Verdict.WAS_EMERGENCY), Label.GENUINE),
            ((Label.CHILD_PLAY,), ruling(Verdict.WAS_EMERGENCY, label=Label.CHILD_PLAY), Label.GENUINE),
            ((Label.CHILD_PLAY,), ruling(Verdict.OVERTURNED), Label.UNKNOWN),
            ((Label.CHILD_PLAY,), ruling(Verdict.OVERTURNED, label=Label.INFORMATION), Label.INFORMATION),
            ((Label.CHILD_PLAY,), ruling(Verdict.UNSURE), Label.UNKNOWN),
        ],
    )
    def test_a_verdict_is_a_statement_of_a_supervisor(
        self, rang: Store, earlier: tuple[Label, ...], given: Ruling, says: Label
    ) -> None:
        for hours, one in enumerate(earlier):
            rang.put_outcome("a", outcome(one, at=ago(hours=2.5 - hours / 2)))
        rang.put_ruling("a", given)
        assert past(rang).labels[-1] == LabelEvent(
            label=says, source=LabelSource.SUPERVISOR, at=given.at, by="ratna", verdict=given.verdict
        )

    def test_a_verdict_confirms_no_label_that_was_given_after_seeing_the_score(self, rang: Store) -> None:
        rang.put_outcome("a", outcome(Label.CHILD_PLAY, at=ago(hours=2)))
        rang.put_outcome("a", outcome(Label.FALSE_REPORT, at=ago(hours=1), advice_shown=True))
        rang.put_ruling("a", ruling(Verdict.CONFIRMED))
        assert past(rang).labels[-1].label is Label.CHILD_PLAY


class TestDoubts:
    def test_are_known_after_they_were_kept_and_the_last_one_stands(self, rang: Store) -> None:
        rang.put_doubt("a", ago(hours=2), by="prankfilter", at=ago(hours=2))
        rang.put_doubt("a", None, by="prankfilter", at=ago(hours=1))
        rang.put_doubt("a", ago(hours=2), by="prankfilter", at=ago(minutes=30))
        known = [past(rang, before=ago(minutes=m)).doubted_at for m in (120, 90, 60, 45, 30, 15)]
        assert known == [None, ago(hours=2), ago(hours=2), None, None, ago(hours=2)]

    def test_a_repeat_changes_nothing(self, rang: Store) -> None:
        for _ in range(2):
            rang.put_doubt("a", ago(hours=2), by="prankfilter", at=ago(hours=2))
        file = rang.call("a")
        assert file is not None
        assert [change.what for change in file.changes] == ["doubted"]

    def test_say_nothing_of_what_it_was_and_of_how_it_went(self, rang: Store) -> None:
        before = past(rang)
        rang.put_doubt("a", ago(hours=2), by="prankfilter", at=ago(hours=2))
        assert dataclasses.replace(past(rang), doubted_at=None) == before


class TestHowItWent:
    def test_an_outcome_tells(self, rang: Store) -> None:
        rang.put_outcome(
            "a",
            outcome(at=ago(hours=2), duration_s=60.0, answered_at=ago(hours=2.9), ended_at=ago(hours=2.8)),
        )
        known = past(rang)
        assert (known.answered, known.ended_at, known.duration_s) == (True, ago(hours=2.8), 60.0)

    def test_facts_tell_and_the_duration_follows(self, rang: Store) -> None:
        facts = {"answered_at": RECEIVED + 10 * SECOND, "ended_at": RECEIVED + 55 * SECOND}
        rang.put_facts("a", facts, by="router", at=ago(hours=2))
        known = past(rang)
        assert (known.answered, known.ended_at, known.duration_s) == (True, facts["ended_at"], 45.0)

    def test_the_later_word_stands(self, rang: Store) -> None:
        rang.put_facts("a", {"ended_at": ago(hours=2), "duration_s": 5}, by="router", at=ago(hours=2))
        rang.put_outcome("a", outcome(ended_at=ago(hours=2.5), duration_s=60.0, at=ago(hours=1)))
        assert (past(rang).ended_at, past(rang).duration_s) == (ago(hours=2.5), 60.0)
        assert past(rang, before=ago(hours=1)).duration_s == 5.0

    def test_nothing_is_known_before_it_happened_or_was_reported(self, rang: Store) -> None:
        rang.put_facts(
            "a",
            {
                "answered_at": ago(hours=2),
                "ended_at": ago(hours=1),
                "duration_s": 3600.0,
                "ended_by": "caller",
            },
            by="router",
            at=ago(minutes=30),
        )
        before = past(rang, before=ago(minutes=30))
        assert (before.answered, before.ended_at, before.duration_s) == (None, None, None)
        after = past(rang)
        assert (after.answered, after.ended_at, after.duration_s) == (True, ago(hours=1), 3600.0)

    def test_an_end_that_is_yet_to_come_is_unknown_even_if_foretold(self, rang: Store) -> None:
        foretold = {"ended_at": ago(hours=1), "duration_s": 9.0, "ended_by": "caller"}
        rang.put_facts("a", foretold, by="router", at=ago(hours=2))
        known = past(rang, before=ago(hours=1))
        assert (known.answered, known.ended_at, known.duration_s) == (None, None, None)

    @pytest.mark.parametrize(
        ("said", "answered"),
        [
            (outcome(Label.UNKNOWN, by=None, ended_by=EndedBy.CALLER), False),
            (outcome(Label.UNKNOWN, by=None, answered_at=RECEIVED, ended_by=EndedBy.CALLER), True),
            (outcome(Label.UNKNOWN, by=None, duration_s=9.0), None),
            (outcome(Label.ABANDONED), False),
            (outcome(Label.SILENT, ended_by=EndedBy.CALLER), True),
            (outcome(Label.UNKNOWN), None),
            (outcome(Label.GENUINE, source=LabelSource.FIELD_UNIT), None),
        ],
    )
    def test_whether_it_was_answered(self, rang: Store, said: object, answered: bool | None) -> None:
        rang.put_outcome("a", said)  # type: ignore[arg-type]
        assert past(rang).answered is answered


class TestAdvice:
    def test_the_first_look_with_an_advice_dates_it(self, store: Store) -> None:
        record = call_record(call_id="a", received_at=RECEIVED)
        given = {1: Advice.NORMAL, 3: Advice.VERIFY, 5: Advice.PRIORITY, 10: Advice.VERIFY}
        for seconds, advice in given.items():
            at = RECEIVED + (seconds + 2) * SECOND
            store.remember(
                screening(record, at=at, result_id=f"{seconds}", audio_s=float(seconds), advice=advice)
            )
        assert past(store).verified_at == RECEIVED + 5 * SECOND
        assert past(store).prioritised_at == RECEIVED + 7 * SECOND
        assert past(store, before=RECEIVED + 3 * SECOND).verified_at is None
        assert past(store, before=RECEIVED + 4 * SECOND).prioritised_at is None

    def test_one_child_like_look_is_enough(self, store: Store) -> None:
        record = call_record(call_id="a", received_at=RECEIVED)
        child = frozenset({Stratum.CHILD})
        store.remember(screening(record, result_id="3", audio_s=3.0, at=RECEIVED + 3 * SECOND, strata=child))
        store.remember(screening(record, result_id="5", audio_s=5.0, at=RECEIVED + 5 * SECOND))
        assert past(store).child_like
        assert not past(store, before=RECEIVED + 3 * SECOND).child_like

    def test_an_answer_given_late_counts_from_its_moment_in_the_call(self, store: Store) -> None:
        """A replayed shift: the second call must see that the first got `verify` minutes before."""
        first = call_record(call_id="a", received_at=ago(hours=2))
        store.remember(
            screening(first, at=NOW, audio_s=5.0, advice=Advice.VERIFY, strata=frozenset({Stratum.CHILD}))
        )
        known = past(store, before=ago(hours=1.9))
        assert known.verified_at == ago(hours=2) + 5 * SECOND
        assert known.child_like
        assert store.recent_priority_count("centre-1", before=ago(hours=1.9), except_call="b") == 0


class TestAgreement:
    def test_the_store_hides_at_least_what_history_would_hide(self, rang: Store) -> None:
        rang.put_facts(
            "a", {"answered_at": ago(hours=2.9), "ended_at": ago(hours=2)}, by="r", at=ago(hours=2)
        )
        rang.put_outcome("a", outcome(at=ago(hours=1.5)))
        rang.put_ruling("a", ruling(at=ago(hours=1)))
        for hours in (2.95, 2.9, 2.5, 2.0, 1.7, 1.5, 1.2, 1.0, 0.5):
            caller = rang.caller("caller-1", before=ago(hours=hours), except_call="")
            assert known_at(caller, ago(hours=hours)) == caller

    def test_a_situation_is_all_that_the_single_reads_say(self, rang: Store) -> None:
        rang.put_suspended("proof", reason="", at=NOW)
        rang.put_switch("centre-1", off=True, by="sari", reason="", at=NOW)
        rang.remember(screening(call_record(call_id="p", received_at=ago(minutes=1)), advice=Advice.PRIORITY))
        now = call_record(call_id="now")
        rang.remember(screening(now, strata=frozenset({Stratum.SILENT})))
        windows = surge_windows(NOW)
        assert rang.situation(now, windows) == Situation(
            caller=rang.caller("caller-1", before=NOW, except_call="now"),
            arrivals=(1, *[0] * 28),
            observed_since=RECEIVED,
            strata=frozenset({Stratum.SILENT}),
            recent_priority_count=1,
            switched_off=True,
            suspended=frozenset({"proof"}),
        )
        nobody = rang.situation(call_record(call_id="now", caller=None, centre_id=None), windows)
        assert nobody.caller is None
        assert nobody.recent_priority_count == 0
