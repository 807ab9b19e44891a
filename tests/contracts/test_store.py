"""What every store does, whatever it is made of; what history may know is in `test_store_history`."""

from __future__ import annotations

import datetime as dt
import math
from dataclasses import replace

import pytest

from prankfilter.errors import StoreUnavailable
from prankfilter.privacy.api_keys import ApiKey
from prankfilter.store.port import Store
from prankfilter.vocabulary import (
    Advice,
    Assessed,
    AudioCapture,
    Basis,
    CertificateNote,
    CertificateStatus,
    Guard,
    Label,
    Moment,
    Reason,
    Stratum,
)
from tests.builders import NOW, ago, call_record, decision, outcome, rich_record, screening

MINUTE = dt.timedelta(minutes=1)


class TestRemember:
    def test_is_visible_at_once_to_every_read(self, store: Store) -> None:
        record = call_record(call_id="a", received_at=ago(minutes=5))
        assert store.remember(screening(record, advice=Advice.PRIORITY, strata=frozenset({Stratum.CHILD})))
        assert store.answer("result-of-a") == decision(
            call_id="a", result_id="result-of-a", advice=Advice.PRIORITY
        )
        assert store.strata_of("a") == {Stratum.CHILD}
        assert store.observed_since() == record.received_at
        assert store.arrivals("cell-1", [(ago(minutes=6), NOW)], except_call="b") == [1]
        assert store.recent_priority_count("centre-1", before=NOW, except_call="b") == 1
        assert [
            past.call_id for past in store.caller("caller-1", before=NOW, except_call="b").past_calls
        ] == ["a"]
        file = store.call("a")
        assert file is not None
        assert file.record == record
        assert [one.advice for one in file.decisions] == [Advice.PRIORITY]
        assert store.calls(since=ago(minutes=6), until=NOW) == [file]

    def test_the_first_answer_to_a_request_stands(self, store: Store) -> None:
        store.remember(screening(call_record(call_id="a"), advice=Advice.PRIORITY))
        assert store.remember(screening(call_record(call_id="a"), advice=Advice.NORMAL))
        answer, file = store.answer("result-of-a"), store.call("a")
        assert answer is not None and answer.advice is Advice.PRIORITY
        assert file is not None and file.decisions == (answer,)

    def test_the_first_record_of_a_call_stands(self, store: Store) -> None:
        first = call_record(call_id="a", ring_s=0.0)
        store.remember(screening(first))
        store.remember(screening(replace(first, ring_s=5.0), result_id="later", audio_s=5.0))
        store.put_record(replace(first, ring_s=9.0))
        file = store.call("a")
        assert file is not None and file.record == first

    def test_looks_come_back_in_the_order_of_their_answers(self, store: Store) -> None:
        record = call_record(call_id="a")
        for seconds in (5, 1, 3):
            at = NOW + dt.timedelta(seconds=seconds)
            store.remember(screening(record, at=at, result_id=f"at-{seconds}", audio_s=float(seconds)))
        file = store.call("a")
        assert file is not None and [look.audio_s for look in file.decisions] == [1.0, 3.0, 5.0]

    def test_nothing_of_a_decision_or_a_record_is_lost(self, store: Store) -> None:
        record = rich_record(
            call_id="semua / 📞",
            media=("audio", "text"),
            audio_capture=AudioCapture.CALLER_BEFORE_ANSWER,
            audio_started_at=ago(seconds=3),
        )
        answer = decision(
            call_id=record.call_id,
            moment=Moment.AUDIO,
            audio_s=5.0,
            assessed=Assessed.FULL,
            guards=(Guard.SURGE, Guard.NO_QUEUE),
            reasons=(
                Reason(feature="a_s", value=math.inf, unit="s", contribution=0.1 + 0.2, text="hening"),
                Reason(feature="b_s", value=14.0, unit="s", contribution=-1.0, text="", start_s=0.5),
            ),
            certificate=CertificateNote(
                id="c", alpha=0.001, confidence=0.95, genuine_callers=2995,
                basis=Basis.SIMULATED, stratum=Stratum.OTHER, status=CertificateStatus.VALID,
            ),
            strata=frozenset({Stratum.OTHER, Stratum.SILENT}),
            faults=("ring_s: no number",),
        )  # fmt: skip
        store.remember(replace(screening(record), decision=answer))
        file = store.call(record.call_id)
        assert file is not None
        assert file.record == record
        assert file.decisions == (answer,)

    def test_how_sound_was_captured_is_told_by_the_last_look_that_knows(self, store: Store) -> None:
        record, at = call_record(call_id="a"), dt.timedelta(seconds=5)
        for number, capture in enumerate((None, AudioCapture.CALLER_BEFORE_ANSWER, None)):
            store.remember(
                screening(record, at=NOW + number * at, result_id=f"look-{number}", capture=capture)
            )
        for file in (store.call("a"), *store.calls(since=ago(days=1), until=NOW + at)):
            assert file is not None
            assert (file.capture, file.audit_probability) == (AudioCapture.CALLER_BEFORE_ANSWER, None)

    def test_a_call_of_the_audit_sample_says_with_which_probability(self, store: Store) -> None:
        store.remember(screening(call_record(call_id="a"), audit_probability=0.02))
        file = store.call("a")
        assert file is not None and file.audit_probability == 0.02

    def test_every_clearing_before_a_moment_is_listed(self, store: Store) -> None:
        for caller, hours in (("caller-2", 1), ("caller-1", 5), ("caller-1", 3)):
            store.put_cleared(caller, by="ratna", reason="bukan dia", at=ago(hours=hours))
        found = [(clearing.caller, clearing.at) for clearing in store.clearings(until=ago(hours=1))]
        assert found == [("caller-1", ago(hours=5)), ("caller-1", ago(hours=3))]

    def test_an_unknown_value_of_a_reason_stays_unknown(self, store: Store) -> None:
        unknown = Reason(feature="f", value=math.nan, unit="s", contribution=0.5, text="tidak diketahui")
        store.remember(screening(call_record(call_id="a"), reasons=(unknown,)))
        answer = store.answer("result-of-a")
        assert answer is not None and math.isnan(answer.reasons[0].value)

    def test_what_was_not_assessed_has_no_score_and_no_kinds(self, store: Store) -> None:
        store.remember(screening(call_record(call_id="a"), prank_score=None, call_suspicion=None, kinds=None))
        answer = store.answer("result-of-a")
        assert answer is not None
        assert (answer.prank_score, answer.call_suspicion, answer.kinds) == (None, None, None)


