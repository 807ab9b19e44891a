"""Calls of one incident, and which of them a genuine one puts in doubt (SAFETY rule 14), in every store."""

from __future__ import annotations

import datetime as dt

import pytest

from prankfilter.store.doubts import keep_doubts, standing_doubt
from prankfilter.store.port import CallFile, Store
from prankfilter.vocabulary import Label, Outcome, Verdict
from tests.builders import NOW, ago, call_record, outcome, ruling, screening

MICROSECOND = dt.timedelta(microseconds=1)


def rang(store: Store, call_id: str, hours_ago: float, incident_id: str | None = "fire") -> None:
    """A call from a number of its own."""
    record = call_record(
        call_id=call_id, caller=call_id, received_at=ago(hours=hours_ago), incident_id=incident_id
    )
    store.put_record(record)


def said(store: Store, call_id: str, outcome: Outcome) -> None:
    store.put_outcome(call_id, outcome)
    keep_doubts(store, record_of(store, call_id), at=outcome.at)


def ruled(store: Store, call_id: str, at: dt.datetime, **over: object) -> None:
    store.put_ruling(call_id, ruling(at=at, **over))
    keep_doubts(store, record_of(store, call_id), at=at)


def kept(store: Store, call_id: str) -> CallFile:
    file = store.call(call_id)
    assert file is not None
    return file


def record_of(store: Store, call_id: str) -> object:
    return kept(store, call_id).record


def doubts(store: Store, *call_ids: str) -> list[dt.datetime | None]:
    return [standing_doubt(kept(store, call_id)) for call_id in call_ids]


class TestCallsOfAnIncident:
    def ids(self, store: Store, incident_id: str = "fire", **window: dt.datetime) -> list[str]:
        window = {"since": ago(hours=3), "until": ago(hours=1), **window}
        return [file.call_id for file in store.calls_of_incident(incident_id, **window)]

    def test_are_those_of_the_window_oldest_first(self, store: Store) -> None:
        for hours in (1, 2, 3, 2.5, 3.1):
            rang(store, f"c{hours}", hours)
        assert self.ids(store) == ["c3", "c2.5", "c2"]
        assert self.ids(store, until=ago(hours=1) + MICROSECOND)[-1] == "c1"

    def test_are_of_no_other_incident(self, store: Store) -> None:
        names = ["fire", "Fire", "fire2", "f_re", "%", "a!b", 'a"b', "kebakaran é", None]
        for number, name in enumerate(names):
            rang(store, f"c{number}", 2, name)
        found = {name: self.ids(store, name) for name in names if name is not None}
        assert found == {name: [f"c{number}"] for number, name in enumerate(names) if name is not None}
        assert self.ids(store, "nothing") == []

    def test_come_with_what_was_said_of_them_also_while_they_are_queued(self, store: Store) -> None:
        record = call_record(call_id="a", received_at=ago(hours=2), incident_id="fire")
        store.put_outcome("a", outcome(Label.SILENT))
        store.remember(screening(record))
        (file,) = store.calls_of_incident("fire", since=ago(hours=3), until=NOW)
        assert [one.label for one in file.outcomes] == [Label.SILENT]


class TestDoubts:
    def test_a_genuine_call_puts_those_of_the_day_before_it_in_doubt(self, store: Store) -> None:
        for call_id, hours in {"old": 25.1, "first": 25, "second": 3, "genuine": 1, "later": 0.1}.items():
            rang(store, call_id, hours)
        rang(store, "other", 3, "flood")
        said(store, "genuine", outcome(Label.GENUINE, at=NOW))
        assert doubts(store, "old", "first", "second") == [None, NOW, NOW]
        assert doubts(store, "genuine", "later", "other") == [None, None, None]

    def test_in_whichever_order_the_words_come(self, store: Store) -> None:
        rang(store, "second", 2)
        said(store, "second", outcome(Label.GENUINE, at=ago(hours=1)))
        rang(store, "first", 3)
        said(store, "first", outcome(Label.CHILD_PLAY, at=NOW))
        assert doubts(store, "first") == [ago(hours=1)]

    @pytest.mark.parametrize("incident_id", ["", None])
    def test_without_an_incident_nothing_is_shared(self, store: Store, incident_id: str | None) -> None:
        rang(store, "first", 3, incident_id)
        rang(store, "second", 2, incident_id)
        said(store, "second", outcome(Label.GENUINE, at=NOW))
        assert doubts(store, "first") == [None]

    def test_a_word_given_after_seeing_a_score_puts_nothing_in_doubt(self, store: Store) -> None:
        rang(store, "first", 3)
        rang(store, "second", 2)
        said(store, "second", outcome(Label.GENUINE, at=NOW, advice_shown=True))
        assert doubts(store, "first") == [None]

    def test_what_is_taken_back_puts_nothing_in_doubt_any_more(self, store: Store) -> None:
        for call_id, hours in {"first": 4, "second": 3, "third": 2}.items():
            rang(store, call_id, hours)
        said(store, "second", outcome(Label.GENUINE, at=ago(hours=2)))
        said(store, "third", outcome(Label.GENUINE, at=ago(hours=1)))
        assert doubts(store, "first") == [ago(hours=2)]
        ruled(store, "second", ago(minutes=30), verdict=Verdict.OVERTURNED, label=Label.INFORMATION)
        assert doubts(store, "first") == [ago(hours=1)], "the third call stands"
        said(store, "third", outcome(Label.CHILD_PLAY, at=ago(minutes=20)))
        assert doubts(store, "first") == [None]
        said(store, "third", outcome(Label.GENUINE, at=ago(minutes=10)))
        assert doubts(store, "first") == [ago(minutes=10)]

    def test_who_ruled_before_a_second_genuine_call_did_not_know_of_it(self, store: Store) -> None:
        for call_id, hours in {"first": 4, "second": 3, "third": 2}.items():
            rang(store, call_id, hours)
        said(store, "second", outcome(Label.GENUINE, at=ago(hours=2)))
        ruled(store, "first", ago(hours=1))
        assert doubts(store, "first") == [ago(hours=2)]
        said(store, "third", outcome(Label.GENUINE, at=NOW))
        assert doubts(store, "first") == [NOW]

    def test_a_word_on_an_earlier_call_leaves_a_doubt_as_it_is(self, store: Store) -> None:
        """Also where the genuine call came more than a day after that one."""
        for call_id, hours in {"first": 40, "second": 20, "genuine": 10}.items():
            rang(store, call_id, hours)
        said(store, "genuine", outcome(Label.GENUINE, at=ago(hours=9)))
        said(store, "first", outcome(Label.SILENT, at=ago(hours=8)))
        assert doubts(store, "first", "second") == [None, ago(hours=9)]

    def test_one_doubt_is_enough(self, store: Store) -> None:
        """The trail tells once of it, however many callers an incident has."""
        for call_id, hours in {"first": 4, "second": 3, "third": 2}.items():
            rang(store, call_id, hours)
        for minutes, call_id in ((30, "second"), (20, "third"), (10, "third")):
            said(store, call_id, outcome(Label.GENUINE, at=ago(minutes=minutes), by=f"p{minutes}"))
        assert [change.what for change in kept(store, "first").changes] == ["doubted"]
