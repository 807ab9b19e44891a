"""What every store keeps of a call after it: outcomes, later facts, verdicts, imports."""

from __future__ import annotations

import json

import pytest

from prankfilter.errors import BadInput, NotFound
from prankfilter.store.port import ImportedCall, Store
from prankfilter.vocabulary import EndedBy, Label, LabelSource, Verdict
from tests.builders import NOW, ago, call_record, outcome, ruling, screening


class TestOutcome:
    def test_a_repeat_changes_nothing(self, store: Store) -> None:
        store.put_outcome("a", outcome(at=ago(minutes=9)))
        store.put_outcome("a", outcome(at=ago(minutes=8)))
        file = store.call("a")
        assert file is not None and [one.at for one in file.outcomes] == [ago(minutes=9)]
        assert len(file.changes) == 1

    def test_a_revision_and_its_withdrawal_are_both_kept(self, store: Store) -> None:
        for minutes, label in ((9, Label.GENUINE), (8, Label.JOKE_OR_ABUSE), (7, Label.GENUINE)):
            store.put_outcome("a", outcome(label, at=ago(minutes=minutes)))
        file = store.call("a")
        assert file is not None
        assert [one.label for one in file.outcomes] == [Label.GENUINE, Label.JOKE_OR_ABUSE, Label.GENUINE]

    def test_importing_the_same_ones_twice_changes_nothing(self, store: Store) -> None:
        said = [outcome(label, at=ago(minutes=9)) for label in (Label.GENUINE, Label.SILENT)]
        for one in said + said:
            store.put_outcome("a", one)
        file = store.call("a")
        assert file is not None and list(file.outcomes) == said

    def test_two_people_may_say_the_same(self, store: Store) -> None:
        for by in ("budi", "sari"):
            store.put_outcome("a", outcome(by=by))
        file = store.call("a")
        assert file is not None and [one.by for one in file.outcomes] == ["budi", "sari"]

    def test_comes_back_whole(self, store: Store) -> None:
        said = outcome(
            Label.FALSE_REPORT,
            source=LabelSource.FIELD_UNIT,
            duration_s=12.5,
            answered_at=ago(minutes=2),
            ended_at=ago(minutes=1),
            ended_by=EndedBy.CALLER,
            cut_off=False,
            unfounded=True,
            advice_shown=True,
        )
        store.put_outcome("a", said)
        file = store.call("a")
        assert file is not None and file.outcomes == (said,)


class TestFacts:
    def test_a_later_fact_replaces_an_earlier_one_of_the_same_name(self, store: Store) -> None:
        store.put_facts("a", {"latitude": -5.1, "cell_id": "x"}, by="router", at=ago(minutes=2))
        store.put_facts("a", {"latitude": -5.2, "ended_by": EndedBy.CALLER}, by="router", at=ago(minutes=1))
        store.put_facts("a", {"cell_id": "too late"}, by="router", at=ago(minutes=3))
        file = store.call("a")
        assert file is not None
        assert file.facts == {"latitude": -5.2, "cell_id": "x", "ended_by": EndedBy.CALLER}
        assert [(change.what, change.by) for change in file.changes] == [("facts", "router")] * 3

    @pytest.mark.parametrize("given", [ago(minutes=1), ago(minutes=1).isoformat()], ids=["time", "text"])
    def test_times_come_back_as_times(self, store: Store, given: object) -> None:
        store.put_facts("a", {"ended_at": given}, by="router", at=NOW)
        file = store.call("a")
        assert file is not None and file.facts["ended_at"] == ago(minutes=1)

    @pytest.mark.parametrize(
        "facts",
        [
            {"ended_at": "2026-09-16T10:30:00"},
            {"answered_at": "kemarin"},
            {"answered_at": 5},
            {"ended_by": "x"},
            {"duration_s": "lama"},
        ],
        ids=str,
    )
    def test_what_history_could_not_read_is_refused(self, store: Store, facts: dict[str, object]) -> None:
        with pytest.raises(BadInput, match=next(iter(facts))):
            store.put_facts("a", facts, by="router", at=NOW)
        assert store.call("a") is None


class TestRuling:
    def test_is_appended_to_the_trail(self, store: Store) -> None:
        store.remember(screening(call_record(call_id="a")))
        rulings = (
            ruling(Verdict.UNSURE, at=ago(minutes=9), note="suara jauh"),
            ruling(Verdict.CONFIRMED, at=ago(minutes=8), label=Label.CHILD_PLAY),
        )
        for one in rulings:
            store.put_ruling("a", one)
        file = store.call("a")
        assert file is not None and file.rulings == rulings
        assert [(change.what, change.details["verdict"]) for change in file.changes] == [
            ("verdict", "unsure"),
            ("verdict", "confirmed"),
        ]
        json.dumps([change.details for change in file.changes])

    def test_of_an_unknown_call_is_refused(self, store: Store) -> None:
        with pytest.raises(NotFound, match="'a'"):
            store.put_ruling("a", ruling())

    def test_of_a_call_with_an_outcome_only_is_kept(self, store: Store) -> None:
        store.put_outcome("a", outcome())
        store.put_ruling("a", ruling())
        file = store.call("a")
        assert file is not None and file.rulings == (ruling(),)


class TestImport:
    def test_keeps_calls_with_what_was_said_of_them_once(self, store: Store) -> None:
        calls = [
            ImportedCall(
                record=call_record(call_id=f"c{minutes}", received_at=ago(minutes=minutes)),
                outcomes=(outcome(at=ago(minutes=2)),),
                rulings=(ruling(at=ago(minutes=1)),),
            )
            for minutes in range(500, 100, -1)
        ]
        for _ in range(2):
            store.put_calls(calls)
        listed = store.calls(since=ago(days=1), until=NOW)
        assert [file.record for file in listed] == [call.record for call in calls]
        assert all((file.outcomes, file.rulings) == (calls[0].outcomes, calls[0].rulings) for file in listed)

    def test_of_nothing_is_nothing(self, store: Store) -> None:
        store.put_calls([])
        assert store.observed_since() is None