class TestArrivals:
    def test_windows_are_half_open_and_keep_their_order(self, store: Store) -> None:
        for minutes in (30, 20, 10):
            store.put_record(call_record(call_id=f"c{minutes}", received_at=ago(minutes=minutes)))
        windows = [(ago(minutes=20), ago(minutes=10)), (ago(minutes=30), NOW), (NOW, NOW + MINUTE)]
        assert store.arrivals("cell-1", windows, except_call="") == [1, 3, 0]

    def test_counts_calls_not_looks_and_leaves_out_the_call_in_hand(self, store: Store) -> None:
        for call_id in ("a", "b"):
            record = call_record(call_id=call_id, received_at=ago(minutes=5))
            for look in range(3):
                store.remember(screening(record, result_id=f"{call_id}{look}", audio_s=float(look)))
        assert store.arrivals("cell-1", [(ago(minutes=6), NOW)], except_call="b") == [1]

    def test_an_area_is_the_cell_else_the_trunk_else_the_centre(self, store: Store) -> None:
        store.put_record(call_record(call_id="a", received_at=ago(minutes=5)))
        store.put_record(call_record(call_id="b", received_at=ago(minutes=5), cell_id=None))
        store.put_record(call_record(call_id="c", received_at=ago(minutes=5), cell_id=None, trunk=None))
        window = [(ago(minutes=6), NOW)]
        areas = ("cell-1", "trunk-1", "centre-1", "")
        assert [store.arrivals(area, window, except_call="") for area in areas] == [[1], [1], [1], [0]]

    def test_nothing_is_observed_in_an_empty_store(self, store: Store) -> None:
        assert store.observed_since() is None
        assert store.arrivals("cell-1", [], except_call="") == []


class TestRecentPriority:
    def test_looks_at_the_last_four_screened_calls_of_the_centre(self, store: Store) -> None:
        for minutes in (6, 5, 4, 3, 2):
            advice = Advice.PRIORITY if minutes in (6, 5, 3) else Advice.NORMAL
            record = call_record(call_id=f"c{minutes}", received_at=ago(minutes=minutes))
            store.remember(screening(record, advice=advice))
        store.put_record(call_record(call_id="imported", received_at=ago(minutes=1)))
        assert store.recent_priority_count("centre-1", before=NOW, except_call="x") == 2
        assert store.recent_priority_count("centre-1", before=NOW, except_call="c2") == 3
        assert store.recent_priority_count("centre-1", before=ago(minutes=4), except_call="x") == 2
        assert store.recent_priority_count("centre-2", before=NOW, except_call="x") == 0

    def test_looks_back_fifteen_minutes(self, store: Store) -> None:
        for minutes in (14.9, 15.1):
            record = call_record(call_id=f"c{minutes}", received_at=ago(minutes=minutes))
            store.remember(screening(record, advice=Advice.PRIORITY))
        assert store.recent_priority_count("centre-1", before=NOW, except_call="x") == 1

    def test_one_look_with_priority_is_enough(self, store: Store) -> None:
        record = call_record(call_id="a", received_at=ago(minutes=1))
        store.remember(screening(record, result_id="ring", advice=Advice.PRIORITY))
        store.remember(screening(record, result_id="sound", audio_s=5.0, advice=Advice.NORMAL))
        assert store.recent_priority_count("centre-1", before=NOW, except_call="x") == 1

    def test_calls_without_a_centre_are_a_group_of_their_own(self, store: Store) -> None:
        record = call_record(call_id="a", received_at=ago(minutes=1), centre_id=None)
        store.remember(screening(record, advice=Advice.PRIORITY))
        assert store.recent_priority_count(None, before=NOW, except_call="x") == 1
        assert store.recent_priority_count("centre-1", before=NOW, except_call="x") == 0


class TestSwitch:
    def test_is_on_until_somebody_turns_it_off_and_the_last_word_stands(self, store: Store) -> None:
        assert not store.switched_off("centre-1")
        store.put_switch("centre-1", off=True, by="sari", reason="", at=NOW)
        assert store.switched_off("centre-1")
        assert not store.switched_off("centre-2")
        # A clock that was set back must not undo the last press.
        store.put_switch("centre-1", off=False, by="ratna", reason="diperiksa", at=ago(hours=1))
        assert not store.switched_off("centre-1")

    def test_without_a_centre_it_stands_for_all(self, store: Store) -> None:
        store.put_switch(None, off=True, by="sari", reason="", at=NOW)
        assert store.switched_off("centre-1")
        assert store.switched_off(None)
        store.put_switch("centre-1", off=False, by="ratna", reason="", at=NOW)
        assert store.switched_off("centre-1")
        store.put_switch(None, off=False, by="ratna", reason="", at=NOW)
        assert not store.switched_off("centre-1")

    def test_a_call_without_a_centre_may_be_of_any(self, store: Store) -> None:
        store.put_switch("centre-2", off=True, by="sari", reason="", at=NOW)
        assert store.switched_off(None)
        assert not store.switched_off("centre-1")


class TestFile:
    def test_of_an_unknown_call_there_is_none(self, store: Store) -> None:
        assert store.call("nobody") is None
        assert store.answer("nothing") is None
        assert store.strata_of("nobody") == frozenset()
        assert store.key("nothing") is None

    def test_an_outcome_of_a_call_that_was_never_screened_is_kept(self, store: Store) -> None:
        said = outcome(Label.SILENT, note="tidak ada suara")
        store.put_outcome("a", said)
        file = store.call("a")
        assert file is not None
        assert (file.record, file.decisions, file.outcomes) == (None, (), (said,))
        assert store.calls(since=ago(days=1), until=NOW + MINUTE) == []

    def test_calls_are_listed_oldest_first_up_to_a_limit(self, store: Store) -> None:
        for minutes in (1, 3, 2, 4):
            store.put_record(call_record(call_id=f"c{minutes}", received_at=ago(minutes=minutes)))
        store.put_outcome("c2", outcome())
        listed = store.calls(since=ago(minutes=3), until=ago(minutes=1))
        assert [file.call_id for file in listed] == ["c3", "c2"]
        assert [len(file.outcomes) for file in listed] == [0, 1]
        assert [file.call_id for file in store.calls(since=ago(days=1), until=NOW, limit=1)] == ["c4"]
        assert store.calls(since=ago(days=1), until=NOW, limit=0) == []


class TestKeys:
    KEY = ApiKey(key_id="k1", digest="d1", scope="router", name="Kamailio", created_at=ago(days=2))

    def test_are_found_by_their_digest_and_listed_oldest_first(self, store: Store) -> None:
        newer = replace(self.KEY, key_id="k0", digest="d0", created_at=ago(days=1))
        for key in (newer, self.KEY):
            store.put_key(key)
        assert store.key("d1") == self.KEY
        assert store.api_keys() == [self.KEY, newer]

    def test_what_is_revoked_stays_revoked(self, store: Store) -> None:
        store.put_key(self.KEY)
        store.put_key(replace(self.KEY, revoked_at=ago(hours=1)))
        store.put_key(self.KEY)
        store.put_key(replace(self.KEY, revoked_at=NOW))
        assert store.api_keys() == [replace(self.KEY, revoked_at=ago(hours=1))]


class TestLife:
    def test_counts_what_it_writes(self, store: Store) -> None:
        before = store.counters()["written_total"]
        store.put_outcome("a", outcome())
        counters = store.counters()
        assert counters["written_total"] == before + 1
        assert counters.keys() >= {"queued", "dropped_total", "failed_total", "oldest_queued_s"}
        assert counters["dropped_total"] == counters["failed_total"] == counters["refused_total"] == 0

    def test_answers_until_it_is_closed(self, store: Store) -> None:
        store.check()
        store.close()
        with pytest.raises(StoreUnavailable):
            store.check()
        with pytest.raises(StoreUnavailable):
            store.answer("x")
        with pytest.raises(StoreUnavailable):
            store.put_outcome("a", outcome())
        assert not store.remember(screening())
